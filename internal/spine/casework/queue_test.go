package casework_test

import (
	"slices"
	"testing"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

func (r *rig) queue(f casework.Filter) (refs []string) {
	r.t.Helper()
	r.read(func(tx *db.Tx) error {
		list, err := r.engine.Queue(tx, f)
		for _, c := range list {
			refs = append(refs, c.Ref)
		}
		return err
	})
	return refs
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestQueue(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		kelantan := func(days int) string {
			r.clock.Advance(time.Second)
			o := opening()
			o.Plan[0].WithinDays = days
			return r.open(o).Ref
		}
		slow, soon := kelantan(9), kelantan(0)
		johor := opening()
		johor.Calendar, johor.Unit, johor.Applicant, johor.By = "MY-01", "u-MY-01", "mei", citizen("mei")
		r.clock.Advance(time.Second)
		far := r.open(johor).Ref
		r.clock.Advance(time.Second)
		anywhere := opening()
		anywhere.Calendar, anywhere.Plan[0].OtherBranch, anywhere.Plan[0].WithinDays = "MY-12", true, 3
		open := r.open(anywhere).Ref
		waits := kelantan(1)
		r.do(checks(), waits, casework.Ask, data{"question": "Apa?", "due_in_days": 5})
		decided := kelantan(1)
		r.do(checks(), decided, casework.Check, data{"finding": "in_order"})

		work := casework.Filter{Roles: []string{checker}, Place: "MY-03"}
		same(t, "checker's work", r.queue(work), slow, soon, open, waits)
		same(t, "decider's work", r.queue(casework.Filter{Roles: []string{decider}, Place: "MY-03"}), decided)
		same(t, "in Johor", r.queue(casework.Filter{Roles: []string{checker}, Place: "MY-01"}), far, open)
		same(t, "of mei", r.queue(casework.Filter{Applicant: "mei"}), far)
		same(t, "acted by the checker", r.queue(casework.Filter{ActedBy: "salmah", States: []casework.State{casework.Deciding}}), decided)
		same(t, "by reference", r.queue(casework.Filter{Search: " " + far[:12] + " "}), far)
		same(t, "by unit", r.queue(casework.Filter{Unit: "u-MY-01", Agency: "jpn", Kind: "jpn/birth-registration"}), far)
		if got := r.queue(casework.Filter{Search: "BLH-' or 1=1"}); len(got) != 0 {
			t.Error(got)
		}

		var paged []string
		f := work
		for f.Limit = 1; ; {
			var page []casework.Case
			r.read(func(tx *db.Tx) (err error) { page, err = r.engine.Queue(tx, f); return err })
			if len(page) == 0 {
				break
			}
			paged = append(paged, page[0].Ref)
			f.After = page[0].Cursor()
		}
		same(t, "page by page", paged, slow, soon, open, waits)
		same(t, "the newest", r.queue(casework.Filter{Newest: true, Limit: 1}), decided)
		r.read(func(tx *db.Tx) error {
			if _, err := r.engine.Queue(tx, casework.Filter{After: "nonsense"}); fault.CodeOf(err) != fault.Invalid {
				t.Error(err)
			}
			return nil
		})

		r.clock.Set(time.Date(2026, 11, 25, 9, 0, 0, 0, monday().Location())) // soon was due on Tuesday
		r.read(func(tx *db.Tx) error {
			n, err := r.engine.Counts(tx, work)
			if n.Open != 4 || n.Overdue != 1 || n.Waiting != 1 || n.Audit != 0 || n.ByState[casework.Checking] != 3 {
				t.Errorf("%+v", n)
			}
			return err
		})
	})
}

// A sampled case is work for the checking role until it has been looked at.
func TestAuditQueue(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref := r.sampled().Ref
		work := casework.Filter{Roles: []string{checker}, Place: "MY-03"}
		same(t, "audits", r.queue(work), ref)
		same(t, "only audits", r.queue(casework.Filter{Audit: true}), ref)
		same(t, "elsewhere", r.queue(casework.Filter{Roles: []string{checker}, Place: "MY-01"}))
		r.do(checks(), ref, casework.AuditFind, data{"finding": "in_order"})
		same(t, "after it", r.queue(work))
	})
}

func TestAllowed(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		c := r.open(opening())
		allowed := func(who actor.Actor) (kinds []string) {
			now := r.get(c.Ref)
			r.read(func(tx *db.Tx) (err error) { kinds, err = r.engine.Allowed(tx, who, now); return err })
			return kinds
		}
		same(t, "applicant", allowed(citizen("aisyah")), casework.Withdraw, casework.Message)
		same(t, "checker", allowed(checks()), casework.Check, casework.Ask, casework.Message, casework.Take, casework.HandOver, casework.Recuse)
		same(t, "stranger", allowed(citizen("mei")))
		same(t, "nobody", allowed(actor.Actor{}))
		r.do(checks(), c.Ref, casework.Ask, data{"question": "Apa?", "due_in_days": 5})
		same(t, "applicant asked", allowed(citizen("aisyah")), casework.Reply, casework.Withdraw, casework.Message)
		same(t, "checker waiting", allowed(checks()), casework.Message, casework.Take, casework.HandOver, casework.Recuse)
	})
}
