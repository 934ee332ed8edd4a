package scim

import (
	"slices"
	"strings"

	"balai/internal/spine/db"
	"balai/internal/spine/directory"
)

// entry is what an agency's directory says of somebody.
type entry struct {
	Agency, Person             string
	UserName, folded, External string
	Active                     bool
	MadeAt, ChangedAt, GoneAt  int64
}

// staff is one of an agency's people, with what is known of them.
type staff struct {
	entry
	Known bool // the agency's directory has said something of them
	Who   directory.Person
	Posts []directory.Post // that they hold in the agency
}

// staffOf are an agency's people: who holds a post there, and whom its own
// directory made. Nobody else's are among them.
func (p *Part) staffOf(tx *db.Tx, agency string) (map[string]*staff, error) {
	said, err := entries(tx, agency)
	if err != nil {
		return nil, err
	}
	out := map[string]*staff{}
	holders, err := p.Directory.HoldersOfAgency(tx, agency, p.now())
	if err != nil {
		return nil, err
	}
	for _, h := range holders {
		s := out[h.Person.ID]
		if s == nil {
			s = holder(agency, h.Person)
			out[h.Person.ID] = s
		}
		s.Posts = append(s.Posts, h.Post)
	}
	var rest []string // who holds nothing
	for person, e := range said {
		if out[person] == nil && e.GoneAt == 0 {
			rest = append(rest, person)
		}
	}
	people, err := p.Directory.People(tx, rest)
	if err != nil {
		return nil, err
	}
	for person, e := range said {
		if e.GoneAt != 0 {
			continue
		}
		if out[person] == nil {
			out[person] = &staff{Who: people[person]}
		}
		out[person].entry, out[person].Known = e, true
	}
	return out, nil
}

// holder is somebody with a post, of whom the agency's directory has said
// nothing.
func holder(agency string, who directory.Person) *staff {
	return &staff{entry: entry{Agency: agency, Person: who.ID, UserName: either(who.Mail, who.ID), Active: true}, Who: who}
}

// one is staffOf of one person; nil where they are nobody of the agency.
func (p *Part) one(tx *db.Tx, agency, person string) (*staff, error) {
	e, said, err := entryOf(tx, agency, person)
	if err != nil {
		return nil, err
	}
	posts, err := p.Directory.HeldBy(tx, person, p.now())
	if err != nil {
		return nil, err
	}
	posts = slices.DeleteFunc(posts, func(post directory.Post) bool { return post.Agency != agency })
	if said = said && e.GoneAt == 0; !said && len(posts) == 0 {
		return nil, nil
	}
	who, err := p.Directory.Person(tx, person)
	if err != nil {
		return nil, err
	}
	s := holder(agency, who)
	if s.Posts = posts; said {
		s.entry, s.Known = e, true
	}
	return s, nil
}

// called are the people of an agency with a user name, in any case. There is
// one, but that an address may have become somebody's name meanwhile.
func (p *Part) called(tx *db.Tx, agency, name string) ([]*staff, error) {
	folded := strings.ToLower(name)
	ids, err := entriesCalled(tx, agency, folded)
	if err != nil {
		return nil, err
	}
	holders, err := p.Directory.HoldersCalled(tx, agency, name, p.now())
	if err != nil {
		return nil, err
	}
	for _, h := range holders {
		ids = append(ids, h.Person.ID)
	}
	return p.some(tx, agency, ids, func(s *staff) bool { return strings.ToLower(s.UserName) == folded })
}

// some are those of an agency's people, each once, who pass.
func (p *Part) some(tx *db.Tx, agency string, ids []string, passes func(*staff) bool) (out []*staff, err error) {
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		s, err := p.one(tx, agency, id)
		if err != nil {
			return nil, err
		}
		if s != nil && passes(s) {
			out = append(out, s)
		}
	}
	return out, nil
}
