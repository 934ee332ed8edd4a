package payout

import (
	"context"
	"errors"
	"slices"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"
)

// What the bank did not take: when it is sent again, what counts as a refusal, and
// what officers are told.

const (
	// sendAgain and sendMost bound the wait before a message is sent again.
	sendAgain = time.Minute
	sendMost  = 4 * time.Hour
	// alarmAt is after how many sendings officers are told: some eight minutes.
	alarmAt = 5
	// onItsWay is how long a sending without an answer may still reach the bank. A
	// signature is older than the bank takes it by then.
	onItsWay = 10 * time.Minute
)

// untaken is what stands before officers of a message that the bank does not take.
const untaken = "payout_untaken"

// againAfter is how long a message waits that was sent so often: as each job of the
// hall does, within bounds.
func againAfter(tries int64) time.Duration {
	return min(max(outbox.Backoff(int(min(tries, 100))), sendAgain), sendMost)
}

// duplicates are reasons for which a bank refuses an order that it has already: one
// whose answer was lost. Nothing was refused then.
var duplicates = map[string]bool{iso20022.Duplicate: true, "DUPL": true, "DU01": true, "DU02": true, "DU03": true, "DU04": true, "DU05": true}

// heard is what the bank says of a message that was just sent, and before that at
// last at before, 0 never. An error means that nothing is known.
//
// That it took nothing is believed where it says so of this very message, nothing of
// an earlier sending is on its way, and it does not have the message when it is asked.
func (p *Part) heard(ctx context.Context, bank Payer, who payment.Collector, c Chunk, before int64, told []byte, err error) (said answers, _ error) {
	if err == nil {
		if said, err = readReport(told, c.Message()); before > 0 {
			said = said.withoutDuplicates()
		}
		if err == nil && said.has {
			said, err = p.heldBy(ctx, bank, who, c)
		}
		return said, err
	}
	var no *payment.RefusedError
	if !errors.As(err, &no) || no.Message != c.Message() || before > p.now()-onItsWay.Microseconds() {
		return said, err
	}
	said, has := p.heldBy(ctx, bank, who, c)
	if errors.Is(has, payment.ErrNoMessage) {
		return answers{all: answer{change: change{Rejected, no.Reason, ""}}}, nil
	}
	if has != nil {
		return said, err
	}
	return said, nil
}

// heldBy is what became of a message that a bank may have.
func (p *Part) heldBy(ctx context.Context, bank Payer, who payment.Collector, c Chunk) (said answers, err error) {
	told, err := bank.PaidOut(ctx, who, c.Message())
	if err != nil {
		return said, err
	}
	if said, err = readReport(told, c.Message()); err == nil && said.has {
		err = errReport
	}
	return said, err
}

// withoutDuplicates is what a bank says, less the lines that it refused because it has
// them: it is asked what became of those.
func (a answers) withoutDuplicates() answers {
	for n, x := range a.lines {
		if x.state == Rejected && duplicates[x.reason] {
			a.lines[n], a.all = answer{reference: x.reference}, answer{}
		}
	}
	return a
}

// refusedWhole is why a bank refused a whole message, none where it did not; or that
// it has the message already.
func refusedWhole(head iso20022.Report, named int) (why change, has bool) {
	status, reasons := head.Status, slices.Clone(head.Reasons)
	for _, part := range head.Payments {
		reasons = append(reasons, part.Reasons...)
		if status != iso20022.Rejected && named == 0 && len(head.Payments) == 1 {
			status = part.Status
		}
	}
	if status != iso20022.Rejected {
		return why, false
	}
	if slices.ContainsFunc(reasons, func(r iso20022.Reason) bool { return duplicates[r.Code] }) {
		return why, true
	}
	return becomes(status, reasons, ""), false
}

// putOff notes when a message that the bank did not take is sent again, and tells
// officers once it has not been taken for a while.
func (p *Part) putOff(ctx context.Context, j outbox.Job, args chunkJob) error {
	return p.db.Write(ctx, func(tx *db.Tx) error {
		b, c, open, err := untakenChunk(tx, args)
		if err != nil {
			return err
		}
		if open {
			c.NextAt = p.now() + againAfter(c.Tries).Microseconds()
			if err := updateChunk(tx, c); err != nil {
				return err
			}
			if c.Tries >= alarmAt {
				if _, err := p.Desk.ExceptionTx(tx, b.Agency, b.Live, untaken, b.ID, c.Message(), c.Total); err != nil {
					return err
				}
			}
		}
		return p.outbox.DoneTx(tx, j)
	})
}

// untakenChunk is a chunk that is still to be sent, with its batch; not open where
// it is not any more.
func untakenChunk(tx *db.Tx, args chunkJob) (b Batch, c Chunk, open bool, err error) {
	if b, err = batchByID(tx, args.Batch); err != nil {
		return b, c, false, err
	}
	c, err = chunkOf(tx, args.Batch, args.No)
	return b, c, b.State == Approved && c.State == chunkWaiting, err
}

// sendDue makes a job of a chunk whose time has come to be sent again.
func (p *Part) sendDue(ctx context.Context, was Chunk) error {
	return p.db.Write(ctx, func(tx *db.Tx) error {
		_, c, open, err := untakenChunk(tx, chunkJob{was.Batch, was.No})
		if err != nil || c.NextAt != was.NextAt || c.State != chunkWaiting {
			return err
		}
		if c.NextAt = 0; open {
			if err := p.outbox.Enqueue(tx, jobSend, chunkJob{c.Batch, c.No}); err != nil {
				return err
			}
		}
		return updateChunk(tx, c)
	})
}

// AskTx sends a message that the bank did not take at once, because an officer asks
// for it.
func (p *Part) AskTx(tx *db.Tx, a actor.Actor, id string) (Batch, error) {
	b, err := p.of(tx, a, id)
	if err != nil {
		return b, err
	}
	c, found, err := untakenOf(tx, b.ID)
	if err != nil {
		return b, err
	}
	if b.State != Approved || !found {
		return b, fault.New(fault.Conflict, "payout.error.taken")
	}
	if c.NextAt == 0 { // it is being sent
		return b, nil
	}
	c.NextAt = 0
	if err := updateChunk(tx, c); err != nil {
		return b, err
	}
	if err := p.outbox.Enqueue(tx, jobSend, chunkJob{c.Batch, c.No}); err != nil {
		return b, err
	}
	_, err = p.Journal.Append(tx, journal.Record{Kind: "payment.payout_asked", By: journal.ByActor(a),
		Why:  locale.Text{MS: "Pegawai meminta mesej bayaran dihantar semula kepada bank dengan segera.", EN: "An officer had a message of payments sent to the bank again at once."},
		Data: map[string]any{"payout": b.ID, "part": c.No, "tries": c.Tries}})
	return b, err
}
