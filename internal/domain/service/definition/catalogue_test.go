package definition_test

import (
	"testing"

	"balai/catalogue"
	"balai/internal/domain/service/definition"
)

const today = "2026-11-23"

func load(t *testing.T) *definition.Catalogue {
	t.Helper()
	c, problems := definition.Load(catalogue.FS)
	for _, p := range problems {
		t.Errorf("%s", p)
	}
	if t.Failed() {
		t.FailNow()
	}
	return c
}

func TestCatalogueSampleCases(t *testing.T) {
	for _, s := range load(t).Services {
		if len(s.Cases) < 12 {
			t.Errorf("%s has %d sample cases", s.ID, len(s.Cases))
		}
		for _, day := range []string{today, "2027-03-01", "2028-02-29"} {
			for _, d := range s.Test(day) {
				t.Errorf("as of %s: %s", day, d)
			}
		}
	}
}
