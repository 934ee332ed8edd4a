package iso20022

import (
	"fmt"
	"strings"

	"balai/internal/spine/money"
)

// readEntry reads the Ntry that has just begun. Its transactions are taken one by
// one, as there may be many.
func (r *reader) readEntry(s *Statement) (e Entry, err error) {
	r.entry++
	var amount, sign bool
	err = r.each(onceInEntry, func(t token) error {
		if t.name == "NtryDtls" {
			if !amount || !sign { // both stand before, in every version
				return ErrMissing
			}
			return r.details(s, &e)
		}
		n, err := r.node(t)
		if err != nil {
			return err
		}
		switch n.name {
		case "NtryRef":
			e.Reference = n.text
		case "Amt":
			e.Amount, e.Currency, amount = r.amount(n)
		case "CdtDbtInd":
			e.Credit, sign = r.sign(n), true
		case "RvslInd":
			e.Reversal = r.flag(n)
		case "Sts":
			e.Status = r.choice(n)
		case "BookgDt":
			e.Booked, e.At = r.date(n)
		case "ValDt":
			e.Value, _ = r.date(n)
		case "AcctSvcrRef":
			e.Bank = n.text
		case "BkTxCd":
			e.Code = r.code(n)
		case "Chrgs":
			if e.Charges = append(e.Charges, r.charges(n)...); len(e.Charges) > MaxDetails {
				return ErrSize
			}
		case "AddtlNtryInf":
			e.Info = n.text
		}
		return nil
	})
	switch {
	case err != nil:
		return e, err
	case !amount:
		return e, r.at("Ntry/Amt", ErrMissing)
	case !sign:
		return e, r.at("Ntry/CdtDbtInd", ErrMissing)
	}
	if len(e.Details) == 1 && e.Details[0].Currency == "" {
		e.Details[0].Amount, e.Details[0].Currency = e.Amount, e.Currency
	}
	return e, nil
}

// batch is what a Btch says of its transactions.
type batch struct {
	count    string
	total    money.Amount
	currency string // "" where it says no total
	credit   bool
}

// details reads an NtryDtls.
func (r *reader) details(s *Statement, e *Entry) error {
	first := len(e.Details)
	var said batch
	err := r.each(onceInBatch, func(t token) error {
		if t.name == "TxDtls" && len(e.Details) == MaxDetails {
			return ErrSize
		}
		n, err := r.node(t)
		if err != nil {
			return err
		}
		switch n.name {
		case "Btch":
			e.Batch.Message, e.Batch.Payment = r.text(n, "MsgId"), r.text(n, "PmtInfId")
			e.Batch.Count += r.number(n, "NbOfTxs")
			said = batch{count: r.text(n, "NbOfTxs"), credit: r.credit(n, e.Credit)}
			said.total, said.currency, _ = r.amount(n, "TtlAmt")
		case "TxDtls":
			e.Details = append(e.Details, r.detail(n, e.Credit))
		}
		return nil
	})
	if some := e.Details[first:]; err == nil && len(some) > 0 { // a bank may leave them out
		r.hold(s, said, some)
	}
	return err
}

// hold compares what a batch says with its transactions.
func (r *reader) hold(s *Statement, said batch, details []Detail) {
	if said.count == "" && said.currency == "" {
		return
	}
	place := fmt.Sprintf("entry %d: Btch/", r.entry)
	s.Wrong = r.compare(s.Wrong, place+"NbOfTxs", said.count, fmt.Sprint(len(details)))
	if said.currency == "" {
		return
	}
	var sum money.Amount
	for _, d := range details {
		if d.Currency != said.currency { // each is told in another currency, or not at all
			return
		}
		var err error
		if d.Credit == said.credit {
			sum, err = money.Add(sum, d.Amount)
		} else {
			sum, err = money.Sub(sum, d.Amount)
		}
		if err != nil {
			r.fail("Btch", err)
			return
		}
	}
	if sum != said.total && len(s.Wrong) < maxWrong {
		s.Wrong = append(s.Wrong, Mismatch{place + "TtlAmt", said.total.Decimal(said.currency), sum.Decimal(said.currency)})
	}
}

func (r *reader) sign(n *node) bool {
	if n.text != "CRDT" && n.text != "DBIT" {
		r.fail("CdtDbtInd", fmt.Errorf("%w: %.40q", ErrValue, n.text))
	}
	return n.text == "CRDT"
}

// code reads a BkTxCd.
func (r *reader) code(n *node) string {
	if n == nil {
		return ""
	}
	if r.one(n, "Domn") == nil {
		return r.text(n, "Prtry", "Cd")
	}
	return strings.Join([]string{r.text(n, "Domn", "Cd"), r.text(n, "Domn", "Fmly", "Cd"), r.text(n, "Domn", "Fmly", "SubFmlyCd")}, "/")
}

// charges reads a Chrgs: from version .03 on it holds records.
func (r *reader) charges(n *node) (out []Charge) {
	records := r.all(n, "Rcrd")
	if len(records) == 0 && r.one(n, "Amt") != nil {
		records = []*node{n}
	}
	for _, rec := range records {
		c := Charge{Credit: r.credit(rec, false), Included: r.flag(rec, "ChrgInclInd"), Type: r.choice(rec, "Tp")}
		c.Amount, c.Currency, _ = r.amount(rec, "Amt")
		out = append(out, c)
	}
	return out
}

// detail reads a TxDtls.
func (r *reader) detail(n *node, credit bool) (d Detail) {
	d.Credit = r.credit(n, credit)
	var ok bool
	if d.Amount, d.Currency, ok = r.amount(n, "Amt"); !ok { // up to version .02 it is further in
		d.Amount, d.Currency, _ = r.amount(n, "AmtDtls", "TxAmt", "Amt")
	}
	if refs := r.one(n, "Refs"); refs != nil {
		d.Message, d.Payment, d.Bank = r.text(refs, "MsgId"), r.text(refs, "PmtInfId"), r.text(refs, "AcctSvcrRef")
		d.Instruction, d.EndToEnd, d.UETR = r.text(refs, "InstrId"), r.text(refs, "EndToEndId"), r.text(refs, "UETR")
		d.Transaction, d.Clearing = r.text(refs, "TxId"), r.text(refs, "ClrSysRef")
	}
	d.Debtor = r.party(n, "Dbtr")
	d.Creditor = r.party(n, "Cdtr")
	d.Purpose = r.choice(n, "Purp")
	d.Remittance, d.Reference = r.remittance(r.one(n, "RmtInf"))
	d.Return = r.choice(n, "RtrInf", "Rsn")
	for _, c := range r.all(n, "Chrgs") {
		d.Charges = append(d.Charges, r.charges(c)...)
	}
	d.Info = r.text(n, "AddtlTxInf")
	return d
}

// party reads a side of a TxDtls, "Dbtr" or "Cdtr", with its account and bank.
func (r *reader) party(n *node, side string) (p Party) {
	if who := r.one(n, "RltdPties", side); who != nil {
		p.Name = r.text(who, "Nm")
		if pty := r.one(who, "Pty"); pty != nil { // from version .03 on
			p.Name = r.text(pty, "Nm")
		}
	}
	p.Account = r.account(r.one(n, "RltdPties", side+"Acct"))
	p.Agent = r.agent(r.one(n, "RltdAgts", side+"Agt"))
	return p
}
