package iso20022

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"

	"balai/internal/spine/money"
)

// shape is what a statement's message calls what is the same in all three.
type shape struct {
	kind                              Kind
	root, statement, pagination, info string
}

var shapes = []shape{
	{Intraday, "BkToCstmrAcctRpt", "Rpt", "RptPgntn", "AddtlRptInf"},
	{EndOfDay, "BkToCstmrStmt", "Stmt", "StmtPgntn", "AddtlStmtInf"},
	{Notice, "BkToCstmrDbtCdtNtfctn", "Ntfctn", "NtfctnPgntn", "AddtlNtfctnInf"},
}

// What may be in an element once.
var (
	onceInMessage   = []string{"GrpHdr"}
	onceInStatement = []string{"Id", "StmtPgntn", "RptPgntn", "NtfctnPgntn", "ElctrncSeqNb", "LglSeqNb", "CreDtTm", "FrToDt", "Acct", "TxsSummry"}
	onceInEntry     = []string{"NtryRef", "Amt", "CdtDbtInd", "RvslInd", "Sts", "BookgDt", "ValDt", "AcctSvcrRef", "BkTxCd", "AddtlNtryInf"}
	onceInBatch     = []string{"Btch"}
)

// ReadStatements reads a camt.052, camt.053 or camt.054 of any version from .02
// on. entry is called for each entry in turn, with what stands before it in its
// statement: all but Totals, Info and Wrong. An error of entry's ends the reading
// and is given back. Keep nothing of what was handed out until there was no error.
func ReadStatements(in io.Reader, entry func(*Statement, Entry) error) ([]Statement, error) {
	r := newReader(in, "camt")
	root, err := r.root(shapes[0].root, shapes[1].root, shapes[2].root)
	if err != nil {
		return nil, err
	}
	shape := shapes[slices.IndexFunc(shapes, func(s shape) bool { return s.root == root })]
	r.message = string(shape.kind)
	var out []Statement
	head := Statement{Kind: shape.kind, Page: 1, Last: true}
	err = r.each(onceInMessage, func(t token) error {
		switch t.name {
		case "GrpHdr":
			n, err := r.node(t)
			if err != nil {
				return err
			}
			head.Message = r.text(n, "MsgId")
			head.Created = r.moment(n, "CreDtTm")
			r.page(&head, r.one(n, "MsgPgntn"))
		case shape.statement:
			if len(out) == MaxStatements {
				return ErrSize
			}
			s := head
			if err := r.statement(&s, shape, entry); err != nil {
				return err
			}
			out = append(out, s)
		}
		return nil
	})
	var mine *stopped
	if errors.As(err, &mine) {
		return nil, mine.err
	}
	if err != nil {
		return nil, err
	}
	if err := r.finish(); err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, r.at(shape.statement, ErrMissing)
	}
	return out, nil
}

func (r *reader) page(s *Statement, n *node) {
	if n != nil {
		s.Page, s.Last = max(1, r.number(n, "PgNb")), r.flag(n, "LastPgInd")
	}
}

// statement reads one Stmt, Rpt or Ntfctn, which has just begun.
func (r *reader) statement(s *Statement, shape shape, entry func(*Statement, Entry) error) error {
	var said []total
	var booked money.Amount
	var legal int64
	err := r.each(onceInStatement, func(t token) error {
		if t.name == "Ntry" {
			e, err := r.readEntry(s)
			if err != nil {
				return err
			}
			if err := s.Totals.Add(e); err != nil {
				return err
			}
			if e.Status == Booked {
				if booked, err = money.Add(booked, e.Signed()); err != nil {
					return err
				}
			}
			if err := entry(s, e); err != nil {
				return &stopped{err}
			}
			return nil
		}
		n, err := r.node(t)
		if err != nil {
			return err
		}
		switch n.name {
		case "Id":
			s.ID = n.text
		case shape.pagination:
			r.page(s, n)
		case "ElctrncSeqNb":
			s.Sequence = r.number(n)
		case "LglSeqNb":
			legal = r.number(n)
		case "CreDtTm":
			s.Created = r.moment(n)
		case "FrToDt":
			s.From, s.To = r.moment(n, "FrDtTm"), r.moment(n, "ToDtTm")
		case "Acct":
			s.Account, s.Owner, s.Bank = r.account(n), r.text(n, "Ownr", "Nm"), r.agent(r.one(n, "Svcr"))
		case "Bal":
			if len(s.Balances) == MaxBalances {
				return ErrSize
			}
			s.Balances = append(s.Balances, r.balance(n))
		case "TxsSummry":
			said = r.totals(n)
		case shape.info:
			s.Info = n.text
		}
		if s.Sequence == 0 {
			s.Sequence = legal
		}
		return nil
	})
	if err != nil {
		return err
	}
	if s.Account.Number() == "" {
		return r.at(shape.statement+"/Acct/Id", ErrMissing)
	}
	r.balances(s, booked)
	if s.Page == 1 && s.Last { // a summary is of all pages
		r.summary(s, said)
	}
	return r.err
}

// stopped is an error of the caller's, which gets no place.
type stopped struct{ err error }

func (s *stopped) Error() string { return s.err.Error() }

func (r *reader) balance(n *node) (b Balance) {
	b.Code = r.choice(n, "Tp", "CdOrPrtry")
	b.Sub = r.choice(n, "Tp", "SubTp")
	var ok bool
	if b.Amount, b.Currency, ok = r.amount(n, "Amt"); !ok {
		r.fail("Bal/Amt", ErrMissing)
	}
	if !r.credit(n, true) {
		b.Amount = -b.Amount
	}
	b.Date, _ = r.date(n, "Dt")
	return b
}

// balances compares what the bank says it holds with what it says it booked.
func (r *reader) balances(s *Statement, booked money.Amount) {
	opening, ok := s.Opening()
	closing, also := s.Closing()
	if !ok || !also || s.Kind == Notice || opening.Currency != closing.Currency {
		return
	}
	found, err := money.Add(opening.Amount, booked)
	if err != nil || found != closing.Amount {
		s.Wrong = append(s.Wrong, Mismatch{"Bal/" + closing.Code, closing.Amount.Decimal(closing.Currency), found.Decimal(closing.Currency)})
	}
}

// total is what a TxsSummry says of some entries.
type total struct{ name, count, sum string }

func (r *reader) totals(n *node) (out []total) {
	for _, name := range []string{"TtlNtries", "TtlCdtNtries", "TtlDbtNtries"} {
		if kid := r.one(n, name); kid != nil {
			out = append(out, total{name, r.text(kid, "NbOfNtries"), r.text(kid, "Sum")})
		}
	}
	return out
}

// summary compares what is said with the entries.
func (r *reader) summary(s *Statement, said []total) {
	found := s.Totals
	all, err := money.Add(found.CreditSum, found.DebitSum)
	if err != nil {
		r.fail("TxsSummry", err)
		return
	}
	for _, t := range said {
		count, sum := found.Credits+found.Debits, all
		switch t.name {
		case "TtlCdtNtries":
			count, sum = found.Credits, found.CreditSum
		case "TtlDbtNtries":
			count, sum = found.Debits, found.DebitSum
		}
		place := "TxsSummry/" + t.name
		s.Wrong = r.compare(s.Wrong, place+"/NbOfNtries", t.count, fmt.Sprint(count))
		s.Wrong = r.compare(s.Wrong, place+"/Sum", t.sum, sum.Decimal(s.Currency()))
	}
}

// compare adds a mismatch where two decimals are not the same number. Nothing
// said is nothing wrong.
func (r *reader) compare(wrong []Mismatch, element, said, found string) []Mismatch {
	if said == "" {
		return wrong
	}
	a, ok := decimal(said)
	if !ok {
		r.fail(element, fmt.Errorf("%w: %.40q", ErrValue, said))
		return wrong
	}
	if b, _ := decimal(found); a.Cmp(b) != 0 && len(wrong) < maxWrong {
		return append(wrong, Mismatch{element, said, found})
	}
	return wrong
}

// decimal reads an xs:decimal of up to 40 characters exactly.
func decimal(s string) (*big.Rat, bool) {
	if len(s) > 40 || strings.Trim(s, "+-.0123456789") != "" {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// Currency is the account's, or else that of its first balance.
func (s *Statement) Currency() string {
	if s.Account.Currency == "" && len(s.Balances) > 0 {
		return s.Balances[0].Currency
	}
	return s.Account.Currency
}
