package replay

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"balai/internal/domain/service/definition"
	"balai/internal/domain/service/form"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// Case is one past application, as it was decided.
type Case struct {
	Ref      string
	Number   int64 // of the release that it ran on; 0 where it was made up
	SentOn   string
	Input    definition.Input
	Accepted []string // facts that the person confirmed; nil where the review page showed them all
	Verdict  string   // as recorded
	Gone     Gone     // why it cannot be replayed
	Made     bool     // by Maker; no person ever sent it

	instead func() Case // where what was made up could not have been sent
}

// Gone is why a case cannot be replayed; "" where it can.
type Gone string

// What stands in the way.
const (
	Erased     Gone = "erased"     // its content was erased
	Unreadable Gone = "unreadable" // its record cannot be read
	Failed     Gone = "failed"     // an expression of either version failed
)

// Standing is what an application comes to with no person acting.
type Standing string

// What the rules can say. A no of the rules leads elsewhere; a refusal is a
// person's.
const (
	Yes     Standing = "yes"     // decided at once
	Officer Standing = "officer" // a person decides
	No      Standing = "no"      // the table stops it
	Open    Standing = "open"    // cannot be told, or could not be sent: something is not known
)

// Side is what one version says of a case.
type Side struct {
	Standing Standing       `json:"standing"`
	Verdict  string         `json:"verdict"`
	Rule     int            `json:"rule"` // the row of the table that decided, from 1; 0 where none could
	When     string         `json:"when,omitempty"`
	Says     locale.Text    `json:"says"`
	Looked   map[string]any `json:"looked_at,omitempty"`
	Lacks    []Condition    `json:"conditions_not_met,omitempty"` // of work.automatic
	Missing  []string       `json:"missing,omitempty"`            // answers and facts without which it cannot be told
	PayCents int64          `json:"pay_cents"`
	FeeCents int64          `json:"fee_cents"`
	Days     int            `json:"working_days"`
	Papers   []string       `json:"papers,omitempty"`

	state   string
	outcome outcome
}

// Condition is one of work.automatic; Number is 0 for what every definition
// asks, such as a fee that has to be paid first.
type Condition struct {
	Number int         `json:"condition"`
	Says   locale.Text `json:"says"`
}

type outcome struct {
	certificate string
	entry       map[string]any
	offers      []string
}

// Change is a case under both versions.
type Change struct {
	Ref    string `json:"ref"`
	Made   bool   `json:"made"`
	SentOn string `json:"sent_on"`
	State  string `json:"state,omitempty"` // whose office it was
	Kind   Kind   `json:"kind"`            // "" where nothing changes
	Old    Side   `json:"old"`
	New    Side   `json:"new"`
	Gone   Gone   `json:"gone,omitempty"`
	Why    string `json:"why,omitempty"` // which expression failed, and how
	// Own is what the case's own release said, where another is in force since.
	Earlier, Differs bool `json:"-"`
	Drifted          bool `json:"-"` // its own release gives another verdict than was recorded
}

// Pair is the definition in force and the one that would come after it.
type Pair struct {
	Old, New *definition.Service
	// Own finds an earlier release, on which a case ran; nil where there is none.
	Own func(number int64) *definition.Service
	// Number is of the release in force.
	Number int64
}

// Compare works a case out by both.
func (p Pair) Compare(c Case) Change {
	out := Change{Ref: c.Ref, Made: c.Made, SentOn: c.SentOn, Gone: c.Gone}
	if c.Gone != "" {
		return out
	}
	var err error
	if out.Old, err = Weigh(p.Old, c); err != nil || c.instead != nil && (out.Old.Standing == No || out.Old.Standing == Open) {
		if c.instead != nil {
			return p.Compare(c.instead())
		}
		out.Gone, out.Why = Failed, why(err)
		return out
	}
	if out.New, err = Weigh(p.New, c); err != nil {
		out.Gone, out.Why = Failed, why(err)
		return out
	}
	out.State, out.Kind = out.Old.state, kindOf(out.Old, out.New)
	p.own(c, &out)
	return out
}

// why is an error without where in the program it came from.
func why(err error) string { return strings.TrimPrefix(err.Error(), "definition: ") }

// own holds the case against the release that it ran on.
func (p Pair) own(c Case, out *Change) {
	if c.Made {
		return
	}
	said := out.Old
	if c.Number != p.Number && p.Own != nil {
		own := p.Own(c.Number)
		if own == nil {
			return
		}
		was, err := Weigh(own, c)
		if err != nil {
			return
		}
		said = was
		out.Earlier, out.Differs = true, kindOf(was, out.Old) != ""
	}
	out.Drifted = said.Verdict != c.Verdict
}

// Weigh is what a definition says of a case. Answers that its form refuses
// leave it open; an expression that fails is the error.
func Weigh(s *definition.Service, c Case) (Side, error) {
	r, pay, err := s.Weigh(c.Input)
	if fault.CodeOf(err) == fault.Invalid {
		return Side{Standing: Open, Verdict: definition.Unknown, Missing: refused(err)}, nil
	}
	if err != nil {
		return Side{}, err
	}
	side := Side{Verdict: r.Verdict, PayCents: pay.Cents, FeeCents: r.FeeCents, Days: r.BudgetDays, state: r.Calendar,
		Papers: papers(s, r), outcome: outcome{certificate: r.Certificate, entry: r.Entry}}
	for _, o := range r.Offers {
		side.outcome.offers = append(side.outcome.offers, o.Service)
	}
	if n := len(r.Trace); n > 0 {
		row := r.Trace[n-1]
		side.Rule, side.When, side.Says, side.Looked = n, row.Rule, row.Text, unnamed(s, row.Value)
		if row.Unknown {
			side.Missing = absent(row.Value)
		}
	}
	side.settle(s, r, c)
	return side, nil
}

// settle tells how the application stands.
func (d *Side) settle(s *definition.Service, r definition.Result, c Case) {
	switch {
	case r.Verdict != definition.Unknown && !r.Eligible:
		d.Standing = No
		return
	case r.Verdict == definition.Unknown || !r.Complete:
		d.Standing, d.Missing = Open, union(d.Missing, r.Missing)
		return
	}
	for i, row := range r.AutomaticTrace {
		if row.Held || r.AfterFee && row.Rule == definition.RuleFee {
			continue
		}
		n := i + 1
		if n > len(s.Work.Automatic) {
			n = 0
		}
		d.Lacks = append(d.Lacks, Condition{n, row.Text})
	}
	automatic := r.Automatic || r.AfterFee // whoever pays has it at once
	if c.Accepted != nil && slices.ContainsFunc(r.Facts, func(f definition.Fact) bool {
		return f.Material && !slices.Contains(c.Accepted, f.Field)
	}) {
		automatic = false
		d.Lacks = append(d.Lacks, Condition{0, locale.Text{MS: "Pemohon mengesahkan maklumat penting yang dipegang kerajaan",
			EN: "The applicant confirmed the important details that the state holds"}})
	}
	d.Standing = Officer
	if automatic {
		d.Standing, d.Days = Yes, 0
	}
}

// refused names the answers and facts that a definition does not take.
func refused(err error) (out []string) {
	f, _ := fault.As(err)
	for _, f := range f.Fields {
		out = append(out, strings.TrimPrefix(strings.TrimPrefix(f.Location, "answers."), "facts."))
	}
	return union(out, nil)
}

func union(a, b []string) []string {
	out := append(slices.Clone(a), b...)
	slices.Sort(out)
	return slices.Compact(out)
}

func absent(looked map[string]any) (out []string) {
	for name, v := range looked {
		if v == nil {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// papers are the files that the route asks for.
func papers(s *definition.Service, r definition.Result) (out []string) {
	for _, id := range r.Route {
		page, ok := s.Form.Page(id)
		if !ok { // the review
			continue
		}
		for _, f := range page.Fields {
			if f.Type == form.TypeFile {
				out = append(out, f.ID)
			}
		}
	}
	return out
}

// unnamed keeps of what a rule looked at what tells of no person in
// particular: numbers, truths, choices, and which names had no value.
func unnamed(s *definition.Service, looked map[string]any) map[string]any {
	out := map[string]any{}
	for name, v := range looked {
		switch v := v.(type) {
		case nil, bool, int64:
			out[name] = v
		case string:
			if chosen(s, name) {
				out[name] = v
			}
		}
	}
	return out
}

// chosen tells whether a name holds one of a few words.
func chosen(s *definition.Service, name string) bool {
	if f, ok := s.Fact(name); ok {
		return len(f.Options) > 0
	}
	if f, _, ok := s.Form.Field(strings.TrimPrefix(name, "answers.")); ok {
		return len(f.Options) > 0
	}
	return slices.ContainsFunc(s.Values, func(v definition.Value) bool { return v.Name == name && len(v.Options) > 0 })
}

// same tells whether two yeses make the same.
func (o outcome) same(other outcome) bool {
	return o.certificate == other.certificate && slices.Equal(o.offers, other.offers) &&
		maps.EqualFunc(o.entry, other.entry, func(a, b any) bool { return reflect.DeepEqual(a, b) })
}
