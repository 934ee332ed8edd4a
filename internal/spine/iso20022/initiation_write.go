package iso20022

import (
	"fmt"
	"io"
)

// InitiationWriter writes a pain.001.001.10.
type InitiationWriter struct {
	w     *writer
	head  Initiation
	sum   Sum
	count int64
	in    bool // a payment is open
}

// NewInitiationWriter begins an order, whose Count and Sum stand before what they
// count. Payment and Transfer follow in turn, and Close ends it.
func NewInitiationWriter(out io.Writer, i Initiation) *InitiationWriter {
	w := newWriter(out, "pain.001.001.10", "CstmrCdtTrfInitn")
	w.in("GrpHdr", func() {
		w.must("MsgId", i.Message, maxID)
		if i.Created.IsZero() {
			w.fail("CreDtTm", ErrMissing)
		}
		w.moment("CreDtTm", i.Created)
		w.form("NbOfTxs", fmt.Sprint(i.Count), countForm)
		w.decimal("CtrlSum", i.Sum)
		w.in("InitgPty", func() { w.text("Nm", i.Initiator, maxName) })
	})
	return &InitiationWriter{w: w, head: i}
}

// Payment begins a payment of the order and ends the one before.
func (iw *InitiationWriter) Payment(p Payment) error {
	w := iw.w
	if iw.in {
		w.end()
	}
	iw.in = true
	w.begin("PmtInf")
	w.must("PmtInfId", p.ID, maxID)
	if p.Method == "" {
		p.Method = "TRF"
	}
	w.must("PmtMtd", p.Method, 3)
	w.flag("BtchBookg", !p.Single)
	w.number("NbOfTxs", p.Count)
	if p.Sum != "" {
		w.decimal("CtrlSum", p.Sum)
	}
	w.in("ReqdExctnDt", func() { w.day("Dt", p.Date) })
	w.in("Dbtr", func() { w.text("Nm", p.Debtor.Name, maxName) })
	if p.Debtor.Account.Number() == "" {
		w.fail("DbtrAcct", ErrMissing)
	}
	w.account("DbtrAcct", p.Debtor.Account)
	w.in("DbtrAgt", func() { w.institution(p.Debtor.Agent) })
	w.id("ChrgBr", p.Charges, 4)
	return w.err
}

// Transfer writes one transfer of the payment that is open.
func (iw *InitiationWriter) Transfer(x Transfer) error {
	w := iw.w
	w.entry++
	iw.count++
	iw.sum.Add(x.Amount, x.Currency)
	if !iw.in {
		w.fail("PmtInf", ErrMissing)
		return w.err
	}
	w.in("CdtTrfTxInf", func() {
		w.in("PmtId", func() {
			w.id("InstrId", x.Instruction, maxID)
			if x.EndToEnd == "" {
				x.EndToEnd = NotProvided
			}
			w.must("EndToEndId", x.EndToEnd, maxID)
			w.form("UETR", x.UETR, uetrForm)
		})
		w.in("Amt", func() {
			if x.Into == "" {
				w.amount("InstdAmt", x.Amount, x.Currency)
				return
			}
			w.in("EqvtAmt", func() {
				w.amount("Amt", x.Amount, x.Currency)
				w.currency("CcyOfTrf", x.Into)
			})
		})
		w.agent("CdtrAgt", x.Creditor.Agent)
		if x.Creditor.Name != "" {
			w.in("Cdtr", func() { w.text("Nm", x.Creditor.Name, maxName) })
		}
		w.account("CdtrAcct", x.Creditor.Account)
		if x.Purpose != "" {
			w.in("Purp", func() { w.must("Cd", x.Purpose, 4) })
		}
		w.remittance(x.Remittance, x.Reference)
	})
	return w.err
}

// Close ends the order. It is an error where its Count or Sum are not those of
// its transfers.
func (iw *InitiationWriter) Close() error {
	w := iw.w
	w.entry = 0
	if iw.count != iw.head.Count || iw.sum.Text() != iw.head.Sum {
		w.fail("GrpHdr", fmt.Errorf("%w: %d transfers of %s are said to be %d of %s", ErrValue, iw.count, iw.sum.Text(), iw.head.Count, iw.head.Sum))
	}
	return w.close()
}

// WriteInitiation writes an order with one payment, and counts its transfers.
func WriteInitiation(out io.Writer, i Initiation, p Payment, transfers []Transfer) error {
	var sum Sum
	for _, x := range transfers {
		sum.Add(x.Amount, x.Currency)
	}
	i.Count, i.Sum = int64(len(transfers)), sum.Text()
	p.Count, p.Sum = i.Count, i.Sum
	w := NewInitiationWriter(out, i)
	if err := w.Payment(p); err != nil {
		return err
	}
	for _, x := range transfers {
		if err := w.Transfer(x); err != nil {
			return err
		}
	}
	return w.Close()
}
