package register

import (
	"fmt"

	"balai/internal/spine/db"
)

// Holder is a valid entry and the people whom it may concern: whose it is, then
// their mother and father.
type Holder struct {
	Entry  string
	People []string
}

// Holders pages through the valid entries of a register in the order of their
// names, after one of them.
func (r *Register) Holders(tx *db.Tx, path, after string, limit int) ([]Holder, error) {
	q := `select b.entry, p.id, p.mother, p.father from register_book b join register_person p on p.id = b.key
		where b.path = $1 and b.status = 'valid' and b.entry > $2 order by b.entry limit $3`
	args := []any{path, after, limit}
	if path == PathBirth {
		q = `select b.entry, b.child, b.mother, b.father from register_birth b
			where b.status = 'registered' and b.entry > $1 order by b.entry limit $2`
		args = args[1:]
	}
	list, err := db.List(tx, func(s db.Scanner) (h Holder, err error) {
		var people [3]string
		err = s.Scan(&h.Entry, &people[0], &people[1], &people[2])
		h.People = distinct(people[:])
		return h, err
	}, q, args...)
	if err != nil {
		return nil, fmt.Errorf("register: holders of %s: %w", path, err)
	}
	return list, nil
}

// People pages through the living people of the population register in the
// order of their entries, after one of them.
func (r *Register) People(tx *db.Tx, after string, limit int) ([]string, error) {
	list, err := db.List(tx, func(s db.Scanner) (p string, err error) { return p, s.Scan(&p) },
		`select id from register_person where status = 'valid' and id > $1 order by id limit $2`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("register: people: %w", err)
	}
	return list, nil
}

// UsesOf lists the cases that relied on an entry, the first use first.
func (r *Register) UsesOf(tx *db.Tx, entry string) ([]Use, error) {
	list, err := db.List(tx, func(x db.Scanner) (u Use, err error) {
		return u, x.Scan(&u.Case, &u.Agency, &u.Field, &u.Entry, &u.Version, &u.At)
	}, `select case_ref, agency, field, entry, version, used_at from register_use where entry = $1 order by used_at, case_ref, field`, entry)
	if err != nil {
		return nil, fmt.Errorf("register: uses of an entry: %w", err)
	}
	return list, nil
}

// Household lists who lives together with a person, the person first.
func (r *Register) Household(tx *db.Tx, person string) ([]string, error) {
	list, err := db.List(tx, func(s db.Scanner) (p string, err error) { return p, s.Scan(&p) }, `
		select p.id from register_person me join register_person p on p.household = me.household
		where me.id = $1 and me.household <> '' and p.id <> me.id and p.status = 'valid' order by p.id`, person)
	if err != nil {
		return nil, fmt.Errorf("register: household: %w", err)
	}
	return append([]string{person}, list...), nil
}
