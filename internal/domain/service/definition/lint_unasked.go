package definition

import (
	"fmt"
	"slices"
)

// unasked refuses a yes without application that the law does not name, that
// the person could not decline, or that lacks an answer only they can give.
func (l *linter) unasked() {
	u := l.s.Unasked
	if u == nil {
		return
	}
	bad := func(at, reason string, args ...any) { l.bad(serviceFile, "unasked."+at, reason, args...) }
	if u.When == "" {
		bad("when", "say when it is given; \"true\" where work.automatic says all")
	}
	l.basis("unasked.law", u.Law)
	if len(l.s.Work.Automatic) == 0 {
		bad("when", "nothing is given without application that no rule decides: work.automatic is empty")
	}
	if l.s.Outcome.Register == "" {
		bad("when", "what no register keeps cannot be declined: outcome.register is missing")
	}
	if u.Decline < 7 || u.Decline > 60 {
		bad("decline_within_days", "the person has 7 to 60 days to decline, not %d", u.Decline)
	}
	for i, path := range u.After {
		if !slices.ContainsFunc(l.c.Registers.Groups, func(g Group) bool { return g.From == path }) {
			bad(fmt.Sprintf("after[%d]", i), "there is no register %q", path)
		}
	}
	for _, f := range l.s.Form.Pages[0].Fields {
		if f.Required {
			bad("when", "%s must be answered first, so nobody can be given this without application", f.ID)
		}
	}
	given := func(c SampleCase) bool { return c.Expect.Unasked }
	if !slices.ContainsFunc(l.s.Cases, given) {
		bad("when", "no sample case is given without application: expect.unasked")
	}
}
