package journal

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/locale"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

//go:embed migration/*.sql
var migrations embed.FS

// Texts are the sentences of this package.
//
//go:embed text.yaml
var Texts embed.FS

// Migration makes the journal's tables.
func Migration() db.Migration { return db.Migration{Part: "journal", FS: migrations} }

// Journal appends acts to the log and serves it.
type Journal struct {
	db     *db.DB
	clock  clock.Clock
	ids    *id.Source
	signer note.Signer
	vkey   string
	log    *slog.Logger
	wake   chan struct{}
	round  sync.Mutex // one round at a time in this process
	anchor string     // file of the last published head, or ""
}

// New opens the journal of the log called origin, whose signer text is key.
func New(d *db.DB, c clock.Clock, ids *id.Source, origin, key string) (*Journal, error) {
	signer, err := note.NewSigner(key)
	if err != nil {
		return nil, fmt.Errorf("journal: key: %w", err)
	}
	if signer.Name() != origin {
		return nil, fmt.Errorf("journal: the key is of the log %q, not of %q", signer.Name(), origin)
	}
	vkey, err := publicKey(key)
	if err != nil {
		return nil, fmt.Errorf("journal: key: %w", err)
	}
	return &Journal{db: d, clock: c, ids: ids, signer: signer, vkey: vkey,
		log: slog.New(slog.DiscardHandler), wake: make(chan struct{}, 1)}, nil
}

// LogTo makes the sequencer report its failures to l.
func (j *Journal) LogTo(l *slog.Logger) { j.log = l }

// VKey is the public key with which anybody can check heads and proofs.
func (j *Journal) VKey() string { return j.vkey }

// Origin is the log's name.
func (j *Journal) Origin() string { return j.signer.Name() }

// Append writes r's leaf and whom it concerns in tx, and gives the leaf's id.
// The leaf gets its place in the log after the commit.
func (j *Journal) Append(tx *db.Tx, r Record) (leaf string, err error) {
	leaves, err := j.AppendAll(tx, []Record{r})
	if err != nil {
		return "", err
	}
	return leaves[0], nil
}

// AppendAll is Append for some records, each with a leaf of its own.
func (j *Journal) AppendAll(tx *db.Tx, records []Record) (leaves []string, err error) {
	var rows, subjects [][]any
	for _, r := range records {
		if r.At == 0 {
			r.At = clock.Micro(j.clock.Now())
		}
		r.Subjects = distinct(r.Subjects)
		leaf := j.ids.New()
		text, err := encode(leaf, r)
		if err != nil {
			return nil, err
		}
		salt := j.ids.Bytes(saltSize)
		rows = append(rows, []any{leaf, commit(salt, text), salt, string(text)})
		for _, person := range r.Subjects {
			subjects = append(subjects, []any{person, leaf})
		}
		leaves = append(leaves, leaf)
	}
	if len(leaves) == 0 {
		return nil, nil
	}
	if err := insertLeaves(tx, rows, subjects); err != nil {
		return nil, fmt.Errorf("journal: append %s: %w", records[0].Kind, err)
	}
	tx.OnCommit(j.poke)
	return leaves, nil
}

// poke wakes the sequencer; a wake that waits already is enough.
func (j *Journal) poke() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// lookQuarter is the time within which further looks of one actor at one case
// are the same look: a quarter of an hour, in microseconds.
const lookQuarter = 15 * 60 * 1_000_000

// Look records that a saw content of subjects: once per actor, case, subject
// and quarter of an hour, and not when a is one of them.
func (j *Journal) Look(tx *db.Tx, a actor.Actor, caseRef string, subjects []string, why locale.Text, basis string) error {
	if slices.Contains(subjects, a.Person) && a.Person != "" {
		return nil
	}
	now := clock.Micro(j.clock.Now())
	var seen []string
	for _, s := range distinct(subjects) {
		first, err := insertLook(tx, now/lookQuarter, a.Person, a.Post, caseRef, s)
		if err != nil {
			return fmt.Errorf("journal: look: %w", err)
		}
		if first {
			seen = append(seen, s)
		}
	}
	if len(seen) == 0 {
		return nil
	}
	_, err := j.Append(tx, Record{Kind: "look", At: now, By: ByActor(a), Case: caseRef, Subjects: seen, Why: why, Basis: basis})
	return err
}

// Entry gives one leaf with its record.
func (j *Journal) Entry(tx *db.Tx, leaf string) (Entry, error) {
	r, err := leafRow(tx, leaf)
	if errors.Is(err, db.ErrNoRows) {
		return Entry{}, fault.New(fault.Missing, "journal.missing")
	}
	if err != nil {
		return Entry{}, fmt.Errorf("journal: entry: %w", err)
	}
	return r.entry()
}

// ForSubject gives the acts and looks that concern person, newest first,
// older than the leaf before ("" for the newest), at most limit.
func (j *Journal) ForSubject(tx *db.Tx, person, before string, limit int) ([]Entry, error) {
	if before == "" {
		before = "~" // sorts after every leaf id
	}
	rows, err := subjectRows(tx, person, before, limit)
	if err != nil {
		return nil, fmt.Errorf("journal: entries of a person: %w", err)
	}
	out := make([]Entry, len(rows))
	for i, r := range rows {
		if out[i], err = r.entry(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r row) entry() (Entry, error) {
	e := Entry{Leaf: r.Leaf, Index: r.Position, Salt: r.Salt, Text: r.Record}
	if r.Salt == nil {
		return e, nil
	}
	var err error
	_, e.Record, err = decode(r.Record)
	return e, err
}

// forgotten is the kind of the act that says that a record was destroyed; its
// data names the leaf.
const forgotten = "journal.forgotten"

// Forget destroys a leaf's record and salt, by whom and on which basis. The
// leaf stays in the log and says nothing; an act of its own says that it was
// emptied, so that an audit can tell this from damage.
func (j *Journal) Forget(tx *db.Tx, leaf string, by By, basis string) error {
	e, err := j.Entry(tx, leaf)
	if err != nil {
		return err
	}
	if e.Salt == nil {
		return nil
	}
	if err := eraseLeaf(tx, leaf, e.Record.Subjects); err != nil {
		return fmt.Errorf("journal: forget: %w", err)
	}
	_, err = j.Append(tx, Record{Kind: forgotten, By: by, Basis: basis, Data: map[string]any{"leaf": leaf},
		Why: locale.Text{MS: "Kandungan satu catatan dimusnahkan.", EN: "The content of an entry was destroyed."}})
	return err
}

// Proof gives the leaf's inclusion proof in the newest head (c2sp.org/tlog-proof),
// Busy until the leaf is in the tree.
func (j *Journal) Proof(ctx context.Context, leaf string) ([]byte, error) {
	var out []byte
	err := j.db.Read(ctx, func(tx *db.Tx) error {
		r, err := leafRow(tx, leaf)
		if errors.Is(err, db.ErrNoRows) {
			return fault.New(fault.Missing, "journal.missing")
		}
		if err != nil {
			return err
		}
		stored, found, err := latestHead(tx)
		if err != nil {
			return err
		}
		if !found || r.Position < 0 || r.Position >= stored.Size {
			return fault.New(fault.Busy, "journal.busy")
		}
		head, err := OpenHead(stored.Note, j.vkey)
		if err != nil {
			return err
		}
		path, err := tlog.ProveRecord(head.Size, r.Position, reader(tiles(tx)))
		if err != nil {
			return err
		}
		// A proof that does not hold must not leave the house.
		if err := tlog.CheckRecord(path, head.Size, head.Root, r.Position, tlog.RecordHash(r.Entry)); err != nil {
			return err
		}
		out = formatProof(r.Position, path, stored.Note)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("journal: proof: %w", err)
	}
	return out, nil
}
