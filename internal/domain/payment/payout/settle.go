package payout

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/spine/db"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/journal"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
)

// answers are what a bank says of a message: of lines by their number, or of all of
// them where it names none.
type answers struct {
	lines map[int64]answer
	all   answer
	has   bool // it refuses the message because it has it
}

type answer struct {
	reference string
	change
}

// of is what the bank says of a line; false where it says nothing yet.
func (a answers) of(l Line) (change, bool) {
	one, is := a.lines[l.N]
	if !is {
		return a.all.change, a.all.state != ""
	}
	return one.change, one.state != "" && one.reference == l.Reference
}

// errReport is of a report that is not about what was asked.
var errReport = errors.New("payout: the bank answered about something else")

// readReport reads a pain.002 about a message.
func readReport(report []byte, message string) (out answers, err error) {
	out.lines = map[int64]answer{}
	head, err := iso20022.ReadReport(bytes.NewReader(report), func(_ *iso20022.Report, _ *iso20022.PaymentStatus, x iso20022.TransferStatus) error {
		n, err := strconv.ParseInt(x.Instruction, 10, 64)
		if err != nil || x.EndToEnd == "" {
			return errReport
		}
		out.lines[n] = answer{reference: x.EndToEnd, change: becomes(x.Status, x.Reasons, x.Bank)}
		return nil
	})
	if err != nil {
		return out, err
	}
	if head.Of != message {
		return out, errReport
	}
	// A bank that refuses a whole message may name no line of it, or some.
	out.all.change, out.has = refusedWhole(head, len(out.lines))
	return out, nil
}

// credited is that the payee has the money, which some banks tell of.
const credited = "ACCC"

// becomes is a status of the standard's as a line's state; none while the bank is at
// it.
func becomes(status string, reasons []iso20022.Reason, bankRef string) change {
	var code string
	if len(reasons) > 0 {
		code = reasons[0].Code
	}
	switch status {
	case iso20022.Settled, credited:
		return change{Paid, "", bankRef}
	case iso20022.Rejected:
		return change{Rejected, code, bankRef}
	}
	return change{}
}

// saidTx takes in what a bank says of a chunk: each line becomes what it became, the
// ledger follows, and the bank is asked again when it is time.
func (p *Part) saidTx(tx *db.Tx, b *Batch, c Chunk, said answers) error {
	lines, err := linesBetween(tx, c.Batch, c.First, c.Last)
	if err != nil {
		return err
	}
	before := c.Tally
	moved := map[change][]int64{}
	for _, l := range lines {
		to, is := said.of(l)
		if !is {
			continue
		}
		switch {
		case l.State == Waiting && to.state == Paid:
			c.Paid++
			c.PaidSum += l.Amount
		case l.State == Waiting && to.state == Rejected:
			c.Rejected++
			c.RejectedSum += l.Amount
		case l.State == Paid && to.state == Rejected:
			to.state, to.bankRef = Returned, l.BankRef
			c.Paid, c.Returned = c.Paid-1, c.Returned+1
			c.PaidSum, c.ReturnedSum = c.PaidSum-l.Amount, c.ReturnedSum+l.Amount
		case l.State == Rejected && to.state == Paid, l.State == Returned && to.state == Paid:
			// The money is back in the fund, and the bank says that it is not.
			if err := p.contradictTx(tx, *b, l); err != nil {
				return err
			}
			continue
		default:
			continue
		}
		moved[to] = append(moved[to], l.N)
	}
	if err := p.changeTx(tx, c, moved); err != nil {
		return err
	}
	if err := p.bookTx(tx, *b, &c, before); err != nil {
		return err
	}
	if p.askAgain(&c); c.State == chunkSettled && c.NextAt == 0 {
		if err := p.lateTx(tx, *b, &c); err != nil {
			return err
		}
	}
	return updateChunk(tx, c)
}

// changeTx writes what became of a chunk's lines. What most of them become is one
// statement, once nothing of the chunk waits.
func (p *Part) changeTx(tx *db.Tx, c Chunk, moved map[change][]int64) error {
	rest := sorted(moved)
	usual := change{}
	if c.left() == 0 && c.State == chunkSent {
		for _, to := range rest {
			if to.state == Paid && len(moved[to]) > len(moved[usual]) {
				usual = to
			}
		}
	}
	for _, to := range rest {
		if to == usual {
			continue
		}
		freed := int64(0)
		if to.state != Paid {
			freed = p.now() // its reference may be paid again
		}
		if err := changeLines(tx, c.Batch, to, freed, moved[to]); err != nil {
			return err
		}
	}
	if usual.state == "" {
		return nil
	}
	return changeWaiting(tx, c, usual)
}

func sorted(moved map[change][]int64) []change {
	out := make([]change, 0, len(moved))
	for to := range moved {
		out = append(out, to)
	}
	slices.SortFunc(out, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.state, b.state), cmp.Compare(a.reason, b.reason), cmp.Compare(a.bankRef, b.bankRef))
	})
	return out
}

// bookTx is a chunk in the ledger. Once the bank has spoken of each line, what it
// paid leaves the fund and the rest is free again; what comes back later is put back.
func (p *Part) bookTx(tx *db.Tx, b Batch, c *Chunk, before Tally) error {
	of := b.books()
	if c.State == chunkSettled {
		back := c.ReturnedSum - before.ReturnedSum
		if back == 0 {
			return nil
		}
		g := p.group(of, fmt.Sprintf("payout-back:%s:%d:%d", c.Batch, c.No, before.Returned), "payout-back", b.ID,
			ledger.Transfer{Kind: ledger.Post, Debit: of.out(), Credit: of.fund(), Amount: back})
		return p.postTx(tx, b, g, "payment.payout_returned", map[string]any{"returned": c.Returned - before.Returned, "amount": int64(back)},
			locale.Text{MS: "Bank memulangkan bayaran; wangnya kembali ke tabung.", EN: "The bank sent payments back; their money is back in the fund."})
	}
	if c.State != chunkSent || c.left() > 0 {
		return nil
	}
	c.State, c.SettledAt = chunkSettled, p.now()
	end := ledger.Transfer{Kind: ledger.Capture, Of: c.hold(), Amount: c.PaidSum}
	if c.PaidSum == 0 {
		end = ledger.Transfer{Kind: ledger.Release, Of: c.hold()}
	}
	g := p.group(of, fmt.Sprintf("payout-paid:%s:%d", c.Batch, c.No), "payout", b.ID, end)
	return p.postTx(tx, b, g, "payment.payout_paid", map[string]any{"paid": c.Paid, "refused": c.Rejected, "amount": int64(c.PaidSum)},
		locale.Text{MS: "Bank membayar orang ramai bagi pihak agensi.", EN: "The bank paid people in the agency's name."})
}

// postTx posts a group with its leaf.
func (p *Part) postTx(tx *db.Tx, b Batch, g ledger.Group, kind string, data map[string]any, why locale.Text) (err error) {
	data["payout"], data[ledger.DigestKey] = b.ID, g.Digest()
	if g.Leaf, err = p.Journal.Append(tx, journal.Record{Kind: kind, By: journal.By{Agency: b.Agency}, Why: why, Data: data}); err != nil {
		return err
	}
	return p.ledger.PostTx(tx, g)
}

// When a bank that has spoken of each line is asked at first whether any came back.
const (
	soonest = 2 * time.Minute
	soon    = 10 * time.Minute
)

// askAgain says when a bank is asked about a chunk the next time. What comes back
// mostly does so at once: an account that is closed is found closed.
func (p *Part) askAgain(c *Chunk) {
	now := p.now()
	if c.State == chunkSettled {
		wait := time.Hour
		switch since := now - c.SettledAt; {
		case since < soonest.Microseconds():
			wait = soonest
		case since < (soonest + soon).Microseconds():
			wait = soon
		}
		c.NextAt = now + wait.Microseconds()
		if c.NextAt > c.SettledAt+returnsFor.Microseconds() || c.Paid == 0 {
			c.NextAt = 0 // what comes back later is on a statement
		}
		return
	}
	c.NextAt = now + enquireAfter(c.Checks).Microseconds()
	c.Checks++
}

// contradictTx puts before officers that a bank paid what it had refused.
func (p *Part) contradictTx(tx *db.Tx, b Batch, l Line) error {
	_, err := p.Desk.ExceptionTx(tx, b.Agency, b.Live, "payout_contradicted", b.ID, fmt.Sprint(l.N), l.Amount)
	return err
}

// settledTx ends a batch of which the bank has said everything.
func (p *Part) settledTx(tx *db.Tx, b Batch) error {
	chunks, err := chunksOf(tx, b.ID)
	if err != nil {
		return err
	}
	paid := int64(0)
	for _, c := range chunks {
		if c.State != chunkSettled && c.State != chunkDropped {
			return updateBatch(tx, b)
		}
		paid += c.Paid
	}
	if b.State == Sent {
		b.State, b.EndedAt = Done, p.now()
	}
	if b.State == Done && paid == 0 && b.FreedAt == 0 {
		b.FreedAt = p.now() // nobody was paid: the same file may come again
	}
	return updateBatch(tx, b)
}

// Enquire asks banks what has become of the messages that they have.
func (p *Part) Enquire(ctx context.Context) error {
	var due []Chunk
	err := p.db.Read(ctx, func(tx *db.Tx) (err error) { due, err = chunksDue(tx, p.now()); return err })
	if err != nil {
		return err
	}
	away := map[bool]bool{} // banks that do not answer: they are not waited for again in this round
	for _, c := range due {
		if c.State == chunkWaiting {
			err = p.sendDue(ctx, c)
		} else {
			err = p.enquire(ctx, c, away)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// enquire asks about one chunk. A bank that does not answer is asked again later,
// and keeps no other chunk back.
func (p *Part) enquire(ctx context.Context, c Chunk, away map[bool]bool) error {
	var b Batch
	err := p.db.Read(ctx, func(tx *db.Tx) (err error) { b, err = batchByID(tx, c.Batch); return err })
	if err != nil || away[b.Live] {
		return err
	}
	said, err := p.ask(ctx, b, c)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	unknown := errors.Is(err, payment.ErrNoMessage)
	if err != nil {
		p.log.Warn("the bank does not say what became of payments to people", "agency", b.Agency, "payout", b.ID, "part", c.No, "error", err)
		said, away[b.Live] = answers{}, !unknown
	}
	return p.db.Write(ctx, func(tx *db.Tx) error {
		b, err := batchByID(tx, c.Batch)
		if err != nil {
			return err
		}
		now, err := chunkOf(tx, c.Batch, c.No)
		if err != nil || now.NextAt != c.NextAt {
			return err // another process was here
		}
		if unknown && b.Reason == altered {
			err = p.neverSentTx(tx, b, now)
		} else {
			err = p.saidTx(tx, &b, now, said)
		}
		if err != nil {
			return err
		}
		return p.settledTx(tx, b)
	})
}

// neverSentTx lets a chunk go of which a stopped batch did not know whether the bank
// has it: it has not.
func (p *Part) neverSentTx(tx *db.Tx, b Batch, c Chunk) error {
	c.State, c.NextAt = chunkDropped, 0
	if err := updateChunk(tx, c); err != nil {
		return err
	}
	if err := dropLines(tx, c.Batch, c.First, c.Last, p.now()); err != nil {
		return err
	}
	g := p.group(b.books(), fmt.Sprintf("payout-never:%s:%d", c.Batch, c.No), "payout", b.ID, ledger.Transfer{Kind: ledger.Release, Of: c.hold()})
	return p.postTx(tx, b, g, "payment.payout_cancelled", map[string]any{"part": c.No},
		locale.Text{MS: "Bayaran yang belum dihantar dibatalkan; wangnya kembali ke tabung.", EN: "Payments that were not sent were cancelled; their money is back in the fund."})
}

func (p *Part) ask(ctx context.Context, b Batch, c Chunk) (said answers, err error) {
	bank, ok := p.Desk.Banker(b.Live).(Payer)
	if !ok {
		return said, errors.New("payout: no bank")
	}
	who, err := p.Desk.Signer(ctx, b.Agency, b.Live)
	if err != nil {
		return said, err
	}
	told, err := bank.PaidOut(ctx, who, c.Message())
	if err != nil {
		return said, err
	}
	return readReport(told, c.Message())
}
