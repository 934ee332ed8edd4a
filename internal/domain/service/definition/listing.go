package definition

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"balai/internal/spine/locale"
)

// Personal laws that family matters follow.
const (
	Muslim = "muslim"
	Civil  = "civil"
)

// Listing is a service that is not online here: what it is for, and where the
// agency itself does it.
type Listing struct {
	ID     string `yaml:"-"`       // "jpn/identity-card"
	Agency string `yaml:"-"`       // the folder it stands in
	Slug   string `yaml:"listing"` // "identity-card"

	Title   locale.Text `yaml:"title"`
	Summary locale.Text `yaml:"summary"`
	Why     locale.Text `yaml:"why"`
	Cost    locale.Text `yaml:"cost"` // a published figure, or where to ask for it
	Time    locale.Text `yaml:"time"`
	After   []string    `yaml:"after"` // services and listings that must come first

	AppliesIn   []string `yaml:"applies_in"`   // peninsular, sabah, sarawak or codes such as MY-10
	PersonalLaw string   `yaml:"personal_law"` // Muslim | Civil | "" where it is the same for all
	// Bodies do it, by the code of the state they do it for; none where the
	// agency of the folder does it everywhere.
	Bodies map[string][]string `yaml:"bodies"`

	Law      string        `yaml:"law"`
	Site     string        `yaml:"site"`    // a page of the agency's; "" is its home page
	Counter  locale.Text   `yaml:"counter"` // where a person goes
	Phone    string        `yaml:"phone"`
	Bring    []locale.Text `yaml:"bring"`
	Keywords Keywords      `yaml:"keywords"`
	Checked  *Checked      `yaml:"checked"` // nil where nobody compared its figures
}

// Keywords are words that people use for a thing and its text does not.
type Keywords struct {
	MS []string `yaml:"ms" json:"ms"`
	EN []string `yaml:"en" json:"en"`
}

// territories are the places that a service or a listing may apply in, beside
// the codes of states.
var territories = []string{"peninsular", "sabah", "sarawak"}

// Applies tells whether something that applies in some places does so in the
// state of a code. An unknown place, "", is served by everything.
func Applies(in []string, state string) bool {
	return state == "" || slices.Contains(in, state) || slices.Contains(in, RegionOf(state))
}

// Listing finds a listing by "agency/slug".
func (c *Catalogue) Listing(id string) (Listing, bool) {
	for _, l := range c.Listings {
		if l.ID == id {
			return l, true
		}
	}
	return Listing{}, false
}

// listings reads AGENCY/listing.yaml of every agency that has one.
func (c *Catalogue) listings(fsys fs.FS, ids []string, problems *[]Problem) {
	files, _ := fs.Glob(fsys, "*/listing.yaml")
	type place struct {
		d  document
		at int
	}
	places := map[string]place{}
	for _, file := range files {
		var list []Listing
		d, ok := decode(fsys, file, &list, problems)
		if !ok {
			continue
		}
		d.texts(list, nil)
		for i, l := range list {
			l.Agency = path.Dir(file)
			l.ID = l.Agency + "/" + l.Slug
			if _, twice := places[l.ID]; twice || slices.Contains(ids, l.ID) {
				d.bad(fmt.Sprintf("[%d].listing", i), "%s stands twice", l.ID)
			}
			places[l.ID] = place{d, i}
			c.Listings = append(c.Listings, l)
		}
	}
	before := len(*problems)
	for _, l := range c.Listings {
		p := places[l.ID]
		c.listing(l, ids, func(at, reason string, args ...any) { p.d.bad(fmt.Sprintf("[%d].%s", p.at, at), reason, args...) })
	}
	if len(*problems) == before {
		c.circles(func(l Listing) {
			places[l.ID].d.bad(fmt.Sprintf("[%d].after", places[l.ID].at), "%s must come before itself", l.ID)
		})
	}
}

// listing checks what one listing says.
func (c *Catalogue) listing(l Listing, ids []string, bad func(at, reason string, args ...any)) {
	if !nameShape.MatchString(l.Slug) {
		bad("listing", "%q is no name of a listing", l.Slug)
	}
	if _, ok := c.Laws[l.Law]; !ok {
		bad("law", "law.yaml has no %q", l.Law)
	}
	if !slices.Contains([]string{"", Muslim, Civil}, l.PersonalLaw) {
		bad("personal_law", "personal_law is %q; it must be muslim or civil, or left out", l.PersonalLaw)
	}
	if len(l.AppliesIn) == 0 {
		bad("applies_in", "applies_in names no place")
	}
	for i, in := range l.AppliesIn {
		if !slices.Contains(territories, in) && RegionOf(in) == "" {
			bad(fmt.Sprintf("applies_in[%d]", i), "there is no place %q", in)
		}
	}
	for _, state := range sortedKeys(l.Bodies) {
		if RegionOf(state) == "" || !Applies(l.AppliesIn, state) {
			bad("bodies."+state, "%s is not among the places of applies_in", state)
		}
		if len(l.Bodies[state]) == 0 {
			bad("bodies."+state, "%s names no body", state)
		}
	}
	for i, id := range l.After {
		if _, ok := c.Listing(id); !ok && !slices.Contains(ids, id) {
			bad(fmt.Sprintf("after[%d]", i), "there is no service or listing %q", id)
		}
	}
	if l.Site != "" && !secure(l.Site) {
		bad("site", "%q is no https address", l.Site)
	}
	if l.Checked != nil {
		l.Checked.lint(l.Site, bad)
	}
	for i, b := range l.Bring {
		if b.Empty() {
			bad(fmt.Sprintf("bring[%d]", i), "a paper needs a name")
		}
	}
	if len(l.Keywords.MS) == 0 || len(l.Keywords.EN) == 0 {
		bad("keywords", "say which words people use for it, in ms and in en")
	}
}

// circles finds listings that wait for themselves.
func (c *Catalogue) circles(bad func(Listing)) {
	for _, l := range c.Listings {
		seen := map[string]bool{}
		var reaches func(id string) bool
		reaches = func(id string) bool {
			if id == l.ID {
				return true
			}
			if seen[id] {
				return false
			}
			seen[id] = true
			next, _ := c.Listing(id)
			return slices.ContainsFunc(next.After, reaches)
		}
		if slices.ContainsFunc(l.After, reaches) {
			bad(l)
		}
	}
}

// Everywhere tells whether something applies in the whole country.
func Everywhere(in []string) bool {
	return !slices.ContainsFunc(territories, func(t string) bool { return !slices.Contains(in, t) })
}

// In is the words of one language, for search.
func (k Keywords) In(l locale.Lang) []string {
	if l == locale.English {
		return k.EN
	}
	return k.MS
}

// BodiesOf lists who does it for a state, or everybody who does it somewhere.
func (l Listing) BodiesOf(state string) []string {
	if state != "" {
		return l.Bodies[state]
	}
	var out []string
	for _, s := range sortedKeys(l.Bodies) {
		for _, b := range l.Bodies[s] {
			if !slices.Contains(out, b) {
				out = append(out, b)
			}
		}
	}
	return out
}

// Href is the listing's page.
func (l Listing) Href() string { return "/service/" + strings.TrimPrefix(l.ID, "/") }
