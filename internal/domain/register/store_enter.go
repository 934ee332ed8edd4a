package register

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// PlaceCode is the place in MyKad numbers that the hall gives: 00, which is
// assigned to no state and no country, so that no number made here can be a
// real person's.
const PlaceCode = "00"

// Enter makes an entry (see the package's text for the values) with its leaf.
// What is already registered is fault Conflict; a value that is missing or
// that the register does not hold is fault Invalid.
func (r *Register) Enter(tx *db.Tx, in Entry) (Entered, error) {
	switch in.Register {
	case PathBirth:
		return r.enterBirth(tx, in)
	case PathAid:
		return r.enterAid(tx, in)
	}
	if b, ok := r.book(in.Register); ok && b.Keep != nil {
		return r.enterBook(tx, b, in)
	}
	return Entered{}, fault.New(fault.Missing, "register.missing.register", "register", in.Register)
}

// entryColumns are the values that an entry may be made of.
var (
	birthValues = []column{{"child_name", "", text}, {"born_on", "", day}, {"sex", "", text}, {"citizenship", "", text},
		{"state", "", text}, {"mother", "", text}, {"born_at", "", text}, {"weight_g", "", integer}, {"place", "", text},
		{"notice", "", text}, {"father", "", text}, {"father_name", "", text}}
	birthNeeds = []string{"child_name", "born_on", "sex", "citizenship", "state"}
	aidValues  = []column{{"child", "", text}, {"monthly_cents", "", integer}, {"account_tail", "", text}, {"bank", "", text},
		{"payee", "", text}}
	aidNeeds = []string{"child", "monthly_cents"}
)

// entryValues checks the values of an entry; empty and null ones count as not
// given.
type entryValues map[string]any

func (v entryValues) text(name string) string { s, _ := v[name].(string); return s }
func (v entryValues) int(name string) int64   { n, _ := v[name].(int64); return n }

func checkEntry(values map[string]any, columns []column, needs []string) (entryValues, error) {
	out := entryValues{}
	var wrong []fault.Field
	for name, v := range values {
		i := slices.IndexFunc(columns, func(c column) bool { return c.fact == name })
		if i < 0 {
			wrong = append(wrong, fault.Field{Location: name, Key: "register.unknown_value", Args: []any{"field", name}})
			continue
		}
		if v == nil || v == "" {
			continue
		}
		got, err := checkValue(columns[i], name, v)
		if err != nil {
			wrong = append(wrong, fault.Field{Location: name, Key: "register.bad_value", Args: []any{"field", name}})
			continue
		}
		out[name] = got
	}
	for _, name := range needs {
		if _, ok := out[name]; !ok {
			wrong = append(wrong, fault.Field{Location: name, Key: "register.needed", Args: []any{"field", name}})
		}
	}
	if len(wrong) > 0 {
		slices.SortFunc(wrong, func(a, b fault.Field) int { return strings.Compare(a.Location, b.Location) })
		return nil, fault.New(fault.Invalid, wrong[0].Key, wrong[0].Args...).With(wrong...)
	}
	return out, nil
}

func (r *Register) enterBirth(tx *db.Tx, in Entry) (Entered, error) {
	v, err := checkEntry(in.Values, birthValues, birthNeeds)
	if err != nil {
		return Entered{}, err
	}
	mother, err := r.motherOf(tx, v, in.Subjects)
	if err != nil {
		return Entered{}, err
	}
	father, fatherName, err := r.fatherOf(tx, v)
	if err != nil {
		return Entered{}, err
	}
	now := r.clock.Now()
	e := Entered{Entry: r.ids.New(), Child: r.ids.New()}
	if err := r.takeNotice(tx, v, mother, e.Entry, clock.Micro(now)); err != nil {
		return Entered{}, err
	}
	if e.IDNumber, err = r.newIDNumber(tx, v.text("born_on"), v.text("sex")); err != nil {
		return Entered{}, err
	}
	if e.Number, err = r.newNumber(tx, "birth", clock.Day(now)[:4]); err != nil {
		return Entered{}, err
	}
	if _, err := tx.Exec(`insert into register_person (id, id_number, name, sex, born_on, citizenship,
		address, postcode, city, state, phone, mail, occupation, lang, mother, father, household, status, version, as_of_at)
		select $1, $2, $3, $4, $5, $6, m.address, m.postcode, m.city, m.state, '', '', '', m.lang, m.id, $7,
		m.household, 'valid', 1, $8 from register_person m where m.id = $9`,
		e.Child, e.IDNumber, v.text("child_name"), v.text("sex"), v.text("born_on"), v.text("citizenship"),
		father, clock.Micro(now), mother); err != nil {
		return Entered{}, fmt.Errorf("register: enter child: %w", err)
	}
	if _, err := tx.Exec(`insert into register_birth (entry, number, child, mother, father, father_name, place, born_at,
		weight_g, state, notice, case_ref, registered_on, status, version, as_of_at)
		values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,'registered',1,$14)`,
		e.Entry, e.Number, e.Child, mother, father, fatherName, v.text("place"), v.text("born_at"),
		v.int("weight_g"), v.text("state"), v.text("notice"), in.Case, clock.Day(now), clock.Micro(now)); err != nil {
		return Entered{}, fmt.Errorf("register: enter birth: %w", err)
	}
	if _, err := tx.Exec(`update register_household set members = members + 1, children = children + 1,
		version = version + 1, as_of_at = $2, as_of = $3
		where id = (select household from register_person where id = $1)`, mother, clock.Micro(now), clock.Day(now)); err != nil {
		return Entered{}, fmt.Errorf("register: enter birth: household: %w", err)
	}
	return e, r.leafOf(tx, in, e, []string{e.Child, mother, father},
		locale.Text{MS: "Kelahiran dicatat dalam Daftar Kelahiran", EN: "A birth was entered in the register of births"})
}

// motherOf is the woman named by id number; a mother without papers is known
// from the hospital's notice, or is the first person concerned.
func (r *Register) motherOf(tx *db.Tx, v entryValues, subjects []string) (string, error) {
	switch {
	case v.text("mother") != "":
		return r.ByIDNumber(tx, v.text("mother"))
	case v.text("notice") != "":
		return r.one(tx, `select mother from register_birth_notice where number = $1`, v.text("notice"))
	case len(subjects) > 0:
		return r.one(tx, `select id from register_person where id = $1 and status = 'valid'`, subjects[0])
	}
	return "", fault.New(fault.Invalid, "register.needed", "field", "mother").
		With(fault.Field{Location: "mother", Key: "register.needed", Args: []any{"field", "mother"}})
}

// fatherOf is the man named, if any. A typed name that is not the one that the
// register has under the typed number stands as typed and is nobody's: a slip
// of the pen must not make a stranger a father.
func (r *Register) fatherOf(tx *db.Tx, v entryValues) (person, name string, err error) {
	name = v.text("father_name")
	number := v.text("father")
	if number == "" {
		return "", name, nil
	}
	person, err = r.ByIDNumber(tx, number)
	if fault.CodeOf(err) == fault.Missing && name != "" {
		return "", name, nil
	}
	if err != nil {
		return "", "", err
	}
	known, err := r.NameOf(tx, person)
	if name != "" && plain(known) != plain(name) {
		return "", name, err
	}
	return person, known, err
}

// takeNotice marks the hospital's notice as registered, once; without one, the
// same birth must not stand in the register already.
func (r *Register) takeNotice(tx *db.Tx, v entryValues, mother, entry string, now int64) error {
	if number := v.text("notice"); number != "" {
		n, err := tx.Exec(`update register_birth_notice set status = 'registered', entry = $3
			where number = $1 and mother = $2 and status = 'open'`, number, mother, entry)
		if err != nil {
			return fmt.Errorf("register: take notice: %w", err)
		}
		if n == 0 {
			return fault.New(fault.Conflict, "register.notice_registered")
		}
		return nil
	}
	var twice int64
	if err := tx.QueryRow(`select count(*) from register_birth b join register_person p on p.id = b.child
		where b.mother = $1 and b.status = 'registered' and p.born_on = $2 and p.name = $3`,
		mother, v.text("born_on"), v.text("child_name")).Scan(&twice); err != nil {
		return fmt.Errorf("register: same birth: %w", err)
	}
	if twice > 0 {
		return fault.New(fault.Conflict, "register.birth_registered")
	}
	return nil
}

func (r *Register) enterAid(tx *db.Tx, in Entry) (Entered, error) {
	v, err := checkEntry(in.Values, aidValues, aidNeeds)
	if err != nil {
		return Entered{}, err
	}
	child, err := r.ByIDNumber(tx, v.text("child"))
	if err != nil {
		return Entered{}, err
	}
	var paid int64
	if err := tx.QueryRow(`select count(*) from register_aid where child = $1 and status = 'paid'`, child).Scan(&paid); err != nil {
		return Entered{}, fmt.Errorf("register: aid: %w", err)
	}
	if paid > 0 {
		return Entered{}, fault.New(fault.Conflict, "register.aid_in_payment")
	}
	payee, err := r.payeeOf(tx, v.text("payee"), child)
	if err != nil {
		return Entered{}, err
	}
	now := r.clock.Now()
	e := Entered{Entry: r.ids.New()}
	if e.Number, err = r.newNumber(tx, "aid", clock.Day(now)[:4]); err != nil {
		return Entered{}, err
	}
	if _, err := tx.Exec(`insert into register_aid (entry, number, child, payee, monthly_cents, bank, account_tail,
		case_ref, started_on, status, version, as_of_at) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,'paid',1,$10)`,
		e.Entry, e.Number, child, payee, v.int("monthly_cents"), v.text("bank"), v.text("account_tail"),
		in.Case, clock.Day(now), clock.Micro(now)); err != nil {
		return Entered{}, fmt.Errorf("register: enter aid: %w", err)
	}
	return e, r.leafOf(tx, in, e, []string{child, payee},
		locale.Text{MS: "Bantuan dicatat dalam Daftar Bantuan Kanak-Kanak", EN: "An aid was entered in the register of child aid"})
}

// payeeOf is who receives a child's aid: the person named by id number, else the
// child's mother.
func (r *Register) payeeOf(tx *db.Tx, number, child string) (string, error) {
	if number != "" {
		return r.ByIDNumber(tx, number)
	}
	return r.one(tx, `select mother from register_person where id = $1`, child)
}

func (r *Register) leafOf(tx *db.Tx, in Entry, e Entered, concerned []string, why locale.Text) error {
	_, err := r.journal.Append(tx, journal.Record{Kind: "register.entered", By: in.By, Case: in.Case,
		Subjects: distinct(append(concerned, in.Subjects...)), Why: why, Basis: in.Basis,
		Data: map[string]any{"register": in.Register, "entry": e.Entry, "number": e.Number}})
	return err
}

func distinct(people []string) []string {
	var out []string
	for _, p := range people {
		if p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// count raises a counter and returns it; the row is made at first use. Many want
// the same one, and without the lock all but one of them would lose each time.
func count(tx *db.Tx, name string) (n int64, err error) {
	if err := tx.Lock("register " + name); err != nil {
		return 0, err
	}
	err = tx.QueryRow(`insert into register_counter (name, value) values ($1, 1)
		on conflict (name) do update set value = register_counter.value + 1 returning value`, name).Scan(&n)
	if err != nil {
		err = fmt.Errorf("register: count %s: %w", name, err)
	}
	return n, err
}

// newNumber is the next number of a register in a year: 2026-00000123.
func (r *Register) newNumber(tx *db.Tx, register, year string) (string, error) {
	n, err := count(tx, register+":"+year)
	return fmt.Sprintf("%s-%08d", year, n), err
}

// newIDNumber is the next free MyKid number of a birthday: YYMMDD-PB-###G, the
// last digit odd for a boy, even for a girl.
func (r *Register) newIDNumber(tx *db.Tx, bornOn, sex string) (string, error) {
	for {
		n, err := count(tx, "id:"+bornOn)
		if err != nil {
			return "", err
		}
		number, err := IDNumber(bornOn, sex, n)
		if err != nil {
			return "", err
		}
		var taken string
		err = tx.QueryRow(`select id from register_person where id_number = $1`, number).Scan(&taken)
		if errors.Is(err, db.ErrNoRows) {
			return number, nil
		}
		if err != nil {
			return "", fmt.Errorf("register: id number: %w", err)
		}
	}
}

// IDNumber is the nth number of a birthday (n from 0): the century's digit
// (0 to 4 from 2000 on, 5 to 9 before), two running digits, and one that is
// odd for a man. There are 2,500 for each sex.
func IDNumber(bornOn, sex string, n int64) (string, error) {
	if len(bornOn) != 10 || n < 0 || n >= 2500 {
		return "", fault.New(fault.Invalid, "register.bad_value", "field", "born_on")
	}
	serial := n * 2 // four digits of which the last tells the sex
	if sex == "male" {
		serial++
	}
	if bornOn < "2000" {
		serial += 5000
	}
	return bornOn[2:4] + bornOn[5:7] + bornOn[8:10] + "-" + PlaceCode + "-" + fmt.Sprintf("%04d", serial), nil
}
