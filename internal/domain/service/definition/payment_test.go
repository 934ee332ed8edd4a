package definition_test

import (
	"strings"
	"testing"

	"balai/internal/spine/locale"
)

// TestPayment tells of every yes that pays how much, by whom, and into which
// account, and of one that pays nothing says nothing.
func TestPayment(t *testing.T) {
	paying := map[string]int{}
	for _, s := range load(t).Services {
		for _, c := range s.Examples(today) {
			p, ok, err := s.Payment(c.Input(today))
			if err != nil {
				t.Fatalf("%s, %s: %v", s.ID, c.Name, err)
			}
			if !ok {
				continue
			}
			paying[s.ID]++
			if p.Cents < 100 || strings.ContainsAny(p.How.MS+p.How.EN, "{}…") {
				t.Errorf("%s, %s: %d %v", s.ID, c.Name, p.Cents, p.How)
			}
		}
	}
	for _, id := range []string{"nadma/flood-relief", "jpa/scholarship", "perkeso/job-seeker", "jkm/child-aid", "kpm/early-schooling-aid"} {
		if paying[id] == 0 {
			t.Errorf("%s pays nothing", id)
		}
	}
	if len(paying) != 5 {
		t.Errorf("also paying: %v", paying)
	}
	if n, all := paying["perkeso/job-seeker"], len(load(t).Service("perkeso/job-seeker").Examples(today)); n == all {
		t.Error("who does not qualify for an allowance is promised one")
	}
}

// TestTraceIsWordedForPeople: no row of a citizen's trace shows a code of the
// rules, or a value that no register holds.
func TestTraceIsWordedForPeople(t *testing.T) {
	for _, s := range load(t).Services {
		for _, v := range s.Values {
			if v.Type == "string" && strings.Contains(v.Is, "region") && len(v.Options) == 0 {
				t.Errorf("%s: %s would read as sabah", s.ID, v.Name)
			}
			for _, o := range v.Options {
				if got := s.Show(locale.English, v.Name, o.Value); got != o.Label.EN {
					t.Errorf("%s: %s is shown as %q", s.ID, v.Name, got)
				}
			}
			if s.Yes(v.Name) != (v.Type == "bool") {
				t.Errorf("%s: %s", s.ID, v.Name)
			}
		}
		if a := s.Release.Answers; a.MS == a.EN {
			t.Errorf("%s: what the release answers is not translated", s.ID)
		}
		for _, c := range s.Work.Automatic {
			if c.Else.Empty() {
				t.Errorf("%s: %s does not say why an officer looks", s.ID, c.When)
			}
		}
	}
}
