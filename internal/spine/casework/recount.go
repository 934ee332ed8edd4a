package casework

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// Recount looks whether the due dates of the open cases follow from the
// calendars, after a gazette has changed these; run it when the hall starts.
//
// Promises are kept by the number of their working day, so that a holiday to
// come moves them by itself. What it writes are the promises that are counted
// from a day which the gazette renumbered, one that has passed already: each
// whose date is not the one that was told is an act with the old and the new
// date. Cases that are decided stand. It returns how many of these acts there
// were.
func (e *Engine) Recount(ctx context.Context) (moved int, err error) {
	if err := e.Number(ctx); err != nil {
		return 0, err
	}
	var refs []string
	err = e.db.Read(ctx, func(tx *db.Tx) (err error) {
		refs, err = e.stale(tx)
		return err
	})
	if err != nil {
		return 0, err
	}
	for batch := range slices.Chunk(refs, recountBatch) {
		did := 0
		if err := e.db.Write(ctx, func(tx *db.Tx) error {
			did = 0
			for some := range slices.Chunk(batch, recountRows) {
				n, err := e.recountTx(tx, some)
				if err != nil {
					return err
				}
				did += n
			}
			return nil
		}); err != nil {
			return moved, err
		}
		moved += did
	}
	return moved, e.db.Write(ctx, e.gazetted)
}

// Number gives numbers to the cases of a hall that kept dates. Run it before
// anybody asks for a list.
func (e *Engine) Number(ctx context.Context) error {
	return e.db.Write(ctx, func(tx *db.Tx) error {
		list, err := unnumbered(tx, e.calendars.States())
		if err != nil {
			return err
		}
		for _, c := range list {
			no, err := e.numbered(c)
			if err == nil {
				err = setNumbers(tx, c, no)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// gazetted puts into the journal which states have other working days than
// when the hall looked last.
func (e *Engine) gazetted(tx *db.Tx) error {
	known, err := digests(tx)
	if err != nil {
		return err
	}
	for _, state := range e.calendars.States() {
		cal, err := e.calendars.State(state)
		if err != nil {
			return err
		}
		was, seen := known[state]
		if was == cal.Digest() {
			continue
		}
		if err := setDigest(tx, state, cal.Digest(), e.now()); err != nil {
			return err
		}
		if !seen {
			continue
		}
		if _, err := e.journal.Append(tx, journal.Record{Kind: "calendar.changed", At: e.now(), By: journal.ByActor(actor.System("")),
			Data: map[string]any{"calendar": state, "old": was, "new": cal.Digest()},
			Why: locale.Text{MS: e.texts.For(locale.Malay).T("casework.calendar.changed", "state", state),
				EN: e.texts.For(locale.English).T("casework.calendar.changed", "state", state)}}); err != nil {
			return fmt.Errorf("casework: journal the calendar of %s: %w", state, err)
		}
	}
	return nil
}

const (
	// recountBatch is how many cases one act moves: the hall is never held for
	// more than some tens of milliseconds.
	recountBatch = 256
	// recountRows is how many of them one statement writes; SQLite's binding of
	// values takes longer with the square of their number.
	recountRows = 32
)

// stale are the open cases whose number no longer follows from the calendars.
//
// Of cases whose clock never stopped, those with one calendar, budget and
// number are one promise. A due date never comes earlier for a later receipt, so
// where the first and the last receipt of a promise still lead to it, each
// between them does, and nothing else of it is read.
func (e *Engine) stale(tx *db.Tx) (refs []string, err error) {
	all, err := promises(tx)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		holds, err := e.holds(p)
		if err != nil {
			return nil, err
		}
		if holds {
			continue
		}
		list, err := received(tx, p)
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			no, err := e.dueNumber(p.calendar, p.budget, []calendar.Span{{Start: r.at}})
			if err != nil {
				return nil, err
			}
			if no != p.no {
				refs = append(refs, r.ref)
			}
		}
	}
	stopped, err := e.stalePaused(tx)
	return append(refs, stopped...), err
}

// holds tells whether a promise still follows.
func (e *Engine) holds(p promise) (bool, error) {
	for _, at := range []int64{p.first, p.last} {
		no, err := e.dueNumber(p.calendar, p.budget, []calendar.Span{{Start: at}})
		if err != nil || no != p.no {
			return false, err
		}
	}
	return true, nil
}

// stalePaused looks at the cases whose clock was stopped. A due date follows
// from the days of the ledger alone, so that one case of those with the same
// days tells of all.
func (e *Engine) stalePaused(tx *db.Tx) (refs []string, err error) {
	groups, err := interrupted(tx)
	if err != nil {
		return nil, err
	}
	for _, c := range groups {
		ledger, err := ledgerOf(c.stops)
		if err != nil {
			return nil, err
		}
		no, err := e.dueNumber(c.calendar, c.budget, ledger)
		if err != nil {
			return nil, err
		}
		if no == c.no {
			continue
		}
		list, err := stoppedAlike(tx, c)
		if err != nil {
			return nil, err
		}
		refs = append(refs, list...)
	}
	return refs, nil
}

// ledgerOf is a ledger of the same days, each moment at noon.
func ledgerOf(stops string) (out []calendar.Span, err error) {
	for _, text := range strings.Split(stops, ",") {
		from, to, ended := strings.Cut(text, "-")
		var s calendar.Span
		if s.Start, err = noon(from); err == nil && ended {
			s.End, err = noon(to)
		}
		if err != nil {
			return nil, fmt.Errorf("casework: the days %q: %w", stops, err)
		}
		out = append(out, s)
	}
	return out, nil
}

func noon(day string) (int64, error) {
	n, err := strconv.Atoi(day)
	return calendar.Noon(n), err
}

// stopsFor are the days of a ledger as casework_case.stops has them.
func stopsFor(ledger []calendar.Span) string {
	if len(ledger) == 0 || ledger[0].End == 0 {
		return ""
	}
	var days []string
	for _, s := range ledger {
		text := strconv.Itoa(calendar.AsOf(s.Start))
		if s.End != 0 {
			text += "-" + strconv.Itoa(calendar.AsOf(s.End))
		}
		days = append(days, text)
	}
	return strings.Join(days, ",")
}

// recountTx numbers those of the cases anew that are open and whose number does
// not follow. Where the date is another than the last that an act told, each is
// an act of its own with its leaf and its event; only their rows are written
// together.
func (e *Engine) recountTx(tx *db.Tx, refs []string) (moved int, err error) {
	cases, err := e.casesOf(tx, refs)
	if err != nil {
		return 0, err
	}
	ledgers, err := spansOf(tx, refs)
	if err != nil {
		return 0, err
	}
	others, err := othersOf(tx, refs)
	if err != nil {
		return 0, err
	}
	told, err := toldOf(tx, refs)
	if err != nil {
		return 0, err
	}
	var acts []*Act
	var changed, silent []Case
	var records []journal.Record
	for _, c := range cases {
		if !c.State.Open() {
			continue
		}
		if c.DueAt, err = e.due(c.Calendar, c.BudgetDays, ledgers[c.Ref]); err != nil {
			return 0, err
		}
		last := told[c.Ref]
		if c.DueAt == last.due {
			silent = append(silent, c)
			continue
		}
		c.Version++
		a := &Act{Kind: Recount, At: max(e.now(), last.at), Data: map[string]any{"old": last.due, "new": c.DueAt, "deadline": e.ledgerData(c)}}
		records = append(records, e.record(c, actor.System(c.Agency), append([]string{c.Applicant}, others[c.Ref]...), a))
		changed, acts = append(changed, c), append(acts, a)
	}
	if err := e.moveDue(tx, silent, 0); err != nil {
		return 0, err
	}
	if len(changed) == 0 {
		return 0, nil
	}
	if err := e.moveDue(tx, changed, 1); err != nil {
		return 0, err
	}
	leaves, err := e.journal.AppendAll(tx, records)
	if err != nil {
		return 0, fmt.Errorf("casework: journal a recount: %w", err)
	}
	for i, c := range changed {
		acts[i].Leaf = leaves[i]
		if err := e.announce(tx, c, acts[i]); err != nil {
			return 0, err
		}
	}
	return len(changed), insertActsOf(tx, acts, func(i int) string { return changed[i].Ref })
}

// MovedFrom is the due date that the acts of a case told last, where it is
// another now that a holiday was gazetted since; zero where it is not.
func MovedFrom(acts []Act, due time.Time) time.Time {
	for _, a := range slices.Backward(acts) {
		d, ok := a.Data["deadline"].(map[string]any)
		if !ok {
			continue
		}
		if at, _ := wholeOf(d["due_at"]); at > 0 && !due.IsZero() && at != clock.Micro(due) {
			return clock.FromMicro(at)
		}
		break
	}
	return time.Time{}
}
