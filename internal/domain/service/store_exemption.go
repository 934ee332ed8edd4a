package service

import (
	"errors"

	"balai/internal/spine/db"
)

// Exemption lets a counter serve a person who cannot use a digital-only
// service by themselves. Until is in unix microseconds.
type Exemption struct {
	ID, Person, Reason, By string
	Until, At, EndedAt     int64
}

// exemptionOf is the exemption in force; ok is false where there is none.
func exemptionOf(tx *db.Tx, person string, now int64) (e Exemption, ok bool, err error) {
	err = tx.QueryRow(`select id, person, reason, until_at, by_person, at, ended_at from service_exemption
		where person=$1 and ended_at=0 and until_at > $2`, person, now).
		Scan(&e.ID, &e.Person, &e.Reason, &e.Until, &e.By, &e.At, &e.EndedAt)
	if errors.Is(err, db.ErrNoRows) {
		return e, false, nil
	}
	return e, err == nil, err
}

func insertExemption(tx *db.Tx, e Exemption) error {
	_, err := tx.Exec(`insert into service_exemption (id, person, reason, until_at, by_person, at, ended_at) values ($1,$2,$3,$4,$5,$6,0)`,
		e.ID, e.Person, e.Reason, e.Until, e.By, e.At)
	return err
}

// endExemption ends what is open of a person's, also one whose day has passed.
func endExemption(tx *db.Tx, person string, now int64) (ended bool, err error) {
	n, err := tx.Exec(`update service_exemption set ended_at=$2 where person=$1 and ended_at=0`, person, now)
	return n > 0, err
}
