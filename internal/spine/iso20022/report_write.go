package iso20022

import (
	"io"
	"strings"
)

// maxReason is the length of a line of a reason's words.
const maxReason = 105

// ReportWriter writes a pain.002.001.11.
type ReportWriter struct {
	w  *writer
	in bool // a payment is open
}

// NewReportWriter begins a report. Payment and Transfer follow in turn, and Close
// ends it.
func NewReportWriter(out io.Writer, p Report) *ReportWriter {
	w := newWriter(out, "pain.002.001.11", "CstmrPmtStsRpt")
	w.in("GrpHdr", func() {
		w.must("MsgId", p.Message, maxID)
		if p.Created.IsZero() {
			w.fail("CreDtTm", ErrMissing)
		}
		w.moment("CreDtTm", p.Created)
		if p.Initiator != "" {
			w.in("InitgPty", func() { w.text("Nm", p.Initiator, maxName) })
		}
	})
	w.in("OrgnlGrpInfAndSts", func() {
		w.must("OrgnlMsgId", p.Of, maxID)
		w.must("OrgnlMsgNmId", p.OfKind, maxID)
		w.number("OrgnlNbOfTxs", p.OfCount)
		if p.OfSum != "" {
			w.decimal("OrgnlCtrlSum", p.OfSum)
		}
		w.id("GrpSts", p.Status, 4)
		w.reasons(p.Reasons)
	})
	return &ReportWriter{w: w}
}

// Payment begins a payment and ends the one before.
func (rw *ReportWriter) Payment(p PaymentStatus) error {
	w := rw.w
	if rw.in {
		w.end()
	}
	rw.in = true
	w.begin("OrgnlPmtInfAndSts")
	w.must("OrgnlPmtInfId", p.ID, maxID)
	w.id("PmtInfSts", p.Status, 4)
	w.reasons(p.Reasons)
	return w.err
}

// Transfer writes a transfer of the payment that is open.
func (rw *ReportWriter) Transfer(x TransferStatus) error {
	w := rw.w
	w.entry++
	if !rw.in {
		w.fail("OrgnlPmtInfAndSts", ErrMissing)
		return w.err
	}
	w.in("TxInfAndSts", func() {
		w.id("OrgnlInstrId", x.Instruction, maxID)
		w.id("OrgnlEndToEndId", x.EndToEnd, maxID)
		w.form("OrgnlUETR", x.UETR, uetrForm)
		w.id("TxSts", x.Status, 4)
		w.reasons(x.Reasons)
		w.moment("AccptncDtTm", x.Accepted)
		w.id("AcctSvcrRef", x.Bank, maxID)
	})
	return w.err
}

// Close ends the report.
func (rw *ReportWriter) Close() error { return rw.w.close() }

func (w *writer) reasons(reasons []Reason) {
	for _, why := range reasons {
		w.in("StsRsnInf", func() {
			if why.Code != "" {
				w.in("Rsn", func() { w.must("Cd", why.Code, 4) })
			}
			for line := range strings.SplitSeq(why.Info, "\n") {
				w.text("AddtlInf", line, maxReason)
			}
		})
	}
}
