package country

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"balai/internal/domain/register"
	"balai/internal/spine/clock"
	"balai/internal/spine/directory"
	"balai/internal/spine/locale"
)

// day reads an absolute day, or one before today such as today-5d.
func (m *maker) day(s string) (string, error) {
	if s == "today" {
		return m.out.Today, nil
	}
	n := 0
	if _, err := fmt.Sscanf(s, "today-%dd", &n); err == nil {
		return m.ago(n), nil
	}
	if _, err := fmt.Sscanf(s, "today+%dd", &n); err == nil {
		return addDays(m.out.Today, n), nil
	}
	if _, err := clock.ParseDay(s); err != nil {
		return "", fmt.Errorf("country: a day is 2026-11-23 or today-5d, not %q", s)
	}
	return s, nil
}

// Usual is how well somebody's identity is known of whom nothing else is said:
// they were at a counter with their MyKad.
const Usual = 2

// cast brings in the personas with their families.
func (m *maker) cast() error {
	for _, f := range m.personas {
		if err := m.persona(f); err != nil {
			return fmt.Errorf("country: persona %s: %w", f.ID, err)
		}
		level := Usual
		if f.Level != nil {
			level = *f.Level
		}
		m.out.Personas = append(m.out.Personas, Persona{Level: level, ID: f.ID, Name: f.Person.Name, Lang: f.Lang, State: f.Person.State,
			Story: f.Story, Role: f.Role, Event: f.Walk.Event, Service: f.Walk.Service, Ends: f.Walk.Ends, As: f.Walk.As, Walk: m.walk(f)})
	}
	return nil
}

// rights are what stands for a persona from the first day: an order that
// protects them, a mandate that they gave.
func (m *maker) rights(f personaFile, against register.Person) {
	if p := f.Protected; p != nil {
		o := Order{Number: f.Person.IDNumber, Kind: p.Kind, Court: p.Court, Reason: p.Reason}
		if against.ID != "" {
			o.Against = []string{against.IDNumber}
		}
		m.out.Orders = append(m.out.Orders, o)
	}
	if g := f.Mandate; g != nil {
		out := Mandate{From: f.ID, Person: g.To, Days: g.Days}
		for _, a := range m.agencies.Agencies {
			if a.ID == g.To {
				out.Agency, out.Person = g.To, ""
			}
		}
		m.out.Mandates = append(m.out.Mandates, out)
	}
}

func (m *maker) persona(f personaFile) (err error) {
	pop := &m.out.Population
	day := func(s string) string { // the first bad day is the error
		d, e := m.day(s)
		if err == nil {
			err = e
		}
		return d
	}
	house := ""
	if h := f.Household; h != nil {
		house = m.newID()
		income := int64(-1)
		if h.Income != nil {
			income = *h.Income
		}
		pop.Households = append(pop.Households, register.Household{ID: house, Income: income,
			Members: h.Members, Children: h.Children, AsOf: day(h.AsOf)})
	}
	self := m.known(f.ID, f.Person, f.Person, house, f.Lang)
	if b := f.Bank; b != nil {
		pop.Payees = append(pop.Payees, register.Payee{Person: f.ID, Bank: b.Name, Account: b.Account})
	}
	family := m.relatives(f, house)
	m.rights(f, family["against"])
	husband, mother := family["husband"], self
	if f.Person.Sex == "male" {
		husband, mother = self, family["wife"]
	}
	if f.Marriage != nil {
		pop.Marriages = append(pop.Marriages, register.Marriage{ID: m.newID(), Number: f.Marriage.Number,
			Husband: husband.ID, Wife: mother.ID, MarriedOn: day(f.Marriage.MarriedOn)})
	}
	if n := f.Notice; n != nil {
		name := n.MotherName
		if name == "" {
			name = self.Name
		}
		pop.Notices = append(pop.Notices, register.Notice{Number: n.Number, Mother: f.ID, MotherName: name,
			MotherIDNumber: self.IDNumber, BornOn: day(n.BornOn), BornAt: n.BornAt, Sex: n.Sex, WeightG: n.WeightG,
			Hospital: n.Hospital, State: n.State, Plurality: n.Plurality, Order: n.Order})
	}
	for _, c := range f.Children {
		born := day(c.BornOn)
		if err != nil {
			return err
		}
		p := m.known(m.newID(), personFile{Name: c.Name, Sex: c.Sex, Citizenship: c.Citizenship, BornOn: born,
			IDNumber: born[2:4] + born[5:7] + born[8:] + "-" + register.PlaceCode + "-" + c.Serial}, f.Person, house, f.Lang)
		last := &pop.People[len(pop.People)-1]
		last.Mother, last.Father = mother.ID, husband.ID
		p.Mother, p.Father = mother.ID, husband.ID
		if _, there := family["child"]; !there { // what a register holds of a child is of the eldest
			family["child"] = p
		}
		m.birth(p, f.Person.State)
	}
	for i, h := range f.Holds {
		key := map[string]string{"": f.ID, "household": house, "place": f.Person.Postcode}[h.Of]
		if who, ok := family[h.Of]; ok {
			key = who.ID
		}
		if key == "" {
			return fmt.Errorf("country: %s holds something of %q, who is not there", f.ID, h.Of)
		}
		m.hold(h, key, fmt.Sprintf("P-%03d-%d", f.Order, i+1), day)
	}
	return err
}

// relatives adds the persona's husband or wife, their parents and whom an order
// names. Who has no address of their own lives with the persona; who is a
// persona is there already.
func (m *maker) relatives(f personaFile, house string) map[string]register.Person {
	family := map[string]register.Person{}
	for _, r := range []struct {
		of, sex string
		file    *personFile
	}{{"husband", "male", f.Husband}, {"wife", "female", f.Wife}, {"father", "male", f.Father}, {"mother", "female", f.Mother},
		{"against", "male", f.Against}} {
		if r.file == nil {
			continue
		}
		if r.file.Persona != "" {
			i := slices.IndexFunc(m.out.Population.People, func(p register.Person) bool { return p.ID == r.file.Persona })
			family[r.of] = m.out.Population.People[i]
			continue
		}
		who, head, home := *r.file, f.Person, house
		if who.Sex = r.sex; who.Address != "" {
			head, home = who, ""
		}
		family[r.of] = m.known(m.newID(), who, head, home, f.Lang)
	}
	people := m.out.Population.People
	for i := range people {
		if people[i].ID == f.ID {
			people[i].Father, people[i].Mother = family["father"].ID, family["mother"].ID
		}
	}
	return family
}

// hold adds an entry of a book. A place has one entry in each book, whoever of
// its people brings it in.
func (m *maker) hold(h holdFile, key, number string, day func(string) string) {
	for _, e := range m.out.Population.Books {
		if h.Of == "place" && e.Path == h.Register && e.Key == key {
			return
		}
	}
	values, since := map[string]any{}, ""
	for name, v := range h.Values {
		switch v := v.(type) {
		case int:
			values[name] = int64(v)
		case string:
			values[name] = v
			switch {
			case v == "today" || strings.HasPrefix(v, "today-"):
				values[name] = day(v)
				since = max(since, day(v)) // nobody knew of it before it was
			case strings.HasPrefix(v, "today+"):
				values[name] = day(v)
			}
		default:
			values[name] = v
		}
	}
	if own, ok := values["number"].(string); ok && h.Register == "business.business" {
		number = own // by which the register knows it, and who acts for it
	}
	m.out.Population.Books = append(m.out.Population.Books, register.BookEntry{Entry: m.newID(), Path: h.Register, Key: key,
		Number: number, Values: values, AsOf: m.knownSince(since)})
}

// knownSince is the morning of a day, or 0, the register's own time, for one
// that lies before.
func (m *maker) knownSince(day string) int64 {
	t, err := clock.ParseDay(day)
	if at := clock.Micro(t.Add(10 * time.Hour)); err == nil && at > m.out.Population.AsOf {
		return at
	}
	return 0
}

// known adds a person as written, living where the head of the family lives.
func (m *maker) known(id string, f, head personFile, house string, lang locale.Lang) register.Person {
	p := register.Person{ID: id, IDNumber: f.IDNumber, Name: f.Name, Sex: f.Sex, BornOn: f.BornOn, Citizenship: f.Citizenship,
		Address: head.Address, Postcode: head.Postcode, City: head.City, State: head.State,
		Phone: f.Phone, Mail: f.Email, Occupation: f.Occupation, Lang: lang, Household: house}
	m.numbers[p.IDNumber] = true
	m.homes[p.Postcode] = true
	m.out.Population.People = append(m.out.Population.People, p)
	return p
}

// bodies makes the directory: agencies, offices, posts and who sits in them.
func (m *maker) bodies() error {
	set := &m.out.Directory
	for _, a := range m.agencies.Agencies {
		set.Agencies = append(set.Agencies, directory.Agency{ID: a.ID, Name: a.Name, Level: a.Level, Site: a.Site})
		set.Units = append(set.Units, directory.Unit{ID: a.ID, Agency: a.ID, State: a.Seat, Name: locale.Text{
			MS: a.Name.MS + ", Ibu Pejabat", EN: a.Name.EN + ", headquarters"}})
	}
	for _, o := range m.agencies.Offices {
		for _, p := range directory.Places() {
			unit := o.Agency + "-" + p.Code[3:]
			set.Units = append(set.Units, directory.Unit{ID: unit, Agency: o.Agency, State: p.Code, Name: fill(o.Name, p)})
			for _, x := range o.Posts {
				set.Posts = append(set.Posts, directory.Post{ID: unit + "-" + x.ID, Unit: unit, Agency: o.Agency,
					Role: x.Role, State: p.Code, Title: fill(x.Title, p)})
			}
		}
	}
	units := map[string]directory.Unit{}
	for _, u := range set.Units {
		units[u.ID] = u
	}
	for _, p := range m.agencies.Posts {
		u := units[p.Unit]
		set.Posts = append(set.Posts, directory.Post{ID: p.ID, Unit: u.ID, Agency: u.Agency, Role: p.Role, State: u.State, Title: p.Title})
	}
	for _, a := range m.agencies.Treasuries.Agencies {
		u, ok := units[a]
		if !ok {
			return fmt.Errorf("country: there is no agency %s to have a finance desk", a)
		}
		for i, t := range m.agencies.Treasuries.Titles {
			named := func(s string) string { return strings.ReplaceAll(s, "{agency}", strings.ToUpper(a)) }
			set.Posts = append(set.Posts, directory.Post{ID: fmt.Sprintf("%s-treasurer-%d", a, i+1), Unit: u.ID, Agency: a, Role: a + treasurer, State: u.State,
				Title: locale.Text{MS: named(t.MS), EN: named(t.EN)}})
		}
	}
	return m.seat()
}

// treasurer is the end of the role of a finance desk.
const treasurer = "/treasurer"

func fill(t locale.Text, p directory.Place) locale.Text {
	return locale.Text{MS: strings.ReplaceAll(t.MS, "{place}", p.Name.MS), EN: strings.ReplaceAll(t.EN, "{place}", p.Name.EN)}
}

// seat puts an officer into every post: those with a story, and for the posts
// that no file names somebody of the place.
func (m *maker) seat() error {
	set := &m.out.Directory
	file := map[string]officerFile{}
	for _, o := range m.officers {
		file[o.Post] = o
		m.numbers[o.IDNumber] = true
	}
	told, order := map[string]Officer{}, []string{}
	for _, o := range m.officers {
		order = append(order, o.ID)
	}
	desks := 0
	for _, p := range set.Posts {
		o, named := file[p.ID]
		if !named {
			o = m.officer(p)
		}
		if stories := m.agencies.Treasuries.Stories; !named && strings.HasSuffix(p.Role, treasurer) {
			o.Story, named, order = stories[desks%len(stories)], true, append(order, o.ID)
			desks++
		}
		delete(file, p.ID)
		h := m.home(m.placeOf(p.State), "malay")
		person := register.Person{ID: o.ID, IDNumber: o.IDNumber, Name: o.Name, Sex: o.Sex, BornOn: o.BornOn,
			Citizenship: register.Citizen, Phone: m.phone(), Mail: o.ID + "@contoh.example", Occupation: "Penjawat awam"}
		m.settle(h, &person)
		m.close(h)
		set.People = append(set.People, directory.Person{ID: o.ID, Name: o.Name, Mail: person.Mail})
		from, err := clock.ParseDay(m.ago(m.between(400, 3000)))
		if err != nil {
			return fmt.Errorf("country: %w", err)
		}
		set.Holdings = append(set.Holdings, directory.Holding{Post: p.ID, Person: o.ID, From: clock.Micro(from)})
		if named {
			told[o.ID] = Officer{o.ID, o.Name, p.ID, p.Role, p.Agency, p.State, p.Title, o.Story, m.postWalk(p.Role)}
		}
	}
	for post := range file {
		return fmt.Errorf("country: officer.yaml names the post %s, which agency.yaml does not have", post)
	}
	for _, id := range order {
		m.out.Officers = append(m.out.Officers, told[id])
	}
	return nil
}

func (m *maker) officer(p directory.Post) officerFile {
	community := m.community(m.placeOf(p.State))
	if foreign(community) {
		community = "malay"
	}
	sex := pick(m, []string{"male", "female"})
	o := officerFile{ID: "off-" + p.ID, Post: p.ID, Sex: sex, BornOn: m.bornAt(m.between(27, 57))}
	o.Name = m.name(community, sex, called{}).full
	o.IDNumber = m.idNumber(o.BornOn, sex)
	return o
}
