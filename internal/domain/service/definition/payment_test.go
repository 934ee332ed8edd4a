package definition_test

import (
	"strings"
	"testing"
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
