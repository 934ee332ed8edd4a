package register

import (
	"slices"
	"strings"

	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// Book is a register of which the catalogue says all: what its entries hold,
// whom they are about, and whether a yes may make one.
type Book struct {
	Path   string // "insurance.insured"
	Group  string // "insured", as in the fact insured.employer
	Agency string
	Name   locale.Text
	Of     string // OfPerson, OfHousehold, OfPlace, OfKin or OfChild
	Fields []BookField
	Keep   *Keep // nil where only the owner's own system makes entries
	Hears  bool  // a change of address is written into it
	// Without is the register in which the same one must not stand yet: a place
	// at school for which no aid was given.
	Without string
	// Per makes entries with one value of a field states of one thing, such as a
	// vehicle by its plate: the newest tells of it. Of a person's things that are as
	// Only says, in the order of First, the facts are those of the Nth, from 1.
	Per, First string
	Only       map[string]string
	Nth        int
}

// Whose entry a person's facts come from: their own, their household's, that of
// the postcode where they live, the newest one about somebody of their kin, or
// the oldest about a child of theirs.
const (
	OfPerson    = "person"
	OfHousehold = "household"
	OfPlace     = "place"
	OfKin       = "kin"
	OfChild     = "child"
)

// BookField is one value of an entry. Type is the catalogue's: string, date,
// time, choice, bool, int, money, gram, state, idnumber, phone or email.
type BookField struct {
	Name, Type string
	Options    []string // of a choice
}

// Keep is how a yes makes an entry. About is the field that holds the id number
// of the person it is about; "" is the applicant. With One there is one valid
// entry about the same, or one for each value of the fields Each. What a field
// of Alone says, no other valid entry of anybody may say. Numbers is the field
// that says the entry's own number: that of the register, or one by Numbered.
type Keep struct {
	Needs    []string
	About    string
	One      bool
	Each     []string
	Alone    []string
	Numbers  string
	Numbered []Numbering
}

// BookEntry is an entry as it is loaded. Key is a person, a household or a
// postcode, by the book.
type BookEntry struct {
	Entry, Path, Key, Number string
	Values                   map[string]any
	AsOf                     int64 // when the register knew it, unix microseconds; 0 is the load's own time
}

// Told is a register that was told of a change.
type Told struct {
	Path   string      `json:"path"`
	Name   locale.Text `json:"name"`
	Agency string      `json:"agency"`
}

// Paths of books whose entries change other registers.
const (
	PathDeath       = "population.death"
	PathAddress     = "population.address"
	PathDeathNotice = "health.death_notice"
	PathSchoolPlace = "education.school_place"
)

// WithBooks is the register with these books beside the base registers.
func (r *Register) WithBooks(books []Book) *Register {
	with := *r
	with.books = books
	return &with
}

func (r *Register) book(path string) (Book, bool) {
	i := slices.IndexFunc(r.books, func(b Book) bool { return b.Path == path })
	if i < 0 {
		return Book{}, false
	}
	return r.books[i], true
}

// bookOf finds the book that answers for a fact.
func (r *Register) bookOf(field string) (Book, column, bool) {
	group, name, _ := strings.Cut(field, ".")
	for _, b := range r.books {
		if b.Group != group {
			continue
		}
		if i := slices.IndexFunc(b.Fields, func(f BookField) bool { return f.Name == name }); i >= 0 {
			return b, b.Fields[i].column(), true
		}
	}
	return Book{}, column{}, false
}

// Infos lists the registers.
func (r *Register) Infos() []Info {
	all := Infos()
	for _, b := range r.books {
		all = append(all, Info{b.Path, b.Name, b.Agency})
	}
	return all
}

// InfoOf finds a register by its path or by the name of a value in it.
func (r *Register) InfoOf(path string) (Info, bool) {
	for _, i := range r.Infos() {
		if path == i.Path || strings.HasPrefix(path, i.Path+".") {
			return i, true
		}
	}
	return Info{}, false
}

func (f BookField) column() column {
	c := column{fact: f.Name, kind: text}
	switch f.Type {
	case "date":
		c.kind = day
	case "int", "year", "money", "gram":
		c.kind = integer
	case "bool":
		c.kind = boolean
	}
	return c
}

func (b Book) columns() []column {
	out := make([]column, len(b.Fields))
	for i, f := range b.Fields {
		out[i] = f.column()
	}
	return out
}

func (b Book) has(field string) bool {
	return slices.ContainsFunc(b.Fields, func(f BookField) bool { return f.Name == field })
}

// check reads the values of an entry, or says what is wrong with them.
func (b Book) check(values map[string]any) (entryValues, error) {
	v, err := checkEntry(values, b.columns(), b.Keep.Needs)
	if err != nil {
		return nil, err
	}
	for _, f := range b.Fields {
		if got, ok := v[f.Name].(string); ok && len(f.Options) > 0 && !slices.Contains(f.Options, got) {
			return nil, fault.New(fault.Invalid, "register.bad_value", "field", f.Name).
				With(fault.Field{Location: f.Name, Key: "register.bad_value", Args: []any{"field", f.Name}})
		}
	}
	return v, nil
}

// once is the key by which the database keeps a second entry out.
func (b Book) once(v entryValues) string {
	if !b.Keep.One {
		return ""
	}
	parts := []string{"one"}
	for _, name := range b.Keep.Each {
		parts = append(parts, v.text(name))
	}
	return strings.Join(parts, "\x1f")
}

// show adds what a book's entry says without writing it: the region of a state.
func (b Book) show(values map[string]any) map[string]any {
	if state, ok := values["state"].(string); ok && b.has("region") && values["region"] == nil {
		if region := region(state); region != "" {
			values["region"] = region
		}
	}
	return values
}
