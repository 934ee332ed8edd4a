package replay

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
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
