package directory

import (
	"net/mail"
	"net/url"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"balai/internal/spine/clock"
	"balai/internal/spine/locale"
	"golang.org/x/text/unicode/norm"
)

// state is what the directory holds, by id, as a preview compares with it.
type state struct {
	agencies map[string]Agency
	units    map[string]Unit
	posts    map[string]Post
	people   map[string]Person
	holdings map[string][]Holding // by post
}

// tidy is a cell without the blanks around it, in one Unicode form.
func tidy(s string) string { return norm.NFC.String(strings.TrimSpace(s)) }

// words checks a name or a title: something to read, on one line, that no
// spreadsheet would take for a formula when it is exported again.
func words(l line, column string, p *problems) string {
	s := l.cells[column]
	switch {
	case s == "":
		p.at(l, column, "needed")
	case utf8.RuneCountInString(s) > maxCell:
		p.at(l, column, "long", "limit", maxCell)
	case strings.ContainsFunc(s, unicode.IsControl) || strings.ContainsAny(s, "<>"):
		p.at(l, column, "signs")
	case strings.ContainsAny(s[:1], "=+-@"):
		p.at(l, column, "formula")
	}
	return s
}

func (l line) id(column string, p *problems) string {
	s := l.cells[column]
	if !idShape.MatchString(s) || len(s) > 80 {
		p.at(l, column, "id", "value", s)
	}
	return s
}

func (l line) place(column string, needed bool, p *problems) string {
	s := l.cells[column]
	if _, ok := PlaceOf(s); !ok && (s != "" || needed) {
		p.at(l, column, "state", "value", s)
	}
	return s
}

// once reports an id that stands twice in the files.
func once(seen map[string]bool, l line, column, id string, p *problems) {
	if seen[id] {
		p.at(l, column, "twice", "id", id)
	}
	seen[id] = true
}

// plan compares the sheets with the state and says what would change.
func (st state) plan(sheets []Sheet) Plan {
	p := &problems{}
	lines := readSheets(sheets, p)
	out := Plan{}
	count := map[string]*SheetPlan{}
	for _, k := range kinds {
		for _, l := range lines[k] {
			if count[l.sheet+k] == nil {
				count[l.sheet+k] = &SheetPlan{Name: l.sheet, Kind: k}
			}
		}
	}
	change := func(l line, kind, id, before, after string) {
		c := count[l.sheet+kind]
		switch before {
		case after:
			c.Same++
			return
		case "":
			c.New++
		default:
			c.Changed++
		}
		out.Changes = append(out.Changes, Change{kind, id, before, after})
	}
	st.agencyLines(lines[KindAgency], p, &out, change)
	st.unitLines(lines[KindUnit], p, &out, change)
	st.postLines(lines[KindPost], p, &out, change)
	st.personLines(lines[KindPerson], p, &out, change)
	for _, c := range count {
		out.Sheets = append(out.Sheets, *c)
	}
	sort.Slice(out.Sheets, func(i, j int) bool {
		a, b := out.Sheets[i], out.Sheets[j]
		return slices.Index(kinds, a.Kind) < slices.Index(kinds, b.Kind) || a.Kind == b.Kind && a.Name < b.Name
	})
	out.Problems = p.list
	out.Digest = digest(out.Changes, out.Ends)
	return out
}

// changed is told of each row: what stood before ("" for a new one) and after.
type changed func(l line, kind, id, before, after string)

func (st state) agencyLines(lines []line, p *problems, out *Plan, change changed) {
	seen := map[string]bool{}
	for _, l := range lines {
		a := Agency{ID: l.id("id", p), Name: locale.Text{MS: words(l, "name_ms", p), EN: words(l, "name_en", p)},
			Level: l.cells["level"], Site: l.cells["site"]}
		a.State = l.place("state", a.Level == State || a.Level == Local, p)
		once(seen, l, "id", a.ID, p)
		if !slices.Contains([]string{Federal, State, Local, Organisation}, a.Level) {
			p.at(l, "level", "level", "value", a.Level)
		}
		if u, err := url.Parse(a.Site); a.Site != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
			p.at(l, "site", "site", "value", a.Site)
		}
		before := ""
		if old, ok := st.agencies[a.ID]; ok {
			before = old.words()
		}
		change(l, KindAgency, a.ID, before, a.words())
		st.agencies[a.ID] = a
		out.set.Agencies = append(out.set.Agencies, a)
	}
}

func (a Agency) words() string {
	return join(a.Name.MS, a.Name.EN, a.Level, a.State, a.Site)
}

func (st state) unitLines(lines []line, p *problems, out *Plan, change changed) {
	seen := map[string]bool{}
	for _, l := range lines {
		u := Unit{ID: l.id("id", p), Agency: l.cells["agency"], Name: locale.Text{MS: words(l, "name_ms", p), EN: words(l, "name_en", p)},
			State: l.place("state", true, p)}
		once(seen, l, "id", u.ID, p)
		if _, ok := st.agencies[u.Agency]; !ok {
			p.at(l, "agency", "no_agency", "value", u.Agency)
		}
		before := ""
		if old, ok := st.units[u.ID]; ok {
			before = old.words()
		}
		change(l, KindUnit, u.ID, before, u.words())
		st.units[u.ID] = u
		out.set.Units = append(out.set.Units, u)
	}
}

func (u Unit) words() string { return join(u.Agency, u.Name.MS, u.Name.EN, u.State) }

func (st state) postLines(lines []line, p *problems, out *Plan, change changed) {
	seen := map[string]bool{}
	for _, l := range lines {
		x := Post{ID: l.id("id", p), Unit: l.cells["unit"], Role: l.cells["role"],
			Title: locale.Text{MS: words(l, "title_ms", p), EN: words(l, "title_en", p)}}
		once(seen, l, "id", x.ID, p)
		if _, ok := st.units[x.Unit]; !ok {
			p.at(l, "unit", "no_unit", "value", x.Unit)
		}
		agency, _, _ := strings.Cut(x.Role, "/")
		if _, ok := st.agencies[agency]; !roleShape.MatchString(x.Role) || !ok {
			p.at(l, "role", "role", "value", x.Role)
		}
		before := ""
		if old, ok := st.posts[x.ID]; ok {
			before = old.words()
		}
		change(l, KindPost, x.ID, before, x.words())
		st.posts[x.ID] = x
		out.set.Posts = append(out.set.Posts, x)
	}
}

func (x Post) words() string { return join(x.Unit, x.Role, x.Title.MS, x.Title.EN) }

func (st state) personLines(lines []line, p *problems, out *Plan, change changed) {
	for _, l := range lines {
		who := Person{ID: l.id("person", p), Name: words(l, "name", p), Mail: l.cells["mail"]}
		h := Holding{Post: l.cells["post"], Person: who.ID, From: l.day("from", true, p), Until: l.day("until", false, p)}
		if _, ok := st.posts[h.Post]; !ok {
			p.at(l, "post", "no_post", "value", h.Post)
		}
		if a, err := mail.ParseAddress(who.Mail); who.Mail != "" && (err != nil || a.Address != who.Mail) {
			p.at(l, "mail", "mail", "value", who.Mail)
		}
		if h.Until != 0 && h.Until <= h.From {
			p.at(l, "until", "until")
		}
		again := slices.ContainsFunc(out.set.People, func(x Person) bool { return x.ID == who.ID })
		if again && (st.people[who.ID].Name != who.Name || st.people[who.ID].Mail != who.Mail) {
			p.at(l, "name", "two_names", "id", who.ID)
		}
		before, after := st.seat(l, h, p, out), join(who.ID, who.Name, who.Mail, dayOf(h.From), dayOf(h.Until))
		if before != "" {
			old := st.people[who.ID]
			before = join(old.ID, old.Name, old.Mail, before)
		}
		change(l, KindPerson, h.Post, before, after)
		st.people[who.ID] = who
		if !again {
			out.set.People = append(out.set.People, who)
		}
		out.set.Holdings = append(out.set.Holdings, h)
	}
}

// seat puts a holding among those of its post: who holds it then leaves when
// the new one begins; a later holding in the way is a problem. It returns the
// days of the same person's holding that this row states anew, or "".
func (st state) seat(l line, h Holding, p *problems, out *Plan) (before string) {
	list := st.holdings[h.Post]
	for i, o := range list {
		switch {
		case o.From == h.From && o.Person == h.Person:
			list[i] = h
			return join(dayOf(o.From), dayOf(o.Until))
		case o.From < h.From && (o.Until == 0 || o.Until > h.From):
			if slices.ContainsFunc(out.set.Holdings, func(x Holding) bool { return x == o }) {
				p.at(l, "from", "overlap", "post", h.Post)
				return ""
			}
			list[i].Until = h.From
			out.Ends = append(out.Ends, list[i])
		case o.From >= h.From && (h.Until == 0 || o.From < h.Until):
			p.at(l, "from", "overlap", "post", h.Post)
			return ""
		}
	}
	st.holdings[h.Post] = append(list, h)
	return ""
}

// day reads a date as the start of that day.
func (l line) day(column string, needed bool, p *problems) int64 {
	s := l.cells[column]
	if s == "" && !needed {
		return 0
	}
	t, err := clock.ParseDay(s)
	if err != nil {
		p.at(l, column, "day", "value", s)
		return 0
	}
	return clock.Micro(t)
}

func dayOf(at int64) string {
	if at == 0 {
		return ""
	}
	return clock.Day(clock.FromMicro(at))
}

func join(parts ...string) string {
	return strings.TrimRight(strings.Join(parts, " · "), " ·")
}
