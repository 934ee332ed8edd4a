package directory

import (
	"context"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

type book struct{ records []journal.Record }

func (b *book) Append(tx *db.Tx, r journal.Record) (string, error) {
	tx.OnCommit(func() { b.records = append(b.records, r) }) // an act that met another's is begun again
	return "leaf", nil
}

type rig struct {
	*Directory
	t     *testing.T
	db    *db.DB
	clock *clock.Manual
	book  *book
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, clock.Zone)

func each(t *testing.T, fn func(t *testing.T, r rig)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewManual(noon)
		fn(t, rig{New(d, c), t, d, c, &book{}})
	}, Migration())
}

func (r rig) write(fn func(tx *db.Tx) error) {
	r.t.Helper()
	if err := r.db.Write(context.Background(), fn); err != nil {
		r.t.Fatal(err)
	}
}

func at(day string) int64 {
	t, err := clock.ParseDay(day)
	if err != nil {
		panic(err)
	}
	return clock.Micro(t)
}

func small() Set {
	name := locale.Same("Jabatan")
	return Set{
		Agencies: []Agency{{ID: "jpn", Name: name, Level: Federal}, {ID: "jkm", Name: name, Level: Federal}, {ID: "kkm", Name: name, Level: Federal}},
		Units: []Unit{{ID: "jpn", Agency: "jpn", Name: name, State: "MY-16"}, {ID: "jpn-03", Agency: "jpn", Name: name, State: "MY-03"},
			{ID: "jpn-16", Agency: "jpn", Name: name, State: "MY-16"}, {ID: "jkm", Agency: "jkm", Name: name, State: "MY-16"}},
		Posts: []Post{{ID: "reg-3", Unit: "jpn-03", Role: "jpn/registration-officer", Title: locale.Text{MS: "Pegawai", EN: "Officer"}},
			{ID: "reg-16", Unit: "jpn-16", Role: "jpn/registration-officer", Title: name}},
		People:   []Person{{ID: "nik", Name: "Nik Azman bin Nik Ismail"}, {ID: "wan", Name: "Wan Norhayati binti Wan Daud"}},
		Holdings: []Holding{{Post: "reg-3", Person: "nik", From: at("2026-01-01"), Until: at("2026-12-01")}, {Post: "reg-3", Person: "wan", From: at("2026-12-01")}},
	}
}

func TestPosts(t *testing.T) {
	each(t, func(t *testing.T, r rig) {
		r.write(func(tx *db.Tx) error { return r.LoadTx(tx, small()) })
		r.write(func(tx *db.Tx) error {
			for _, c := range []struct {
				person, post, day string
				want              bool
			}{
				{"nik", "reg-3", "2025-12-31", false}, {"nik", "reg-3", "2026-01-01", true}, {"nik", "reg-3", "2026-11-30", true},
				{"nik", "reg-3", "2026-12-01", false}, {"wan", "reg-3", "2026-12-01", true}, {"wan", "reg-3", "2036-12-01", true},
				{"wan", "reg-16", "2026-12-01", false}, {"nik", "none", "2026-02-01", false}, {"", "reg-3", "2026-02-01", false},
			} {
				info, ok, err := r.InPost(tx, c.person, c.post, at(c.day))
				if err != nil || ok != c.want {
					t.Errorf("%+v: %v %v", c, ok, err)
				}
				if ok && (info != actor.PostInfo{Post: "reg-3", Role: "jpn/registration-officer", Agency: "jpn", Unit: "jpn-03", State: "MY-03", Title: locale.Text{MS: "Pegawai", EN: "Officer"}}) {
					t.Errorf("the post: %+v", info)
				}
			}
			for _, c := range []struct{ agency, state, want string }{
				{"jpn", "MY-03", "jpn-03"}, {"jpn", "MY-01", "jpn"}, {"jpn", "MY-16", "jpn-16"}, {"jkm", "MY-03", "jkm"},
			} {
				if u, err := r.UnitFor(tx, c.agency, c.state); err != nil || u.ID != c.want {
					t.Errorf("the office of %s in %s: %s %v", c.agency, c.state, u.ID, err)
				}
			}
			if _, err := r.UnitFor(tx, "kkm", "MY-03"); fault.CodeOf(err) != fault.Missing {
				t.Errorf("an agency without an office: %v", err)
			}
			posts, people, err := r.HoldersOf(tx, "jpn/registration-officer", "MY-03", at("2026-12-05"))
			if err != nil || len(posts) != 1 || len(people) != 1 || people[0] != "wan" {
				t.Errorf("holders: %v %v %v", posts, people, err)
			}
			if list, err := r.PostsOf(tx, "nik", at("2026-12-05")); err != nil || len(list) != 0 {
				t.Errorf("a leaver's posts: %v %v", list, err)
			}
			if roles, err := r.Roles(tx); err != nil || strings.Join(roles, " ") != "jpn/registration-officer" {
				t.Errorf("roles: %v %v", roles, err)
			}
			if list, err := r.Holders(tx, at("2026-12-05")); err != nil || len(list) != 1 || list[0].Person.Name != "Wan Norhayati binti Wan Daud" {
				t.Errorf("who sits where: %v %v", list, err)
			}
			return nil
		})
	})
}

func TestAppointAndLeave(t *testing.T) {
	each(t, func(t *testing.T, r rig) {
		r.write(func(tx *db.Tx) error { return r.LoadTx(tx, small()) })
		in := func(person, post string) (ok bool) {
			r.write(func(tx *db.Tx) (err error) {
				_, ok, err = r.InPost(tx, person, post, clock.Micro(r.clock.Now()))
				return err
			})
			return ok
		}
		r.write(func(tx *db.Tx) error {
			return r.AppointTx(tx, r.book, actor.System("jpn"), Person{ID: "ali", Name: "Ali"}, "reg-3")
		})
		if !in("ali", "reg-3") || in("nik", "reg-3") {
			t.Error("two people hold one post, or none")
		}
		if k := r.book.records[0]; k.Kind != "directory.appointed" || k.Subjects[0] != "ali" {
			t.Errorf("the leaf: %+v", k)
		}
		r.clock.Advance(time.Hour)
		r.write(func(tx *db.Tx) error { return r.LeaveTx(tx, r.book, actor.System("jpn"), "ali", "reg-3") })
		if in("ali", "reg-3") {
			t.Error("a leaver holds the post")
		}
		err := r.db.Write(context.Background(), func(tx *db.Tx) error {
			return r.AppointTx(tx, r.book, actor.System("jpn"), Person{ID: "ali", Name: "Ali"}, "none")
		})
		if fault.CodeOf(err) != fault.Missing {
			t.Errorf("a post that is not there: %v", err)
		}
	})
}

const (
	agencies = "id,name_ms,name_en,level,state,site\njpn,Jabatan Pendaftaran Negara,National Registration Department,federal,,https://www.jpn.gov.my\n"
	units    = "agency;id;name_ms;name_en;state\njpn;jpn;Ibu Pejabat;Headquarters;MY-16\njpn;jpn-03;\"Jabatan; Kelantan\";Department, Kelantan;MY-03\n;;;;\n"
	posts    = "\ufeffid,unit,role,title_ms,title_en\r\nreg-3,jpn-03,jpn/registration-officer,Pegawai,Officer\r\nasst-3,jpn-03,jpn/assistant-registrar,Penolong,Assistant\r\n"
	people   = "post,person,name,mail,from,until\nreg-3,nik,Nik Azman bin Nik Ismail,nik@contoh.example,2026-01-01,\nasst-3,nik,Nik Azman bin Nik Ismail,nik@contoh.example,2026-02-01,2026-12-01\n"
)

func sheets(text ...string) []Sheet {
	var out []Sheet
	for i, s := range text {
		out = append(out, Sheet{Name: string(rune('a'+i)) + ".csv", Data: []byte(s)})
	}
	return out
}

func (r rig) preview(s ...Sheet) (p Plan) {
	r.t.Helper()
	r.write(func(tx *db.Tx) (err error) { p, err = r.Preview(tx, s...); return err })
	return p
}

func (r rig) doImport(digest string, s ...Sheet) error {
	return r.db.Write(context.Background(), func(tx *db.Tx) error {
		_, err := r.ImportTx(tx, r.book, actor.Actor{Person: "admin", Post: "balai-admin"}, digest, s...)
		return err
	})
}

func TestImport(t *testing.T) {
	each(t, func(t *testing.T, r rig) {
		all := sheets(people, posts, units, agencies) // in any order
		p := r.preview(all...)
		if len(p.Problems) > 0 || len(p.Changes) != 7 || p.Sheets[0].Kind != KindAgency || p.Sheets[3].New != 2 {
			t.Fatalf("preview: %+v", p)
		}
		r.write(func(tx *db.Tx) error {
			if list, err := r.Agencies(tx); err != nil || len(list) != 0 {
				t.Errorf("a preview wrote: %v %v", list, err)
			}
			return nil
		})
		if err := r.doImport(p.Digest, all...); err != nil {
			t.Fatal(err)
		}
		if k := r.book.records[0]; k.Kind != "directory.imported" || k.By.Post != "balai-admin" {
			t.Errorf("the leaf: %+v", k)
		}
		r.write(func(tx *db.Tx) error {
			if _, ok, err := r.InPost(tx, "nik", "asst-3", at("2026-11-30")); err != nil || !ok {
				t.Errorf("nik is not in post: %v", err)
			}
			u, err := r.Unit(tx, "jpn-03")
			if u.Name.MS != "Jabatan; Kelantan" {
				t.Errorf("a quoted cell: %+v", u)
			}
			return err
		})
		again := r.preview(all...)
		if len(again.Changes) != 0 || again.Sheets[3].Same != 2 {
			t.Errorf("the same again: %+v", again)
		}
		// A successor: the holding before ends when the new one begins.
		next := sheets("post,person,name,mail,from,until\nreg-3,wan,Wan Norhayati,,2026-12-01,\n")
		p = r.preview(next...)
		if len(p.Problems) > 0 || len(p.Ends) != 1 || p.Ends[0].Person != "nik" || p.Ends[0].Until != at("2026-12-01") {
			t.Errorf("a successor: %+v", p)
		}
		// Somebody changes the directory between preview and confirmation.
		if err := r.doImport(p.Digest, sheets(people)...); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("other files than those shown: %v", err)
		}
		r.write(func(tx *db.Tx) error {
			return r.LeaveTx(tx, r.book, actor.Actor{Person: "admin"}, "nik", "reg-3")
		})
		if err := r.doImport(p.Digest, next...); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("a stale confirmation: %v", err)
		}
		p = r.preview(next...)
		if err := r.doImport(p.Digest, next...); err != nil {
			t.Error(err)
		}
	})
}

func TestImportProblems(t *testing.T) {
	each(t, func(t *testing.T, r rig) {
		r.write(func(tx *db.Tx) error { return r.LoadTx(tx, small()) })
		agency := "id,name_ms,name_en,level,state,site\n"
		post := "id,unit,role,title_ms,title_en\n"
		person := "post,person,name,mail,from,until\n"
		for name, c := range map[string]struct {
			text, key string
			line      int
		}{
			"empty":             {"", "empty", 0},
			"another table":     {"a,b\n1,2\n", "unknown_sheet", 1},
			"a column missing":  {"id,name_ms,name_en,level,state\n", "unknown_sheet", 1},
			"a column too many": {"id,name_ms,name_en,level,state,site,__proto__\n", "unknown_sheet", 1},
			"a column twice":    {"id,id,name_en,level,state,site\n", "unknown_sheet", 1},
			"latin-1":           {agency + "a,Caf\xe9,b,federal,,\n", "not_utf8", 0},
			"nul":               {agency + "a,x\x00,b,federal,,\n", "not_utf8", 0},
			"a cell too few":    {agency + "a,b,c,federal,\n", "cells", 2},
			"a quote":           {agency + "a,b,c,federal,,\nx,\"b,c,federal,,\n", "quotes", 3},
			"no name":           {agency + "a,,c,federal,,\n", "needed", 2},
			"an id":             {agency + "A b,b,c,federal,,\n", "id", 2},
			"a formula":         {agency + "a,\"=HYPERLINK(1)\",c,federal,,\n", "formula", 2},
			"a line in a name":  {agency + "a,\"b\nb\",c,federal,,\n", "signs", 2},
			"markup":            {agency + "a,<b>,c,federal,,\n", "signs", 2},
			"long":              {agency + "a," + strings.Repeat("b", 301) + ",c,federal,,\n", "long", 2},
			"a level":           {agency + "a,b,c,village,,\n", "level", 2},
			"a state needed":    {agency + "a,b,c,state,,\n", "state", 2},
			"a state":           {agency + "a,b,c,federal,MY-17,\n", "state", 2},
			"a site":            {agency + "a,b,c,federal,,javascript:alert(1)\n", "site", 2},
			"twice":             {agency + "a,b,c,federal,,\na,b,c,federal,,\n", "twice", 3},
			"no unit":           {post + "p,none,jpn/x,a,b\n", "no_unit", 2},
			"a role":            {post + "p,jpn,clerk,a,b\n", "role", 2},
			"another's role":    {post + "p,jpn,nobody/x,a,b\n", "role", 2},
			"no post":           {person + "none,ali,Ali,,2026-01-01,\n", "no_post", 2},
			"a day":             {person + "reg-16,ali,Ali,,01/02/2026,\n", "day", 2},
			"no such day":       {person + "reg-16,ali,Ali,,2026-02-30,\n", "day", 2},
			"ends before":       {person + "reg-16,ali,Ali,,2026-02-02,2026-02-01\n", "until", 2},
			"mail":              {person + "reg-16,ali,Ali,Ali <ali@contoh.example>,2026-02-02,\n", "mail", 2},
			"a later holder":    {person + "reg-3,ali,Ali,,2026-06-01,\n", "overlap", 2},
			"two in the file":   {person + "reg-16,ali,Ali,,2026-01-01,\nreg-16,abu,Abu,,2026-02-01,\n", "overlap", 3},
			"two names":         {person + "reg-16,ali,Ali,,2026-01-01,2026-02-01\nreg-16,ali,Ali B,,2026-02-01,\n", "two_names", 3},
		} {
			s := sheets(c.text)
			p := r.preview(s...)
			found := false
			for _, b := range p.Problems {
				found = found || b.Key == "directory.import."+c.key && b.Line == c.line && b.Sheet == "a.csv"
			}
			if !found {
				t.Errorf("%s: %+v", name, p.Problems)
			}
			if err := r.doImport(p.Digest, s...); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%s was imported: %v", name, err)
			}
		}
		big := sheets(agency + strings.Repeat("a,b,c,federal,,\n", maxRows+1))
		if p := r.preview(big...); len(p.Problems) != maxProblems {
			t.Errorf("a big sheet: %d problems", len(p.Problems))
		}
		huge := sheets(agency + strings.Repeat("a", maxBytes))
		if p := r.preview(huge...); len(p.Problems) != 1 || p.Problems[0].Key != "directory.import.too_large" {
			t.Errorf("a huge sheet: %+v", p.Problems)
		}
	})
}

// Every template is a sheet that the directory understands; every problem has
// its sentence.
func TestTemplatesAndTexts(t *testing.T) {
	for _, k := range kinds {
		p := &problems{}
		if kind, lines := readSheet(Sheet{k, Template(k)}, p); kind != k || len(lines) != 1 || len(p.list) > 0 {
			t.Errorf("template of %s: %s %v %v", k, kind, lines, p.list)
		}
	}
	cat, err := locale.Load(Texts)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"too_large", "too_many", "not_utf8", "empty", "unknown_sheet", "quotes", "cells", "needed", "long", "signs", "formula",
		"id", "state", "level", "site", "twice", "no_agency", "no_unit", "no_post", "role", "mail", "day", "until", "overlap", "two_names", "changed"} {
		if !cat.For(locale.Malay).Has("directory.import." + key) {
			t.Errorf("no sentence for %s", key)
		}
	}
}

func TestPlaces(t *testing.T) {
	if n := len(Places()); n != 16 {
		t.Errorf("%d places", n)
	}
	for code, want := range map[string]string{"MY-12": Sabah, "MY-15": Sabah, "MY-13": Sarawak, "MY-03": Peninsular, "MY-16": Peninsular, "MY-17": ""} {
		if got := Region(code); got != want {
			t.Errorf("%s lies in %q", code, got)
		}
	}
}
