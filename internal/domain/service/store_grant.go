package service

import (
	"errors"

	"balai/internal/spine/db"
)

// Grant is a yes that nobody had asked for. DeclineUntil is the first moment,
// in unix microseconds, at which it can no longer be declined.
type Grant struct {
	Service, Subject, Person, Ref, FromRef string
	State                                  string // granted | declined
	DeclineUntil, At                       int64
}

const grantCols = `service, subject, person, ref, from_ref, state, decline_until, at`

func scanGrant(s db.Scanner) (g Grant, err error) {
	err = s.Scan(&g.Service, &g.Subject, &g.Person, &g.Ref, &g.FromRef, &g.State, &g.DeclineUntil, &g.At)
	return g, err
}

// insertGrant keeps a grant; made is false where the thing was given before.
func insertGrant(tx *db.Tx, g Grant) (made bool, err error) {
	n, err := tx.Exec(`insert into service_grant (`+grantCols+`) values ($1,$2,$3,$4,$5,$6,$7,$8) on conflict (service, subject) do nothing`,
		g.Service, g.Subject, g.Person, g.Ref, g.FromRef, g.State, g.DeclineUntil, g.At)
	return n == 1, err
}

func updateGrant(tx *db.Tx, g Grant) error {
	_, err := tx.Exec(`update service_grant set ref=$3, state=$4, at=$5 where service=$1 and subject=$2`, g.Service, g.Subject, g.Ref, g.State, g.At)
	return err
}

// grantOf is the grant that a case carries out; ok is false where the person
// applied.
func grantOf(tx *db.Tx, ref string) (g Grant, ok bool, err error) {
	g, err = db.One(tx, scanGrant, `select `+grantCols+` from service_grant where ref=$1`, ref)
	if errors.Is(err, db.ErrNoRows) {
		return g, false, nil
	}
	return g, err == nil, err
}

// sweep is how far the daily sweep of a register for a service has come.
type sweep struct {
	Service, Register, Day, After string
	Done                          bool
}

func sweepAt(tx *db.Tx, service, register string) (day, after string, done bool, err error) {
	err = tx.QueryRow(`select day, after, done from service_sweep where service=$1 and register=$2`, service, register).Scan(&day, &after, &done)
	if errors.Is(err, db.ErrNoRows) {
		return "", "", false, nil
	}
	return day, after, done, err
}

func upsertSweep(tx *db.Tx, s sweep) error {
	_, err := tx.Exec(`insert into service_sweep (service, register, day, after, done) values ($1,$2,$3,$4,$5)
		on conflict (service, register) do update set day=excluded.day, after=excluded.after, done=excluded.done`,
		s.Service, s.Register, s.Day, s.After, s.Done)
	return err
}
