package casework_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// arrows are the states that each act may lead to, by the state before it.
// What is not here must never happen.
var arrows = map[string]string{
	"received assign":   "checking deciding",
	"received decide":   "approved", // automatic, at once or with the fee
	"received withdraw": "withdrawn", "received unpaid": "withdrawn", "checking unpaid": "withdrawn", "waiting unpaid": "withdrawn", "deciding unpaid": "withdrawn",
	"checking check": "deciding", "checking ask": "waiting", "checking withdraw": "withdrawn",
	"waiting reply": "checking deciding", "waiting lapse": "checking deciding", "waiting withdraw": "withdrawn",
	"waiting remind": "waiting", "received remind": "received", "checking remind": "checking", "deciding remind": "deciding",
	"deciding ask": "waiting", "deciding decide": "approved refused", "deciding withdraw": "withdrawn",
	"refused appeal": "refused", "refused overturn": "approved",
	"approved issue": "issued", "approved close": "closed", "approved correct": "approved",
	"issued correct": "approved", "closed correct": "approved", "issued revoke": "closed",
	"approved audit_find": "approved", "issued audit_find": "issued",
}

func follows(before casework.State, kind string, after casework.State) bool {
	switch kind {
	case casework.Message:
		return before == after && before != casework.Closed
	case casework.Take, casework.HandOver:
		return before == after && (before.Open() || before == casework.Approved || before == casework.Issued || before == casework.Closed)
	case casework.Recuse, casework.Rejoin:
		return before == after
	case casework.Fee:
		return before == after && (before.Open() || before == casework.Refused)
	}
	return slices.Contains(strings.Fields(arrows[string(before)+" "+kind]), string(after))
}

// cast are the people of the model. salmah holds two posts; hafiz, an
// officer, is the father in the case.
func cast() []actor.Actor {
	return []actor.Actor{
		citizen("aisyah"), citizen("mei"), checks(), decides(),
		officer("salmah", decider, "MY-03"), officer("lim", checker, "MY-03"), officer("lim", decider, "MY-03"),
		officer("hafiz", decider, "MY-03"), officer("ahmad", checker, "MY-01"), officer("noor", appeals, "MY-16"),
		officer("rahman", appeals, "MY-16"), actor.System("jpn"), {},
	}
}

// someData is data for an act, whole more often than not.
func someData(t *rapid.T, kind string) data {
	whole := rapid.IntRange(0, 5).Draw(t, "whole") > 0
	switch kind {
	case casework.HandOver:
		return data{"to": rapid.SampledFrom([]string{checker, decider, appeals, "lim"}).Draw(t, "to")}
	case casework.Check:
		return data{"finding": rapid.SampledFrom([]string{"in_order", "not_in_order"}).Draw(t, "finding"), "note": pick(whole, "Nota.", "")}
	case casework.Ask:
		return data{"question": "Apa?", "due_in_days": pick(whole, 4, -1)}
	case casework.Reply, casework.Message:
		return data{"text": pick(whole, "Ini.", "")}
	case casework.Fee:
		return data{"receipt": "K-1", "cents": pick(whole, 5000, 1)}
	case casework.Decide:
		return data{"verdict": rapid.SampledFrom([]string{"approve", "refuse"}).Draw(t, "verdict"), "reasons": pick(whole, "Kerana.", "")}
	case casework.Appeal:
		return data{"grounds": pick(whole, "Mohon.", "")}
	case casework.Revoke, casework.Rejoin:
		return data{"reason": pick(whole, "Palsu.", "")}
	case casework.AuditFind:
		return data{"finding": rapid.SampledFrom([]string{"in_order", "wrong"}).Draw(t, "finding"), "note": pick(whole, "Nota.", "")}
	case casework.Correct:
		return data{"reasons": pick(whole, "Kerana.", ""), "correction": data{"name": "x"}}
	}
	return data{}
}

func pick[T any](yes bool, a, b T) T {
	if yes {
		return a
	}
	return b
}

// TestModel lets random people do random acts, and time pass, and holds every
// invariant after each step.
func TestModel(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.engine.Handle("jpn/", issuer{r})
		if r.db.Engine() == "postgres" {
			fewer(t) // each step is many round trips there
		}
		done := map[string]int{}
		never := func() (kinds []string) {
			for _, kind := range []string{casework.Check, casework.Ask, casework.Reply, casework.Lapse, casework.Fee, casework.Remind, casework.Unpaid, casework.Decide,
				casework.Appeal, casework.Revoke, casework.AuditFind, casework.Correct, casework.Issue, casework.Take, casework.HandOver} {
				if done[kind] == 0 {
					kinds = append(kinds, kind)
				}
			}
			return kinds
		}
		draw := func(t *rapid.T) {
			o := opening()
			o.FeeCents = rapid.SampledFrom([]int64{0, 0, 5000}).Draw(t, "fee")
			if rapid.Bool().Draw(t, "other branch") {
				o.Plan[0].OtherBranch = true
			}
			if o.FeeCents > 0 {
				o.AfterFee = rapid.Bool().Draw(t, "after fee")
				if rapid.Bool().Draw(t, "in time") {
					o.PayBy = clock.Micro(r.clock.Now().AddDate(0, 0, 8))
				}
			}
			if o.FeeCents == 0 && rapid.IntRange(0, 3).Draw(t, "automatic") == 0 {
				o = automatic(o)
				for o.Ref = ""; !casework.Sampled(o.Ref); { // an audited one has more ways to go
					o.Ref = fmt.Sprintf("BLH-%d", r.nextRef())
				}
			}
			refs := []string{r.open(o).Ref}
			for range rapid.IntRange(8, 24).Draw(t, "steps") {
				ref := rapid.SampledFrom(refs).Draw(t, "case")
				if days := rapid.SampledFrom([]int{0, 0, 0, 1, 3, 9}).Draw(t, "days"); days > 0 {
					r.clock.Advance(time.Duration(24*days-rapid.IntRange(0, 12).Draw(t, "hours")) * time.Hour)
					r.drain()
				}
				r.step(t, ref)
				if appeal := r.get(refs[0]).Appeal; appeal != "" && len(refs) == 1 {
					refs = append(refs, appeal)
				}
				for _, ref := range refs {
					r.invariants(t, ref)
				}
			}
			r.drain()
			for _, ref := range refs {
				for _, a := range r.acts(ref) {
					done[a.Kind]++
				}
				if acts := len(r.acts(ref)); len(r.events[ref]) != acts {
					t.Fatalf("%d acts, events %v", acts, r.events[ref])
				}
			}
		}
		// One round may miss what is rare, such as a fee that nobody paid in
		// time. A round takes up to ten years of a calendar that ends in 2050.
		for rapid.Check(t, draw); len(never()) > 0 && r.clock.Now().Year() < 2038; {
			rapid.Check(t, draw)
		}
		if kinds := never(); kinds != nil {
			t.Errorf("the model never came to %v: %v", kinds, done)
		}
		r.sound()
	})
}

// fewer makes rapid draw 40 cases instead of what the command line says.
func fewer(t *testing.T) {
	t.Helper()
	checks := flag.Lookup("rapid.checks").Value
	was := checks.String()
	if err := checks.Set("40"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := checks.Set(was); err != nil {
			t.Error(err)
		}
	})
}

// step is one attempt at one act, and what must be true of its answer.
func (r *rig) step(t *rapid.T, ref string) {
	before := r.get(ref)
	by, kind := r.attempt(t, before)
	version := before.Version
	if rapid.IntRange(0, 9).Draw(t, "stale") == 0 {
		version--
	}
	var allowed []string
	r.read(func(tx *db.Tx) (err error) { allowed, err = r.engine.Allowed(tx, by, before); return err })
	acts := len(r.acts(ref))
	_, err := r.tryAt(by, ref, version, kind, someData(t, kind))
	after := r.get(ref)
	if err == nil {
		if version != before.Version || !slices.Contains(allowed, kind) || after.Version <= before.Version {
			t.Fatalf("%s by %s/%s was done at version %d of %d, allowed %v", kind, by.Person, by.Role, version, before.Version, allowed)
		}
		return
	}
	if fault.CodeOf(err) == fault.Internal {
		t.Fatalf("%s by %s/%s: %v", kind, by.Person, by.Role, err)
	}
	if fmt.Sprint(after) != fmt.Sprint(before) || len(r.acts(ref)) != acts {
		t.Fatalf("%s failed (%v) and changed the case", kind, err)
	}
	may := slices.Contains(allowed, kind)
	if code := fault.CodeOf(err); may && version != before.Version && code != fault.Conflict {
		t.Fatalf("stale %s: %v", kind, err)
	} else if kind == casework.HandOver && code == fault.Denied {
		return // who is concerned may give the case back, and choose nobody
	} else if may && version == before.Version && code != fault.Invalid && !strings.Contains(err.Error(), "casework.fault.fee") {
		t.Fatalf("%s was allowed and refused: %v", kind, err)
	}
}

// attempt draws who does what: mostly what somebody may do, so that cases come
// far, else anything by anybody.
func (r *rig) attempt(t *rapid.T, c casework.Case) (actor.Actor, string) {
	type deed struct {
		by   actor.Actor
		kind string
	}
	var deeds, rest []deed
	if rapid.IntRange(0, 3).Draw(t, "in order") > 0 {
		r.read(func(tx *db.Tx) error {
			for _, by := range cast() {
				kinds, err := r.engine.Allowed(tx, by, c)
				if err != nil {
					return err
				}
				for _, kind := range kinds {
					if kind == casework.Withdraw || kind == casework.Message || kind == casework.Recuse || kind == casework.Rejoin {
						rest = append(rest, deed{by, kind})
					} else {
						deeds = append(deeds, deed{by, kind})
					}
				}
			}
			return nil
		})
	}
	if len(deeds) == 0 {
		deeds = rest
	}
	if len(deeds) > 0 {
		d := deeds[rapid.IntRange(0, len(deeds)-1).Draw(t, "deed")]
		return d.by, d.kind
	}
	by := rapid.SampledFrom(cast()).Draw(t, "by")
	return by, rapid.SampledFrom([]string{casework.Check, casework.Ask, casework.Reply, casework.Fee, casework.Decide,
		casework.Withdraw, casework.Appeal, casework.Revoke, casework.AuditFind, casework.Correct, casework.Message, casework.Take, casework.HandOver,
		casework.Close, casework.Overturn, casework.Recuse, casework.Rejoin, "nonsense"}).Draw(t, "kind")
}

// invariants are true of a case whatever was done to it.
func (r *rig) invariants(t *rapid.T, ref string) {
	c, acts := r.get(ref), r.acts(ref)
	if c.Version != len(acts) || acts[len(acts)-1].State != c.State {
		t.Fatalf("version %d, state %s, %d acts, last %s", c.Version, c.State, len(acts), acts[len(acts)-1].State)
	}
	if c.Assignee != "" && c.Turn() == "" {
		t.Fatalf("%s has a case that waits for nobody", c.Assignee)
	}
	hand := ""
	decided, checkedBy, decidedBy, foundBy, appealed := false, "", "", "", 0
	var spans []calendar.Span
	left := map[string]bool{}
	for i, a := range acts {
		if i > 0 && !follows(acts[i-1].State, a.Kind, a.State) {
			t.Fatalf("%s led from %s to %s", a.Kind, acts[i-1].State, a.State)
		}
		person := a.By.Post != "" && a.By.Post != "system"
		if person && (a.By.Person == "aisyah" || a.By.Person == "hafiz") {
			t.Fatalf("%s in their own matter: %s", a.By.Person, a.Kind)
		}
		if person && left[a.By.Person] != (a.Kind == casework.Rejoin) {
			t.Fatalf("%s did %s; had left the case: %t", a.By.Person, a.Kind, left[a.By.Person])
		}
		left[a.By.Person] = person && a.Kind == casework.Recuse
		switch a.Kind {
		case casework.Take:
			if hand != "" {
				t.Fatalf("%s took what %s has", a.By.Person, hand)
			}
			hand = a.By.Person
		case casework.Recuse:
			if hand == a.By.Person {
				hand = ""
			}
		case casework.HandOver: // back to the queue: the model has no directory
			hand = ""
		case casework.Ask, casework.Check, casework.Decide, casework.AuditFind, casework.Correct:
			if hand != "" && hand != a.By.Person {
				t.Fatalf("%s did %s on what %s has", a.By.Person, a.Kind, hand)
			}
			if a.Kind != casework.Ask {
				hand = ""
			}
		}
		switch a.Kind {
		case casework.Receive, casework.Reply, casework.Lapse:
			spans = append(spans, calendar.Span{Start: a.At})
			if a.Data["after_fee"] == true {
				spans[0].End = a.At
			}
		case casework.Fee:
			if acts[i-1].State == casework.Received {
				spans = append(spans, calendar.Span{Start: a.At})
			}
		case casework.Ask:
			spans[len(spans)-1].End = a.At
		case casework.Check:
			checkedBy = a.By.Person
		case casework.AuditFind:
			foundBy = a.By.Person
		case casework.Appeal:
			appealed++
		case casework.Decide, casework.Overturn, casework.Correct:
			if why := casework.Reasons(a); why.MS == "" || why.EN == "" {
				t.Fatalf("%s without reasons", a.Kind)
			}
			if !person && a.Data["verdict"] != "approve" {
				t.Fatal("a no by rule")
			}
			if person && a.Kind == casework.Decide && a.By.Person == checkedBy || person && a.Kind == casework.Correct && a.By.Person == foundBy {
				t.Fatalf("two eyes: %s by %s", a.Kind, a.By.Person)
			}
			if a.State == casework.Approved && c.FeeCents > 0 && c.FeeReceipt == "" {
				t.Fatal("a yes with the fee unpaid")
			}
			decided, decidedBy = true, a.By.Person
		case casework.Revoke:
			if a.By.Person == decidedBy {
				t.Fatal("two eyes: revoke")
			}
		}
	}
	if appealed > 1 || (c.Outcome == casework.OutcomeApproved || c.Outcome == casework.OutcomeRefused) && !decided {
		t.Fatalf("%d appeals, outcome %s, decided %v", appealed, c.Outcome, decided)
	}
	r.deadlineFollows(t, c, spans)
}

// deadlineFollows expects the due date to be that of the acts' spans, and to
// be unknown while the case waits, unless the time was over before.
func (r *rig) deadlineFollows(t *rapid.T, c casework.Case, spans []calendar.Span) {
	var d calendar.Deadline
	r.read(func(tx *db.Tx) (err error) { d, err = r.engine.Deadline(tx, c); return err })
	if fmt.Sprint(d.Spans) != fmt.Sprint(spans) {
		t.Fatalf("ledger %v, acts say %v", d.Spans, spans)
	}
	d.Spans = spans
	due, ok := d.Due()
	if ok != (c.DueAt != 0) || ok && clock.Micro(due) != c.DueAt {
		t.Fatalf("due %v %v, stored %v", due, ok, clock.FromMicro(c.DueAt))
	}
	if c.State == casework.Waiting {
		asked := clock.FromMicro(spans[len(spans)-1].End)
		if !d.Paused() || ok && !due.Before(asked) || d.Used(asked) != d.Used(asked.AddDate(0, 1, 0)) {
			t.Fatal("the clock ran while the case waited")
		}
	}
}

// Paid says yes at every second case, by the last character of its reference.
func (h issuer) Paid(_ *db.Tx, c casework.Case) (*casework.Decision, error) {
	if c.Ref[len(c.Ref)-1]%2 == 0 {
		return nil, nil
	}
	return automatic(opening()).Automatic, nil
}

// issuer makes the paper at once, in the same transaction, as a service
// without a slow one would.
type issuer struct{ r *rig }

func (h issuer) issue(tx *db.Tx, c casework.Case, a casework.Act) error {
	_, err := h.r.engine.IssueTx(tx, c.Ref, "CERT-"+a.ID)
	return err
}

func (h issuer) Approved(tx *db.Tx, c casework.Case, a casework.Act) error  { return h.issue(tx, c, a) }
func (h issuer) Corrected(tx *db.Tx, c casework.Case, a casework.Act) error { return h.issue(tx, c, a) }
func (h issuer) Refused(*db.Tx, casework.Case, casework.Act) error          { return nil }
func (h issuer) Revoked(*db.Tx, casework.Case, casework.Act) error          { return nil }
func (h issuer) Withdrawn(*db.Tx, casework.Case, casework.Act) error        { return nil }
func (h issuer) Replied(*db.Tx, casework.Case, casework.Act) error          { return nil }
