package proof

import (
	"errors"

	"balai/internal/spine/db"
)

const activationCols = `id, person, purpose, enrolment, salt, hash, tries, made_at, ends_at, used_at, void_at`

func scanActivation(s db.Scanner) (a Activation, err error) {
	err = s.Scan(&a.ID, &a.Person, &a.Purpose, &a.Enrolment, &a.Salt, &a.Hash, &a.Tries, &a.MadeAt, &a.EndsAt, &a.UsedAt, &a.VoidAt)
	return a, err
}

// insertActivation puts a code in the place of the one that the person had.
func insertActivation(tx *db.Tx, a Activation) error {
	if err := voidActivations(tx, a.Person, a.MadeAt); err != nil {
		return err
	}
	_, err := tx.Exec(`insert into proof_activation (`+activationCols+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)`,
		a.ID, a.Person, a.Purpose, a.Enrolment, a.Salt, a.Hash, a.Tries, a.MadeAt, a.EndsAt, a.UsedAt, a.VoidAt)
	return err
}

func voidActivations(tx *db.Tx, person string, at int64) error {
	_, err := tx.Exec(`update proof_activation set void_at = $2 where person = $1 and used_at = 0 and void_at = 0`, person, at)
	return err
}

// liveActivation is the code that a person has, used up or not.
func liveActivation(tx *db.Tx, person string) (a Activation, found bool, err error) {
	a, err = db.One(tx, scanActivation, `select `+activationCols+` from proof_activation where person = $1 and used_at = 0 and void_at = 0`, person)
	if errors.Is(err, db.ErrNoRows) {
		return a, false, nil
	}
	return a, err == nil, err
}

// usedIn tells whether a code of an enrolment was used.
func usedIn(tx *db.Tx, enrolment string) (bool, error) {
	var n int64
	err := tx.QueryRow(`select count(*) from proof_activation where enrolment = $1 and used_at > 0`, enrolment).Scan(&n)
	return n > 0, err
}

// onCard is the purpose of a row that tells that a card was printed of an
// enrolment: it has no code and is void from the first.
const onCard = "card"

// insertCard notes that a card was printed of an enrolment; what the person had
// before is void.
func insertCard(tx *db.Tx, id, person, enrolment string, at int64) error {
	return insertActivation(tx, Activation{ID: id, Person: person, Purpose: onCard, Enrolment: enrolment, MadeAt: at, EndsAt: at, VoidAt: at})
}

// cardIn tells whether a card was printed of an enrolment.
func cardIn(tx *db.Tx, enrolment string) (bool, error) {
	var n int64
	err := tx.QueryRow(`select count(*) from proof_activation where enrolment = $1 and purpose = $2`, enrolment, onCard).Scan(&n)
	return n > 0, err
}

// missActivation counts a wrong code.
func missActivation(tx *db.Tx, id string) error {
	_, err := tx.Exec(`update proof_activation set tries = tries + 1 where id = $1`, id)
	return err
}

// useActivation uses a code up, once.
func useActivation(tx *db.Tx, id string, at int64) (bool, error) {
	n, err := tx.Exec(`update proof_activation set used_at = $2 where id = $1 and used_at = 0 and void_at = 0 and tries < $3 and ends_at > $2`, id, at, codeTries)
	return n == 1, err
}

func dropActivations(tx *db.Tx, before int64) error {
	_, err := tx.Exec(`delete from proof_activation where ends_at < $1`, before)
	return err
}

func insertRequest(tx *db.Tx, id, person string, at int64) error {
	_, err := tx.Exec(`insert into proof_request (id, person, made_at, done_at) values ($1,$2,$3,0)`, id, person, at)
	return err
}

// countRequests counts who asked for a person since a time.
func countRequests(tx *db.Tx, person string, since int64) (n int64, err error) {
	err = tx.QueryRow(`select count(*) from proof_request where person = $1 and made_at > $2`, person, since).Scan(&n)
	return n, err
}

// requested is whom a request is for; done tells that it was answered.
func requested(tx *db.Tx, id string) (person string, done bool, err error) {
	var at int64
	err = tx.QueryRow(`select person, done_at from proof_request where id = $1`, id).Scan(&person, &at)
	if errors.Is(err, db.ErrNoRows) {
		return "", true, nil
	}
	return person, at > 0, err
}

func doneRequest(tx *db.Tx, id string, at int64) error {
	_, err := tx.Exec(`update proof_request set done_at = $2 where id = $1 and done_at = 0`, id, at)
	return err
}

func dropRequests(tx *db.Tx, before int64) error {
	_, err := tx.Exec(`delete from proof_request where made_at < $1`, before)
	return err
}
