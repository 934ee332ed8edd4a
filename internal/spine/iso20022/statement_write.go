package iso20022

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"balai/internal/spine/money"
)

// StatementWriter writes a message with one statement.
type StatementWriter struct {
	w      *writer
	s      Statement
	shape  shape
	totals Totals
}

// NewStatementWriter begins a statement of version .001.08. What s says is
// written before the entries; they follow by Entry, and Close ends it.
func NewStatementWriter(out io.Writer, s Statement) *StatementWriter {
	i := max(0, slices.IndexFunc(shapes, func(h shape) bool { return h.kind == s.Kind }))
	h := shapes[i]
	w := newWriter(out, string(h.kind)+".001.08", h.root)
	if s.Kind != h.kind {
		w.fail("", fmt.Errorf("%w: the kind %q", ErrValue, s.Kind))
	}
	w.in("GrpHdr", func() {
		w.must("MsgId", s.Message, maxID)
		if s.Created.IsZero() {
			w.fail("CreDtTm", ErrMissing)
		}
		w.moment("CreDtTm", s.Created)
	})
	w.begin(h.statement)
	w.must("Id", s.ID, maxID)
	w.in(h.pagination, func() {
		w.form("PgNb", fmt.Sprint(max(1, s.Page)), pageForm)
		w.flag("LastPgInd", s.Last)
	})
	w.number("ElctrncSeqNb", s.Sequence)
	w.moment("CreDtTm", s.Created)
	if !s.From.IsZero() && !s.To.IsZero() {
		w.in("FrToDt", func() {
			w.moment("FrDtTm", s.From)
			w.moment("ToDtTm", s.To)
		})
	}
	w.statementAccount(s)
	if s.Kind != Notice {
		for _, b := range s.Balances {
			w.balance(b)
		}
	}
	if s.Totals != (Totals{}) {
		w.summary(s.Totals, s.Currency())
	}
	return &StatementWriter{w: w, s: s, shape: h}
}

// Entry writes one entry.
func (sw *StatementWriter) Entry(e Entry) error {
	w := sw.w
	w.entry++
	if err := sw.totals.Add(e); err != nil {
		w.fail("Ntry", err)
	}
	w.in("Ntry", func() { w.statementEntry(e) })
	return w.err
}

// Close ends the statement. It is an error where Totals were given and are not
// those of the entries.
func (sw *StatementWriter) Close() error {
	w := sw.w
	w.entry = 0
	if sw.s.Totals != (Totals{}) && sw.s.Totals != sw.totals && sw.s.Page <= 1 && sw.s.Last {
		w.fail("TxsSummry", fmt.Errorf("%w: %+v is said of %+v", ErrValue, sw.s.Totals, sw.totals))
	}
	w.text(sw.shape.info, sw.s.Info, maxInfo)
	return w.close()
}

// WriteStatement writes a statement with its entries, and their totals.
func WriteStatement(out io.Writer, s Statement, entries []Entry) error {
	s.Totals = Totals{}
	for _, e := range entries {
		if err := s.Totals.Add(e); err != nil {
			return err
		}
	}
	w := NewStatementWriter(out, s)
	for _, e := range entries {
		if err := w.Entry(e); err != nil {
			return err
		}
	}
	return w.Close()
}

func (w *writer) statementAccount(s Statement) {
	if s.Account.Number() == "" {
		w.fail("Acct", ErrMissing)
		return
	}
	w.accountWith("Acct", s.Account, func() {
		if s.Owner != "" {
			w.in("Ownr", func() { w.text("Nm", s.Owner, maxName) })
		}
		w.agent("Svcr", s.Bank)
	})
}

func (w *writer) balance(b Balance) {
	w.in("Bal", func() {
		w.in("Tp", func() {
			w.in("CdOrPrtry", func() { w.must("Cd", b.Code, 4) })
			if b.Sub != "" {
				w.in("SubTp", func() { w.must("Cd", b.Sub, 4) })
			}
		})
		w.amount("Amt", max(b.Amount, -b.Amount), b.Currency)
		w.sign(b.Amount >= 0)
		if b.Date == "" {
			w.fail("Dt", ErrMissing)
		}
		w.date("Dt", b.Date, time.Time{})
	})
}

func (w *writer) summary(t Totals, currency string) {
	all, err := money.Add(t.CreditSum, t.DebitSum)
	net, err2 := money.Sub(t.CreditSum, t.DebitSum)
	if err != nil || err2 != nil {
		w.fail("TxsSummry", money.ErrOverflow)
		return
	}
	total := func(name string, count int64, sum money.Amount, more func()) {
		w.in(name, func() {
			w.leaf("NbOfNtries", fmt.Sprint(count))
			w.leaf("Sum", sum.Decimal(currency))
			more()
		})
	}
	none := func() {}
	w.in("TxsSummry", func() {
		total("TtlNtries", t.Credits+t.Debits, all, func() {
			w.in("TtlNetNtry", func() {
				w.leaf("Amt", max(net, -net).Decimal(currency))
				w.sign(net >= 0)
			})
		})
		total("TtlCdtNtries", t.Credits, t.CreditSum, none)
		total("TtlDbtNtries", t.Debits, t.DebitSum, none)
	})
}

func (w *writer) statementEntry(e Entry) {
	w.id("NtryRef", e.Reference, maxID)
	w.amount("Amt", e.Amount, e.Currency)
	w.sign(e.Credit)
	if e.Reversal {
		w.flag("RvslInd", true)
	}
	w.in("Sts", func() { w.must("Cd", e.Status, 4) })
	w.date("BookgDt", e.Booked, e.At)
	w.date("ValDt", e.Value, time.Time{})
	w.id("AcctSvcrRef", e.Bank, maxID)
	w.in("BkTxCd", func() { w.transactionCode(e.Code) })
	w.chargesOf(e.Charges)
	if len(e.Details) > 0 || e.Batch != (Batched{}) {
		w.in("NtryDtls", func() {
			if e.Batch != (Batched{}) {
				w.in("Btch", func() {
					w.id("MsgId", e.Batch.Message, maxID)
					w.id("PmtInfId", e.Batch.Payment, maxID)
					w.number("NbOfTxs", e.Batch.Count)
				})
			}
			for _, d := range e.Details {
				w.in("TxDtls", func() { w.detail(d) })
			}
		})
	}
	w.text("AddtlNtryInf", e.Info, maxInfo)
}

// transactionCode writes the inside of a BkTxCd.
func (w *writer) transactionCode(code string) {
	parts := strings.Split(code, "/")
	if len(parts) != 3 {
		if code == "" {
			code = "NTRF"
		}
		w.in("Prtry", func() { w.must("Cd", code, maxID) })
		return
	}
	w.in("Domn", func() {
		w.must("Cd", parts[0], 4)
		w.in("Fmly", func() {
			w.must("Cd", parts[1], 4)
			w.must("SubFmlyCd", parts[2], 4)
		})
	})
}

func (w *writer) chargesOf(charges []Charge) {
	if len(charges) == 0 {
		return
	}
	w.in("Chrgs", func() {
		for _, c := range charges {
			w.in("Rcrd", func() {
				w.amount("Amt", c.Amount, c.Currency)
				w.sign(c.Credit)
				w.flag("ChrgInclInd", c.Included)
				if c.Type != "" {
					w.in("Tp", func() { w.in("Prtry", func() { w.must("Id", c.Type, maxID) }) })
				}
			})
		}
	})
}

func (w *writer) detail(d Detail) {
	if d.Message+d.Payment+d.Instruction+d.EndToEnd+d.UETR+d.Transaction+d.Bank+d.Clearing != "" {
		w.in("Refs", func() {
			w.id("MsgId", d.Message, maxID)
			w.id("AcctSvcrRef", d.Bank, maxID)
			w.id("PmtInfId", d.Payment, maxID)
			w.id("InstrId", d.Instruction, maxID)
			w.id("EndToEndId", d.EndToEnd, maxID)
			w.form("UETR", d.UETR, uetrForm)
			w.id("TxId", d.Transaction, maxID)
			w.id("ClrSysRef", d.Clearing, maxID)
		})
	}
	if d.Currency != "" {
		w.amount("Amt", d.Amount, d.Currency)
	}
	w.sign(d.Credit)
	w.chargesOf(d.Charges)
	if d.Debtor.known() || d.Creditor.known() {
		w.in("RltdPties", func() {
			w.side("Dbtr", d.Debtor)
			w.side("Cdtr", d.Creditor)
		})
	}
	if d.Debtor.Agent != (Agent{}) || d.Creditor.Agent != (Agent{}) {
		w.in("RltdAgts", func() {
			w.agent("DbtrAgt", d.Debtor.Agent)
			w.agent("CdtrAgt", d.Creditor.Agent)
		})
	}
	if d.Purpose != "" {
		w.in("Purp", func() { w.must("Cd", d.Purpose, 4) })
	}
	w.remittance(d.Remittance, d.Reference)
	if d.Return != "" {
		w.in("RtrInf", func() { w.in("Rsn", func() { w.must("Cd", d.Return, 4) }) })
	}
	w.text("AddtlTxInf", d.Info, maxInfo)
}

// known tells whether there is more of a party than its bank.
func (p Party) known() bool { return p.Name != "" || p.Account.Number() != "" }

// side writes a party of a TxDtls with its account.
func (w *writer) side(name string, p Party) {
	if p.Name != "" {
		w.in(name, func() { w.in("Pty", func() { w.text("Nm", p.Name, maxName) }) })
	}
	w.account(name+"Acct", p.Account)
}
