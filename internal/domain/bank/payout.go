package bank

import (
	"bytes"
	"strings"
	"time"

	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"
)

// payout is an order to pay people.
type payout struct {
	merchant, message, digest string
	count                     int64
	total                     string
	reason                    string // why all of it was refused
	settleAt, madeAt          int64  // on the clock that the bank was given
	parts                     []payoutPart
}

// payoutPart is what one account pays.
type payoutPart struct {
	id, account string
	booking     string // "" where nothing was paid
	single      bool   // each line is booked for itself
	lines       []payoutLine
}

// payoutLine is one amount to one person.
type payoutLine struct {
	instruction, e2e, name, account, info string
	amount                                money.Amount
	state                                 string // accepted | settled | rejected | returned
	reason                                string
	returnAt                              int64
}

// States of a line.
const (
	accepted = "accepted" // debited, and under way
	settled  = "settled"
	rejected = "rejected" // never debited
	returned = "returned" // it came back
)

const (
	settleAfter = 5 * time.Second
	returnAfter = time.Minute
	// Account numbers that end so are refused, and come back.
	endRefused  = "0000"
	endReturned = "9999"
)

// readPayout reads an order. Its error is the codec's.
func readPayout(body []byte) (payout, error) {
	var p payout
	var of *iso20022.Payment
	in, err := iso20022.ReadInitiation(bytes.NewReader(body), func(_ *iso20022.Initiation, part *iso20022.Payment, x iso20022.Transfer) error {
		if part != of {
			of = part
			p.parts = append(p.parts, payoutPart{id: part.ID, account: part.Debtor.Account.Number(), single: part.Single})
		}
		last := &p.parts[len(p.parts)-1]
		last.lines = append(last.lines, payoutLine{instruction: x.Instruction, e2e: x.EndToEnd, name: x.Creditor.Name, account: x.Creditor.Account.Number(),
			info: strings.ReplaceAll(x.Remittance, "\n", " "), amount: x.Amount, state: accepted, reason: refusedFor(x)})
		return nil
	})
	p.message, p.count, p.total = in.Message, in.Count, in.Sum
	if len(in.Wrong) > 0 {
		p.reason = iso20022.WrongSum
		if strings.HasSuffix(in.Wrong[0].Element, "NbOfTxs") {
			p.reason = iso20022.WrongCount
		}
	}
	return p, err
}

// refusedFor is why the bank pays one transfer to nobody, or "".
func refusedFor(x iso20022.Transfer) string {
	account := x.Creditor.Account.Number()
	switch {
	case x.Currency != money.MYR:
		return "AM03"
	case x.Amount <= 0:
		return "AM01"
	case account == "" || strings.HasSuffix(account, endRefused):
		return iso20022.WrongAccount
	case x.Creditor.Name == "":
		return "BE01"
	}
	return ""
}

// refuseAll refuses what a part has left.
func (p *payoutPart) refuseAll(reason string) {
	for i := range p.lines {
		if l := &p.lines[i]; l.state == accepted {
			l.state, l.reason = rejected, reason
		}
	}
}

// sum refuses the lines that have a reason, and adds up the others.
func (p *payoutPart) sum() (sum money.Amount, n int, err error) {
	for i := range p.lines {
		l := &p.lines[i]
		if l.reason != "" {
			l.state = rejected
		}
		if l.state != accepted {
			continue
		}
		n++
		if sum, err = money.Add(sum, l.amount); err != nil {
			return 0, 0, err
		}
	}
	return sum, n, nil
}

// report is what became of an order, as pain.002.
func (p payout) report(now time.Time, of string) ([]byte, error) {
	var out bytes.Buffer
	head := iso20022.Report{Message: cutText(p.message, 30) + "-" + of, Created: now, Of: p.message, OfKind: "pain.001.001.10", OfCount: p.count, OfSum: p.total}
	states := map[string]int{}
	for _, part := range p.parts {
		for _, l := range part.lines {
			states[l.state]++
		}
	}
	head.Status = together(states)
	if p.reason != "" {
		head.Reasons = []iso20022.Reason{{Code: p.reason}}
	}
	w := iso20022.NewReportWriter(&out, head)
	for _, part := range p.parts {
		if err := w.Payment(iso20022.PaymentStatus{ID: part.id, Status: part.status()}); err != nil {
			return nil, err
		}
		for _, l := range part.lines {
			x := iso20022.TransferStatus{Instruction: l.instruction, EndToEnd: l.e2e, Status: statusOf(l.state), Bank: part.booking}
			if l.state == rejected {
				x.Bank = ""
			}
			if l.reason != "" {
				x.Reasons = []iso20022.Reason{{Code: l.reason}}
			}
			if err := w.Transfer(x); err != nil {
				return nil, err
			}
		}
	}
	err := w.Close()
	return out.Bytes(), err
}

func (p payoutPart) status() string {
	states := map[string]int{}
	for _, l := range p.lines {
		states[l.state]++
	}
	return together(states)
}

// statusOf is a line's state in the standard's words. What came back is refused
// in the end.
func statusOf(state string) string {
	switch state {
	case accepted:
		return iso20022.Accepted
	case settled:
		return iso20022.Settled
	}
	return iso20022.Rejected
}

// together is the status of several lines.
func together(states map[string]int) string {
	bad := states[rejected] + states[returned]
	switch {
	case bad > 0 && states[accepted]+states[settled] > 0:
		return iso20022.Partial
	case bad > 0:
		return iso20022.Rejected
	case states[accepted] > 0:
		return iso20022.Accepted
	}
	return iso20022.Settled
}

// cutText is a text's first bytes; a message id is ASCII.
func cutText(s string, most int) string { return s[:min(len(s), most)] }
