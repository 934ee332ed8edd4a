package register

import (
	"fmt"
	"slices"
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// addressFields are the parts of an address, by the same names in a person's
// entry and in every book that hears of a move.
var addressFields = []string{"address", "postcode", "city", "state"}

// childhood ends on this birthday: a child moves with the parent who says so,
// another adult tells the state themself.
const childhood = 18

// follow writes on into other registers what an entry means for them, and
// lists those that were told.
func (r *Register) follow(tx *db.Tx, b Book, about string, v entryValues, in Amendment) ([]Told, error) {
	switch b.Path {
	case PathDeath:
		return nil, r.died(tx, about, v.text("died_on"), in)
	case PathAddress:
		return r.moved(tx, about, v, in)
	}
	return nil, nil
}

// died ends a person's entry and their marriages, and takes the notice.
func (r *Register) died(tx *db.Tx, person, on string, in Amendment) error {
	var status, household string
	old := row{entry: person}
	if err := tx.QueryRow(`select status, household, version, as_of_at from register_person where id = $1`, person).
		Scan(&status, &household, &old.version, &old.asOf); err != nil {
		return found(err, "person")
	}
	if status == "dead" {
		return fault.New(fault.Conflict, "register.death_registered")
	}
	now := clock.Micro(r.clock.Now())
	if err := r.amended(tx, in, "register_person", "id", old, now, []change{{"status", status, "dead"}}); err != nil {
		return err
	}
	type wedding struct {
		row
		endedOn string
	}
	weddings, err := db.List(tx, func(s db.Scanner) (w wedding, err error) {
		return w, s.Scan(&w.entry, &w.version, &w.asOf, &w.endedOn)
	}, `select id, version, as_of_at, ended_on from register_marriage where (husband = $1 or wife = $1) and ended_on = '' order by id`, person)
	if err != nil {
		return fmt.Errorf("register: marriages of the deceased: %w", err)
	}
	for _, w := range weddings {
		if err := r.amended(tx, in, "register_marriage", "id", w.row, now, []change{{"ended_on", w.endedOn, on}}); err != nil {
			return err
		}
	}
	return r.householdOf(tx, household, person, -1, now)
}

// householdOf counts one person more or fewer in a household.
func (r *Register) householdOf(tx *db.Tx, household, person string, by int, now int64) error {
	if _, err := tx.Exec(`update register_household set members = members + $2, version = version + 1, as_of_at = $3 where id = $1`,
		household, by, now); err != nil {
		return fmt.Errorf("register: household of the deceased: %w", err)
	}
	status := "used"
	if by > 0 {
		status = "valid"
	}
	if _, err := tx.Exec(`update register_book set status = $3, version = version + 1 where path = $1 and key = $2 and status <> $3`,
		PathDeathNotice, person, status); err != nil {
		return fmt.Errorf("register: notice of death: %w", err)
	}
	return nil
}

// moved writes the new address into the person's entry, into their children's
// where they move too, and into every book that hears of it.
func (r *Register) moved(tx *db.Tx, person string, v entryValues, in Amendment) ([]Told, error) {
	movers := []string{person}
	if v.text("family") == "with_children" {
		children, err := db.List(tx, func(s db.Scanner) (p string, err error) { return p, s.Scan(&p) },
			`select c.id from register_person c join register_person p on p.id = $1
			where (c.mother = p.id or c.father = p.id) and c.household = p.household and c.status = 'valid' and c.born_on > $2
			order by c.id`, person, r.clock.Now().In(clock.Zone).AddDate(-childhood, 0, 0).Format("2006-01-02"))
		if err != nil {
			return nil, fmt.Errorf("register: children who move: %w", err)
		}
		movers = append(movers, children...)
	}
	var told []Told
	for _, p := range movers {
		old := row{entry: p}
		now := clock.Micro(r.clock.Now())
		was := make([]string, len(addressFields))
		if err := tx.QueryRow(`select version, as_of_at, address, postcode, city, state from register_person where id = $1`, p).
			Scan(&old.version, &old.asOf, &was[0], &was[1], &was[2], &was[3]); err != nil {
			return nil, found(err, "person")
		}
		var changes []change
		for i, name := range addressFields {
			changes = append(changes, change{name, was[i], v.text(name)})
		}
		if err := r.amended(tx, in, "register_person", "id", old, now, changes); err != nil {
			return nil, err
		}
		more, err := r.tellAddress(tx, p, v, in)
		if err != nil {
			return nil, err
		}
		for _, t := range more {
			if !slices.ContainsFunc(told, func(x Told) bool { return x.Path == t.Path }) {
				told = append(told, t)
			}
		}
	}
	return told, nil
}

// unfollow takes back what followed from an entry: each value that the case
// set, and that nobody has set since, is what it was before.
func (r *Register) unfollow(tx *db.Tx, b Book, e bookRow, in Amendment) error {
	if b.Path != PathDeath && b.Path != PathAddress {
		return nil
	}
	type kept struct {
		entry, field, value string
		version             int
	}
	list, err := db.List(tx, func(s db.Scanner) (k kept, err error) {
		return k, s.Scan(&k.entry, &k.field, &k.value, &k.version)
	}, `select v.entry, v.field, v.value, v.version from register_version v where v.case_ref = $1 and v.entry <> $2
		and not exists (select 1 from register_version l where l.entry = v.entry and l.field = v.field
			and l.version > v.version and l.case_ref <> v.case_ref) order by v.entry, v.version`, e.caseRef, e.entry)
	if err != nil {
		return fmt.Errorf("register: undo: %w", err)
	}
	done := map[string]bool{}
	for _, k := range list {
		if done[k.entry+k.field] { // only what stood before the case's first change
			continue
		}
		done[k.entry+k.field] = true
		if err := r.restore(tx, k.entry, k.field, k.value, in); err != nil {
			return err
		}
	}
	if b.Path != PathDeath {
		return nil
	}
	household, err := r.one(tx, `select household from register_person where id = $1`, e.key)
	if err != nil {
		return err
	}
	return r.householdOf(tx, household, e.key, 1, clock.Micro(r.clock.Now()))
}

// restore sets one value back, as a version of its own.
func (r *Register) restore(tx *db.Tx, entry, field, value string, in Amendment) error {
	table, name, _ := strings.Cut(field, ".")
	now := clock.Micro(r.clock.Now())
	if table == "register_book" {
		e, ok, err := readBook(tx, `where entry = $1`, entry)
		if err != nil || !ok {
			return err
		}
		v := entryValues{}
		for n, was := range e.values {
			v[n] = was
		}
		if v[name] = value; value == "" {
			delete(v, name)
		}
		return r.keepBook(tx, e.row, v, now, Correction{Case: in.Case, Basis: in.Basis})
	}
	if table != "register_person" && table != "register_marriage" {
		return nil
	}
	old, was := row{entry: entry}, ""
	if !slices.Contains([]string{"status", "ended_on", "address", "postcode", "city", "state"}, name) {
		return nil
	}
	if err := tx.QueryRow(`select version, as_of_at, `+name+` from `+table+` where id = $1`, entry).
		Scan(&old.version, &old.asOf, &was); err != nil {
		return fmt.Errorf("register: undo %s: %w", field, err)
	}
	return r.amended(tx, in, table, "id", old, now, []change{{name, was, value}})
}

// schoolYears are the first and the last birthday of children who enter Year
// One this year or next: in the year of the seventh birthday.
func schoolYears(today string) (from, until string) {
	var year int
	if _, err := fmt.Sscanf(today, "%4d", &year); err != nil {
		return today, today
	}
	return fmt.Sprintf("%04d-01-01", year-7), fmt.Sprintf("%04d-12-31", year-6)
}
