package portal

import (
	"slices"

	"balai/internal/spine/directory"
	"balai/internal/spine/locale"
)

// Circumstance is what the way through a life event depends on. Either part is
// "" where it is not known.
type Circumstance struct {
	Place string // code of a state, such as "MY-12"
	Law   string // "muslim" or "civil": the personal law of family matters
}

// laws are the personal laws that a person can choose.
var laws = []string{"muslim", "civil"}

// valid leaves out what there is not.
func (c Circumstance) valid() Circumstance {
	if _, ok := directory.PlaceOf(c.Place); !ok {
		c.Place = ""
	}
	if !slices.Contains(laws, c.Law) {
		c.Law = ""
	}
	return c
}

// Way is a life event's steps for one person: those to take, in order, and
// those that other places or laws ask for.
type Way struct {
	Steps, Others   []Step
	ByPlace, ByLaw  bool // whether the choice of one changes anything in this event
	Online, Outside int  // how many of Steps are done here, and how many elsewhere
}

// Way sorts the steps. A step stays where what it depends on is not known.
func (e LifeEvent) Way(c Circumstance) Way {
	var w Way
	for _, s := range e.Steps {
		v := s.Service
		w.ByPlace = w.ByPlace || !v.everywhere() || len(v.Bodies) > 0
		w.ByLaw = w.ByLaw || v.PersonalLaw != ""
		switch {
		case c.Place != "" && !slices.Contains(v.Places, c.Place), c.Law != "" && v.PersonalLaw != "" && v.PersonalLaw != c.Law:
			w.Others = append(w.Others, s)
			continue
		case v.Online:
			w.Online++
		default:
			w.Outside++
		}
		w.Steps = append(w.Steps, s)
	}
	for i := range w.Steps {
		w.Steps[i].After = among(w.Steps[i].After, c)
	}
	return w
}

// next is the first step here that has not begun, of which what must come first
// is done; "" for who has begun nothing, or has something to finish first.
func (w Way) next(mine map[string]Progress) string {
	for _, s := range w.Steps {
		p, began := mine[s.Service.ID]
		if !s.Service.Online || p.Done || len(mine) == 0 {
			continue
		}
		if began && p.Draft {
			return ""
		}
		ready := !slices.ContainsFunc(s.After, func(v Service) bool { return v.Online && !mine[v.ID].Done })
		if !began && ready {
			return s.Service.ID
		}
	}
	return ""
}

// done counts the steps that are.
func (w Way) done(mine map[string]Progress) (n int) {
	for _, s := range w.Steps {
		if mine[s.Service.ID].Done {
			n++
		}
	}
	return n
}

// among leaves out what does not concern the person.
func among(after []Service, c Circumstance) []Service {
	var out []Service
	for _, v := range after {
		if (c.Place == "" || slices.Contains(v.Places, c.Place)) && (c.Law == "" || v.PersonalLaw == "" || v.PersonalLaw == c.Law) {
			out = append(out, v)
		}
	}
	return out
}

func (s Service) everywhere() bool { return len(s.Places) == len(directory.Places()) }

// who are the agencies that do a service for a place; none where that depends
// on a place that is not known.
func (s Service) who(place string) []Agency {
	if len(s.Bodies) == 0 {
		return []Agency{s.Agency}
	}
	return s.Bodies[place]
}

// regions are the territories of law, as a person calls them.
var regions = []struct {
	id   string
	name locale.Text
}{
	{directory.Peninsular, locale.Text{MS: "Semenanjung Malaysia", EN: "Peninsular Malaysia"}},
	{directory.Sabah, locale.Text{MS: "Sabah dan Labuan", EN: "Sabah and Labuan"}},
	{directory.Sarawak, locale.Same("Sarawak")},
}

// where names the places in which a service applies, whole territories by
// their name; nothing for the whole country.
func (s Service) where() []locale.Text {
	if s.everywhere() {
		return nil
	}
	var out []locale.Text
	for _, r := range regions {
		var in []locale.Text
		whole := true
		for _, p := range directory.Places() {
			if p.Region != r.id {
				continue
			}
			if slices.Contains(s.Places, p.Code) {
				in = append(in, p.Name)
			} else {
				whole = false
			}
		}
		if whole {
			in = []locale.Text{r.name}
		}
		out = append(out, in...)
	}
	return out
}
