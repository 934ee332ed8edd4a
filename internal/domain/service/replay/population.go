package replay

import (
	"fmt"
	"slices"

	"balai/internal/domain/service/definition"
)

// Person is somebody in the registers, without a name: what the service may
// read of them, and what groups them.
type Person struct {
	Facts    map[string]any
	State    string
	Children int64 // in the household; below 0 where that is not known
	Income   int64 // of the household a month, in cents; below 0 where that is not known
}

// Reform is what a changed definition means for everybody in the registers who
// has not got yet what the service gives.
type Reform struct {
	pair    Pair
	today   string
	entitle map[string]bool // verdicts that entitle, of both versions

	People  int // looked at
	Unknown int // who cannot be worked out under the changed version
	Missing map[string]int
	Stopped int // whom the table stops under both
	shares  map[string]*share
	single  int // what nobody else may apply for
}

// share is one thing that may be applied for, such as a child: two parents do
// not count it twice.
type share struct {
	person    Person
	old, new  bool
	was, pays int64
}

// NewReform begins one as of a day. A verdict entitles where a sample case of
// the service that has it is given at once.
func NewReform(p Pair, today string) *Reform {
	r := &Reform{pair: p, today: today, entitle: map[string]bool{}, Missing: map[string]int{}, shares: map[string]*share{}}
	for _, s := range []*definition.Service{p.Old, p.New} {
		for _, c := range s.Cases {
			if c.Expect.State == "issued" {
				r.entitle[c.Expect.Verdict] = true
			}
		}
	}
	return r
}

// Verdicts are those that entitle.
func (r *Reform) Verdicts() (out []string) {
	for v := range r.entitle {
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}

// Entitled is what one version says of a person by what registers hold alone.
type Entitled struct {
	Yes, Stopped bool
	Cents        int64
	Missing      []string // where it cannot be told
	Once         string
}

// weigh works one person out, who has answered nothing.
func (r *Reform) weigh(s *definition.Service, p Person) (Entitled, error) {
	in := definition.Input{Facts: p.Facts, Today: r.today}
	e, err := s.Eligibility(in)
	if err != nil {
		return Entitled{}, err
	}
	out := Entitled{Once: e.Once, Stopped: e.Verdict != definition.Unknown && !e.Eligible}
	if e.Verdict == definition.Unknown {
		out.Missing = e.Missing
		return out, nil
	}
	if !r.entitle[e.Verdict] {
		return out, nil
	}
	_, pay, err := s.Weigh(in)
	out.Yes, out.Cents = true, pay.Cents
	return out, err
}

// Weighed is a person under both versions.
type Weighed struct {
	Person   Person
	Old, New Entitled
}

// Weigh works a person out by both; it may run on any core.
func (r *Reform) Weigh(p Person) (w Weighed, err error) {
	w.Person = p
	if w.Old, err = r.weigh(r.pair.Old, p); err == nil {
		w.New, err = r.weigh(r.pair.New, p)
	}
	return w, err
}

// Add counts a person.
func (r *Reform) Add(w Weighed) {
	r.People++
	switch {
	case w.New.Missing != nil:
		r.Unknown++
		for _, name := range w.New.Missing {
			r.Missing[name]++
		}
	case w.Old.Stopped && w.New.Stopped:
		r.Stopped++
	}
	if !w.Old.Yes && !w.New.Yes {
		return
	}
	once := w.New.Once
	if once == "" {
		once = w.Old.Once
	}
	if once == "" {
		r.single++
		once = fmt.Sprint("person ", r.single)
	}
	s := r.shares[once]
	if s == nil {
		s = &share{person: w.Person}
		r.shares[once] = s
	}
	if w.Old.Yes && !s.old {
		s.old, s.was = true, w.Old.Cents
	}
	if w.New.Yes && !s.new {
		s.new, s.pays = true, w.New.Cents
	}
}
