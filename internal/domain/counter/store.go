package counter

import (
	"embed"
	"errors"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

//go:embed migration
var migration embed.FS

// Migration makes the tables counter_*.
func Migration() db.Migration { return db.Migration{Part: "counter", FS: migration} }

func missing(err error) error {
	if errors.Is(err, db.ErrNoRows) {
		return fault.New(fault.Missing, "counter.error.found")
	}
	return err
}

func insertFind(tx *db.Tx, f Find) error {
	_, err := tx.Exec(`insert into counter_find (id, officer, post, person, seen, reason, found_at) values ($1,$2,$3,$4,$5,$6,$7)`,
		f.ID, f.Officer, f.Post, f.Person, f.Seen, f.Reason, f.At)
	return err
}

func findByID(tx *db.Tx, id string) (f Find, err error) {
	err = tx.QueryRow(`select id, officer, post, person, seen, reason, found_at from counter_find where id = $1`, id).
		Scan(&f.ID, &f.Officer, &f.Post, &f.Person, &f.Seen, &f.Reason, &f.At)
	return f, missing(err)
}

// countFinds counts an officer's finds since a time; only those that found
// nobody where failed.
func countFinds(tx *db.Tx, officer string, since int64, failed bool) (n int64, err error) {
	q := `select count(*) from counter_find where officer = $1 and found_at > $2`
	if failed {
		q += ` and person = ''`
	}
	err = tx.QueryRow(q, officer, since).Scan(&n)
	return n, err
}

const visitCols = `id, officer, post, person, seen, began_at, ends_at, ended_at`

func scanVisit(s db.Scanner) (v Visit, err error) {
	err = s.Scan(&v.ID, &v.Officer, &v.Post, &v.Person, &v.Seen, &v.BeganAt, &v.EndsAt, &v.EndedAt)
	return v, err
}

func insertVisit(tx *db.Tx, v Visit) error {
	_, err := tx.Exec(`insert into counter_visit (`+visitCols+`) values ($1,$2,$3,$4,$5,$6,$7,$8)`,
		v.ID, v.Officer, v.Post, v.Person, v.Seen, v.BeganAt, v.EndsAt, v.EndedAt)
	return err
}

func visitByID(tx *db.Tx, id string) (Visit, error) {
	v, err := db.One(tx, scanVisit, `select `+visitCols+` from counter_visit where id = $1`, id)
	return v, missing(err)
}

// runningVisit is an officer's visit with a person that still runs.
func runningVisit(tx *db.Tx, officer, person, seen string, at int64) (Visit, bool, error) {
	v, err := db.One(tx, scanVisit, `select `+visitCols+` from counter_visit
		where officer = $1 and person = $2 and seen = $3 and ended_at = 0 and ends_at > $4 order by began_at desc, id limit 1`, officer, person, seen, at)
	if errors.Is(err, db.ErrNoRows) {
		return v, false, nil
	}
	return v, err == nil, err
}

func endVisit(tx *db.Tx, id, officer string, at int64) (bool, error) {
	n, err := tx.Exec(`update counter_visit set ended_at = $3 where id = $1 and officer = $2 and ended_at = 0`, id, officer, at)
	return n == 1, err
}

func endOthers(tx *db.Tx, officer string, at int64) (int64, error) {
	return tx.Exec(`update counter_visit set ended_at = $2 where officer = $1 and ended_at = 0 and seen <> 'program'`, officer, at)
}

// visitsOf are an officer's visits since a time, newest first.
func visitsOf(tx *db.Tx, officer string, since int64, limit int) ([]Visit, error) {
	return db.List(tx, scanVisit, `select `+visitCols+` from counter_visit where officer = $1 and began_at > $2 order by began_at desc, id limit $3`,
		officer, since, limit)
}
