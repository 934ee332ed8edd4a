package payout

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"balai/internal/domain/payment"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
	"balai/internal/spine/outbox"
)

const jobSend = "payout.send"

type chunkJob struct {
	Batch string `json:"batch"`
	No    int64  `json:"no"`
}

// altered is why a batch was stopped.
const altered = "altered"

// errAltered is of lines that are not what was approved.
var errAltered = errors.New("payout: not what was approved")

// send sends one chunk to the bank, reads the answer, and goes on to the next. The
// message is the same each time, to the byte, so that a bank that has it already
// pays nobody again.
func (p *Part) send(ctx context.Context, j outbox.Job) error {
	var args chunkJob
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return outbox.Cancel(fmt.Errorf("payout: job: %w", err))
	}
	b, c, lines, err := p.approvedChunk(ctx, args)
	if errors.Is(err, errAltered) {
		return p.stop(ctx, j, args, err)
	}
	if err != nil || b.State != Approved || c.State != chunkWaiting {
		return err
	}
	bank, ok := p.Desk.Banker(b.Live).(Payer)
	if !ok {
		return outbox.Later(sendAgain)
	}
	who, err := p.Desk.Signer(ctx, b.Agency, b.Live)
	if err != nil {
		return err
	}
	order, err := b.order(who, c, lines)
	if err != nil {
		return err
	}
	before, err := p.begun(ctx, args)
	if err != nil {
		return err
	}
	told, err := bank.PayOut(ctx, who, order)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	said, err := p.heard(ctx, bank, who, c, before, told, err)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		p.log.Warn("the bank has not taken payments to people", "agency", b.Agency, "payout", b.ID, "part", c.No, "error", err)
		return p.putOff(ctx, j, args)
	}
	return p.db.Write(ctx, func(tx *db.Tx) error {
		if err := p.sentTx(tx, args, said); err != nil {
			return err
		}
		return p.outbox.DoneTx(tx, j)
	})
}

// approvedChunk reads a chunk and compares it with what was approved. With the
// first, all of the batch is read, so that nothing is paid of one that was altered.
func (p *Part) approvedChunk(ctx context.Context, args chunkJob) (b Batch, c Chunk, lines []Line, err error) {
	var chunks []Chunk
	err = p.db.Read(ctx, func(tx *db.Tx) error {
		if b, err = batchByID(tx, args.Batch); err != nil || b.State != Approved {
			return err
		}
		if chunks, err = chunksOf(tx, b.ID); err != nil {
			return err
		}
		if why := b.whole(chunks); why != "" || args.No >= int64(len(chunks)) {
			return fmt.Errorf("%w: %s", errAltered, why)
		}
		if err := p.stands(tx, b); err != nil {
			return err
		}
		c = chunks[args.No]
		lines, err = soundLines(tx, c)
		return err
	})
	if err != nil || args.No > 0 {
		return b, c, lines, err
	}
	for _, other := range chunks {
		if other.No > 0 && err == nil {
			err = p.db.Read(ctx, func(tx *db.Tx) error { _, err := soundLines(tx, other); return err })
		}
	}
	return b, c, lines, err
}

// stands compares a batch with the journal's leaf of its approval, which nobody can
// change.
func (p *Part) stands(tx *db.Tx, b Batch) error {
	why, err := p.differs(tx, b, approved, b.Approver)
	if err == nil && (why != "" || b.Approver == b.Maker) {
		err = fmt.Errorf("%w: %s", errAltered, why)
	}
	return err
}

// differs tells what a batch and the journal's leaf of its last step disagree in, ""
// in nothing.
func (p *Part) differs(tx *db.Tx, b Batch, kind, person string) (why string, err error) {
	e, err := p.Journal.Entry(tx, b.Leaf)
	if fault.CodeOf(err) == fault.Missing || errors.Is(err, db.ErrNoRows) {
		return "the journal has no such leaf", nil
	}
	if err != nil {
		return "", err
	}
	r := e.Record
	switch {
	case r.Kind != kind || r.Data["payout"] != b.ID:
		return "the journal's leaf is of something else", nil
	case r.Data["hash"] != b.Hash:
		return "the journal has another hash", nil
	case r.By.Person != person || kind == approved && r.Data["maker"] != b.Maker:
		return "the journal has another person", nil
	}
	return "", nil
}

// soundLines are a chunk's lines, which must be those that were hashed.
func soundLines(tx *db.Tx, c Chunk) ([]Line, error) {
	lines, err := linesBetween(tx, c.Batch, c.First, c.Last)
	if err != nil {
		return nil, err
	}
	if digestOf(lines) != c.Digest {
		return nil, fmt.Errorf("%w: lines %d to %d", errAltered, c.First, c.Last)
	}
	return lines, nil
}

// stop ends the sending of a batch whose lines were altered: officers are told, and
// what was not sent stays kept back until one of them lets it go.
func (p *Part) stop(ctx context.Context, j outbox.Job, args chunkJob, why error) error {
	p.log.Error("payments to people are not what was approved; sending has stopped", "payout", args.Batch, "part", args.No, "error", why)
	return p.db.Write(ctx, func(tx *db.Tx) error {
		b, err := batchByID(tx, args.Batch)
		if err != nil || b.State != Approved {
			return err
		}
		b.State, b.Reason = Stopped, altered
		if err := updateBatch(tx, b); err != nil {
			return err
		}
		if _, err := p.Desk.ExceptionTx(tx, b.Agency, b.Live, "payout_altered", b.ID, "", b.Total); err != nil {
			return err
		}
		_, err = p.Journal.Append(tx, journal.Record{Kind: "payment.payout_stopped", By: journal.By{Agency: b.Agency},
			Why:  locale.Text{MS: "Senarai bayaran berubah selepas diluluskan; penghantaran dihentikan.", EN: "The list of payments was changed after its approval; sending has stopped."},
			Data: map[string]any{"payout": b.ID, "part": args.No, "hash": b.Hash}})
		if err != nil {
			return err
		}
		return p.outbox.DoneTx(tx, j)
	})
}

// begun counts a sending before it is made: from then on the bank may have the
// message, whatever becomes of this process, and officers see that it goes on. It
// tells when the message was sent before, 0 never.
func (p *Part) begun(ctx context.Context, args chunkJob) (before int64, err error) {
	err = p.db.Write(ctx, func(tx *db.Tx) error {
		b, c, open, err := untakenChunk(tx, args)
		if err != nil {
			return err
		}
		if !open {
			return outbox.Cancel(fmt.Errorf("payout: %s was stopped before its part %d was sent", b.ID, c.No))
		}
		before = c.TriedAt
		c.Tries, c.TriedAt, c.NextAt = c.Tries+1, p.now(), 0
		return updateChunk(tx, c)
	})
	return before, err
}

// sentTx is the bank having a chunk: what it said of it counts, and the next one
// follows.
func (p *Part) sentTx(tx *db.Tx, args chunkJob, said answers) error {
	b, err := batchByID(tx, args.Batch)
	if err != nil {
		return err
	}
	c, err := chunkOf(tx, args.Batch, args.No)
	if err != nil || c.State != chunkWaiting {
		return err
	}
	c.State = chunkSent
	if err := p.saidTx(tx, &b, c, said); err != nil {
		return err
	}
	if c.Tries >= alarmAt {
		if err := p.Desk.ExceptionOverTx(tx, b.Agency, b.Live, c.Message()); err != nil {
			return err
		}
	}
	if _, err := chunkOf(tx, b.ID, args.No+1); errors.Is(err, db.ErrNoRows) {
		if b.State == Approved {
			b.State = Sent
			return p.settledTx(tx, b)
		}
		return nil
	} else if err != nil {
		return err
	}
	return p.outbox.Enqueue(tx, jobSend, chunkJob{b.ID, args.No + 1})
}

// order is a chunk as a pain.001: the same bytes each time.
func (b Batch) order(who payment.Collector, c Chunk, lines []Line) ([]byte, error) {
	var all iso20022.Sum
	for _, l := range lines {
		all.Add(l.Amount, money.MYR)
	}
	var out bytes.Buffer
	at := clock.FromMicro(b.DecidedAt)
	count := int64(len(lines))
	w := iso20022.NewInitiationWriter(&out, iso20022.Initiation{Message: c.Message(), Created: at, Initiator: who.Name, Count: count, Sum: all.Text()})
	err := w.Payment(iso20022.Payment{ID: c.Message(), Method: "TRF", Date: clock.Day(at), Count: count, Sum: all.Text(),
		Debtor: iso20022.Party{Name: who.Name, Account: iso20022.Account{Other: b.Account}, Agent: iso20022.Agent{Name: iso20022.NotProvided}}})
	for _, l := range lines {
		if err == nil {
			err = w.Transfer(l.transfer())
		}
	}
	if err == nil {
		err = w.Close()
	}
	return out.Bytes(), err
}

// transfer is a line as the bank reads it. Its number is the instruction's id: by it
// the answer is known.
func (l Line) transfer() iso20022.Transfer {
	x := iso20022.Transfer{Instruction: fmt.Sprint(l.N), EndToEnd: l.Reference, Amount: l.Amount, Currency: money.MYR, Remittance: l.Note, Creditor: iso20022.Party{Name: l.Name}}
	if ibanForm.MatchString(l.Account) {
		x.Creditor.Account.IBAN = l.Account
	} else {
		x.Creditor.Account.Other = l.Account
	}
	if bicForm.MatchString(l.Bank) {
		x.Creditor.Agent.BIC = l.Bank
	} else {
		x.Creditor.Agent.Name = l.Bank
	}
	return x
}
