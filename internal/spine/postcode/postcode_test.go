package postcode

import (
	"slices"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	for code, want := range map[string]Place{
		"15400": {"MY-03", []string{"Kota Bharu"}},
		"88000": {"MY-12", []string{"Kota Kinabalu"}},
		"62000": {"MY-16", []string{"Putrajaya"}},
		"86400": {"MY-01", []string{"Batu Pahat", "Parit Raja"}},
	} {
		if p, ok := Find(code); !ok || p.State != want.State || !slices.Equal(p.Towns, want.Towns) {
			t.Errorf("%s lies in %v, %v; want %v", code, p, ok, want)
		}
	}
	for _, code := range []string{"99999", "00000", "", "1540", "154000", "abcde"} {
		if p, ok := Find(code); ok {
			t.Errorf("%q is said to lie in %v", code, p)
		}
	}
}

// A postcode in two states would have no state to fill in.
func TestEachLiesInOneState(t *testing.T) {
	towns, err := Towns()
	if err != nil {
		t.Fatal(err)
	}
	states, in := map[string]bool{}, map[string]string{}
	for _, town := range towns {
		states[town.State] = true
		for _, code := range town.Postcodes {
			if was := in[code]; was != "" && was != town.State {
				t.Errorf("%s lies in %s and %s", code, was, town.State)
			}
			if in[code] = town.State; len(code) != 5 {
				t.Errorf("%q is no postcode", code)
			}
		}
	}
	if len(states) != 16 || len(in) < 2900 {
		t.Errorf("%d states, %d postcodes", len(states), len(in))
	}
}

func TestNoticeShips(t *testing.T) {
	if text, err := Files.ReadFile("LICENSE"); err != nil || !strings.Contains(string(text), "ISC") {
		t.Error("the postcodes' notice is not in the binary")
	}
}

func TestFits(t *testing.T) {
	for _, c := range []struct {
		code, town string
		want       bool
	}{
		{"88000", "Kota Kinabalu", true}, {"88000", " kota  kinabalu ", true}, {"86400", "Parit Raja", true},
		{"89500", "Kota Kinabalu", false}, {"88000", "", false}, {"99999", "Kota Kinabalu", true},
	} {
		if got := Fits(c.code, c.town); got != c.want {
			t.Errorf("%s %q: %v", c.code, c.town, got)
		}
	}
}
