package desk

import (
	"strings"
	"testing"

	"balai/internal/spine/casework"
	"balai/internal/spine/locale"
)

// An answer stands beside what a register holds about the same, once; what is
// said of where it comes from is said once for all rows that share it.
func TestPaired(t *testing.T) {
	text := locale.Same
	answer := func(field, asks, value string) casework.Row {
		return casework.Row{Field: field, Asks: asks, Answer: text(value)}
	}
	held := func(field, value, claimed string) casework.Row {
		return casework.Row{Field: field, Fact: text(value), Source: text("Register"), Claimed: text(claimed), Differs: claimed != ""}
	}
	got := paired([]casework.Section{
		{Title: text("Answers"), Rows: []casework.Row{answer("city", "p.city", "Ipoh"), answer("road", "p.road", "Jalan Satu"), answer("account", "b.account_tail", "12 3456"),
			answer("why", "", "Moved"), answer("town", "p.unknown", "X")}},
		{Title: text("Register"), Rows: []casework.Row{held("p.city", "Muar", ""), held("p.road", "Jalan Satu", ""), held("p.name", "Ali", "Ali bin Abu")}},
		{Title: text("Bank"), Rows: []casework.Row{held("b.account_tail", "3456", "")}},
	})
	var out []string
	for _, s := range got {
		for _, r := range s.Rows {
			line := s.Title.EN + " " + r.Field + ": " + r.Answer.EN + "|" + r.Fact.EN + "|" + r.Claimed.EN
			if r.Differs {
				line += " differs"
			}
			out = append(out, line)
		}
	}
	want := []string{"Answers city: Ipoh|Muar| differs", "Answers road: Jalan Satu|Jalan Satu|", "Answers account: 12 3456|3456|", "Answers why: Moved||",
		"Answers town: X||", "Register p.name: |Ali|Ali bin Abu differs"}
	if strings.Join(out, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(out, "\n"))
	}
}

func TestOrigin(t *testing.T) {
	common := origin{source: "Register", asOf: "1 May", basis: "Act 1"}
	for o, want := range map[origin]string{common: "", {}: "", {source: "Register", asOf: "1 May", basis: "Act 2"}: "Act 2", {source: "Other", asOf: "2 May", basis: "Act 1"}: "Other. 2 May"} {
		if got := o.beyond(common).say(); got != want {
			t.Errorf("%v: %q, want %q", o, got, want)
		}
	}
}
