package register

import (
	"errors"
	"fmt"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// Amendment sets the values of an entry right after it was made: a decision was
// corrected, and what was registered is still registered.
type Amendment struct {
	Entry       string
	Values      map[string]any // as for Enter, all of them
	By          journal.By
	Case, Basis string
	Why         locale.Text
}

// Amend writes a new version of a birth or of an aid and keeps the old values.
// The entry keeps its number and the child its person; the child's id number
// changes only with what it is made of, the day of birth and the sex.
func (r *Register) Amend(tx *db.Tx, in Amendment) (Entered, error) {
	var status string
	err := tx.QueryRow(`select status from register_birth where entry = $1`, in.Entry).Scan(&status)
	if errors.Is(err, db.ErrNoRows) {
		e, ok, err := readBook(tx, `where entry = $1`, in.Entry)
		if err != nil {
			return Entered{}, err
		}
		if ok {
			return r.amendBook(tx, e, in)
		}
		return r.amendAid(tx, in)
	}
	if err != nil {
		return Entered{}, fmt.Errorf("register: amend: %w", err)
	}
	if status != "registered" {
		return Entered{}, fault.New(fault.Conflict, "register.voided")
	}
	return r.amendBirth(tx, in)
}

func (r *Register) amendBirth(tx *db.Tx, in Amendment) (Entered, error) {
	v, err := checkEntry(in.Values, birthValues, birthNeeds)
	if err != nil {
		return Entered{}, err
	}
	mother, err := r.motherOf(tx, v, nil)
	if err != nil {
		return Entered{}, err
	}
	father, fatherName, err := r.fatherOf(tx, v)
	if err != nil {
		return Entered{}, err
	}
	e := Entered{Entry: in.Entry}
	var name, sex, bornOn, citizenship, wasMother, wasFather, place, bornAt, state, wasName string
	var weight int64
	birth, child := row{entry: in.Entry}, row{}
	if err := tx.QueryRow(`select b.number, b.child, b.version, b.as_of_at, b.mother, b.father, b.father_name, b.place, b.born_at,
		b.weight_g, b.state, p.version, p.as_of_at, p.id_number, p.name, p.sex, p.born_on, p.citizenship
		from register_birth b join register_person p on p.id = b.child where b.entry = $1`, in.Entry).
		Scan(&e.Number, &e.Child, &birth.version, &birth.asOf, &wasMother, &wasFather, &wasName, &place, &bornAt, &weight, &state,
			&child.version, &child.asOf, &e.IDNumber, &name, &sex, &bornOn, &citizenship); err != nil {
		return Entered{}, fmt.Errorf("register: amend birth: %w", err)
	}
	child.entry = e.Child
	was := e.IDNumber
	if bornOn != v.text("born_on") || sex != v.text("sex") {
		if e.IDNumber, err = r.newIDNumber(tx, v.text("born_on"), v.text("sex")); err != nil {
			return Entered{}, err
		}
	}
	now := clock.Micro(r.clock.Now())
	if err := r.amended(tx, in, "register_person", "id", child, now, []change{{"name", name, v.text("child_name")},
		{"sex", sex, v.text("sex")}, {"born_on", bornOn, v.text("born_on")}, {"citizenship", citizenship, v.text("citizenship")},
		{"id_number", was, e.IDNumber}, {"mother", wasMother, mother}, {"father", wasFather, father}}); err != nil {
		return Entered{}, err
	}
	if err := r.amended(tx, in, "register_birth", "entry", birth, now, []change{{"mother", wasMother, mother},
		{"father", wasFather, father}, {"father_name", wasName, fatherName}, {"place", place, v.text("place")},
		{"born_at", bornAt, v.text("born_at")}, {"weight_g", weight, v.int("weight_g")}, {"state", state, v.text("state")}}); err != nil {
		return Entered{}, err
	}
	return e, r.amendment(tx, in, PathBirth, now, e.Child, mother, father, wasMother, wasFather)
}

func (r *Register) amendAid(tx *db.Tx, in Amendment) (Entered, error) {
	v, err := checkEntry(in.Values, aidValues, aidNeeds)
	if err != nil {
		return Entered{}, err
	}
	child, err := r.ByIDNumber(tx, v.text("child"))
	if err != nil {
		return Entered{}, err
	}
	payee, err := r.payeeOf(tx, v.text("payee"), child)
	if err != nil {
		return Entered{}, err
	}
	e, aid := Entered{Entry: in.Entry}, row{entry: in.Entry}
	var wasChild, wasPayee, bank, tail, status string
	var cents int64
	err = tx.QueryRow(`select number, version, as_of_at, child, payee, monthly_cents, bank, account_tail, status
		from register_aid where entry = $1`, in.Entry).
		Scan(&e.Number, &aid.version, &aid.asOf, &wasChild, &wasPayee, &cents, &bank, &tail, &status)
	if err = found(err, "entry"); err != nil {
		return Entered{}, err
	}
	if status != "paid" {
		return Entered{}, fault.New(fault.Conflict, "register.voided")
	}
	now := clock.Micro(r.clock.Now())
	if err := r.amended(tx, in, "register_aid", "entry", aid, now, []change{{"child", wasChild, child}, {"payee", wasPayee, payee},
		{"monthly_cents", cents, v.int("monthly_cents")}, {"bank", bank, v.text("bank")}, {"account_tail", tail, v.text("account_tail")}}); err != nil {
		return Entered{}, err
	}
	return e, r.amendment(tx, in, PathAid, now, child, payee, wasChild, wasPayee)
}

// change is one column with what it held and what it holds from now on.
type change struct {
	column   string
	was, now any
}

// amended writes the columns that differ, each as a version of its own.
func (r *Register) amended(tx *db.Tx, in Amendment, table, key string, old row, now int64, changes []change) error {
	for _, c := range changes {
		if c.was == c.now {
			continue
		}
		if err := r.keep(tx, old, table+"."+c.column, c.was, now, Correction{Case: in.Case, Basis: in.Basis}); err != nil {
			return err
		}
		if _, err := tx.Exec(`update `+table+` set `+c.column+` = $2, version = version + 1, as_of_at = $3 where `+key+` = $1`,
			old.entry, c.now, now); err != nil {
			return fmt.Errorf("register: amend %s.%s: %w", table, c.column, err)
		}
		old.version++
	}
	return nil
}

func (r *Register) amendment(tx *db.Tx, in Amendment, path string, now int64, concerned ...string) error {
	_, err := r.journal.Append(tx, journal.Record{Kind: "register.corrected", At: now, By: in.By, Case: in.Case,
		Subjects: distinct(concerned), Why: in.Why, Basis: in.Basis,
		Data: map[string]any{"register": path, "entry": in.Entry}})
	return err
}
