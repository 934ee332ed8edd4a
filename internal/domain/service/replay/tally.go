package replay

import (
	"cmp"
	"slices"
)

// Sums is money before and after, in cents, and over how many cases.
type Sums struct {
	Cases  int   `json:"cases"` // in which there is any, before or after
	Before int64 `json:"before_cents"`
	After  int64 `json:"after_cents"`
}

func (s *Sums) add(before, after int64) {
	if before != 0 || after != 0 {
		s.Cases++
	}
	s.Before += before
	s.After += after
}

// Difference is what the change costs, or saves where it is below 0.
func (s Sums) Difference() int64 { return s.After - s.Before }

// Count is of past cases and of made ones; nobody reads one for the other.
type Count struct {
	Past int `json:"past"`
	Made int `json:"made"`
}

// All are both.
func (c Count) All() int { return c.Past + c.Made }

func (c *Count) add(made bool) {
	if made {
		c.Made++
	} else {
		c.Past++
	}
}

// Place is what happens at the offices of one state.
type Place struct {
	State    string `json:"state"` // "" where it cannot be told
	Replayed int    `json:"replayed"`
	Changed  int    `json:"changed"`
}

// Report is what a change comes to over all cases.
type Report struct {
	Service  string          `json:"service"`
	Number   int64           `json:"release"` // in force
	Digest   string          `json:"digest"`  // of the changed definition
	Replayed Count           `json:"replayed"`
	Same     Count           `json:"same"`
	Changed  Count           `json:"changed"`
	ByKind   map[Kind]*Count `json:"by_kind"`
	Gone     map[Gone]int    `json:"could_not_be_replayed"`
	Missing  map[string]int  `json:"not_known"`     // what no past case recorded, where the changed version needs it
	AtOnce   Sums            `json:"paid_at_once"`  // by a yes of the rules
	IfYes    Sums            `json:"paid_if_yes"`   // beside it, if each officer says yes
	Fees     Sums            `json:"fees"`          //
	Places   []Place         `json:"by_state"`      // in the order of their codes
	Earlier  int             `json:"earlier"`       // ran on another release than that in force
	Differs  int             `json:"differs"`       // of these, what their own release says otherwise
	Drifted  int             `json:"not_as_record"` // their own release gives another verdict now: corrected since

	Failure  string   `json:"failure,omitempty"` // the first expression that failed
	Examples []Change `json:"-"`                 // the first changed ones, at most Keep
	Keep     int      `json:"-"`
}

// NewReport begins one that keeps a few changed cases to be shown.
func NewReport(p Pair, keep int) *Report {
	return &Report{Service: p.New.ID, Number: p.Number, Digest: p.New.Digest, ByKind: map[Kind]*Count{}, Gone: map[Gone]int{},
		Missing: map[string]int{}, Keep: keep}
}

// Add counts a case.
func (r *Report) Add(c Change) {
	if c.Gone != "" {
		r.Gone[c.Gone]++
		r.Failure = cmp.Or(r.Failure, c.Why)
		return
	}
	r.Replayed.add(c.Made)
	if c.Earlier {
		r.Earlier++
	}
	if c.Differs {
		r.Differs++
	}
	if c.Drifted {
		r.Drifted++
	}
	r.money(c)
	place := r.place(c.State)
	place.Replayed++
	if c.New.Standing == Open && c.Old.Standing != Open {
		for _, name := range c.New.Missing {
			r.Missing[name]++
		}
	}
	if c.Kind == "" {
		r.Same.add(c.Made)
		return
	}
	place.Changed++
	r.Changed.add(c.Made)
	if r.ByKind[c.Kind] == nil {
		r.ByKind[c.Kind] = &Count{}
	}
	r.ByKind[c.Kind].add(c.Made)
	if len(r.Examples) < r.Keep {
		r.Examples = append(r.Examples, c)
	}
}

func (r *Report) money(c Change) {
	r.AtOnce.add(c.Old.paid(Yes), c.New.paid(Yes))
	r.IfYes.add(c.Old.paid(Officer), c.New.paid(Officer))
	r.Fees.add(c.Old.fee(), c.New.fee())
}

func (d Side) paid(s Standing) int64 {
	if d.Standing == s {
		return d.PayCents
	}
	return 0
}

func (d Side) fee() int64 {
	if d.Standing == Yes || d.Standing == Officer {
		return d.FeeCents
	}
	return 0
}

func (r *Report) place(state string) *Place {
	i, found := slices.BinarySearchFunc(r.Places, state, func(p Place, s string) int {
		switch {
		case p.State < s:
			return -1
		case p.State > s:
			return 1
		}
		return 0
	})
	if !found {
		r.Places = slices.Insert(r.Places, i, Place{State: state})
	}
	return &r.Places[i]
}

// Lost is how many cases could not be replayed.
func (r *Report) Lost() (n int) {
	for _, count := range r.Gone {
		n += count
	}
	return n
}
