package policy

import (
	"testing"

	"balai/internal/spine/actor"
)

func TestWhatNoPolicyPermitsIsForbidden(t *testing.T) {
	s, err := Load(
		`permit(principal, action == Action::"home", resource);`,
		`permit(principal, action == Action::"case.read", resource is Case)
		 when { principal.signed_in && resource.subjects.contains(principal.person) };`)
	if err != nil {
		t.Fatal(err)
	}
	mother := actor.Actor{Person: "aisyah"}
	hers := Resource{Type: "Case", ID: "1", Attrs: map[string]any{"subjects": []string{"aisyah", "hafiz"}}}
	for _, tc := range []struct {
		who    actor.Actor
		action string
		res    Resource
		want   bool
	}{
		{actor.Actor{}, "home", Hall(), true},
		{mother, "case.read", hers, true},
		{actor.Actor{Person: "mei-ling"}, "case.read", hers, false},
		{actor.Actor{}, "case.read", hers, false},
		{mother, "case.decide", hers, false},
		{mother, "case.read", Resource{Type: "Case", ID: "2"}, false}, // attribute absent
		{mother, "case.read", Hall(), false},
	} {
		if got := s.Allow(tc.who, tc.action, tc.res); got != tc.want {
			t.Errorf("Allow(%q, %s, %s) = %v", tc.who.Person, tc.action, tc.res.ID, got)
		}
	}
	if _, err := Load(`permit(principal`); err == nil {
		t.Error("a broken policy was accepted")
	}
}
