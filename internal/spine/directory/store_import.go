package directory

import (
	"fmt"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// Preview says what an import of these sheets would do now. It changes
// nothing; wrong files are told in Plan.Problems, not as an error.
func (x *Directory) Preview(tx *db.Tx, sheets ...Sheet) (Plan, error) {
	st, err := x.state(tx)
	if err != nil {
		return Plan{}, fmt.Errorf("directory: preview: %w", err)
	}
	return st.plan(sheets), nil
}

// ImportTx does what a preview showed: digest is the Plan's. Where the
// directory has changed since, so that the import would now do something else,
// it is fault Conflict; with problems it is fault Invalid. Nothing is done by
// halves.
func (x *Directory) ImportTx(tx *db.Tx, j Journal, by actor.Actor, digest string, sheets ...Sheet) (Plan, error) {
	p, err := x.Preview(tx, sheets...)
	if err != nil {
		return Plan{}, err
	}
	if len(p.Problems) > 0 {
		f := fault.New(fault.Invalid, "directory.import.problems", "count", len(p.Problems))
		for _, b := range p.Problems {
			f = f.With(fault.Field{Location: fmt.Sprintf("%s:%d:%s", b.Sheet, b.Line, b.Column), Key: b.Key, Args: b.Args})
		}
		return p, f
	}
	if p.Digest != digest {
		return p, fault.New(fault.Conflict, "directory.import.changed")
	}
	if err := x.LoadTx(tx, p.set); err != nil {
		return p, err
	}
	if err := x.LoadTx(tx, Set{Holdings: p.Ends}); err != nil {
		return p, err
	}
	concerned := make([]string, 0, len(p.set.People))
	for _, h := range append(p.set.Holdings, p.Ends...) {
		concerned = append(concerned, h.Person)
	}
	_, err = j.Append(tx, journal.Record{Kind: "directory.imported", At: clock.Micro(x.clock.Now()), By: journal.ByActor(by),
		Subjects: concerned, Why: locale.Text{MS: "Direktori agensi dikemas kini daripada fail", EN: "The directory of agencies was updated from a file"},
		Data: map[string]any{"digest": p.Digest, "changes": len(p.Changes)}})
	return p, err
}

// state reads the whole directory: some thousand rows, when somebody imports.
func (x *Directory) state(tx *db.Tx) (state, error) {
	st := state{map[string]Agency{}, map[string]Unit{}, map[string]Post{}, map[string]Person{}, map[string][]Holding{}}
	agencies, err := x.Agencies(tx)
	if err != nil {
		return st, err
	}
	for _, a := range agencies {
		st.agencies[a.ID] = a
	}
	units, err := x.Units(tx, "")
	if err != nil {
		return st, err
	}
	for _, u := range units {
		st.units[u.ID] = u
	}
	posts, err := db.List(tx, scanPost, postSelect+` order by p.id`)
	if err != nil {
		return st, err
	}
	for _, p := range posts {
		st.posts[p.ID] = p
	}
	people, err := db.List(tx, scanPerson, `select id, name, mail from directory_person`)
	if err != nil {
		return st, err
	}
	for _, p := range people {
		st.people[p.ID] = p
	}
	holdings, err := db.List(tx, func(s db.Scanner) (h Holding, err error) {
		return h, s.Scan(&h.Post, &h.Person, &h.From, &h.Until)
	}, `select post, person, from_at, until_at from directory_holding order by post, from_at`)
	for _, h := range holdings {
		st.holdings[h.Post] = append(st.holdings[h.Post], h)
	}
	return st, err
}
