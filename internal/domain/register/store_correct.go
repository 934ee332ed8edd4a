package register

import (
	"errors"
	"fmt"
	"strconv"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
)

// Correct sets one fact right as a new version, keeps the old one, and tells
// which cases had used it. A correction to the value that stands already does
// nothing.
func (r *Register) Correct(tx *db.Tx, in Correction) ([]Use, error) {
	if Needs(in.Field, in.Value) != nil {
		return r.complete(tx, in)
	}
	s, c, ok := sourceOf(in.Field)
	if !ok {
		if b, c, is := r.bookOf(in.Field); is {
			return r.correctBook(tx, b, c, in)
		}
		return nil, fault.New(fault.Missing, "register.missing.field", "field", in.Field)
	}
	value, err := checkValue(c, in.Field, in.Value)
	if err != nil {
		return nil, err
	}
	old, err := r.entryFor(tx, s, in)
	if err != nil {
		return nil, err
	}
	if old.values[c.fact] == value {
		return nil, nil
	}
	now := clock.Micro(r.clock.Now())
	was := old.values[c.fact]
	if err := r.keep(tx, old, s.table.name+"."+c.sql, was, now, in); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(`update `+s.table.name+` set `+c.sql+` = $2, version = version + 1, as_of_at = $3
		where `+s.table.key+` = $1`, old.entry, value, now); err != nil {
		return nil, fmt.Errorf("register: correct %s: %w", in.Field, err)
	}
	return r.corrected(tx, in, s.path, old, now, sameFact(s.table.name, c.fact), personOf(s, old))
}

// corrected records a correction and tells which cases had used the old value.
func (r *Register) corrected(tx *db.Tx, in Correction, path string, old row, now int64, names []any, persons ...string) ([]Use, error) {
	uses, err := db.List(tx, func(x db.Scanner) (u Use, err error) {
		return u, x.Scan(&u.Case, &u.Agency, &u.Field, &u.Entry, &u.Version, &u.At)
	}, `select case_ref, agency, field, entry, version, used_at from register_use
		where entry = $1 and field in (`+db.In(2, len(names))+`) order by used_at, case_ref`,
		append([]any{old.entry}, names...)...)
	if err != nil {
		return nil, fmt.Errorf("register: uses of %s: %w", in.Field, err)
	}
	_, err = r.journal.Append(tx, journal.Record{Kind: "register.corrected", At: now, By: in.By, Case: in.Case,
		Subjects: distinct(append([]string{in.Person}, persons...)), Why: in.Why, Basis: in.Basis,
		Data: map[string]any{"register": path, "entry": old.entry, "field": in.Field, "version": old.version + 1}})
	return uses, err
}

// sameFact lists the names under which a column is known: a mother is also an
// applicant, and a father's name is that of a person too.
func sameFact(table, fact string) []any {
	var names []any
	for _, s := range sources {
		if s.table.name == table {
			names = append(names, s.prefix+"."+fact)
		}
	}
	return names
}

// personOf is the person whom an entry is about, where the entry is a person's.
func personOf(s source, r row) string {
	if s.table.name == personTable.name || s.table.name == payeeTable.name {
		return r.entry
	}
	return ""
}

func (r *Register) entryFor(tx *db.Tx, s source, in Correction) (row, error) {
	if in.Entry != "" {
		old, ok, err := read(tx, s.table, `where t.`+s.table.key+` = $1`, in.Entry)
		if err == nil && !ok {
			err = fault.New(fault.Missing, "register.missing.entry")
		}
		return old, err
	}
	h, err := r.gather(tx, in.Person, r.everyPath())
	if err != nil {
		return row{}, err
	}
	old, ok := h[s.prefix]
	if !ok {
		return row{}, fault.New(fault.Missing, "register.missing.entry")
	}
	return old, nil
}

func (r *Register) everyPath() map[string]bool {
	all := map[string]bool{}
	for _, i := range r.Infos() {
		all[i.Path] = true
	}
	return all
}

// keep writes the version that ends now. It stood since the field's last
// correction, or since the registers first knew the entry.
func (r *Register) keep(tx *db.Tx, old row, field string, was any, now int64, in Correction) error {
	value := ""
	switch w := was.(type) {
	case string:
		value = w
	case int64:
		value = strconv.FormatInt(w, 10)
	}
	var from int64
	err := tx.QueryRow(`select coalesce(max(case when field = $2 then until_at end), min(from_at), $3)
		from register_version where entry = $1`, old.entry, field, old.asOf).Scan(&from)
	if err != nil {
		return fmt.Errorf("register: keep: %w", err)
	}
	_, err = tx.Exec(`insert into register_version (entry, field, version, value, from_at, until_at, case_ref, basis)
		values ($1,$2,$3,$4,$5,$6,$7,$8)`, old.entry, field, old.version, value, from, now, in.Case, in.Basis)
	if err != nil {
		return fmt.Errorf("register: keep: %w", err)
	}
	return nil
}

// Void ends an entry that should not have been made. With a birth's the
// child's person entry ends, and the hospital's notice is open again.
func (r *Register) Void(tx *db.Tx, in Voiding) error {
	var child, mother, father, notice, status string
	err := tx.QueryRow(`select child, mother, father, notice, status from register_birth where entry = $1`, in.Entry).
		Scan(&child, &mother, &father, &notice, &status)
	if errors.Is(err, db.ErrNoRows) {
		e, ok, err := readBook(tx, `where entry = $1`, in.Entry)
		if err != nil {
			return err
		}
		if ok {
			return r.voidBook(tx, e, in)
		}
		return r.voidAid(tx, in)
	}
	if err != nil {
		return fmt.Errorf("register: void: %w", err)
	}
	if status != "registered" {
		return fault.New(fault.Conflict, "register.voided")
	}
	now := clock.Micro(r.clock.Now())
	for _, step := range []struct {
		q    string
		args []any
	}{
		{`update register_birth set status = 'void', version = version + 1, as_of_at = $2 where entry = $1`, []any{in.Entry, now}},
		{`update register_person set status = 'void', version = version + 1, as_of_at = $2 where id = $1`, []any{child, now}},
		{`update register_birth_notice set status = 'open', entry = '' where number = $1`, []any{notice}},
		{`update register_household set members = members - 1, children = children - 1, version = version + 1, as_of_at = $2
			where id = (select household from register_person where id = $1)`, []any{child, now}},
	} {
		if _, err := tx.Exec(step.q, step.args...); err != nil {
			return fmt.Errorf("register: void: %w", err)
		}
	}
	return r.voided(tx, in, PathBirth, now, child, mother, father)
}

func (r *Register) voidAid(tx *db.Tx, in Voiding) error {
	var child, payee, status string
	err := tx.QueryRow(`select child, payee, status from register_aid where entry = $1`, in.Entry).Scan(&child, &payee, &status)
	if err = found(err, "entry"); err != nil {
		return err
	}
	if status != "paid" {
		return fault.New(fault.Conflict, "register.voided")
	}
	now := clock.Micro(r.clock.Now())
	if _, err := tx.Exec(`update register_aid set status = 'void', version = version + 1, as_of_at = $2 where entry = $1`,
		in.Entry, now); err != nil {
		return fmt.Errorf("register: void aid: %w", err)
	}
	return r.voided(tx, in, PathAid, now, child, payee)
}

func (r *Register) voided(tx *db.Tx, in Voiding, path string, now int64, concerned ...string) error {
	_, err := r.journal.Append(tx, journal.Record{Kind: "register.voided", At: now, By: in.By, Case: in.Case,
		Subjects: distinct(concerned), Why: in.Why, Basis: in.Basis,
		Data: map[string]any{"register": path, "entry": in.Entry}})
	return err
}
