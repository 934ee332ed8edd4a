package casework

import (
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"fmt"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"
)

// Texts are the sentences of the engine, its faults and the calendar's.
//
//go:embed text.yaml
var Texts embed.FS

// Engine does the acts.
type Engine struct {
	db        *db.DB
	clock     clock.Clock
	ids       *id.Source
	journal   *journal.Journal
	outbox    *outbox.Outbox
	calendars *calendar.Set
	texts     *locale.Catalog
	hooks     map[string]Hook
	staff     *directory.Directory // nil: nobody can be handed a case
	kin       Kin                  // nil: nobody is known to be related
	shield    Shield               // nil: no order names anybody
}

// New makes an engine and registers its jobs on o, so call it before o.Run.
func New(d *db.DB, c clock.Clock, ids *id.Source, j *journal.Journal, o *outbox.Outbox, cals *calendar.Set) (*Engine, error) {
	texts, err := locale.Load(Texts)
	if err != nil {
		return nil, fmt.Errorf("casework: %w", err)
	}
	e := &Engine{db: d, clock: c, ids: ids, journal: j, outbox: o, calendars: cals, texts: texts, hooks: map[string]Hook{}}
	e.registerJobs()
	return e, nil
}

// Handle makes h the hook of every kind of case that begins with prefix; the
// longest prefix wins. A kind without a hook cannot be opened.
func (e *Engine) Handle(prefix string, h Hook) { e.hooks[prefix] = h }

func (e *Engine) hook(kind string) (Hook, error) {
	best, found := "", false
	for prefix := range e.hooks {
		if strings.HasPrefix(kind, prefix) && (!found || len(prefix) > len(best)) {
			best, found = prefix, true
		}
	}
	if !found {
		return nil, fmt.Errorf("casework: nothing handles cases of kind %q", kind)
	}
	return e.hooks[best], nil
}

func (e *Engine) now() int64 { return clock.Micro(e.clock.Now()) }

// sampleEvery is one in how many automatic decisions is audited.
const sampleEvery = 20

// Sampled says whether an automatic decision is audited by a person
// afterwards. Nobody chooses: the reference does, which is drawn at random
// when the case is received. The first eight bytes of SHA-256("balai audit
// v1" || ref), as a big-endian number, are divisible by 20.
func Sampled(ref string) bool {
	sum := sha256.Sum256([]byte("balai audit v1" + ref))
	return binary.BigEndian.Uint64(sum[:8])%sampleEvery == 0
}

// refPrefix begins the references of cases.
const refPrefix = "BLH"

// AuditDays and AppealDays are the working days for an audit of an automatic
// decision and for an appeal.
const (
	AuditDays  = 5
	AppealDays = 10
)

// moment is now for the next act of a case, and never before its last one: a
// clock that was set back must not turn the order of what was done.
func (e *Engine) moment(tx *db.Tx, c Case) (int64, error) {
	last, err := doneAt(tx, c.Ref, c.Version)
	return max(e.now(), last), err
}

// due is the due date of budget working days over spans, 0 while unknown.
func (e *Engine) due(state string, budget int, spans []calendar.Span) (int64, error) {
	cal, err := e.calendars.State(state)
	if err != nil {
		return 0, err
	}
	d := calendar.Deadline{Budget: budget, Calendar: cal, Spans: spans}
	if err := d.Err(); err != nil {
		return 0, err
	}
	at, ok := d.Due()
	if !ok {
		return 0, nil
	}
	return clock.Micro(at), nil
}

// dueNumber is the number of the day on which that falls, 0 while unknown.
func (e *Engine) dueNumber(state string, budget int, spans []calendar.Span) (int64, error) {
	at, err := e.due(state, budget, spans)
	if err != nil || at == 0 {
		return 0, err
	}
	cal, err := e.calendars.State(state)
	if err != nil {
		return 0, err
	}
	return cal.Number(at), nil
}

// Deadline is the case's promise with its ledger, to be drawn or recomputed.
func (e *Engine) Deadline(tx *db.Tx, c Case) (calendar.Deadline, error) {
	cal, err := e.calendars.State(c.Calendar)
	if err != nil {
		return calendar.Deadline{}, err
	}
	ledger, err := spans(tx, c.Ref)
	if err != nil {
		return calendar.Deadline{}, fmt.Errorf("casework: ledger of %s: %w", c.Ref, err)
	}
	return calendar.Deadline{Budget: c.BudgetDays, Calendar: cal, Spans: ledger}, nil
}

// AsOf is the moment up to which a case's deadline bar is drawn: the decision,
// or now.
func (e *Engine) AsOf(c Case) int64 {
	if c.DecidedAt > 0 {
		return c.DecidedAt
	}
	return e.now()
}

// ledgerData is what an act says about the deadline in the journal, so that
// the due date can be recomputed from the acts alone.
func (e *Engine) ledgerData(c Case) map[string]any {
	out := map[string]any{"budget_days": c.BudgetDays, "calendar": c.Calendar, "due_at": c.DueAt}
	if cal, err := e.calendars.State(c.Calendar); err == nil {
		out["digest"] = cal.Digest()
	}
	return out
}

// publish makes a the act that brought the case to its Version: its journal
// leaf and its event. The caller writes the case and the act's row.
func (e *Engine) publish(tx *db.Tx, c Case, by actor.Actor, subjects []string, a *Act) error {
	leaf, err := e.journal.Append(tx, e.record(c, by, subjects, a))
	if err != nil {
		return fmt.Errorf("casework: journal %s of %s: %w", a.Kind, c.Ref, err)
	}
	a.Leaf = leaf
	return e.announce(tx, c, a)
}

// record fills the act and gives what the journal says of it.
func (e *Engine) record(c Case, by actor.Actor, subjects []string, a *Act) journal.Record {
	a.N, a.ID, a.By, a.State = c.Version, e.ids.New(), journal.ByActor(by), c.State
	if a.At == 0 {
		a.At = e.now()
	}
	if a.Data == nil {
		a.Data = map[string]any{}
	}
	why := locale.Text{MS: Say(e.texts.For(locale.Malay), *a), EN: Say(e.texts.For(locale.English), *a)}
	return journal.Record{
		Kind: "case." + a.Kind, At: a.At, By: a.By, Case: c.Ref, Act: a.N,
		Subjects: subjects, Why: why, Basis: c.Basis, Data: a.Data,
	}
}

func (e *Engine) announce(tx *db.Tx, c Case, a *Act) error {
	if err := e.outbox.Emit(tx, "case."+a.Kind, Event{Ref: c.Ref, Kind: c.Kind, Act: a.N}); err != nil {
		return fmt.Errorf("casework: event %s of %s: %w", a.Kind, c.Ref, err)
	}
	return nil
}

// system does an act of the hall itself on a case that tx has read.
func (e *Engine) system(tx *db.Tx, c Case, a Act) (Case, error) {
	return e.finish(tx, c, actor.System(c.Agency), &a)
}

// finish writes an act and the case as it changed it. The case comes first:
// of two acts on one version the second then fails there, as stale.
func (e *Engine) finish(tx *db.Tx, c Case, by actor.Actor, a *Act) (Case, error) {
	if a.At == 0 {
		at, err := e.moment(tx, c)
		if err != nil {
			return c, err
		}
		a.At = at
	}
	was := c.Version
	c.Version++
	if err := e.updateCase(tx, c, was); err != nil {
		return c, err
	}
	subjects, err := e.Subjects(tx, c.Ref)
	if err != nil {
		return c, err
	}
	if err := e.publish(tx, c, by, subjects, a); err != nil {
		return c, err
	}
	return c, insertActs(tx, c.Ref, a)
}

// stale tells that the case has moved on since version was seen.
func stale(version int) *fault.Error {
	return fault.New(fault.Conflict, "casework.fault.stale", "version", version)
}
