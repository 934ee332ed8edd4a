package iso20022

import (
	"errors"
	"io"
	"strings"
)

var onceInPaymentStatus = []string{"OrgnlPmtInfId", "PmtInfSts"}

// ReadReport reads a pain.002 of any version from .03 on. transfer is called for
// each transfer that it names, in turn, with its payment. An error of transfer's
// ends the reading and is given back.
func ReadReport(in io.Reader, transfer func(*Report, *PaymentStatus, TransferStatus) error) (Report, error) {
	r := newReader(in, "pain.002")
	var out Report
	if _, err := r.root("CstmrPmtStsRpt"); err != nil {
		return out, err
	}
	err := r.each(onceInReportHead, func(t token) error {
		if t.name == "OrgnlPmtInfAndSts" {
			return r.paymentStatus(&out, transfer)
		}
		n, err := r.node(t)
		if err != nil {
			return err
		}
		switch n.name {
		case "GrpHdr":
			out.Message, out.Created = r.text(n, "MsgId"), r.moment(n, "CreDtTm")
			out.Initiator = r.text(n, "InitgPty", "Nm")
		case "OrgnlGrpInfAndSts":
			out.Of, out.OfKind = r.text(n, "OrgnlMsgId"), r.text(n, "OrgnlMsgNmId")
			out.OfCount, out.OfSum = r.number(n, "OrgnlNbOfTxs"), r.text(n, "OrgnlCtrlSum")
			out.Status, out.Reasons = r.text(n, "GrpSts"), r.reasons(n)
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
	if out.Of == "" {
		return out, r.at("OrgnlGrpInfAndSts/OrgnlMsgId", ErrMissing)
	}
	return out, nil
}

func (r *reader) paymentStatus(out *Report, transfer func(*Report, *PaymentStatus, TransferStatus) error) error {
	var p PaymentStatus
	err := r.each(onceInPaymentStatus, func(t token) error {
		if t.name == "TxInfAndSts" {
			r.entry++
		}
		n, err := r.node(t)
		if err != nil {
			return err
		}
		switch n.name {
		case "OrgnlPmtInfId":
			p.ID = n.text
		case "PmtInfSts":
			p.Status = n.text
		case "StsRsnInf":
			p.Reasons = append(p.Reasons, r.reason(n))
		case "TxInfAndSts":
			x := TransferStatus{
				Instruction: r.text(n, "OrgnlInstrId"), EndToEnd: r.text(n, "OrgnlEndToEndId"), UETR: r.text(n, "OrgnlUETR"),
				Status: r.text(n, "TxSts"), Reasons: r.reasons(n),
				Accepted: r.moment(n, "AccptncDtTm"), Bank: r.text(n, "AcctSvcrRef"),
			}
			if r.err != nil {
				return r.err
			}
			if err := transfer(out, &p, x); err != nil {
				return &stopped{err}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	out.Payments = append(out.Payments, p)
	return nil
}

func (r *reader) reasons(n *node) (out []Reason) {
	for _, kid := range r.all(n, "StsRsnInf") {
		out = append(out, r.reason(kid))
	}
	return out
}

func (r *reader) reason(n *node) Reason {
	var words []string
	for _, kid := range r.all(n, "AddtlInf") {
		words = append(words, kid.text)
	}
	return Reason{Code: r.choice(n, "Rsn"), Info: strings.Join(words, "\n")}
}
