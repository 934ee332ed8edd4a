package payout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"
)

// treasurer is the post that puts batches forward and approves them.
func treasurer(agency string) string { return agency + "/treasurer" }

// of is an agency's batch for one of its treasurers; anybody else's is not known to
// exist.
func (p *Part) of(tx *db.Tx, a actor.Actor, id string) (Batch, error) {
	b, err := batchByID(tx, id)
	if errors.Is(err, db.ErrNoRows) || err == nil && (b.State == Loading || a.Agency != b.Agency) {
		return b, fault.New(fault.Missing, "payout.error.missing")
	}
	if err == nil && (a.Role != treasurer(b.Agency) || !a.AtWork()) {
		return b, fault.New(fault.Denied, "payout.error.treasurer")
	}
	return b, err
}

func conflict(b Batch) error {
	return fault.New(fault.Conflict, "payout.error.state", "state", string(b.State))
}

// SubmitTx puts a batch of an agency's system forward: another officer decides.
func (p *Part) SubmitTx(tx *db.Tx, a actor.Actor, id string) (Batch, error) {
	b, err := p.of(tx, a, id)
	if err != nil {
		return b, err
	}
	return p.submitTx(tx, a, b)
}

func (p *Part) submitTx(tx *db.Tx, a actor.Actor, b Batch) (Batch, error) {
	if b.State != Received {
		return b, conflict(b)
	}
	b.State, b.Maker, b.MakerPost, b.SubmittedAt = Submitted, a.Person, a.Post, p.now()
	var err error
	b.Leaf, err = p.Journal.Append(tx, journal.Record{Kind: submitted, By: journal.ByActor(a),
		Why:  locale.Text{MS: "Bayaran kepada orang ramai dikemukakan untuk kelulusan.", EN: "Payments to people were put forward for approval."},
		Data: map[string]any{"payout": b.ID, "payments": b.Count, "amount": int64(b.Total), "hash": b.Hash}})
	if err != nil {
		return b, err
	}
	return b, updateBatch(tx, b)
}

// Kinds of the leaves that hold what was put forward and what was approved, and by
// whom.
const (
	submitted = "payment.payout_submitted"
	approved  = "payment.payout_approved"
)

// ApproveTx is the second officer's yes to what they saw: the batch's hash. The
// money is kept back in the same commit, and the bank is told after it.
func (p *Part) ApproveTx(tx *db.Tx, a actor.Actor, id, hash string) (Batch, error) {
	b, err := p.of(tx, a, id)
	if err != nil {
		return b, err
	}
	switch {
	case b.State != Submitted:
		return b, conflict(b)
	case b.Maker == "" || a.Person == b.Maker:
		return b, fault.New(fault.Denied, "payout.error.four_eyes")
	case hash != b.Hash:
		return b, fault.New(fault.Conflict, "payout.error.hash")
	}
	if p.Assurance != nil {
		if err := p.Assurance.Enough(tx, a, 0, 2); err != nil {
			return b, err
		}
	}
	if p.Desk.Banker(b.Live) == nil {
		return b, fault.New(fault.Conflict, "payout.error.no_bank")
	}
	chunks, err := chunksOf(tx, b.ID)
	if err != nil {
		return b, err
	}
	why := b.whole(chunks)
	if why == "" {
		why, err = p.differs(tx, b, submitted, b.Maker)
	}
	if err != nil {
		return b, err
	}
	if why != "" {
		return b, fault.New(fault.Conflict, "payout.error.altered").Wrap(errors.New(why))
	}
	b.State, b.Approver, b.DecidedAt = Approved, a.Person, p.now()
	if err := p.keepBackTx(tx, a, &b, chunks); err != nil {
		return b, err
	}
	if err := updateBatch(tx, b); err != nil {
		return b, err
	}
	return b, p.outbox.Enqueue(tx, jobSend, chunkJob{b.ID, 0})
}

// whole tells what a batch's head and its chunks disagree in, "" in nothing.
func (b Batch) whole(chunks []Chunk) string {
	next, left := int64(1), b.Total
	for i, c := range chunks {
		if c.No != int64(i) || c.First != next || c.Last < c.First {
			return "the chunks do not follow each other"
		}
		next, left = c.Last+1, left-c.Total
	}
	content := contentOf(chunks)
	switch {
	case next != b.Count+1 || left != 0:
		return "the chunks are not the batch"
	case content != b.Content || b.hashOf(content) != b.Hash:
		return "the hash is another"
	}
	return ""
}

// keepBackTx keeps a batch's money back, chunk by chunk, and puts what was approved
// into the journal.
func (p *Part) keepBackTx(tx *db.Tx, a actor.Actor, b *Batch, chunks []Chunk) error {
	of := b.books()
	if err := p.openTx(tx, of); err != nil {
		return err
	}
	g := p.group(of, "payout:"+b.ID, "payout", b.ID)
	for _, c := range chunks {
		g.Transfers = append(g.Transfers, ledger.Transfer{ID: c.hold(), Kind: ledger.Hold, Debit: of.fund(), Credit: of.out(), Amount: c.Total})
	}
	var err error
	b.Leaf, err = p.Journal.Append(tx, journal.Record{Kind: approved, By: journal.ByActor(a),
		Why:  locale.Text{MS: "Bayaran kepada orang ramai diluluskan oleh pegawai kedua.", EN: "Payments to people were approved by a second officer."},
		Data: map[string]any{"payout": b.ID, "payments": b.Count, "amount": int64(b.Total), "hash": b.Hash, "maker": b.Maker, ledger.DigestKey: g.Digest()}})
	if err != nil {
		return err
	}
	g.Leaf = b.Leaf
	err = p.ledger.PostTx(tx, g)
	if errors.Is(err, ledger.ErrFloor) {
		has, _, err := p.FundOf(tx, b.Agency, b.Live)
		if err != nil {
			return err
		}
		return fault.New(fault.Conflict, "payout.error.funds", "has", int64(has), "needs", int64(b.Total))
	}
	return err
}

// RefuseTx is the second officer's no, with a reason that the first one reads.
func (p *Part) RefuseTx(tx *db.Tx, a actor.Actor, id, reason string) (Batch, error) {
	b, err := p.of(tx, a, id)
	if err != nil {
		return b, err
	}
	reason = one(reason)
	switch {
	case b.State != Submitted:
		return b, conflict(b)
	case a.Person == b.Maker:
		return b, fault.New(fault.Denied, "payout.error.four_eyes")
	case reason == "" || !fits(reason, wordsMost):
		return b, fault.New(fault.Invalid, "payout.error.reason")
	}
	b.Approver, b.Reason = a.Person, reason
	return b, p.endTx(tx, journal.ByActor(a), &b, Refused, locale.Text{MS: "Bayaran kepada orang ramai tidak diluluskan.", EN: "Payments to people were not approved."})
}

// CancelTx ends a batch of which nothing was approved, or the rest of one that was
// stopped.
func (p *Part) CancelTx(tx *db.Tx, a actor.Actor, id string) (Batch, error) {
	b, err := p.of(tx, a, id)
	if err != nil {
		return b, err
	}
	return b, p.cancelTx(tx, journal.ByActor(a), &b)
}

func (p *Part) cancelTx(tx *db.Tx, by journal.By, b *Batch) error {
	why := locale.Text{MS: "Bayaran kepada orang ramai dibatalkan sebelum dihantar.", EN: "Payments to people were cancelled before they were sent."}
	switch b.State {
	case Received, Submitted, Stopped:
		return p.endTx(tx, by, b, Cancelled, why)
	}
	return conflict(*b)
}

// endTx ends a batch, or what of it was not sent: its references may come again, and
// its money is back in the fund.
func (p *Part) endTx(tx *db.Tx, by journal.By, b *Batch, to State, why locale.Text) error {
	chunks, err := chunksOf(tx, b.ID)
	if err != nil {
		return err
	}
	held := b.State.Paying()
	if held {
		why = locale.Text{MS: "Bayaran yang belum dihantar dibatalkan; wangnya kembali ke tabung.", EN: "Payments that were not sent were cancelled; their money is back in the fund."}
	}
	var end []ledger.Transfer
	open := false
	for _, c := range chunks {
		switch {
		case c.State == chunkWaiting && c.Tries > 0: // the bank may have it: it is asked
			c.State, c.NextAt, open = chunkSent, p.now(), true
			if err := updateChunk(tx, c); err != nil {
				return err
			}
		case c.State == chunkWaiting:
			if held {
				end = append(end, ledger.Transfer{Kind: ledger.Release, Of: c.hold()})
			}
			c.State = chunkDropped
			if err := updateChunk(tx, c); err != nil {
				return err
			}
			if c.No > 0 { // a long file's references are freed by and by
				err = p.outbox.Enqueue(tx, jobDrop, chunkJob{b.ID, c.No})
			} else {
				err = dropLines(tx, b.ID, c.First, c.Last, p.now())
			}
			if err != nil {
				return err
			}
		case c.State == chunkSent:
			open = true
		}
	}
	b.State, b.EndedAt = to, p.now()
	if len(end) < len(chunks) && held { // some of it was sent
		if b.State = Done; open {
			b.State, b.EndedAt = Sent, 0
		}
	} else {
		b.FreedAt = p.now()
	}
	if err := updateBatch(tx, *b); err != nil {
		return err
	}
	g := p.group(b.books(), "payout-dropped:"+b.ID, "payout", b.ID, end...)
	data := map[string]any{"payout": b.ID, "state": string(b.State), "hash": b.Hash}
	if len(end) > 0 {
		data[ledger.DigestKey] = g.Digest()
	}
	if g.Leaf, err = p.Journal.Append(tx, journal.Record{Kind: "payment.payout_" + string(to), By: by, Why: why, Data: data}); err != nil || len(end) == 0 {
		return err
	}
	return p.ledger.PostTx(tx, g)
}

const jobDrop = "payout.drop"

// drop frees the references of a chunk that is not sent.
func (p *Part) drop(ctx context.Context, j outbox.Job) error {
	var args chunkJob
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return outbox.Cancel(fmt.Errorf("payout: job: %w", err))
	}
	return p.db.Write(ctx, func(tx *db.Tx) error {
		c, err := chunkOf(tx, args.Batch, args.No)
		if err != nil || c.State != chunkDropped {
			return err
		}
		if err := dropLines(tx, c.Batch, c.First, c.Last, p.now()); err != nil {
			return err
		}
		return p.outbox.DoneTx(tx, j)
	})
}
