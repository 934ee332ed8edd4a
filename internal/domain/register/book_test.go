package register

import (
	"testing"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

func testBooks() []Book {
	address := []BookField{{Name: "address", Type: "string"}, {Name: "postcode", Type: "string"}, {Name: "city", Type: "string"}, {Name: "state", Type: "state"}}
	return []Book{
		{Path: "insurance.insured", Group: "insured", Agency: "perkeso", Of: OfPerson, Hears: true, Name: locale.Same("Insured"),
			Fields: append([]BookField{{Name: "employer", Type: "string"}, {Name: "months_24", Type: "int"}, {Name: "employed", Type: "bool"}}, address...)},
		{Path: "disaster.area", Group: "flood", Agency: "nadma", Of: OfPlace, Fields: []BookField{{Name: "code", Type: "string"}, {Name: "state", Type: "state"}, {Name: "region", Type: "string"}}},
		{Path: "disaster.flood_relief", Group: "flood_relief", Agency: "nadma", Of: OfHousehold, Name: locale.Same("Relief"),
			Fields: []BookField{{Name: "code", Type: "string"}, {Name: "amount_cents", Type: "money"}},
			Keep:   &Keep{Needs: []string{"code", "amount_cents"}, One: true, Each: []string{"code"}}},
		{Path: PathSchoolPlace, Group: "school_place", Agency: "kpm", Of: OfPerson, Fields: []BookField{{Name: "pupil", Type: "idnumber"}, {Name: "school", Type: "string"}},
			Keep: &Keep{Needs: []string{"pupil", "school"}, About: "pupil", One: true}},
		{Path: "transport.vehicle", Group: "vehicle", Agency: "jpj", Of: OfPerson, Name: locale.Same("Vehicles"), Fields: vehicleFields(), Per: "plate", First: "until", Only: map[string]string{"state": "used"},
			Keep: &Keep{Needs: []string{"plate", "until"}, One: true, Each: []string{"plate", "until", "state"}}},
		{Path: "transport.vehicle", Group: "vehicle_2", Agency: "jpj", Of: OfPerson, Name: locale.Same("Vehicles"), Fields: vehicleFields(), Per: "plate", First: "until", Only: map[string]string{"state": "used"}, Nth: 2},
		{Path: PathDeathNotice, Group: "death_notice", Agency: "kkm", Of: OfKin, Fields: []BookField{{Name: "died_on", Type: "date"}, {Name: "place", Type: "string"}}},
		{Path: PathDeath, Group: "death", Agency: "jpn", Of: OfKin, Fields: []BookField{{Name: "deceased", Type: "idnumber"}, {Name: "died_on", Type: "date"},
			{Name: "manner", Type: "choice", Options: []string{"natural", "other"}}},
			Keep: &Keep{Needs: []string{"deceased", "died_on"}, About: "deceased", One: true}},
		{Path: PathAddress, Group: "address", Agency: "jpn", Of: OfPerson, Fields: append([]BookField{{Name: "family", Type: "choice", Options: []string{"alone", "with_children"}}}, address...),
			Keep: &Keep{Needs: []string{"address", "postcode", "city", "state"}}},
	}
}

// eachBook runs a test over the small family with books beside the base
// registers.
func eachBook(t *testing.T, fn func(t *testing.T, r rig)) {
	each(t, func(t *testing.T, r rig) {
		r.Register = r.WithBooks(testBooks())
		fn(t, r)
	})
}

func (r rig) load(entries ...BookEntry) {
	r.t.Helper()
	r.write(func(tx *db.Tx) error {
		return r.LoadTx(tx, journal.By{Agency: "jpn"}, Population{AsOf: clock.Micro(noon), Books: entries})
	})
}

func (r rig) enter(path, ref, person string, values map[string]any) (e Entered) {
	r.t.Helper()
	r.write(func(tx *db.Tx) (err error) {
		e, err = r.Enter(tx, Entry{Register: path, Values: values, Person: person, Case: ref, Basis: "law"})
		return err
	})
	return e
}

func (r rig) bookFacts(person string, from ...string) map[string]any {
	r.t.Helper()
	out := map[string]any{}
	r.write(func(tx *db.Tx) error {
		v, err := r.Facts(tx, person, from)
		for k, x := range v {
			out[k] = x.V
		}
		return err
	})
	return out
}

func TestBookFacts(t *testing.T) {
	eachBook(t, func(t *testing.T, r rig) {
		r.load(BookEntry{"i1", "insurance.insured", "mum", "P1", map[string]any{"employer": "Kilang", "months_24": int64(20), "employed": false}, 0},
			BookEntry{"f1", "disaster.area", "15400", "F1", map[string]any{"code": "KB26", "state": "MY-03"}, 0})
		got := r.bookFacts("mum", "insurance.insured", "disaster.area")
		for k, v := range map[string]any{"insured.employer": "Kilang", "insured.months_24": int64(20), "insured.employed": false,
			"flood.code": "KB26", "flood.region": "peninsular"} {
			if got[k] != v {
				t.Errorf("%s = %v, want %v", k, got[k], v)
			}
		}
		if got := r.bookFacts("lone", "insurance.insured", "disaster.area"); len(got) != 0 {
			t.Errorf("another person is told %v", got)
		}
		var uses []Use
		r.write(func(tx *db.Tx) (err error) {
			if err := r.UseTx(tx, "BLH-1", "perkeso", []Value{{Field: "insured.months_24", Entry: "i1", Version: 1}}); err != nil {
				return err
			}
			uses, err = r.Correct(tx, Correction{Person: "mum", Field: "insured.months_24", Entry: "i1", Value: 24, Case: "BLH-2"})
			return err
		})
		if len(uses) != 1 || uses[0].Case != "BLH-1" {
			t.Errorf("uses %+v", uses)
		}
		if got := r.bookFacts("mum", "insurance.insured"); got["insured.months_24"] != int64(24) {
			t.Errorf("after the correction %v", got)
		}
	})
}

func TestBookOnce(t *testing.T) {
	eachBook(t, func(t *testing.T, r rig) {
		relief := map[string]any{"code": "KB26", "amount_cents": int64(100000)}
		e := r.enter("disaster.flood_relief", "BLH-1", "mum", relief)
		if e.Number != "2026-00000001" {
			t.Errorf("number %q", e.Number)
		}
		// The husband shares the household: for the same flood it has had its relief.
		if code := r.fails(func(tx *db.Tx) error {
			_, err := r.Enter(tx, Entry{Register: "disaster.flood_relief", Values: relief, Person: "dad", Case: "BLH-2"})
			return err
		}); code != fault.Conflict {
			t.Errorf("twice: %s", code)
		}
		r.enter("disaster.flood_relief", "BLH-3", "dad", map[string]any{"code": "KB27", "amount_cents": int64(5)})
		r.write(func(tx *db.Tx) error { return r.Void(tx, Voiding{Entry: e.Entry, Case: "BLH-1"}) })
		r.enter("disaster.flood_relief", "BLH-4", "dad", relief)
		for _, bad := range []map[string]any{{"code": "KB28"}, {"code": "KB28", "amount_cents": "many"}, {"code": "KB28", "amount_cents": 1, "mass": 1}} {
			if code := r.fails(func(tx *db.Tx) error {
				_, err := r.Enter(tx, Entry{Register: "disaster.flood_relief", Values: bad, Person: "mum", Case: "BLH-9"})
				return err
			}); code != fault.Invalid {
				t.Errorf("%v: %s", bad, code)
			}
		}
	})
}

func TestDeath(t *testing.T) {
	eachBook(t, func(t *testing.T, r rig) {
		r.load(BookEntry{"d1", PathDeathNotice, "dad", "HM-1", map[string]any{"died_on": "2026-11-10", "place": "Hospital Tumpat"}, 0})
		got := r.bookFacts("mum", PathPerson, PathDeathNotice)
		if got["deceased.name"] != "Mohd Hafiz bin Abdullah" || got["deceased.relation"] != "spouse" || got["death_notice.died_on"] != "2026-11-10" {
			t.Fatalf("the widow is told %v", got)
		}
		if got := r.bookFacts("lone", PathPerson, PathDeathNotice); got["deceased.name"] != nil {
			t.Error("a stranger is told of a death")
		}
		values := map[string]any{"deceased": "920817-00-5113", "died_on": "2026-11-10", "manner": "natural"}
		e := r.enter(PathDeath, "BLH-1", "mum", values)
		if got := r.bookFacts("mum", PathPerson, PathDeathNotice, PathMarriage); got["death_notice.died_on"] != nil || got["marriage.registered"] == true {
			t.Errorf("after the entry: %v", got)
		}
		again := func() fault.Code {
			return r.fails(func(tx *db.Tx) error {
				_, err := r.Enter(tx, Entry{Register: PathDeath, Values: values, Person: "mum", Case: "BLH-2"})
				return err
			})
		}
		if code := again(); code != fault.Conflict {
			t.Errorf("twice: %s", code)
		}
		if code := r.fails(func(tx *db.Tx) error { _, err := r.Facts(tx, "dad", []string{PathPerson}); return err }); code != fault.Missing {
			t.Errorf("the dead apply: %s", code)
		}
		var members int64
		count := func() int64 {
			r.write(func(tx *db.Tx) error {
				return tx.QueryRow(`select members from register_household where id = 'home'`).Scan(&members)
			})
			return members
		}
		if count() != 2 {
			t.Errorf("%d in the household", members)
		}
		// The wrong twin was named: the right day, and the entry void at last.
		r.write(func(tx *db.Tx) error {
			_, err := r.Amend(tx, Amendment{Entry: e.Entry, Case: "BLH-1", Values: map[string]any{"deceased": "920817-00-5113", "died_on": "2026-11-09"}})
			return err
		})
		if count() != 2 {
			t.Errorf("after the amendment %d in the household", members)
		}
		r.write(func(tx *db.Tx) error { return r.Void(tx, Voiding{Entry: e.Entry, Case: "BLH-1"}) })
		got = r.bookFacts("mum", PathPerson, PathDeathNotice, PathMarriage)
		if got["deceased.relation"] != "spouse" || got["marriage.registered"] != true || count() != 3 {
			t.Errorf("after the voiding: %v, %d in the household", got, members)
		}
	})
}

func TestMove(t *testing.T) {
	eachBook(t, func(t *testing.T, r rig) {
		r.load(BookEntry{"i1", "insurance.insured", "mum", "P1", map[string]any{"employer": "Kilang", "address": "No. 1, Jalan Melur", "postcode": "15400", "city": "Kota Bharu", "state": "MY-03"}, 0})
		at := func(person string) any { return r.bookFacts(person, PathPerson)["applicant.address"] }
		e := r.enter(PathAddress, "BLH-1", "mum", map[string]any{"address": "12, Jalan Baru", "postcode": "80000", "city": "Johor Bahru", "state": "MY-01", "family": "with_children"})
		if len(e.Told) != 1 || e.Told[0].Agency != "perkeso" {
			t.Errorf("told %+v", e.Told)
		}
		if at("mum") != "12, Jalan Baru" || at("first") != "12, Jalan Baru" || at("dad") != "No. 1, Jalan Melur" {
			t.Errorf("moved: %v, %v, %v", at("mum"), at("first"), at("dad"))
		}
		if got := r.bookFacts("mum", "insurance.insured"); got["insured.state"] != "MY-01" {
			t.Errorf("the insurer has %v", got)
		}
		second := r.enter(PathAddress, "BLH-2", "mum", map[string]any{"address": "7, Jalan Kedua", "postcode": "80100", "city": "Johor Bahru", "state": "MY-01"})
		r.write(func(tx *db.Tx) error { return r.Void(tx, Voiding{Entry: e.Entry, Case: "BLH-1"}) })
		if at("mum") != "7, Jalan Kedua" || at("first") != "No. 1, Jalan Melur" {
			t.Errorf("the first move is void: %v, %v", at("mum"), at("first"))
		}
		r.write(func(tx *db.Tx) error { return r.Void(tx, Voiding{Entry: second.Entry, Case: "BLH-2"}) })
		if code := r.fails(func(tx *db.Tx) error { return r.Void(tx, Voiding{Entry: second.Entry, Case: "BLH-2"}) }); code != fault.Conflict {
			t.Errorf("void twice: %s", code)
		}
	})
}

func TestPupil(t *testing.T) {
	eachBook(t, func(t *testing.T, r rig) {
		r.write(func(tx *db.Tx) error { // next year's intake were born in 2020
			_, err := tx.Exec(`update register_person set born_on = '2020-05-02' where id = 'first'`)
			return err
		})
		if got := r.bookFacts("dad", PathBirth); got["pupil.name"] != "Nur Alia binti Hafiz" || got["pupil.sex"] != "female" {
			t.Fatalf("the father is told %v", got)
		}
		r.enter(PathSchoolPlace, "BLH-1", "dad", map[string]any{"pupil": "230101-00-0002", "school": "SK Melur"})
		if got := r.bookFacts("mum", PathBirth); got["pupil.name"] != nil {
			t.Error("a child with a place is asked for again")
		}
		if code := r.fails(func(tx *db.Tx) error {
			_, err := r.Enter(tx, Entry{Register: PathSchoolPlace, Person: "mum", Case: "BLH-2", Values: map[string]any{"pupil": "230101-00-0002", "school": "SK Lain"}})
			return err
		}); code != fault.Conflict {
			t.Errorf("two places: %s", code)
		}
	})
}
