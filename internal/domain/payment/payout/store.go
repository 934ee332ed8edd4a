package payout

import (
	"embed"
	"errors"
	"fmt"

	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

//go:embed migration
var migration embed.FS

// Migration makes the tables payout_*.
func Migration() db.Migration { return db.Migration{Part: "payout", FS: migration} }

const batchColumns = `id, agency, live, source, reference, description, account, message, request_key, request_sum, lines, total, repeats, fresh, content, hash, state,
	maker, maker_post, approver, leaf, reason, corrects, freed_at, made_at, submitted_at, decided_at, ended_at, touched_at`

func scanBatch(s db.Scanner) (b Batch, err error) {
	err = s.Scan(&b.ID, &b.Agency, &b.Live, &b.Source, &b.Reference, &b.Description, &b.Account, &b.Message, &b.Key, &b.Sum, &b.Count, &b.Total, &b.Repeats, &b.Fresh, &b.Content, &b.Hash, &b.State,
		&b.Maker, &b.MakerPost, &b.Approver, &b.Leaf, &b.Reason, &b.Of, &b.FreedAt, &b.MadeAt, &b.SubmittedAt, &b.DecidedAt, &b.EndedAt, &b.TouchedAt)
	return b, err
}

func insertBatch(tx *db.Tx, b Batch) error {
	_, err := tx.Exec(`insert into payout_batch (`+batchColumns+`) values (`+db.In(1, 29)+`)`,
		b.ID, b.Agency, b.Live, b.Source, b.Reference, b.Description, b.Account, b.Message, b.Key, b.Sum, b.Count, int64(b.Total), b.Repeats, b.Fresh, b.Content, b.Hash, string(b.State),
		b.Maker, b.MakerPost, b.Approver, b.Leaf, b.Reason, b.Of, b.FreedAt, b.MadeAt, b.SubmittedAt, b.DecidedAt, b.EndedAt, b.TouchedAt)
	return err
}

// updateBatch keeps what of a batch changes.
func updateBatch(tx *db.Tx, b Batch) error {
	n, err := tx.Exec(`update payout_batch set reference = $2, description = $3, message = $4, request_sum = $5, lines = $6, total = $7, repeats = $8, fresh = $9, content = $10, hash = $11,
		state = $12, maker = $13, maker_post = $14, approver = $15, leaf = $16, reason = $17, freed_at = $18, submitted_at = $19, decided_at = $20, ended_at = $21, touched_at = $22 where id = $1`,
		b.ID, b.Reference, b.Description, b.Message, b.Sum, b.Count, int64(b.Total), b.Repeats, b.Fresh, b.Content, b.Hash,
		string(b.State), b.Maker, b.MakerPost, b.Approver, b.Leaf, b.Reason, b.FreedAt, b.SubmittedAt, b.DecidedAt, b.EndedAt, b.TouchedAt)
	if err == nil && n != 1 {
		err = fmt.Errorf("payout: the batch %s is gone", b.ID)
	}
	return err
}

// touchBatch says that a file is still being read.
func touchBatch(tx *db.Tx, id string, at int64) (bool, error) {
	n, err := tx.Exec(`update payout_batch set touched_at = $2 where id = $1 and state = 'loading'`, id, at)
	return n == 1, err
}

func batchByID(tx *db.Tx, id string) (Batch, error) {
	return db.One(tx, scanBatch, `select `+batchColumns+` from payout_batch where id = $1`, id)
}

// batchBy finds the batch that has a text of which an agency has one: false where
// none has.
func batchBy(tx *db.Tx, column, agency string, live bool, value string) (b Batch, found bool, err error) {
	q := map[string]string{
		"message": `message = $3 and freed_at = 0`,
		"content": `content = $3 and freed_at = 0`,
		"request": `request_key = $3`,
	}[column]
	if value == "" {
		return b, false, nil
	}
	b, err = db.One(tx, scanBatch, `select `+batchColumns+` from payout_batch where agency = $1 and live = $2 and `+q, agency, live, value)
	if errors.Is(err, db.ErrNoRows) {
		return b, false, nil
	}
	return b, err == nil, err
}

// batchesOf are an agency's, the newest first.
func batchesOf(tx *db.Tx, agency string, live bool, offset, limit int64) ([]Batch, error) {
	return db.List(tx, scanBatch, `select `+batchColumns+` from payout_batch where agency = $1 and live = $2 and state <> 'loading' order by made_at desc, id desc limit $3 offset $4`,
		agency, live, limit, offset)
}

func countBatches(tx *db.Tx, agency string, live bool) (n int64, err error) {
	err = tx.QueryRow(`select count(*) from payout_batch where agency = $1 and live = $2 and state <> 'loading'`, agency, live).Scan(&n)
	return n, err
}

// abandoned are files whose reading ended with their process.
func abandoned(tx *db.Tx, before int64) ([]Batch, error) {
	return db.List(tx, scanBatch, `select `+batchColumns+` from payout_batch where state = 'loading' and touched_at < $1 order by id limit 10`, before)
}

const chunkColumns = `batch, no, first, last, total, digest, state, tries, checks, next_at, settled_at, paid, rejected, returned, paid_sum, rejected_sum, returned_sum, tried_at`

func scanChunk(s db.Scanner) (c Chunk, err error) {
	err = s.Scan(&c.Batch, &c.No, &c.First, &c.Last, &c.Total, &c.Digest, &c.State, &c.Tries, &c.Checks, &c.NextAt, &c.SettledAt, &c.Paid, &c.Rejected, &c.Returned, &c.PaidSum, &c.RejectedSum, &c.ReturnedSum, &c.TriedAt)
	return c, err
}

func insertChunk(tx *db.Tx, c Chunk) error {
	_, err := tx.Exec(`insert into payout_chunk (`+chunkColumns+`) values (`+db.In(1, 18)+`)`,
		c.Batch, c.No, c.First, c.Last, int64(c.Total), c.Digest, c.State, c.Tries, c.Checks, c.NextAt, c.SettledAt, c.Paid, c.Rejected, c.Returned, int64(c.PaidSum), int64(c.RejectedSum), int64(c.ReturnedSum), c.TriedAt)
	return err
}

func updateChunk(tx *db.Tx, c Chunk) error {
	_, err := tx.Exec(`update payout_chunk set state = $3, tries = $4, checks = $5, next_at = $6, settled_at = $7, paid = $8, rejected = $9, returned = $10, paid_sum = $11, rejected_sum = $12, returned_sum = $13, tried_at = $14
		where batch = $1 and no = $2`,
		c.Batch, c.No, c.State, c.Tries, c.Checks, c.NextAt, c.SettledAt, c.Paid, c.Rejected, c.Returned, int64(c.PaidSum), int64(c.RejectedSum), int64(c.ReturnedSum), c.TriedAt)
	return err
}

func chunksOf(tx *db.Tx, batch string) ([]Chunk, error) {
	return db.List(tx, scanChunk, `select `+chunkColumns+` from payout_chunk where batch = $1 order by no`, batch)
}

func chunkOf(tx *db.Tx, batch string, no int64) (Chunk, error) {
	return db.One(tx, scanChunk, `select `+chunkColumns+` from payout_chunk where batch = $1 and no = $2`, batch, no)
}

// chunksDue are those of which the bank is asked now.
func chunksDue(tx *db.Tx, now int64) ([]Chunk, error) {
	return db.List(tx, scanChunk, `select `+chunkColumns+` from payout_chunk where next_at > 0 and next_at <= $1 order by next_at, batch, no limit 50`, now)
}

// chunkWith is the chunk of a batch that has a line.
func chunkWith(tx *db.Tx, batch string, n int64) (Chunk, error) {
	return db.One(tx, scanChunk, `select `+chunkColumns+` from payout_chunk where batch = $1 and first <= $2 and last >= $2`, batch, n)
}

// untakenOf is the chunk of a batch that was sent and that the bank did not take.
func untakenOf(tx *db.Tx, batch string) (c Chunk, found bool, err error) {
	c, err = db.One(tx, scanChunk, `select `+chunkColumns+` from payout_chunk where batch = $1 and state = 'waiting' and tries > 0 order by no limit 1`, batch)
	if errors.Is(err, db.ErrNoRows) {
		return c, false, nil
	}
	return c, err == nil, err
}

// untakenBatches are an agency's of which the bank has not taken a message for a while.
func untakenBatches(tx *db.Tx, agency string, live bool) ([]Batch, error) {
	return db.List(tx, scanBatch, `select `+batchColumns+` from payout_batch where agency = $1 and live = $2 and state = 'approved'
		and id in (select batch from payout_chunk where state = 'waiting' and tries > 0 and tries >= $3) order by made_at desc, id desc limit 10`, agency, live, alarmAt)
}

// tallyOf is what became of a batch's lines.
func tallyOf(tx *db.Tx, batch string) (t Tally, err error) {
	err = tx.QueryRow(`select coalesce(cast(sum(paid) as bigint), 0), coalesce(cast(sum(rejected) as bigint), 0), coalesce(cast(sum(returned) as bigint), 0),
		coalesce(cast(sum(paid_sum) as bigint), 0), coalesce(cast(sum(rejected_sum) as bigint), 0), coalesce(cast(sum(returned_sum) as bigint), 0)
		from payout_chunk where batch = $1`, batch).Scan(&t.Paid, &t.Rejected, &t.Returned, &t.PaidSum, &t.RejectedSum, &t.ReturnedSum)
	return t, err
}

// funding is money that was put into a fund.
type funding struct {
	ID, Agency    string
	Live          bool
	Amount        money.Amount
	Reference, By string
	At            int64
}

func insertFunding(tx *db.Tx, f funding) error {
	_, err := tx.Exec(`insert into payout_fund (id, agency, live, amount, reference, by_person, at) values ($1,$2,$3,$4,$5,$6,$7)`, f.ID, f.Agency, f.Live, int64(f.Amount), f.Reference, f.By, f.At)
	return err
}

func fundingBy(tx *db.Tx, agency string, live bool, reference string) (f funding, found bool, err error) {
	err = tx.QueryRow(`select id, agency, live, amount, reference, by_person, at from payout_fund where agency = $1 and live = $2 and reference = $3`, agency, live, reference).
		Scan(&f.ID, &f.Agency, &f.Live, &f.Amount, &f.Reference, &f.By, &f.At)
	if errors.Is(err, db.ErrNoRows) {
		return f, false, nil
	}
	return f, err == nil, err
}

// chunkByMessage is the chunk of an agency that a bank knows under an id.
func chunkByMessage(tx *db.Tx, agency string, live bool, message string) (c Chunk, found bool, err error) {
	batch, no, is := messageOf(message)
	if !is {
		return c, false, nil
	}
	b, err := batchByID(tx, batch)
	if errors.Is(err, db.ErrNoRows) || err == nil && (b.Agency != agency || b.Live != live) {
		return c, false, nil
	}
	if err == nil {
		c, err = chunkOf(tx, batch, no)
	}
	if errors.Is(err, db.ErrNoRows) {
		return c, false, nil
	}
	return c, err == nil, err
}
