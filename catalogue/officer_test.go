package catalogue_test

import (
	"regexp"
	"testing"

	"balai/catalogue"
	"balai/internal/domain/service/definition"
	"balai/internal/spine/locale"
)

// What an officer reads in a case speaks of the applicant, and not to them.
func TestOfficersAreNotSpokenToAsApplicants(t *testing.T) {
	c, problems := definition.Load(catalogue.FS)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	you := regexp.MustCompile(`(?i)\b(anda|you|your)\b`)
	read := 0
	check := func(where string, text locale.Text) {
		t.Helper()
		read++
		if you.MatchString(text.MS) || you.MatchString(text.EN) || text.MS == "" || text.EN == "" {
			t.Errorf("%s: %q, %q", where, text.MS, text.EN)
		}
	}
	for _, s := range c.Services {
		for _, f := range s.Facts {
			label := f.Officer
			if label.Empty() {
				label = f.Label
			}
			check(s.ID+" "+f.Field, label)
		}
		for _, r := range s.Table.Rules {
			check(s.ID+" eligibility", r.Says)
		}
		for _, r := range s.Work.Automatic {
			check(s.ID+" automatic", r.Says)
		}
		for _, page := range s.Form.Pages {
			for _, f := range page.Fields {
				if !f.Label.Empty() { // a page's question is quoted
					check(s.ID+" "+f.ID, f.Label)
				}
			}
		}
	}
	if read < 200 {
		t.Errorf("only %d texts were read", read)
	}
}
