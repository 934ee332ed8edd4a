package delegation

import (
	"slices"
	"testing"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"pgregory.net/rapid"
)

// Whoever is born on any day is of age when their eighteenth birthday begins in
// Malaysia: not a microsecond before, and a day later for who was born on a leap
// day and has no birthday that year.
func TestGuardianshipEndsByItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// From the year on in which Malaysia's clocks were last set anew: midnight of
		// some birthdays before did not happen.
		born := time.Date(rapid.IntRange(1983, 2090).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month")),
			rapid.IntRange(1, 31).Draw(t, "day"), 0, 0, 0, 0, clock.Zone)
		if rapid.Bool().Draw(t, "leap day") {
			born = time.Date(4*rapid.IntRange(496, 522).Draw(t, "leap year"), 2, 29, 0, 0, 0, 0, clock.Zone)
		}
		g, err := guardianship("parent", Child{ID: "child", BornOn: clock.Day(born)})
		if err != nil {
			t.Fatal(err)
		}
		years := func(at time.Time) int { // counted as people do, on their fingers
			y, m, d := at.In(clock.Zone).Date()
			n := y - born.Year()
			if m < born.Month() || m == born.Month() && d < born.Day() {
				n--
			}
			return n
		}
		last, first := clock.FromMicro(g.UntilAt-1), clock.FromMicro(g.UntilAt)
		if years(last) != 17 || years(first) != 18 {
			t.Fatalf("born %s: %d years old when it still stands, %d when it has ended (%s)", clock.Day(born), years(last), years(first), clock.Day(first))
		}
		if !g.Stands(g.UntilAt-1) || g.Stands(g.UntilAt) || g.Stands(g.FromAt-1) || !g.Stands(g.FromAt) {
			t.Fatalf("born %s: it stands at the wrong moments", clock.Day(born))
		}
		if first.In(clock.Zone).Hour() != 0 {
			t.Fatalf("born %s: it ends at %s", clock.Day(born), first.In(clock.Zone))
		}
	})
}

// A delegation never releases what is not in it, nor what was not asked for.
func TestScopesOnlyNarrow(t *testing.T) {
	words := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"openid", "profile", "email", "phone", "address", "income"}), 0, 6, rapid.ID)
	rapid.Check(t, func(t *rapid.T) {
		asked, held := words.Draw(t, "asked"), words.Draw(t, "held")
		g := Grant{Claims: held}
		if rapid.Bool().Draw(t, "all") {
			g.Claims = nil
		}
		if rapid.Bool().Draw(t, "for some services") {
			g.Services = []string{"jpn/birth-registration"}
		}
		for _, s := range Narrow(asked, g.scopes()) {
			if !slices.Contains(asked, s) {
				t.Fatalf("%s was not asked for", s)
			}
			if g.Claims != nil && !slices.Contains(g.Claims, s) {
				t.Fatalf("%s is not in %v", s, g.Claims)
			}
			if g.Claims == nil && g.Services != nil && s != "openid" {
				t.Fatalf("a mandate for the hall's services releases %s elsewhere", s)
			}
		}
	})
}

// Nobody is named by a grant who is not in it: neither as an officer where it
// is a person's, nor as themself where it is an organisation's.
func TestWhoIsNamed(t *testing.T) {
	self := actor.Actor{Person: "p"}
	post := actor.Actor{Person: "p", Post: "x", Agency: "nadi", Role: "nadi/helper"}
	for _, c := range []struct {
		what string
		g    Grant
		a    actor.Actor
		want bool
	}{
		{"a carer", Grant{Kind: Carer, Principal: "q", Person: "p"}, self, true},
		{"a carer in a post", Grant{Kind: Carer, Principal: "q", Person: "p"}, post, false},
		{"somebody else's", Grant{Kind: Carer, Principal: "q", Person: "r"}, self, false},
		{"of nobody", Grant{Kind: Carer, Principal: "q"}, actor.Actor{}, false},
		{"a helper", Grant{Kind: Helper, Principal: "q", Agency: "nadi"}, post, true},
		{"a helper at home", Grant{Kind: Helper, Principal: "q", Agency: "nadi"}, self, false},
		{"another organisation's", Grant{Kind: Helper, Principal: "q", Agency: "other"}, post, false},
		{"a helper for themself", Grant{Kind: Helper, Principal: "p", Agency: "nadi"}, post, false},
		{"another post there", Grant{Kind: Helper, Principal: "q", Agency: "nadi"}, actor.Actor{Person: "p", Post: "x", Agency: "nadi", Role: "nadi/clerk"}, false},
	} {
		if got := c.g.names(c.a); got != c.want {
			t.Errorf("%s: %t", c.what, got)
		}
	}
}
