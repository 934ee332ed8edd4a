package payout

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
)

// File is what somebody brings to be paid.
type File struct {
	Agency                 string
	Live                   bool
	Format                 string // JSON, CSV or XML
	Body                   io.Reader
	Reference, Description string      // where the file does not say them
	Key                    string      // of the request; "" for none
	By                     actor.Actor // the officer who brings it; none for an agency's system
	Of                     string      // the batch whose lines it pays again
}

// Refusal is why a file was not taken. Nothing of it was kept.
type Refusal struct {
	Wrong []Wrong // the first hundred
	Bad   int64   // how many there are
	Of    *Batch  // the batch that has this file, or its message's id, already
	ByID  bool    // it is its message's id that Of has; its payments may be others
	Used  bool    // the request's key was another file's
	Busy  bool    // the same payments are being read at this moment, for the batch Of
}

// abandonedAfter is when a file that nobody reads on is swept away.
const abandonedAfter = payment.UploadTime + 5*time.Minute

// errKnown ends the reading of a file whose id another batch has.
var errKnown = errors.New("payout: the message is known")

// Take reads a file, checks all of it, and keeps it as one batch or not at all. It
// goes into the database in pieces, which nobody sees and which are taken out again
// where the file is refused: a million lines in one act would hold up everybody.
func (p *Part) Take(ctx context.Context, f File) (b Batch, no *Refusal, err error) {
	body := &summing{f.Body, sha256.New()}
	b = Batch{ID: p.Desk.IDs.New(), Agency: f.Agency, Live: f.Live, Source: f.Format, Key: f.Key, State: Loading, Of: f.Of, MadeAt: p.now(), TouchedAt: p.now()}
	if f.Of != "" {
		b.Source = "again"
	}
	was, no, err := p.begin(ctx, &b, body)
	if was != nil || no != nil || err != nil {
		if was != nil {
			return *was, no, err
		}
		return b, no, err
	}
	t := newIntake(b.Account, p.Chunk)
	l := &loader{p: p, ctx: ctx, b: &b, t: t}
	t.keep, t.known = l.keep, l.known
	err = l.outcome(t.read(f.Format, body))
	if err == nil && l.of == nil && t.bad == 0 {
		if _, err = io.Copy(io.Discard, body); err == nil {
			b.Sum = sum(body.sum)
			no, err = p.finish(ctx, &b, f, t)
		}
	}
	if err == nil && no == nil && b.State != Loading {
		return b, nil, nil
	}
	if out := p.discard(context.WithoutCancel(ctx), b.ID); err == nil && out != nil {
		err = out
	}
	if err != nil || no != nil {
		return b, no, err
	}
	return b, l.refusal(), nil
}

// begin notes that a file is being read, unless its request's key is known.
func (p *Part) begin(ctx context.Context, b *Batch, body *summing) (was *Batch, no *Refusal, err error) {
	act := func(tx *db.Tx) error {
		was = nil
		known, found, err := batchBy(tx, "request", b.Agency, b.Live, b.Key)
		if err != nil {
			return err
		}
		if found {
			was = &known
			return nil
		}
		c, err := p.Desk.CollectorTx(tx, b.Agency)
		if errors.Is(err, db.ErrNoRows) {
			return fault.New(fault.Conflict, "payment.error.not_enabled", "agency", b.Agency)
		}
		if err != nil {
			return err
		}
		b.Account = c.Account
		return insertBatch(tx, *b)
	}
	if err = p.db.Write(ctx, act); db.IsUnique(err) { // the same request came at the same time, and was first
		err = p.db.Write(ctx, act)
	}
	if err != nil || was == nil {
		return nil, nil, err
	}
	if was.State == Loading {
		return nil, &Refusal{Busy: true, Of: was}, nil
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		return nil, nil, err
	}
	if sum(body.sum) != was.Sum {
		return nil, &Refusal{Used: true, Of: was}, nil
	}
	return was, nil, nil
}

// loader puts a file's chunks away as they are read.
type loader struct {
	p     *Part
	ctx   context.Context
	b     *Batch
	t     *intake
	of    *Batch // that has the file's id
	stale bool   // another batch has references of this one: nothing more is kept
	other string // the first such batch
	busy  bool   // it is being read itself
	byID  bool   // of has the file's id, whatever else is in it
	last  error
}

// known ends the reading where another batch has the message's id.
func (l *loader) known(message string) error {
	return l.p.db.Read(l.ctx, func(tx *db.Tx) error {
		of, found, err := batchBy(tx, "message", l.b.Agency, l.b.Live, message)
		if err != nil || !found {
			return err
		}
		l.of, l.byID = &of, true
		return errKnown
	})
}

func (l *loader) keep(c Chunk, lines []Line) error {
	if l.stale {
		return l.compare(lines)
	}
	if l.t.bad > 0 {
		return nil
	}
	c.Batch = l.b.ID
	err := l.p.db.Write(l.ctx, func(tx *db.Tx) error {
		if lives, err := touchBatch(tx, l.b.ID, l.p.now()); err != nil || !lives {
			return errors.Join(err, errGone(lives))
		}
		if err := insertLines(tx, *l.b, lines); err != nil {
			return err
		}
		return insertChunk(tx, c)
	})
	if db.IsUnique(err) {
		l.stale = true
		return l.compare(lines)
	}
	return err
}

func errGone(lives bool) error {
	if lives {
		return nil
	}
	return fault.New(fault.Busy, "payout.error.gone")
}

// compare lists the references of lines that other batches have.
func (l *loader) compare(lines []Line) error {
	at := make(map[string]Line, len(lines))
	references := make([]string, len(lines))
	for i, x := range lines {
		references[i] = folded(x.Reference)
		at[references[i]] = x
	}
	return l.p.db.Read(l.ctx, func(tx *db.Tx) error {
		list, err := takenBy(tx, *l.b, references)
		for _, x := range list {
			l.other = cmp.Or(l.other, x.batch)
			l.t.no(at[x.folded].takenBy(x))
		}
		return err
	})
}

// outcome makes what is wrong with a file as a whole one of its wrong things; what
// is left is an error of ours.
func (l *loader) outcome(err error) error {
	var place *iso20022.PlaceError
	var charset *iso20022.CharsetError
	var sheet *csv.ParseError
	var big *http.MaxBytesError
	t := l.t
	switch {
	case err == nil, errors.Is(err, errKnown), errors.Is(err, errEnough):
	case errors.As(err, &big):
		t.no(Wrong{Why: "payout.wrong.big"})
	case errors.As(err, &charset):
		t.no(Wrong{Why: "payout.wrong.xml.charset.named", Args: []any{"charset", charset.Name}})
	case errors.As(err, &place):
		t.no(Wrong{Line: place.Line, Entry: place.Entry, Field: place.Element, Why: xmlWhy(place.Err)})
	case errors.As(err, &sheet):
		t.no(Wrong{Line: sheet.Line, Why: "payout.wrong.quote"})
	case errors.Is(err, errJSON):
		t.no(Wrong{Entry: t.count + 1, Why: "payout.wrong.json"})
	case errors.Is(err, errCharset), errors.Is(err, iso20022.ErrCharset):
		t.no(Wrong{Entry: t.count + 1, Why: "payout.wrong.charset"})
	case errors.Is(err, errRow):
		t.no(Wrong{Entry: t.count + 1, Why: "payout.wrong.row"})
	case errors.Is(err, io.ErrUnexpectedEOF):
		t.no(Wrong{Why: "payout.wrong.cut"})
	default:
		return err
	}
	if l.of == nil && l.stale && err == nil {
		// The lines are another batch's; if all of them are, it is the same file. Of one
		// that is still being read nothing is known yet: it may be refused, and this one taken.
		l.last = l.p.db.Read(l.ctx, func(tx *db.Tx) error {
			of, found, err := batchBy(tx, "content", l.b.Agency, l.b.Live, contentOf(t.chunks))
			if err == nil && !found {
				of, err = batchByID(tx, l.other)
				if errors.Is(err, db.ErrNoRows) { // refused since
					of, err = Batch{ID: l.other, State: Loading}, nil
				}
				found = err == nil && of.State == Loading
				l.busy = found
			}
			if found {
				l.of = &of
			}
			return err
		})
	}
	return l.last
}

func xmlWhy(err error) string {
	for is, key := range map[error]string{iso20022.ErrMessage: "message", iso20022.ErrCut: "cut", iso20022.ErrDirective: "directive", iso20022.ErrCharset: "charset",
		iso20022.ErrDepth: "deep", iso20022.ErrSize: "deep", iso20022.ErrTwice: "twice", iso20022.ErrMissing: "missing", iso20022.ErrValue: "value",
		money.ErrAmount: "amount", money.ErrOverflow: "amount"} {
		if errors.Is(err, is) {
			return "payout.wrong.xml." + key
		}
	}
	return "payout.wrong.xml"
}

func (l *loader) refusal() *Refusal {
	return &Refusal{Wrong: l.t.wrong, Bad: l.t.bad, Of: l.of, ByID: l.byID, Busy: l.busy}
}

// finish makes a file that was read to its end a batch.
func (p *Part) finish(ctx context.Context, b *Batch, f File, t *intake) (no *Refusal, err error) {
	b.Reference, b.Description, b.Message = one(t.head.reference), one(t.head.description), t.head.message
	if b.Reference == "" {
		b.Reference = one(f.Reference)
	}
	if b.Description == "" {
		b.Description = one(f.Description)
	}
	if b.Reference == "" {
		b.Reference = b.ID[len(b.ID)-12:]
	}
	if !fits(b.Reference, wordsMost) || !fits(b.Description, wordsMost) {
		return &Refusal{Bad: 1, Wrong: []Wrong{{Field: "reference", Why: "payout.wrong.words"}}}, nil
	}
	b.Count, b.Total, b.Repeats, b.Content = t.count, t.total, t.again, contentOf(t.chunks)
	b.Hash = b.hashOf(b.Content)
	if err := p.db.Read(ctx, func(tx *db.Tx) (err error) { b.Fresh, err = countFresh(tx, b.ID); return err }); err != nil {
		return nil, err
	}
	kept := *b
	var is Refusal
	act := func(tx *db.Tx) error {
		*b = kept
		for _, by := range [][2]string{{"content", b.Content}, {"message", b.Message}} {
			was, found, err := batchBy(tx, by[0], b.Agency, b.Live, by[1])
			if err != nil {
				return err
			}
			if found {
				is = Refusal{Of: &was, ByID: by[0] == "message"}
				return errKnown
			}
		}
		if lives, err := touchBatch(tx, b.ID, p.now()); err != nil || !lives {
			return errors.Join(err, errGone(lives))
		}
		return p.receivedTx(tx, b, f.By)
	}
	if err = p.db.Write(ctx, act); db.IsUnique(err) {
		err = p.db.Write(ctx, act)
	}
	if err != nil {
		*b = kept
	}
	if errors.Is(err, errKnown) {
		return &is, nil
	}
	return nil, err
}

// receivedTx makes a batch of what was read: before an officer, or, where an officer
// brought it, before another one.
func (p *Part) receivedTx(tx *db.Tx, b *Batch, by actor.Actor) error {
	b.State = Received
	who := journal.By{Agency: b.Agency}
	if by.SignedIn() {
		who = journal.ByActor(by)
	}
	if err := updateBatch(tx, *b); err != nil {
		return err
	}
	_, err := p.Journal.Append(tx, journal.Record{Kind: "payment.payout_received", By: who,
		Why:  locale.Text{MS: "Fail bayaran kepada orang ramai diterima.", EN: "A file of payments to people was received."},
		Data: map[string]any{"payout": b.ID, "payments": b.Count, "amount": int64(b.Total), "hash": b.Hash}})
	if err != nil || !by.SignedIn() {
		return err
	}
	*b, err = p.submitTx(tx, by, *b)
	return err
}

// discard takes out what was kept of a file.
func (p *Part) discard(ctx context.Context, batch string) error {
	for more := true; more; {
		err := p.db.Write(ctx, func(tx *db.Tx) (err error) {
			b, err := batchByID(tx, batch)
			if errors.Is(err, db.ErrNoRows) || err == nil && b.State != Loading {
				more = false
				return nil
			}
			if err != nil {
				return err
			}
			if more, err = deleteLines(tx, batch, chunkSize); err != nil || more {
				return err
			}
			return deleteBatch(tx, batch)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Sweep takes out files whose reading ended with their process.
func (p *Part) Sweep(ctx context.Context) error {
	var list []Batch
	err := p.db.Read(ctx, func(tx *db.Tx) (err error) {
		list, err = abandoned(tx, p.now()-abandonedAfter.Microseconds())
		return err
	})
	for _, b := range list {
		if err == nil {
			err = p.discard(ctx, b.ID)
		}
	}
	return err
}
