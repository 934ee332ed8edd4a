package replay

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"balai/internal/domain/service/definition"
	"balai/internal/domain/service/form"
)

// TestSmallGroupsAreNotTold: fewer than ten are not shown, nor can they be told
// from the total and the groups beside them.
func TestSmallGroupsAreNotTold(t *testing.T) {
	r := &Reform{shares: map[string]*share{}}
	add := func(state string, n int, old, new bool) {
		for range n {
			r.shares[fmt.Sprint(len(r.shares))] = &share{person: Person{State: state}, old: old, new: new}
		}
	}
	add("MY-01", 95, true, true)
	add("MY-02", 40, true, true)
	add("MY-03", 4, true, true)
	shown := map[string]string{}
	for _, g := range r.By(byState) {
		var b bytes.Buffer
		g.print(&b)
		name, rest, _ := strings.Cut(b.String(), "\t")
		shown[name] = strings.TrimSpace(rest)
	}
	for state, want := range map[string]string{
		"MY-01": "95\t95\t0\t0", // what is left hides two groups, and tells neither
		"MY-02": "not shown\tnot shown\tnot shown\tnot shown",
		"MY-03": "fewer than 10\tnot shown\tnot shown\tnot shown",
	} {
		if shown[state] != want {
			t.Errorf("%s: %q, want %q", state, shown[state], want)
		}
	}

	// A change of nine is hidden with the group, and with it the smallest other.
	r = &Reform{shares: map[string]*share{}}
	add("MY-01", 95, true, true)
	add("MY-02", 40, true, true)
	add("MY-03", 20, true, true)
	add("MY-03", 9, true, false)
	for _, g := range r.By(byState) {
		var b bytes.Buffer
		g.print(&b)
		if want := map[string]string{"MY-01": "MY-01\t95\t95\t0\t0\t\n", "MY-02": "MY-02\t40\tnot shown\tnot shown\tnot shown\t\n",
			"MY-03": "MY-03\t29\tnot shown\tnot shown\tfewer than 10\t\n"}[g.Label]; b.String() != want {
			t.Errorf("%q, want %q", b.String(), want)
		}
	}
}

// TestHiddenGroupsHideEachOther: two small groups are not told together by the
// total less what is shown, in any column, nor is a small number in a note.
func TestHiddenGroupsHideEachOther(t *testing.T) {
	r := &Reform{shares: map[string]*share{}}
	add := func(state string, n int, old, new bool) {
		for range n {
			r.shares[fmt.Sprint(len(r.shares))] = &share{person: Person{State: state}, old: old, new: new}
		}
	}
	add("MY-01", 95, true, true)
	add("MY-02", 1, true, true)
	add("MY-03", 2, true, true)
	add("MY-04", 60, true, true)
	add("MY-04", 12, false, true)
	add("MY-05", 70, true, true)
	add("MY-05", 4, true, false)
	add("MY-06", 80, true, true)
	add("MY-06", 5, true, false)
	add("MY-07", 200, true, true)
	add("MY-07", 11, true, false)
	columns := []func(Group) int{func(g Group) int { return g.Before }, func(g Group) int { return g.After },
		func(g Group) int { return g.Gain }, func(g Group) int { return g.Loses }}
	left := make([]int, len(columns))
	total, _ := r.All()
	for i, c := range columns {
		left[i] = c(total)
	}
	for _, g := range r.By(byState) {
		var b bytes.Buffer
		g.print(&b)
		for i, text := range strings.Split(strings.TrimSpace(b.String()), "\t")[1:] {
			if text == fmt.Sprint(columns[i](g)) {
				left[i] -= columns[i](g)
			}
		}
	}
	for i, n := range left {
		if few(n) {
			t.Errorf("column %d: %d people are told by what is not shown", i, n)
		}
	}
	if left[1] == total.After {
		t.Error("everything is hidden")
	}

	r.People, r.Stopped, r.Unknown, r.Missing = 500, 3, 4, map[string]int{"income_cents": 4}
	var b bytes.Buffer
	r.pair = Pair{Old: &definition.Service{Form: &form.Form{}}, New: &definition.Service{Form: &form.Form{}, Digest: "new"}}
	r.Print(&b, 2)
	for _, line := range []string{"500 people looked at; fewer than 10 are led elsewhere", "fewer than 10 have it by a case",
		"fewer than 10 people cannot be worked out; no register has: income_cents (fewer than 10)."} {
		if !strings.Contains(b.String(), line) {
			t.Errorf("%q is not in\n%s", line, b.String())
		}
	}
}
