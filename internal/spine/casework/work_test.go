package casework_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"balai/internal/spine/casework"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

func (r *rig) worklist(f casework.Filter) (refs []string) {
	r.t.Helper()
	for {
		var page []casework.Case
		r.read(func(tx *db.Tx) (err error) { page, f.After, err = r.engine.Worklist(tx, f); return err })
		for _, c := range page {
			refs = append(refs, c.Ref)
		}
		if f.After == "" {
			return refs
		}
	}
}

func (r *rig) count(f casework.Filter) (n int) {
	r.t.Helper()
	r.read(func(tx *db.Tx) (err error) { n, err = r.engine.WorkCount(tx, f); return err })
	return n
}

// in opens a case of an office in that state, which any branch may check.
func (r *rig) in(state string, days int) casework.Case {
	o := opening()
	o.Calendar, o.Unit = state, "u-"+state
	o.Plan[0].WithinDays, o.Plan[0].OtherBranch = days, true
	return r.open(o)
}

// On a Thursday afternoon a case due on Sunday in Kelantan, where Sunday is a
// working day, has as little time left as one due on Friday in Melaka; one
// due on Monday in Melaka has more, though in Kelantan that would be still more.
func TestWorklistCrossesCalendars(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.clock.Set(time.Date(2026, 11, 26, 18, 0, 0, 0, clock.Zone)) // Thursday, after hours
		monday := r.in("MY-04", 0).Ref                                // decided within 1: Monday (after hours counts from Friday)
		sunday := r.in("MY-03", 0).Ref                                // counts from Friday, a rest day: due Sunday
		next := r.in("MY-03", 1).Ref                                  // Monday: Sunday and Monday are left
		r.clock.Set(time.Date(2026, 11, 28, 9, 0, 0, 0, clock.Zone))  // Saturday: a rest day in both
		work := casework.Filter{Roles: []string{checker}, Place: "MY-03"}
		// Both on Monday: one working day is left in Melaka, two in Kelantan.
		same(t, "by working time", r.worklist(work), sunday, monday, next)
		work.Limit = 1
		same(t, "page by page", r.worklist(work), sunday, monday, next)
		work.Calendar = "MY-04"
		same(t, "of one office", r.worklist(work), monday)
		r.read(func(tx *db.Tx) error {
			for _, bad := range []string{"nonsense", "1.2.3.4", "-1.0.0.0.x", "zzzzzzzzzzzzzz.0.0.0.x"} {
				if _, _, err := r.engine.Worklist(tx, casework.Filter{After: bad}); fault.CodeOf(err) != fault.Invalid {
					t.Errorf("%s: %v", bad, err)
				}
			}
			return nil
		})
	})
}

func TestWorklistFilters(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		plain := r.open(opening()).Ref
		fee := opening()
		fee.FeeCents, fee.Kind = 5000, "jpn/late"
		unpaid := r.open(fee).Ref
		counter := opening()
		counter.By = officer("lim", checker, "MY-03")
		helped := r.open(counter).Ref
		waits := r.open(opening()).Ref
		r.do(checks(), waits, casework.Ask, data{"question": "Apa?", "due_in_days": 5})
		r.do(checks(), plain, casework.Take, nil)
		audited := r.sampled().Ref
		r.clock.Set(time.Date(2026, 12, 2, 9, 0, 0, 0, clock.Zone))
		fresh := r.open(opening()).Ref

		f := func(change func(f *casework.Filter)) casework.Filter {
			f := casework.Filter{Roles: []string{checker}, Place: "MY-03"}
			change(&f)
			return f
		}
		for _, tc := range []struct {
			what string
			f    casework.Filter
			want []string
		}{
			{"late", f(func(f *casework.Filter) { f.Due = casework.DueLate }), []string{plain, unpaid, helped, audited}},
			{"soon", f(func(f *casework.Filter) { f.Due = casework.DueSoon }), nil},
			{"kind", f(func(f *casework.Filter) { f.Kind = "jpn/late" }), []string{unpaid}},
			{"mine", f(func(f *casework.Filter) { f.Assignees = []string{"salmah"} }), []string{plain}},
			{"another role's", casework.Filter{Roles: []string{decider}, Place: "MY-03", Assignees: []string{"salmah"}}, nil},
			{"nobody's", f(func(f *casework.Filter) { f.Unassigned, f.Work = true, []string{casework.WorkTodo} }), []string{unpaid, helped, fresh}},
			{"unpaid", f(func(f *casework.Filter) { f.Unpaid = true }), []string{unpaid}},
			{"counter", f(func(f *casework.Filter) { f.Counter = true }), []string{helped}},
			{"waiting", f(func(f *casework.Filter) { f.Work = []string{casework.WorkWaiting} }), []string{waits}},
			{"audit", f(func(f *casework.Filter) { f.Work = []string{casework.WorkAudit} }), []string{audited}},
			{"office", casework.Filter{Unit: "u-MY-03", Agency: "jpn"}, []string{plain, unpaid, helped, audited, fresh, waits}},
			{"everything", casework.Filter{}, []string{plain, unpaid, helped, audited, fresh, waits}},
			{"applicant", casework.Filter{Applicants: []string{"nobody"}}, nil},
			{"elsewhere", casework.Filter{Roles: []string{checker}, Place: "MY-01"}, nil},
		} {
			got := r.worklist(tc.f)
			if tc.f.Due == "" && len(tc.want) > 4 {
				if got[len(got)-1] != waits {
					t.Errorf("%s: what waits is not last: %v", tc.what, got)
				}
			}
			slices.Sort(got)
			slices.Sort(tc.want)
			same(t, tc.what, got, tc.want...)
			if n := r.count(tc.f); n != len(tc.want) {
				t.Errorf("%s: counted %d, listed %d", tc.what, n, len(tc.want))
			}
		}
		same(t, "newest", r.worklist(f(func(f *casework.Filter) { f.Newest, f.Limit = true, 2 }))[:1], fresh)
	})
}

// Left never falls as the moment grows, and Reach is where it steps up.
func TestLeft(t *testing.T) {
	set := calendars(t)
	rapid.Check(t, func(t *rapid.T) {
		cal, err := set.State(rapid.SampledFrom(set.States()).Draw(t, "state"))
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2026, 1, 1, rapid.IntRange(0, 23).Draw(t, "hour"), 0, 0, 0, clock.Zone).AddDate(0, 0, rapid.IntRange(0, 700).Draw(t, "day"))
		due := now.AddDate(0, 0, rapid.IntRange(-60, 60).Draw(t, "until"))
		n := cal.Left(now, due)
		if more := cal.Left(now, due.AddDate(0, 0, 1)); more < n || more > n+1 {
			t.Fatalf("%d, a day later %d", n, more)
		}
		at := cal.Reach(now, n)
		if at.After(due) || cal.Left(now, at) < n || cal.Left(now, at.Add(-time.Second)) >= n {
			t.Fatalf("%d is reached at %s, due %s", n, at, due)
		}
	})
}

// What remains by Left is what remains of the promise, once a case has been
// received on a day before.
func TestLeftIsWhatThePromiseLeaves(t *testing.T) {
	set := calendars(t)
	rapid.Check(t, func(t *rapid.T) {
		cal, err := set.State(rapid.SampledFrom(set.States()).Draw(t, "state"))
		if err != nil {
			t.Fatal(err)
		}
		from := monday().AddDate(0, 0, rapid.IntRange(0, 300).Draw(t, "received"))
		d := calendar.Deadline{Budget: rapid.IntRange(1, 20).Draw(t, "budget"), Calendar: cal, Spans: []calendar.Span{{Start: clock.Micro(from)}}}
		due, _ := d.Due()
		now := from.AddDate(0, 0, rapid.IntRange(1, 40).Draw(t, "later"))
		if now.After(due) {
			return
		}
		if got, want := cal.Left(now, due), d.Left(now); got != want {
			t.Fatalf("%d days, the promise leaves %d", got, want)
		}
	})
}

// many fills one officer's queue with copies of a case, n of them.
func (r *rig) many(n int) {
	r.t.Helper()
	c := r.open(opening())
	if err := r.write(func(tx *db.Tx) error { return casework.CopyTx(tx, c.Ref, n) }); err != nil {
		r.t.Fatal(err)
	}
}

// A count ends at its bound, and says so by being the bound.
func TestCountIsBounded(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.many(casework.MostCounted + 50)
		f := casework.Filter{Roles: []string{checker}, Place: "MY-03"}
		if n := r.count(f); n != casework.MostCounted {
			t.Error(n)
		}
		f.Limit = 200
		all := r.worklist(f)
		slices.Sort(all)
		if n := len(slices.Compact(all)); n != casework.MostCounted+51 {
			t.Error(fmt.Sprint(n, " cases over the pages"))
		}
	})
}
