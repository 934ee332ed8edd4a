package directory

import (
	"errors"
	"fmt"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

func missing(kind, id string) error {
	return fault.New(fault.Missing, "directory.missing."+kind, "id", id)
}

// InPost tells whether a person may act in a post at a time: they hold it, or
// stand in for its holder, whose title then says so. It is what actor asks at
// each request.
func (x *Directory) InPost(tx *db.Tx, person, post string, at int64) (actor.PostInfo, bool, error) {
	p, there, err := x.Holds(tx, person, post, at)
	if err != nil || there {
		return p, there, err
	}
	leaves, err := x.StandsIn(tx, person, post, at)
	if err != nil || len(leaves) == 0 {
		return actor.PostInfo{}, false, err
	}
	stand, err := x.Post(tx, post)
	if err != nil {
		return actor.PostInfo{}, false, err
	}
	stand.Title = standInTitle(stand.Title)
	return actor.PostInfo{Post: stand.ID, Role: stand.Role, Agency: stand.Agency, Unit: stand.Unit, State: stand.State, Title: stand.Title}, true, nil
}

// standInTitle is what somebody is called who acts in another's post.
func standInTitle(t locale.Text) locale.Text {
	return locale.Text{MS: "Pemangku " + t.MS, EN: "Stand-in for " + t.EN}
}

const postSelect = `select p.id, p.unit, u.agency, p.role, u.state, p.title_ms, p.title_en
	from directory_post p join directory_unit u on u.id = p.unit`

func scanPost(s db.Scanner) (Post, error) {
	var p Post
	err := s.Scan(&p.ID, &p.Unit, &p.Agency, &p.Role, &p.State, &p.Title.MS, &p.Title.EN)
	return p, err
}

// Post finds a post.
func (x *Directory) Post(tx *db.Tx, id string) (Post, error) {
	p, err := db.One(tx, scanPost, postSelect+` where p.id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return Post{}, missing("post", id)
	}
	return p, err
}

// PostsOf lists the posts in which a person may act at a time: those they
// hold, then those in which they stand in.
func (x *Directory) PostsOf(tx *db.Tx, person string, at int64) ([]Post, error) {
	out, err := x.HeldBy(tx, person, at)
	if err != nil {
		return nil, err
	}
	leaves, err := x.StandsIn(tx, person, "", at)
	if err != nil {
		return nil, err
	}
	for _, l := range leaves {
		p, err := x.Post(tx, l.Post)
		if err != nil {
			return nil, err
		}
		p.Title = standInTitle(p.Title)
		out = append(out, p)
	}
	return out, nil
}

// ActorIn is a person as they act in a post.
func ActorIn(p Post, person string) actor.Actor {
	return actor.Actor{Person: person, Post: p.ID, Role: p.Role, Agency: p.Agency, Unit: p.Unit, State: p.State, Title: p.Title}
}

// Officers are the posts that a person holds at a time, or the post of that
// id with its holder: each as who acts there.
func (x *Directory) Officers(tx *db.Tx, personOrPost string, at int64) ([]actor.Actor, error) {
	return db.List(tx, func(s db.Scanner) (actor.Actor, error) {
		var p Post
		var person string
		err := s.Scan(&p.ID, &p.Unit, &p.Agency, &p.Role, &p.State, &p.Title.MS, &p.Title.EN, &person)
		return ActorIn(p, person), err
	}, `select p.id, p.unit, u.agency, p.role, u.state, p.title_ms, p.title_en, h.person
		from directory_post p join directory_unit u on u.id = p.unit join directory_holding h on h.post = p.id
		where (h.person = $1 or p.id = $1) and h.from_at <= $2 and (h.until_at = 0 or h.until_at > $2) order by p.id`, personOrPost, at)
}

// HoldersOf lists the posts of a role in a state ("" for all states) with the
// people in them, in the same order.
func (x *Directory) HoldersOf(tx *db.Tx, role, state string, at int64) ([]Post, []string, error) {
	rows, err := db.List(tx, func(s db.Scanner) (UnitHolder, error) {
		var h UnitHolder
		p := &h.Post
		err := s.Scan(&p.ID, &p.Unit, &p.Agency, &p.Role, &p.State, &p.Title.MS, &p.Title.EN, &h.Person.ID)
		return h, err
	}, `select p.id, p.unit, u.agency, p.role, u.state, p.title_ms, p.title_en, h.person
		from directory_post p join directory_unit u on u.id = p.unit join directory_holding h on h.post = p.id
		where p.role = $1 and ($2 = '' or u.state = $2) and h.from_at <= $3 and (h.until_at = 0 or h.until_at > $3)
		order by p.id`, role, state, at)
	if err != nil {
		return nil, nil, fmt.Errorf("directory: holders of %s: %w", role, err)
	}
	posts, people := make([]Post, len(rows)), make([]string, len(rows))
	for i, h := range rows {
		posts[i], people[i] = h.Post, h.Person.ID
	}
	return posts, people, nil
}

// Roles lists every role that some post has.
func (x *Directory) Roles(tx *db.Tx) ([]string, error) {
	return db.List(tx, func(s db.Scanner) (r string, err error) { return r, s.Scan(&r) },
		`select distinct role from directory_post order by role`)
}

func scanAgency(s db.Scanner) (Agency, error) {
	var a Agency
	err := s.Scan(&a.ID, &a.Name.MS, &a.Name.EN, &a.Level, &a.State, &a.Site)
	return a, err
}

const agencySelect = `select id, name_ms, name_en, level, state, site from directory_agency`

// Agency finds a public body.
func (x *Directory) Agency(tx *db.Tx, id string) (Agency, error) {
	a, err := db.One(tx, scanAgency, agencySelect+` where id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return Agency{}, missing("agency", id)
	}
	return a, err
}

// Agencies lists every public body, by id.
func (x *Directory) Agencies(tx *db.Tx) ([]Agency, error) {
	return db.List(tx, scanAgency, agencySelect+` order by id`)
}

func scanUnit(s db.Scanner) (Unit, error) {
	var u Unit
	err := s.Scan(&u.ID, &u.Agency, &u.Name.MS, &u.Name.EN, &u.State)
	return u, err
}

const unitSelect = `select id, agency, name_ms, name_en, state from directory_unit`

// Unit finds an office.
func (x *Directory) Unit(tx *db.Tx, id string) (Unit, error) {
	u, err := db.One(tx, scanUnit, unitSelect+` where id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return Unit{}, missing("unit", id)
	}
	return u, err
}

// UnitFor is the agency's office for a state: the first one standing there,
// else its head office (the unit whose id is the agency's), else any.
func (x *Directory) UnitFor(tx *db.Tx, agency, state string) (Unit, error) {
	u, err := db.One(tx, scanUnit, unitSelect+` where agency = $1
		order by case when state = $2 and id <> agency then 0 when id = agency then 1 else 2 end, id limit 1`, agency, state)
	if errors.Is(err, db.ErrNoRows) {
		return Unit{}, missing("unit", agency)
	}
	return u, err
}

// Units lists an agency's offices, or all where agency is "".
func (x *Directory) Units(tx *db.Tx, agency string) ([]Unit, error) {
	return db.List(tx, scanUnit, unitSelect+` where $1 = '' or agency = $1 order by id`, agency)
}

func scanPerson(s db.Scanner) (Person, error) {
	var p Person
	err := s.Scan(&p.ID, &p.Name, &p.Mail)
	return p, err
}

// Person finds somebody who holds or held a post.
func (x *Directory) Person(tx *db.Tx, id string) (Person, error) {
	p, err := db.One(tx, scanPerson, `select id, name, mail from directory_person where id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return Person{}, missing("person", id)
	}
	return p, err
}

const holderSelect = `select p.id, p.unit, u.agency, p.role, u.state, p.title_ms, p.title_en, h.person, n.name, n.mail, h.from_at
	from directory_post p join directory_unit u on u.id = p.unit join directory_holding h on h.post = p.id
	join directory_person n on n.id = h.person`

func scanHolder(s db.Scanner) (h UnitHolder, err error) {
	p := &h.Post
	return h, s.Scan(&p.ID, &p.Unit, &p.Agency, &p.Role, &p.State, &p.Title.MS, &p.Title.EN,
		&h.Person.ID, &h.Person.Name, &h.Person.Mail, &h.Since)
}

// Holders lists who holds which post at a time, by post.
func (x *Directory) Holders(tx *db.Tx, at int64) ([]UnitHolder, error) {
	return db.List(tx, scanHolder, holderSelect+` where h.from_at <= $1 and (h.until_at = 0 or h.until_at > $1) order by p.id`, at)
}

// AppointTx puts a person into a post from now on; whoever held it leaves it
// in the same moment. `balai admin invite` makes the first officer with it.
func (x *Directory) AppointTx(tx *db.Tx, j Journal, by actor.Actor, who Person, post string) error {
	p, err := x.Post(tx, post)
	if err != nil {
		return err
	}
	now := clock.Micro(x.clock.Now())
	if err := x.LoadTx(tx, Set{People: []Person{who}}); err != nil {
		return err
	}
	if _, err := tx.Exec(`update directory_holding set until_at = $2
		where post = $1 and from_at < $2 and (until_at = 0 or until_at > $2)`, post, now); err != nil {
		return fmt.Errorf("directory: end holding of %s: %w", post, err)
	}
	if err := x.LoadTx(tx, Set{Holdings: []Holding{{Post: post, Person: who.ID, From: now}}}); err != nil {
		return err
	}
	_, err = j.Append(tx, journal.Record{Kind: "directory.appointed", At: now, By: journal.ByActor(by),
		Subjects: []string{who.ID}, Why: locale.Text{
			MS: "Dilantik ke jawatan: " + p.Title.MS, EN: "Appointed to the post: " + p.Title.EN},
		Data: map[string]any{"post": post}})
	return err
}

// LeaveTx ends a person's holding of a post now.
func (x *Directory) LeaveTx(tx *db.Tx, j Journal, by actor.Actor, person, post string) error {
	p, err := x.Post(tx, post)
	if err != nil {
		return err
	}
	now := clock.Micro(x.clock.Now())
	n, err := tx.Exec(`update directory_holding set until_at = $3
		where post = $1 and person = $2 and from_at < $3 and (until_at = 0 or until_at > $3)`, post, person, now)
	if err != nil {
		return fmt.Errorf("directory: leave %s: %w", post, err)
	}
	if n == 0 {
		return missing("post", post)
	}
	_, err = j.Append(tx, journal.Record{Kind: "directory.left", At: now, By: journal.ByActor(by),
		Subjects: []string{person}, Why: locale.Text{
			MS: "Meninggalkan jawatan: " + p.Title.MS, EN: "Left the post: " + p.Title.EN},
		Data: map[string]any{"post": post}})
	return err
}

// LoadTx writes a whole set, many rows to a statement; what has the same id is
// replaced. The caller writes the leaf.
func (x *Directory) LoadTx(tx *db.Tx, s Set) error {
	bulk := []struct {
		head, tail string
		width      int
		rows       [][]any
	}{
		{`insert into directory_agency (id, name_ms, name_en, level, state, site) values `,
			` on conflict (id) do update set name_ms = excluded.name_ms, name_en = excluded.name_en,
			level = excluded.level, state = excluded.state, site = excluded.site`, 6,
			rows(s.Agencies, func(a Agency) []any { return []any{a.ID, a.Name.MS, a.Name.EN, a.Level, a.State, a.Site} })},
		{`insert into directory_unit (id, agency, name_ms, name_en, state) values `,
			` on conflict (id) do update set agency = excluded.agency, name_ms = excluded.name_ms,
			name_en = excluded.name_en, state = excluded.state`, 5,
			rows(s.Units, func(u Unit) []any { return []any{u.ID, u.Agency, u.Name.MS, u.Name.EN, u.State} })},
		{`insert into directory_post (id, unit, role, title_ms, title_en) values `,
			` on conflict (id) do update set unit = excluded.unit, role = excluded.role,
			title_ms = excluded.title_ms, title_en = excluded.title_en`, 5,
			rows(s.Posts, func(p Post) []any { return []any{p.ID, p.Unit, p.Role, p.Title.MS, p.Title.EN} })},
		{`insert into directory_person (id, name, mail, folded) values `,
			` on conflict (id) do update set name = excluded.name, mail = excluded.mail, folded = excluded.folded`, 4,
			rows(s.People, func(p Person) []any { return []any{p.ID, p.Name, p.Mail, strings.ToLower(p.Mail)} })},
		{`insert into directory_holding (post, person, from_at, until_at) values `,
			` on conflict (post, from_at) do update set person = excluded.person, until_at = excluded.until_at`, 4,
			rows(s.Holdings, func(h Holding) []any { return []any{h.Post, h.Person, h.From, h.Until} })},
	}
	for _, b := range bulk {
		if err := insert(tx, b.head, b.tail, b.width, b.rows); err != nil {
			return fmt.Errorf("directory: load: %w", err)
		}
	}
	return nil
}

func rows[T any](list []T, row func(T) []any) [][]any {
	out := make([][]any, len(list))
	for i, v := range list {
		out[i] = row(v)
	}
	return out
}

// chunk keeps a statement's parameters far below both engines' limits.
const chunk = 400

func insert(tx *db.Tx, head, tail string, width int, rows [][]any) error {
	for len(rows) > 0 {
		n := min(len(rows), chunk)
		args := make([]any, 0, n*width)
		for _, r := range rows[:n] {
			args = append(args, r...)
		}
		if _, err := tx.Exec(head+db.Tuples(n, width)+tail, args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// HoldersIn lists who holds the posts of an agency's offices in a state at a
// time, by post.
func (x *Directory) HoldersIn(tx *db.Tx, agency, state string, at int64) ([]UnitHolder, error) {
	return db.List(tx, scanHolder, holderSelect+` where u.agency = $1 and u.state = $2 and h.from_at <= $3 and (h.until_at = 0 or h.until_at > $3)
		order by p.id`, agency, state, at)
}

// PostsIn lists the posts of an agency's offices, held or not, by id.
func (x *Directory) PostsIn(tx *db.Tx, agency string) ([]Post, error) {
	return db.List(tx, scanPost, postSelect+` where u.agency = $1 order by p.id`, agency)
}
