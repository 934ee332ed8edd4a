package payout

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/fault"
	"balai/internal/spine/iso20022"

	"pgregory.net/rapid"
)

// TestModel does what officers, systems, banks and time do, in any order, and insists
// after each few steps that the books are sound, that the bank paid each payment at
// most once at a time, and that no sen is anywhere else than the books say.
func TestModel(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.fund(1_000_000)
		var ids []string
		rapid.Check(t, func(rt *rapid.T) {
			for range rapid.IntRange(1, 8).Draw(rt, "steps") {
				ids = r.step(rt, ids)
			}
			r.t = rt
			r.sound()
			r.agrees()
			r.t = t
		})
		// Once everything has ended, the bank has what the fund has.
		r.bank.away, r.bank.cut, r.bank.no = false, false, ""
		r.later(sendMost)
		for range 4 {
			r.later(time.Hour)
			r.bank.settle()
			r.bank.comeBack()
		}
		r.later(time.Hour)
		for _, id := range ids {
			if b := r.batch(id); b.State == Approved || b.State == Sent {
				t.Errorf("%s is %s", id, b.State)
			}
		}
		if r.bank.left != r.available() {
			t.Errorf("the bank has %d and the fund %d", r.bank.left, r.available())
		}
		r.sound()
	})
}

// step is one thing that happens.
func (r *rig) step(rt *rapid.T, ids []string) []string {
	who := officer(rapid.SampledFrom([]string{"aminah", "badrul", "cina"}).Draw(rt, "who"))
	id := ""
	if len(ids) > 0 {
		id = ids[rapid.IntRange(max(0, len(ids)-6), len(ids)-1).Draw(rt, "which")]
	}
	fine := func(err error) {
		if c := fault.CodeOf(err); err != nil && c != fault.Conflict && c != fault.Denied {
			rt.Fatal(err)
		}
	}
	switch what := rapid.SampledFrom([]string{"file", "file", "submit", "approve", "approve", "approve", "cancel", "work", "work", "settle", "back", "away", "cut", "no", "hour", "seconds"}).Draw(rt, "what"); {
	case what == "file":
		return r.drawn(rt, ids)
	case what == "away":
		r.bank.away, r.bank.cut = !r.bank.away, false
	case what == "cut":
		r.bank.cut = !r.bank.cut
	case what == "no":
		r.bank.no = rapid.SampledFrom([]string{"", "", "422", iso20022.Duplicate}).Draw(rt, "no")
	case what == "settle":
		r.bank.settle()
	case what == "back":
		r.bank.comeBack()
	case what == "work":
		r.drain()
	case what == "hour":
		r.later(time.Hour)
	case what == "seconds":
		r.later(time.Minute)
	case id == "":
	case what == "submit":
		fine(r.submit(who, id))
	case what == "cancel":
		fine(r.cancel(who, id))
	case what == "approve":
		before := r.batch(id)
		err := r.approve(who, id)
		if err == nil && (before.State != Submitted || before.Maker == who.Person) {
			rt.Fatalf("%s approved what was %s by %s", who.Person, before.State, before.Maker)
		}
		fine(err)
	}
	return ids
}

// drawn sends a file of payments whose references are often another's.
func (r *rig) drawn(rt *rapid.T, ids []string) []string {
	var b strings.Builder
	b.WriteString(header)
	numbers := rapid.SliceOfNDistinct(rapid.IntRange(0, 60), 1, 7, func(n int) int { return n }).Draw(rt, "payments")
	for _, n := range numbers {
		end := []string{"1234", "4321", "0000", "9999"}[n%4]
		fmt.Fprintf(&b, "55%03d%s,MBBEMYKL,Penerima,%d.%02d,Q-%d,\n", n, end, n+1, n, n)
	}
	a := r.call("jkm", "POST", "/v1/payouts", "text/csv", b.String(), "")
	if a.status == 201 {
		return append(ids, a.payout(rt).ID)
	}
	if a.status != 409 && a.status != 422 {
		rt.Fatal(a.status, a.text)
	}
	return slices.Clip(ids)
}

// agrees insists that the bank's payments are the hall's.
func (r *rig) agrees() {
	r.t.Helper()
	r.bank.mu.Lock()
	defer r.bank.mu.Unlock()
	now, net := map[string]int{}, int64(0)
	for _, lines := range r.bank.lines {
		for _, l := range lines {
			if l.state != "RJCT" {
				now[l.e2e]++
				net += l.amount
			}
		}
	}
	for e2e, n := range now {
		if n > 1 {
			r.t.Fatalf("%s is paid %d times", e2e, n)
		}
	}
	if r.bank.left+net != r.funded {
		r.t.Fatalf("the bank has %d and paid %d of %d", r.bank.left, net, r.funded)
	}
}
