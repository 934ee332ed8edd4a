package definition

import (
	"io/fs"
	"regexp"
	"slices"

	"balai/internal/domain/service/form"
	"balai/internal/spine/locale"
)

// Vocabulary is what the state's registers hold, by dotted field name.
type Vocabulary struct {
	Groups []Group `yaml:"registers"`
}

// Group is the fields that one register gives under one name.
type Group struct {
	Name   string          `yaml:"name"` // "birth_notice"
	From   string          `yaml:"from"` // "health.birth_notice"
	Owner  string          `yaml:"owner"`
	Law    string          `yaml:"law"` // under which the owner keeps it, as in law.yaml
	Title  locale.Text     `yaml:"title"`
	Fields []RegisterField `yaml:"fields"`

	// Of makes the group a book: a register of which this text says all. Whose
	// entry a person's facts come from: person | household | place | kin | child.
	Of      string `yaml:"of"`
	Without string `yaml:"without"` // of child: the register in which the same child does not stand yet
	// Per makes entries with one value of a field states of one thing, of which a
	// person may have several; the facts are those of the Nth, in the order of First,
	// among those that are as Only says.
	Per   string            `yaml:"per"`
	First string            `yaml:"first"`
	Only  map[string]string `yaml:"only"`
	Nth   int               `yaml:"nth"`
	Keeps *Keeps            `yaml:"keeps"` // how a yes makes an entry; none where only its owner does
	Hears []string          `yaml:"hears"` // "address": what is written on into its entries
}

// Keeps is how a yes makes an entry of a book.
type Keeps struct {
	Needs []string `yaml:"needs"` // fields without which there is no entry
	About string   `yaml:"about"` // the field with the id number of whom it is about; "" is the applicant
	One   bool     `yaml:"one"`   // one valid entry about the same at a time
	Each  []string `yaml:"each"`  // or one for each value of these fields
	Alone []string `yaml:"alone"` // fields of which no two valid entries, whosever, say the same
	// Numbers is the field that says the entry's own number; nobody is asked for it.
	Numbers string `yaml:"numbers"`
	// Numbered are fields of which the register makes the number itself.
	Numbered []Numbered `yaml:"numbered"`
}

// Numbered is a number that begins with a prefix by what another field says;
// with a value that has no prefix there is none.
type Numbered struct {
	Field  string            `yaml:"field"`
	By     string            `yaml:"by"`
	Prefix map[string]string `yaml:"prefix"`
}

// prefixes matches what a made number may begin with.
var prefixes = regexp.MustCompile(`^[A-Z]{1,3}$`)

// numbers checks how a book makes its numbers.
func (g Group) numbers(bad func(path, reason string, args ...any)) {
	for _, n := range g.Keeps.Numbered {
		for _, name := range []string{n.Field, n.By} {
			if !slices.ContainsFunc(g.Fields, func(f RegisterField) bool { return f.Name == name }) {
				bad("keeps.numbered", "%s has no field %q", g.From, name)
			}
		}
		if len(n.Prefix) == 0 {
			bad("keeps.numbered", "say what a number of %s begins with", n.Field)
		}
		for _, value := range sortedKeys(n.Prefix) {
			if !prefixes.MatchString(n.Prefix[value]) {
				bad("keeps.numbered", "a number begins with one to three capital letters, not with %q", n.Prefix[value])
			}
		}
	}
}

// books checks what a group says of itself as a book.
func (g Group) books(bad func(path, reason string, args ...any)) {
	if g.Of == "" {
		if g.Keeps != nil || len(g.Hears) > 0 {
			bad("of", "%s keeps entries: say whose they are", g.From)
		}
		return
	}
	if !slices.Contains([]string{"person", "household", "place", "kin", "child"}, g.Of) {
		bad("of", "an entry is of a person, a household, a place, kin or a child, not of %q", g.Of)
	}
	if (g.Of == "child") != (g.Without != "") {
		bad("without", "an entry of a child, and no other, says in which register the child must not stand yet")
	}
	for _, h := range g.Hears {
		if h != "address" {
			bad("hears", "a register hears of an address, not of %q", h)
		}
	}
	g.things(bad)
	if g.Keeps == nil {
		return
	}
	for _, name := range slices.Concat(g.Keeps.Needs, g.Keeps.Each, g.Keeps.Alone, []string{g.Keeps.About, g.Keeps.Numbers}) {
		if name != "" && !slices.ContainsFunc(g.Fields, func(f RegisterField) bool { return f.Name == name }) {
			bad("keeps", "%s has no field %q", g.From, name)
		}
	}
	g.numbers(bad)
}

// things checks how one of several things of a person is told apart.
func (g Group) things(bad func(path, reason string, args ...any)) {
	if g.Per == "" {
		if g.First != "" || len(g.Only) > 0 || g.Nth != 0 {
			bad("per", "say by which field the entries tell of one thing")
		}
		return
	}
	if g.Of != "person" || g.Nth < 0 || g.Nth > 9 {
		bad("nth", "one of up to nine things of a person")
	}
	for _, name := range append(sortedKeys(g.Only), g.Per, g.First) {
		if !slices.ContainsFunc(g.Fields, func(f RegisterField) bool { return f.Name == name }) {
			bad("per", "%s has no field %q", g.From, name)
		}
	}
}

// ReadVocabulary reads register.yaml alone.
func ReadVocabulary(fsys fs.FS) (*Vocabulary, []Problem) {
	var problems []Problem
	c, _ := shared(fsys, &problems)
	return c.Registers, problems
}

// others are the groups that tell of somebody else, or of the same person under
// another name.
var others = []string{"mother", "father", "pupil", "schoolchild", "deceased", "child", "birth_notice"}

// asides are fields that say something about an entry, not about the person.
var asides = []string{"marriage.registered", "household.as_of"}

// About is a definition without questions or rules: what the registers hold
// about a person themself, all of it shown and open to dispute.
func About(v *Vocabulary) *Service {
	s := &Service{ID: "me/held", Slug: "held", Agency: "me", Form: &form.Form{}}
	groups := slices.Clone(v.Groups)
	slices.SortStableFunc(groups, func(a, b Group) int { return first(a.Name == "applicant", b.Name == "applicant") })
	for _, g := range groups {
		if slices.Contains(others, g.Name) || g.Of == "place" || g.Of == "kin" || g.Of == "child" {
			continue
		}
		for _, f := range g.Fields {
			if slices.Contains(asides, g.Name+"."+f.Name) {
				continue
			}
			s.Facts = append(s.Facts, Fact{Field: g.Name + "." + f.Name, From: g.From, Basis: g.Law, Label: f.Label, Officer: f.Officer, Type: f.Type, Options: f.Options, Locates: f.Locates,
				Shown: true, Disputable: true, Register: g.Title, Owner: g.Owner})
		}
	}
	return s
}

// first orders what holds before what does not.
func first(a, b bool) int {
	switch {
	case a && !b:
		return -1
	case b && !a:
		return 1
	}
	return 0
}

// Book finds the group whose entries a yes makes under a path.
func (v *Vocabulary) Book(path string) (Group, bool) {
	for _, g := range v.Groups {
		if g.From == path && g.Keeps != nil {
			return g, true
		}
	}
	return Group{}, false
}

// RegisterField is one thing that a register holds.
type RegisterField struct {
	Name    string        `yaml:"field"`
	Type    string        `yaml:"type"`
	Label   locale.Text   `yaml:"label"`
	Officer locale.Text   `yaml:"officer,omitempty"` // as an officer reads it, where the label speaks to the person
	Options []form.Option `yaml:"options,omitempty"`
	Locates bool          `yaml:"locates,omitempty"` // tells where somebody is or how to reach them
}

// Find looks a dotted name up.
func (v *Vocabulary) Find(dotted string) (Group, RegisterField, bool) {
	for _, g := range v.Groups {
		for _, f := range g.Fields {
			if g.Name+"."+f.Name == dotted {
				return g, f, true
			}
		}
	}
	return Group{}, RegisterField{}, false
}

// FromList lists the registers that a service's facts come from, once each.
func (s *Service) FromList() []string {
	var out []string
	seen := map[string]bool{}
	for _, f := range s.Facts {
		if !seen[f.From] {
			seen[f.From] = true
			out = append(out, f.From)
		}
	}
	return out
}
