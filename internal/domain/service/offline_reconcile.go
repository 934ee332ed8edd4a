package service

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"balai/internal/domain/service/definition"
	"balai/internal/domain/service/offline"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// What becomes of an entry that was filled in without a network.
const (
	OfflineMade      = "made"
	OfflineDuplicate = "duplicate" // the same thing was applied for: settled, nothing made
	OfflinePossible  = "possible"  // somebody of the household applied: an officer says
	OfflineNotFound  = "not_found" // nobody has this id number
	OfflineLacking   = "lacking"   // an answer is needed that was not written
	OfflineRefused   = "refused"   // cannot be taken at all
	OfflineClosed    = "closed"    // an officer closed it
)

// skew is how far a device's clock may be off without being told.
const skew = 10 * time.Minute

// OfflineRow is a line of the report.
type OfflineRow struct {
	Number, State, Ref, Other string
	Why                       locale.Text
	Clock                     bool // the device's clock was wrong; the hall's own bounds were used
	Before                    bool // settled by an earlier run
}

// OfflineReport is what became of a file.
type OfflineReport struct {
	Rows    []OfflineRow
	Missing []string // numbers that the file must have held
	Damaged []int    // rows of it that cannot be read
	Open    []string // logs without their end
}

// Done tells whether nothing waits for a person.
func (r OfflineReport) Done() bool {
	return len(r.Missing)+len(r.Damaged)+len(r.Open) == 0 &&
		!slices.ContainsFunc(r.Rows, func(x OfflineRow) bool { return x.State != OfflineMade && x.State != OfflineClosed })
}

// Reconcile makes the cases of a log's entries, each in a commit of its own and
// once for its key: a file that was read before, or a run that was killed, makes
// nothing twice.
func (p *Part) Reconcile(ctx context.Context, by actor.Actor, file io.Reader) (OfflineReport, error) {
	log, err := offline.ReadLog(file)
	if err != nil {
		return OfflineReport{}, err
	}
	out := OfflineReport{Missing: log.Missing, Damaged: log.Damaged, Open: log.Open}
	if len(log.Entries) == 0 {
		return out, fault.New(fault.Invalid, "service.offline.empty")
	}
	var last time.Time
	for _, e := range log.Entries {
		row, err := p.reconcile(ctx, by, e.Entry, &last)
		if err != nil {
			return out, err
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

// reconcile does one entry. last is the time of the entry before it.
func (p *Part) reconcile(ctx context.Context, by actor.Actor, e offline.Entry, last *time.Time) (OfflineRow, error) {
	var pack packRow
	var before OfflineEntry
	var was bool
	err := p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if pack, err = packByID(tx, e.Pack); err != nil {
			return err
		}
		before, was, err = offlineEntry(tx, e.Pack, e.Key)
		return err
	})
	if fault.CodeOf(err) == fault.Missing { // a pack of elsewhere; those behind it are not its fault
		return OfflineRow{Number: e.Number, State: OfflineRefused, Why: p.both("service.offline.no_pack", "pack", e.Pack)}, nil
	}
	if err != nil {
		return OfflineRow{}, err
	}
	if was && (before.Settled || before.State == OfflinePossible) {
		row := rowOf(before)
		row.Before = before.Settled
		return row, nil
	}
	at, off := p.believed(e.At, pack, last)
	done, err := p.settle(ctx, by, pack, e, at, "")
	row := rowOf(done)
	row.Clock = off
	return row, err
}

func rowOf(e OfflineEntry) OfflineRow {
	return OfflineRow{Number: e.Number, State: e.State, Ref: e.Ref, Other: e.Other, Why: e.Why}
}

// believed is the time of an entry as far as it can be true: not before its
// pack was made, not later than now.
func (p *Part) believed(text string, pack packRow, last *time.Time) (at time.Time, off bool) {
	now, made := p.Clock.Now(), clock.FromMicro(pack.MadeAt)
	at, err := time.Parse(time.RFC3339, text)
	off = err != nil || at.After(now.Add(skew)) || at.Before(made.Add(-skew)) || at.Before(last.Add(-skew))
	if err != nil || at.After(now) {
		at = now
	}
	if at.Before(made) {
		at = made
	}
	if err == nil {
		*last = at
	}
	return at, off
}

// settle tries to make the case of an entry; anyway names the household's other
// case that an officer has seen, and holds to be another matter.
func (p *Part) settle(ctx context.Context, by actor.Actor, pack packRow, e offline.Entry, at time.Time, anyway string) (OfflineEntry, error) {
	content, err := json.Marshal(e)
	if err != nil {
		return OfflineEntry{}, err
	}
	row := OfflineEntry{Pack: e.Pack, Key: e.Key, Number: e.Number, By: by.Person, Content: string(content)}
	ref := p.IDs.Ref("BLH")
	var out OfflineEntry
	attempt := func(tx *db.Tx) error {
		out = row
		out.At = p.now()
		if before, was, err := offlineEntry(tx, e.Pack, e.Key); err != nil || was && before.Settled {
			out = before
			return err
		}
		return p.settleTx(tx, by, pack, e, at, anyway, ref, &out)
	}
	err = p.DB.Write(ctx, attempt)
	f, known := fault.As(err)
	if !known || f.Code != fault.Conflict && f.Code != fault.Invalid && f.Code != fault.Denied {
		return out, err
	}
	// The application was refused, and everything that it had begun is undone;
	// what is kept is why.
	err = p.DB.Write(ctx, func(tx *db.Tx) error {
		if before, was, err := offlineEntry(tx, e.Pack, e.Key); err != nil || was && before.Settled {
			out = before
			return err
		}
		out = row
		out.At = p.now()
		return p.refusedTx(tx, by, pack, f, &out)
	})
	return out, err
}

// settleTx is one entry in one transaction: found, compared, sent.
func (p *Part) settleTx(tx *db.Tx, by actor.Actor, pack packRow, e offline.Entry, at time.Time, anyway, ref string, out *OfflineEntry) error {
	var err error
	if int64(e.N) > pack.Entries || at.After(clock.FromMicro(pack.UntilAt)) {
		return fault.New(fault.Invalid, "service.offline.over")
	}
	if out.Person, err = p.Registers.ByIDNumber(tx, e.IDNumber); fault.CodeOf(err) == fault.Missing {
		out.State, out.Why = OfflineNotFound, p.both("service.offline.not_found")
		return p.keepOffline(tx, by, pack, *out)
	}
	if err != nil {
		return err
	}
	rel, err := p.At(pack.Service, pack.Number)
	if err != nil {
		return err
	}
	answers, bad := offline.Answers(rel.Def, e.Values, clock.Day(at))
	if len(bad) > 0 {
		return fault.New(fault.Invalid, "service.offline.malformed", "fields", strings.Join(bad, ", "))
	}
	if anyway == "" {
		if out.Other, err = p.sameHousehold(tx, rel, out.Person, answers, at); err != nil {
			return err
		}
		if out.Other != "" {
			out.State, out.Why = OfflinePossible, p.both("service.offline.possible", "ref", out.Other)
			return p.keepOffline(tx, by, pack, *out)
		}
	}
	s := Submission{By: actor.Actor{Person: out.Person}, Officer: by, Service: pack.Service, Number: pack.Number, Key: "offline:" + e.Pack + ":" + e.Key,
		Answers: answers, Accepted: []string{}, Screens: 1, Typed: int64(len(answers)) + 2, Began: clock.Micro(at), At: at,
		Note: map[string]any{"offline": e.Number, "offline_at": e.At, "offline_by": e.Officer}}
	rec, err := p.submitTx(tx, s, ref, s.digest())
	if err != nil {
		return err
	}
	out.State, out.Ref, out.Settled, out.Content = OfflineMade, rec.Ref, true, ""
	out.Why = p.both("service.offline.made")
	return p.keepOffline(tx, by, pack, *out)
}

// refusedTx keeps why an entry made no case.
func (p *Part) refusedTx(tx *db.Tx, by actor.Actor, pack packRow, f *fault.Error, out *OfflineEntry) error {
	out.State, out.Why = OfflineRefused, p.both(f.Key, f.Args...)
	switch {
	case f.Key == "service.error.already_sent", f.Key == "service.error.already_open", f.Key == "register.already_entered":
		out.State = OfflineDuplicate
	case f.Key == "service.error.incomplete":
		out.State = OfflineLacking
		var fields []string
		for _, x := range f.Fields {
			_, id, _ := strings.Cut(x.Location, ".")
			fields = append(fields, id)
		}
		out.Why = p.both("service.offline.lacking", "fields", strings.Join(fields, ", "))
	}
	if i := slices.Index(f.Args, any("ref")); i >= 0 && i+1 < len(f.Args) {
		out.Other = fmt.Sprint(f.Args[i+1])
	}
	return p.keepOffline(tx, by, pack, *out)
}

// keepOffline writes what became of an entry, with its leaf.
func (p *Part) keepOffline(tx *db.Tx, by actor.Actor, pack packRow, e OfflineEntry) error {
	if err := upsertOffline(tx, e); err != nil {
		return err
	}
	var subjects []string
	if e.Person != "" {
		subjects = []string{e.Person}
	}
	rel, err := p.At(pack.Service, pack.Number)
	if err != nil {
		return err
	}
	_, err = p.Journal.Append(tx, journal.Record{Kind: "offline." + e.State, By: journal.ByActor(by), Case: e.Ref, Subjects: subjects, Basis: rel.Def.Law,
		Why:  locale.Text{MS: "Borang luar talian dibaca di kaunter", EN: "A form filled in without a network was read in"},
		Data: map[string]any{"pack": e.Pack, "number": e.Number, "state": e.State}})
	return err
}

func (p *Part) both(key string, args ...any) locale.Text {
	return locale.Text{MS: p.Texts.For(locale.Malay).T(key, args...), EN: p.Texts.For(locale.English).T(key, args...)}
}

// sameHousehold finds an open application of somebody who lives with the person
// that would make the same entry, where the register keeps one for a household.
func (p *Part) sameHousehold(tx *db.Tx, rel *Release, person string, answers map[string]any, at time.Time) (ref string, err error) {
	book, ok := p.vocabulary().Book(rel.Def.Outcome.Register)
	if !ok || book.Of != "household" {
		return "", nil
	}
	people, err := p.Registers.Household(tx, person)
	if err != nil {
		return "", err
	}
	open, err := openOf(tx, rel.Service, people)
	if err != nil || len(open) == 0 {
		return "", err
	}
	held, err := p.Registers.Facts(tx, person, rel.Def.Registers())
	if err != nil {
		return "", err
	}
	mine, err := rel.Def.Evaluate(definition.Input{Answers: answers, Facts: values(onlyShown(rel.Def, held)), Today: clock.Day(at)})
	if err != nil {
		return "", err
	}
	for _, app := range open {
		if app.Person == person { // their own: sending it says so
			continue
		}
		other, err := p.At(app.Service, app.Number)
		if err != nil {
			return "", err
		}
		theirs, err := other.Def.Evaluate(app.input())
		if err != nil {
			return "", err
		}
		same := true
		for _, name := range book.Keeps.Each {
			same = same && fmt.Sprint(mine.Entry[name]) == fmt.Sprint(theirs.Entry[name])
		}
		if same {
			return app.Ref, nil
		}
	}
	return "", nil
}

func (p *Part) vocabulary() *definition.Vocabulary {
	p.book.mu.RLock()
	defer p.book.mu.RUnlock()
	return p.book.shared.Registers
}
