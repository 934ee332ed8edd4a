package iso20022

import (
	"errors"
	"fmt"
	"io"
)

var (
	onceInPayment    = []string{"PmtInfId", "PmtMtd", "BtchBookg", "NbOfTxs", "CtrlSum", "ReqdExctnDt", "Dbtr", "DbtrAcct", "DbtrAgt", "ChrgBr"}
	onceInReportHead = []string{"GrpHdr", "OrgnlGrpInfAndSts"}
)

// ReadInitiation reads a pain.001 of any version from .03 on. transfer is called
// for each transfer in turn, with what stands before it in its order and payment.
// An error of transfer's ends the reading and is given back. Keep nothing of what
// was handed out until there was no error, and pay nothing that is Wrong.
func ReadInitiation(in io.Reader, transfer func(*Initiation, *Payment, Transfer) error) (Initiation, error) {
	r := newReader(in, "pain.001")
	var out Initiation
	if _, err := r.root("CstmrCdtTrfInitn"); err != nil {
		return out, err
	}
	out.Version = r.version
	var sum Sum
	var count, total string // as the header says
	head := false
	err := r.each(onceInMessage, func(t token) error {
		switch t.name {
		case "GrpHdr":
			n, err := r.node(t)
			if err != nil {
				return err
			}
			head, count, total = true, r.text(n, "NbOfTxs"), r.text(n, "CtrlSum")
			out.Message, out.Created = r.text(n, "MsgId"), r.moment(n, "CreDtTm")
			out.Initiator = r.text(n, "InitgPty", "Nm")
			if out.Message == "" {
				r.fail("GrpHdr/MsgId", ErrMissing)
			}
		case "PmtInf":
			if !head {
				return r.at("GrpHdr", ErrMissing)
			}
			return r.payment(&out, &sum, transfer)
		}
		return nil
	})
	var mine *stopped
	if errors.As(err, &mine) {
		return out, mine.err
	}
	if err != nil {
		return out, err
	}
	if err := r.finish(); err != nil {
		return out, err
	}
	if out.Count == 0 {
		return out, r.at("PmtInf/CdtTrfTxInf", ErrMissing)
	}
	out.Sum = sum.Text()
	out.Wrong = r.compare(out.Wrong, "GrpHdr/NbOfTxs", count, fmt.Sprint(out.Count))
	out.Wrong = r.compare(out.Wrong, "GrpHdr/CtrlSum", total, out.Sum)
	return out, r.err
}

// payment reads the PmtInf that has just begun.
func (r *reader) payment(out *Initiation, total *Sum, transfer func(*Initiation, *Payment, Transfer) error) error {
	var p Payment
	var sum Sum
	var count int64
	var said string // of NbOfTxs
	err := r.each(onceInPayment, func(t token) error {
		if t.name == "CdtTrfTxInf" {
			r.entry++
		}
		n, err := r.node(t)
		if err != nil {
			return err
		}
		switch n.name {
		case "PmtInfId":
			p.ID = n.text
		case "PmtMtd":
			p.Method = n.text
		case "BtchBookg":
			p.Single = !r.flag(n)
		case "NbOfTxs":
			said, p.Count = n.text, r.number(n)
		case "CtrlSum":
			p.Sum = n.text
		case "ReqdExctnDt":
			p.Date, _ = r.date(n)
		case "Dbtr":
			p.Debtor.Name = r.text(n, "Nm")
		case "DbtrAcct":
			p.Debtor.Account = r.account(n)
		case "DbtrAgt":
			p.Debtor.Agent = r.agent(n)
		case "ChrgBr":
			p.Charges = n.text
		case "CdtTrfTxInf":
			x := r.transfer(n)
			if r.err != nil {
				return r.err
			}
			count++
			out.Count++
			sum.Add(x.Amount, x.Currency)
			total.Add(x.Amount, x.Currency)
			if err := transfer(out, &p, x); err != nil {
				return &stopped{err}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	place := fmt.Sprintf("PmtInf %.40q/", p.ID)
	out.Wrong = r.compare(out.Wrong, place+"NbOfTxs", said, fmt.Sprint(count))
	out.Wrong = r.compare(out.Wrong, place+"CtrlSum", p.Sum, sum.Text())
	return r.err
}

// transfer reads a CdtTrfTxInf.
func (r *reader) transfer(n *node) (x Transfer) {
	x.Instruction, x.EndToEnd, x.UETR = r.text(n, "PmtId", "InstrId"), r.text(n, "PmtId", "EndToEndId"), r.text(n, "PmtId", "UETR")
	var ok bool
	if x.Amount, x.Currency, ok = r.amount(n, "Amt", "InstdAmt"); !ok {
		x.Amount, x.Currency, ok = r.amount(n, "Amt", "EqvtAmt", "Amt")
		x.Into = r.text(n, "Amt", "EqvtAmt", "CcyOfTrf")
	}
	if !ok {
		r.fail("CdtTrfTxInf/Amt", ErrMissing)
	}
	x.Creditor = Party{
		Name:    r.text(n, "Cdtr", "Nm"),
		Account: r.account(r.one(n, "CdtrAcct")),
		Agent:   r.agent(r.one(n, "CdtrAgt")),
	}
	x.Purpose = r.choice(n, "Purp")
	x.Remittance, x.Reference = r.remittance(r.one(n, "RmtInf"))
	return x
}
