package desk

import (
	"embed"
	"errors"
	"fmt"

	"balai/internal/spine/db"
)

//go:embed migration
var migrations embed.FS

// Migration makes the tables desk_*.
func Migration() db.Migration { return db.Migration{Part: "desk", FS: migrations} }

const presenceColumns = `person, name, title_ms, title_en, since_at, renewed_at, seen_version, before_version, before_at`

func scanPresence(s db.Scanner) (p presence, err error) {
	return p, s.Scan(&p.Person, &p.Name, &p.Title.MS, &p.Title.EN, &p.Since, &p.Renewed, &p.Seen, &p.Before, &p.BeforeAt)
}

// sitting is a person's in a case, now or before.
func sitting(tx *db.Tx, ref, person string) (presence, bool, error) {
	p, err := db.One(tx, scanPresence, `select `+presenceColumns+` from desk_presence where ref = $1 and person = $2`, ref, person)
	if errors.Is(err, db.ErrNoRows) {
		return presence{}, false, nil
	}
	if err != nil {
		return presence{}, false, fmt.Errorf("desk: sitting in %s: %w", ref, err)
	}
	return p, true, nil
}

func keepSitting(tx *db.Tx, ref string, p presence) error {
	_, err := tx.Exec(`insert into desk_presence (ref, `+presenceColumns+`) values (`+db.In(1, 10)+`)
		on conflict (ref, person) do update set name = excluded.name, title_ms = excluded.title_ms, title_en = excluded.title_en,
		since_at = excluded.since_at, renewed_at = excluded.renewed_at, seen_version = excluded.seen_version,
		before_version = excluded.before_version, before_at = excluded.before_at`,
		ref, p.Person, p.Name, p.Title.MS, p.Title.EN, p.Since, p.Renewed, p.Seen, p.Before, p.BeforeAt)
	if err != nil {
		return fmt.Errorf("desk: keep sitting in %s: %w", ref, err)
	}
	return nil
}

// sittings are the others who are in a case, the longest there first.
func sittings(tx *db.Tx, ref, except string, renewed int64) ([]presence, error) {
	return db.List(tx, scanPresence, `select `+presenceColumns+` from desk_presence
		where ref = $1 and person <> $2 and renewed_at >= $3 order by since_at, person`, ref, except, renewed)
}

// opened tells which of the cases a person has had open.
func opened(tx *db.Tx, person string, refs []string) (map[string]bool, error) {
	args := []any{person}
	for _, ref := range refs {
		args = append(args, ref)
	}
	out := map[string]bool{}
	list, err := db.List(tx, func(s db.Scanner) (ref string, err error) { return ref, s.Scan(&ref) },
		`select ref from desk_presence where person = $1 and ref in (`+db.In(2, len(refs))+`)`, args...)
	if err != nil {
		return nil, fmt.Errorf("desk: opened cases: %w", err)
	}
	for _, ref := range list {
		out[ref] = true
	}
	return out, nil
}

func endSitting(tx *db.Tx, ref, person string, at int64) error {
	_, err := tx.Exec(`update desk_presence set renewed_at = $1 where ref = $2 and person = $3 and renewed_at > $1`, at, ref, person)
	return err
}
