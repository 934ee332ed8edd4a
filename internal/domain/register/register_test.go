package register

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// book is a journal that only remembers.
type book struct{ records []journal.Record }

func (b *book) Append(tx *db.Tx, r journal.Record) (string, error) {
	tx.OnCommit(func() { b.records = append(b.records, r) }) // an act that met another's is begun again
	return "leaf", nil
}

type rig struct {
	*Register
	t     testing.TB
	db    *db.DB
	clock *clock.Manual
	book  *book
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, clock.Zone)

// each runs a test on every engine over one small family.
func each(t *testing.T, fn func(t *testing.T, r rig)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := *newRig(t, d)
		r.write(func(tx *db.Tx) error { return r.LoadTx(tx, journal.By{Agency: "jpn"}, family()) })
		fn(t, r)
	}, Migration())
}

func newRig(t testing.TB, d *db.DB) *rig {
	c, b := clock.NewManual(noon), &book{}
	return &rig{New(c, id.NewSource(c, nil), b), t, d, c, b}
}

func family() Population {
	person := func(id, number, name, sex, born string) Person {
		return Person{ID: id, IDNumber: number, Name: name, Sex: sex, BornOn: born, Citizenship: Citizen,
			Address: "No. 1, Jalan Melur", Postcode: "15400", City: "Kota Bharu", State: "MY-03", Household: "home", Mail: id + "@contoh.example"}
	}
	first := person("first", "230101-00-0002", "Nur Alia binti Hafiz", "female", "2023-01-01")
	first.Mother, first.Father = "mum", "dad"
	return Population{
		AsOf: clock.Micro(noon.AddDate(-1, 0, 0)),
		People: []Person{person("mum", "940312-00-5038", "Aisyah binti Ramli", "female", "1994-03-12"),
			person("dad", "920817-00-5113", "Mohd Hafiz bin Abdullah", "male", "1992-08-17"), first,
			{ID: "lone", IDNumber: "990705-00-5632", Name: "Rosnah binti Che Mat", Sex: "female", BornOn: "1999-07-05", Citizenship: Citizen, State: "MY-02"},
			{ID: "taken", IDNumber: "261118-00-0003", Name: "Somebody Else", Sex: "male", BornOn: "2026-11-18", Citizenship: Citizen}},
		Marriages: []Marriage{{ID: "wed", Number: "KD-1", Husband: "dad", Wife: "mum", MarriedOn: "2019-11-22"}},
		Notices: []Notice{{Number: "HN-2", Mother: "mum", MotherName: "AISYAH  BINTI RAMLI", MotherIDNumber: "940312-00-5038",
			BornOn: "2026-11-18", BornAt: "06:42", Sex: "female", WeightG: 3120, Hospital: "Hospital Tumpat", State: "MY-03", Plurality: 2, Order: 2},
			{Number: "HN-1", Mother: "mum", MotherName: "Aisyah binti Ramli", MotherIDNumber: "940312-00-5038",
				BornOn: "2026-11-18", BornAt: "06:31", Sex: "male", WeightG: 2980, Hospital: "Hospital Tumpat", State: "MY-03", Plurality: 2, Order: 1}},
		Births:     []Birth{{Entry: "b-first", Number: "2023-00000007", Child: "first", Mother: "mum", Father: "dad", State: "MY-03", RegisteredOn: "2023-01-10"}},
		Households: []Household{{ID: "home", Income: -1, Members: 3, Children: 1, AsOf: "2026-01-01"}},
		Payees:     []Payee{{Person: "mum", Bank: "Bank Contoh", Account: "7100004482"}},
	}
}

func (r rig) write(fn func(tx *db.Tx) error) {
	r.t.Helper()
	if err := r.db.Write(context.Background(), fn); err != nil {
		r.t.Fatal(err)
	}
}

// fails is the code of an act that must not succeed.
func (r rig) fails(fn func(tx *db.Tx) error) fault.Code {
	r.t.Helper()
	err := r.db.Write(context.Background(), fn)
	if err == nil {
		r.t.Fatal("the act succeeded")
	}
	return fault.CodeOf(err)
}

func (r rig) facts(person string) map[string]any {
	r.t.Helper()
	out := map[string]any{}
	r.write(func(tx *db.Tx) error {
		v, err := r.Facts(tx, person, []string{PathPerson, PathMarriage, PathBirth, PathNotice, PathHousehold, PathPayee})
		for k, x := range v {
			out[k] = x.V
		}
		return err
	})
	return out
}

func (r rig) want(person string, want map[string]any) {
	r.t.Helper()
	got := r.facts(person)
	for k, v := range want {
		if g, ok := got[k]; v == nil && ok || v != nil && g != v {
			r.t.Errorf("%s of %s: got %v, want %v", k, person, g, v)
		}
	}
}

func TestFacts(t *testing.T) {
	each(t, func(t *testing.T, r rig) {
		r.want("mum", map[string]any{
			"mother.name": "Aisyah binti Ramli", "applicant.name": "Aisyah binti Ramli", "mother.email": "mum@contoh.example",
			"mother.phone": nil, "mother.occupation": nil, // what no register holds is not there
			"birth_notice.number": "HN-1", "birth_notice.order": int64(1), "birth_notice.weight_g": int64(2980), // the elder twin first
			"birth_notice.region": "peninsular", "birth_notice.matches": true, "birth_notice.mother_name": nil,
			"marriage.registered": true, "marriage.married_on": "2019-11-22",
			"father.name": "Mohd Hafiz bin Abdullah", "father.id_number": "920817-00-5113", "father.address": nil,
			"child.name": "Nur Alia binti Hafiz", "child.citizenship": "citizen",
			"household.members": int64(3), "household.monthly_income_cents": nil,
			"bank.name": "Bank Contoh", "bank.account_tail": "4482", "bank.account": nil,
		})
		r.want("dad", map[string]any{ // a married man may register: the mother is his wife
			"applicant.name": "Mohd Hafiz bin Abdullah", "mother.name": "Aisyah binti Ramli", "father.name": "Mohd Hafiz bin Abdullah",
			"birth_notice.number": "HN-1", "bank.name": nil,
			"applicant.address": "No. 1, Jalan Melur", "mother.address": nil, "mother.email": nil, "mother.state": nil}) // where she lives is hers to tell
		r.want("lone", map[string]any{"marriage.registered": false, "father.name": nil, "birth_notice.number": nil, "child.name": nil})
		r.write(func(tx *db.Tx) error {
			v, err := r.Facts(tx, "mum", []string{"population.person.name", "health.birth_notice"})
			if err != nil {
				return err
			}
			if _, ok := v["father.name"]; ok {
				t.Error("a register that was not asked for answered")
			}
			f := v["mother.name"]
			if f.Agency != "jpn" || f.Entry != "mum" || f.Version != 1 || f.AsOf != clock.Micro(noon.AddDate(-1, 0, 0)) || f.Register.EN != "Population register" {
				t.Errorf("the source of a fact: %+v", f)
			}
			if n := v["birth_notice.born_on"]; n.Agency != "kkm" || clock.FromMicro(n.AsOf).In(clock.Zone).Format(time.DateTime) != "2026-11-18 20:00:00" {
				t.Errorf("the source of a notice: %+v", n)
			}
			return nil
		})
		if c := r.fails(func(tx *db.Tx) error { _, err := r.Facts(tx, "nobody", []string{PathPerson}); return err }); c != fault.Missing {
			t.Errorf("an unknown person: %s", c)
		}
		if c := r.fails(func(tx *db.Tx) error { _, err := r.Facts(tx, "mum", []string{"population.personal"}); return err }); c != fault.Missing {
			t.Errorf("an unknown register: %s", c)
		}
	})
}

func TestMatches(t *testing.T) {
	mother := map[string]any{"name": "Siti D'Cruz binti Che Mat", "id_number": "1"}
	for name, want := range map[string]bool{
		"SITI D'CRUZ BINTI CHE MAT": true, "Siti D’Cruz  binti Che Mat": true, "Siti Dcruz binti Che Mat": false,
		"Siti D'Cruz bt Che Mat": false, "": false,
	} {
		if got := matches(map[string]any{"mother_name": name, "mother_id_number": "1"}, mother); got != want {
			t.Errorf("%q: got %v", name, got)
		}
	}
	if matches(map[string]any{"mother_name": mother["name"], "mother_id_number": "2"}, mother) {
		t.Error("another id number matches")
	}
	if matches(map[string]any{}, nil) {
		t.Error("no mother matches")
	}
}

func birthOf(notice, name string) map[string]any {
	return map[string]any{"child_name": name, "born_on": "2026-11-18", "sex": "male", "citizenship": Citizen, "state": "MY-03",
		"mother": "940312-00-5038", "father": "920817-00-5113", "notice": notice, "weight_g": int64(2980), "place": "Hospital Tumpat", "father_name": nil}
}

func TestEnterBirth(t *testing.T) {
	each(t, func(t *testing.T, r rig) {
		var one, two Entered
		enter := func(tx *db.Tx, notice, name string) (Entered, error) {
			return r.Enter(tx, Entry{Register: PathBirth, Values: birthOf(notice, name), Case: "BLH-1", Basis: "law-299-s7", By: journal.By{Agency: "jpn"}})
		}
		r.write(func(tx *db.Tx) (err error) { one, err = enter(tx, "HN-1", "Adam bin Mohd Hafiz"); return err })
		if one.Number != "2026-00000001" || one.IDNumber != "261118-00-0005" || one.Child == "" || one.Child == one.Entry {
			t.Errorf("the entry: %+v", one)
		}
		last := r.book.records[len(r.book.records)-1]
		if last.Kind != "register.entered" || strings.Join(last.Subjects, ",") != one.Child+",mum,dad" || last.Case != "BLH-1" {
			t.Errorf("the leaf: %+v", last)
		}
		r.want("mum", map[string]any{"birth_notice.number": "HN-2", "child.name": "Adam bin Mohd Hafiz", "household.members": int64(4), "household.children": int64(2)})
		if c := r.fails(func(tx *db.Tx) error { _, err := enter(tx, "HN-1", "Adam bin Mohd Hafiz"); return err }); c != fault.Conflict {
			t.Errorf("the notice twice: %s", c)
		}
		r.write(func(tx *db.Tx) (err error) { two, err = enter(tx, "HN-2", "Hawa binti Mohd Hafiz"); return err })
		if two.Number != "2026-00000002" || two.IDNumber == one.IDNumber {
			t.Errorf("the twin: %+v", two)
		}
		r.want("mum", map[string]any{"birth_notice.number": nil})
		r.write(func(tx *db.Tx) error {
			got, err := r.EntryOf(tx, "BLH-1")
			if !reflect.DeepEqual(got, one) && !reflect.DeepEqual(got, two) {
				t.Errorf("entry of the case: %+v", got)
			}
			p, err2 := r.ByIDNumber(tx, two.IDNumber)
			if name, _ := r.NameOf(tx, p); name != "Hawa binti Mohd Hafiz" {
				t.Errorf("the child's name: %s", name)
			}
			if err == nil {
				err = err2
			}
			return err
		})
		kin := r.kin(one.Child)
		for _, p := range []string{"mum", "dad", "first", two.Child} {
			if !strings.Contains(kin, p) {
				t.Errorf("%s is not among the kin %s", p, kin)
			}
		}
		if strings.Contains(kin, "lone") || strings.Contains(kin, one.Child) {
			t.Errorf("kin: %s", kin)
		}
	})
}

func (r rig) kin(person string) (list string) {
	r.t.Helper()
	r.write(func(tx *db.Tx) error {
		l, err := r.Related(tx, person)
		list = strings.Join(l, " ")
		return err
	})
	return list
}

func TestEnterRefuses(t *testing.T) {
	each(t, func(t *testing.T, r rig) {
		for name, c := range map[string]struct {
			change func(v map[string]any)
			code   fault.Code
			place  string
		}{
			"no name":         {func(v map[string]any) { delete(v, "child_name") }, fault.Invalid, "child_name"},
			"blank name":      {func(v map[string]any) { v["child_name"] = "  " }, fault.Invalid, "child_name"},
			"no day":          {func(v map[string]any) { v["born_on"] = "2026-02-30" }, fault.Invalid, "born_on"},
			"a foreign value": {func(v map[string]any) { v["__proto__"] = "x" }, fault.Invalid, "__proto__"},
			"unknown mother":  {func(v map[string]any) { v["mother"] = "000000-00-0000" }, fault.Missing, ""},
			"unknown father":  {func(v map[string]any) { v["father"] = "000000-00-0000" }, fault.Missing, ""},
			"another's":       {func(v map[string]any) { v["mother"] = "990705-00-5632" }, fault.Conflict, ""},
			"nobody's":        {func(v map[string]any) { delete(v, "mother"); delete(v, "notice") }, fault.Invalid, "mother"},
			"no such notice":  {func(v map[string]any) { v["notice"] = "HN-9" }, fault.Conflict, ""},
		} {
			v := birthOf("HN-1", "Adam bin Mohd Hafiz")
			c.change(v)
			err := r.db.Write(context.Background(), func(tx *db.Tx) error {
				_, err := r.Enter(tx, Entry{Register: PathBirth, Values: v})
				return err
			})
			if fault.CodeOf(err) != c.code {
				t.Errorf("%s: %v", name, err)
			}
			if f, ok := fault.As(err); ok && c.place != "" && (len(f.Fields) == 0 || f.Fields[0].Location != c.place) {
				t.Errorf("%s: fields %+v", name, f.Fields)
			}
		}
		r.want("mum", map[string]any{"birth_notice.number": "HN-1", "household.members": int64(3)}) // nothing half-done
		if c := r.fails(func(tx *db.Tx) error { _, err := r.Enter(tx, Entry{Register: "x.y"}); return err }); c != fault.Missing {
			t.Errorf("an unknown register: %s", c)
		}
	})
}

func TestHomeBirth(t *testing.T) {
	each(t, func(t *testing.T, r rig) {
		v := map[string]any{"child_name": "Aqil", "born_on": "2026-11-01", "sex": "male", "citizenship": Citizen, "state": "MY-02",
			"mother": "990705-00-5632", "father": "X999",
			"father_name": "Someone Else"}
		r.write(func(tx *db.Tx) error { _, err := r.Enter(tx, Entry{Register: PathBirth, Values: v}); return err })
		if c := r.fails(func(tx *db.Tx) error { _, err := r.Enter(tx, Entry{Register: PathBirth, Values: v}); return err }); c != fault.Conflict {
			t.Errorf("the same birth twice: %s", c)
		}
	})
}

func TestParents(t *testing.T) {
	each(t, func(t *testing.T, r rig) {
		enter := func(change func(v map[string]any), subjects ...string) (mother, father, name string) {
			t.Helper()
			v := birthOf("", "Adam")
			delete(v, "notice")
			change(v)
			err := r.db.Write(context.Background(), func(tx *db.Tx) error {
				e, err := r.Enter(tx, Entry{Register: PathBirth, Values: v, Subjects: subjects})
				if err != nil {
					return err
				}
				return tx.QueryRow(`select mother, father, father_name from register_birth where entry = $1`, e.Entry).Scan(&mother, &father, &name)
			})
			if err != nil {
				t.Error(err)
			}
			return mother, father, name
		}
		if m, f, n := enter(func(v map[string]any) { v["mother"], v["father"] = "940312005038", "920817 00 5113" }); m != "mum" || f != "dad" || n != "Mohd Hafiz bin Abdullah" {
			t.Errorf("numbers as people write them: %s %s %s", m, f, n)
		}
		if m, _, _ := enter(func(v map[string]any) { delete(v, "mother"); v["notice"] = "HN-1" }); m != "mum" {
			t.Errorf("the notice's mother: %s", m)
		}
		if m, _, _ := enter(func(v map[string]any) { delete(v, "mother") }, "lone"); m != "lone" {
			t.Errorf("a mother without papers: %s", m)
		}
		if _, f, n := enter(func(v map[string]any) { v["child_name"], v["father_name"] = "Aqil", "Another Man" }); f != "" || n != "Another Man" {
			t.Errorf("a number that is another man's: %q %q", f, n)
		}
	})
}

func TestAid(t *testing.T) {
	each(t, func(t *testing.T, r rig) {
		aid := func(tx *db.Tx) (Entered, error) {
			return r.Enter(tx, Entry{Register: PathAid, Case: "BLH-2", Values: map[string]any{"child": "230101-00-0002", "monthly_cents": 20000, "account_tail": "4482"}})
		}
		var e Entered
		r.write(func(tx *db.Tx) (err error) { e, err = aid(tx); return err })
		r.want("mum", map[string]any{"child.name": nil}) // the only child has the aid
		if c := r.fails(func(tx *db.Tx) error { _, err := aid(tx); return err }); c != fault.Conflict {
			t.Errorf("the aid twice: %s", c)
		}
		if s := r.book.records[len(r.book.records)-1].Subjects; strings.Join(s, ",") != "first,mum" {
			t.Errorf("concerned: %v", s)
		}
		r.write(func(tx *db.Tx) error { return r.Void(tx, Voiding{Entry: e.Entry, Case: "BLH-2"}) })
		r.want("mum", map[string]any{"child.name": "Nur Alia binti Hafiz"})
		r.write(func(tx *db.Tx) (err error) { e, err = aid(tx); return err })
	})
}

func TestVoid(t *testing.T) {
	each(t, func(t *testing.T, r rig) {
		var e Entered
		r.write(func(tx *db.Tx) (err error) {
			e, err = r.Enter(tx, Entry{Register: PathBirth, Values: birthOf("HN-1", "Adam bin Mohd Hafiz")})
			return err
		})
		r.write(func(tx *db.Tx) error { return r.Void(tx, Voiding{Entry: e.Entry, Case: "BLH-3"}) })
		r.want("mum", map[string]any{"birth_notice.number": "HN-1", "child.name": "Nur Alia binti Hafiz", "household.members": int64(3), "household.children": int64(1)})
		if c := r.fails(func(tx *db.Tx) error { return r.Void(tx, Voiding{Entry: e.Entry}) }); c != fault.Conflict {
			t.Errorf("void twice: %s", c)
		}
		if c := r.fails(func(tx *db.Tx) error { return r.Void(tx, Voiding{Entry: "none"}) }); c != fault.Missing {
			t.Errorf("void nothing: %s", c)
		}
		if c := r.fails(func(tx *db.Tx) error { _, err := r.ByIDNumber(tx, e.IDNumber); return err }); c != fault.Missing {
			t.Errorf("the voided child: %s", c)
		}
	})
}

func TestCorrect(t *testing.T) {
	each(t, func(t *testing.T, r rig) {
		var uses []Use
		r.write(func(tx *db.Tx) error {
			v, err := r.Facts(tx, "mum", []string{PathPerson})
			if err != nil {
				return err
			}
			return r.UseTx(tx, "BLH-4", "jpn", []Value{v["mother.name"], v["mother.address"]})
		})
		correct := func(field string, value any, at string) {
			t.Helper()
			r.clock.Set(noon.AddDate(0, 0, 1).Add(time.Duration(len(at)) * time.Hour))
			r.write(func(tx *db.Tx) (err error) {
				uses, err = r.Correct(tx, Correction{Person: "mum", Field: field, Value: value, Case: "BLH-5", Basis: "law-80",
					Why: locale.Text{MS: "Ejaan nama dibetulkan", EN: "The spelling of a name was corrected"}})
				return err
			})
		}
		correct("applicant.name", "Aisyah Humaira binti Ramli", "1")
		if len(uses) != 1 || uses[0].Case != "BLH-4" || uses[0].Field != "mother.name" || uses[0].Version != 1 {
			t.Errorf("who used it: %+v", uses)
		}
		correct("mother.name", "Aisha Humaira binti Ramli", "22")
		correct("birth_notice.weight_g", 3001, "22")
		correct("father.name", "Mohd Hafiz bin Abdul Aziz", "22")
		before := len(r.book.records)
		correct("mother.name", "Aisha Humaira binti Ramli", "333") // as it stands: nothing to do
		if len(r.book.records) != before {
			t.Error("a correction to the same value left a leaf")
		}
		r.want("mum", map[string]any{"mother.name": "Aisha Humaira binti Ramli", "birth_notice.weight_g": int64(3001),
			"father.name": "Mohd Hafiz bin Abdul Aziz", "birth_notice.matches": false})
		r.write(func(tx *db.Tx) error {
			h, err := r.History(tx, "mum")
			if err != nil {
				return err
			}
			if len(h) != 2 || h[0].Value != "Aisyah binti Ramli" || h[1].Value != "Aisyah Humaira binti Ramli" ||
				h[0].From != clock.Micro(noon.AddDate(-1, 0, 0)) || h[0].Until != h[1].From || h[1].Version != 2 || h[0].Case != "BLH-5" {
				t.Errorf("history: %+v", h)
			}
			v, err := r.Facts(tx, "mum", []string{PathPerson})
			if f := v["mother.name"]; f.Version != 3 || f.AsOf != h[1].Until {
				t.Errorf("the new version: %+v", f)
			}
			return err
		})
		for field, value := range map[string]any{"mother.name": "", "mother.born_on": "yesterday", "household.members": "three"} {
			if c := r.fails(func(tx *db.Tx) error {
				_, err := r.Correct(tx, Correction{Person: "mum", Field: field, Value: value})
				return err
			}); c != fault.Invalid {
				t.Errorf("%s = %v: %s", field, value, c)
			}
		}
		for _, field := range []string{"mother.id; drop", "birth_notice.matches", "birth_notice.region", "child", "x.name"} {
			if c := r.fails(func(tx *db.Tx) error {
				_, err := r.Correct(tx, Correction{Person: "mum", Field: field, Value: "x"})
				return err
			}); c != fault.Missing {
				t.Errorf("%s: %s", field, c)
			}
		}
	})
}

func TestNormalNumber(t *testing.T) {
	for in, want := range map[string]string{
		"940312005038": "940312-00-5038", " 9403-1200 5038": "940312-00-5038", "as123 4567": "AS1234567", "k-1": "K-1",
		"a\u017f1234567": "A\u017f1234567", "\u01311234567": "\u01311234567", "\u212a123": "\u212a123",
	} {
		if got := normalNumber(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestIDNumber(t *testing.T) {
	for _, c := range []struct {
		born, sex string
		n         int64
		want      string
	}{
		{"1994-03-12", "female", 0, "940312-00-5000"}, {"1994-03-12", "male", 0, "940312-00-5001"},
		{"2000-01-01", "male", 2, "000101-00-0005"}, {"1999-12-31", "female", 2499, "991231-00-9998"},
		{"2024-02-29", "female", 7, "240229-00-0014"}, {"2026-11-18", "male", 2499, "261118-00-4999"},
	} {
		if got, err := IDNumber(c.born, c.sex, c.n); got != c.want || err != nil {
			t.Errorf("%v: %s %v", c, got, err)
		}
	}
	if _, err := IDNumber("2024-02-29", "male", 2500); err == nil {
		t.Error("a day has 2,500 numbers for each sex")
	}
}
