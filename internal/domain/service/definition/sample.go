package definition

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"balai/internal/domain/service/form"
)

// StateNone is the expected state of a sample case that cannot be sent.
const StateNone = "none"

// relative is a day such as today-5d; yymmdd is the beginning of an identity
// number, such as yymmdd(today-760d)-00-0136.
var (
	relative = regexp.MustCompile(`^today(?:[-+][0-9]+d)?$`)
	yymmdd   = regexp.MustCompile(`yymmdd\((today(?:[-+][0-9]+d)?)\)`)
)

// Examples are the sample cases that can be sent, with dates such as today-5d
// resolved. Where a case does not say which facts are accepted, they are all
// that the person is shown and does not dispute.
func (s *Service) Examples(today string) []SampleCase {
	return slices.DeleteFunc(s.resolved(today), func(c SampleCase) bool { return c.Expect.State == StateNone })
}

func (s *Service) resolved(today string) []SampleCase {
	out := make([]SampleCase, 0, len(s.Cases))
	for _, c := range s.Cases {
		c.Answers = resolve(c.Answers, today)
		c.Facts = resolve(c.Facts, today)
		if c.FactsAccepted == nil {
			c.FactsAccepted = []string{}
			if r, err := s.Evaluate(c.Input(today)); err == nil {
				for _, f := range r.Facts {
					if !slices.Contains(c.Disputed, f.Field) {
						c.FactsAccepted = append(c.FactsAccepted, f.Field)
					}
				}
			}
		}
		out = append(out, c)
	}
	return out
}

// Input is the case as Evaluate takes it.
func (c SampleCase) Input(today string) Input {
	files := map[string]int{}
	for id, list := range c.Files {
		files[id] = len(list)
	}
	return Input{Answers: c.Answers, Facts: c.Facts, Files: files, Disputed: c.Disputed, Today: today}
}

// resolve copies a map with its relative dates made into days; what is null is
// left out.
func resolve(m map[string]any, today string) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		if v == nil {
			continue
		}
		if word, ok := v.(string); ok {
			v = yymmdd.ReplaceAllStringFunc(word, func(s string) string {
				day, _ := form.Day(yymmdd.FindStringSubmatch(s)[1], today)
				return strings.ReplaceAll(day, "-", "")[2:]
			})
			if day, ok := form.Day(word, today); ok && relative.MatchString(word) {
				v = day
			}
		}
		out[k] = v
	}
	return out
}

// Difference is what a sample case did not come to.
type Difference struct {
	Case           SampleCase
	What           string
	Expected, Came string
}

func (d Difference) String() string {
	return fmt.Sprintf("%s:%d: %q: %s: expected %s, came to %s", d.Case.Source, d.Case.Line, d.Case.Name, d.What, d.Expected, d.Came)
}

// Test runs every sample case as of a day.
func (s *Service) Test(today string) []Difference {
	var out []Difference
	for _, c := range s.resolved(today) {
		out = append(out, s.try(c, today)...)
	}
	return out
}

func (s *Service) try(c SampleCase, today string) (out []Difference) {
	differ := func(what string, expected, came any) {
		if e, g := fmt.Sprint(expected), fmt.Sprint(came); e != g {
			out = append(out, Difference{c, what, e, g})
		}
	}
	r, err := s.Evaluate(c.Input(today))
	if err != nil {
		differ("the case", "no error", err)
		return out
	}
	x := c.Expect
	differ("verdict", x.Verdict, r.Verdict)
	differ("variant", quote(x.Variant), quote(r.Variant))
	differ("route", strings.Join(x.Route, " > "), strings.Join(r.Route, " > "))
	differ("state", x.State, s.state(r))
	differ("fee", fmt.Sprint(x.FeeCents, " cents"), fmt.Sprint(r.FeeCents, " cents"))
	differ("time", fmt.Sprint(x.BudgetDays, " working days"), fmt.Sprint(r.BudgetDays, " working days"))
	differ("certificate", quote(x.Certificate), quote(r.Certificate))
	differ("given without application", x.Unasked, r.Unasked)
	if x.State != StateNone && !r.Complete {
		differ("answers", "complete", "missing "+strings.Join(r.Missing, ", "))
	}
	e, err := s.Eligibility(c.Input(today))
	if err != nil {
		differ("eligibility", "no error", err)
		return out
	}
	differ("eligibility", x.Verdict, e.Verdict)
	return out
}

// state is where an application stands once it is sent and no person acts.
func (s *Service) state(r Result) string {
	switch {
	case !r.Eligible:
		return StateNone
	case r.Automatic:
		return "issued"
	case r.AfterFee: // until it is paid
		return "received"
	case len(r.Steps) > 0 && r.Steps[0].Name == "decide":
		return "deciding"
	}
	return "checking"
}
