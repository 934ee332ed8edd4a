package identity

import (
	"encoding/json"
	"errors"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

const mandateCols = `id, principal, agency, person, services, given, given_by, state, made_at, until_at, ended_at`

func scanMandate(s db.Scanner) (m Mandate, err error) {
	var services string
	if err = s.Scan(&m.ID, &m.Principal, &m.Agency, &m.Person, &services, &m.Given, &m.GivenBy, &m.State, &m.MadeAt, &m.UntilAt, &m.EndedAt); err == nil {
		err = json.Unmarshal([]byte(services), &m.Services)
	}
	return m, err
}

func insertMandate(tx *db.Tx, m Mandate) error {
	services, err := json.Marshal(m.Services) // null is all of them
	if err != nil {
		return err
	}
	_, err = tx.Exec(`insert into identity_mandate (`+mandateCols+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)`,
		m.ID, m.Principal, m.Agency, m.Person, string(services), m.Given, m.GivenBy, m.State, m.MadeAt, m.UntilAt, m.EndedAt)
	return err
}

func mandateByID(tx *db.Tx, id string) (Mandate, error) {
	m, err := db.One(tx, scanMandate, `select `+mandateCols+` from identity_mandate where id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		err = fault.New(fault.Missing, "web.error.missing")
	}
	return m, err
}

func setMandate(tx *db.Tx, id, state string, ended int64) error {
	_, err := tx.Exec(`update identity_mandate set state = $2, ended_at = $3 where id = $1`, id, state, ended)
	return err
}

// mandatesOf are those that a person gave, newest first.
func mandatesOf(tx *db.Tx, principal string) ([]Mandate, error) {
	return db.List(tx, scanMandate, `select `+mandateCols+` from identity_mandate where principal = $1 order by made_at desc, id limit 100`, principal)
}

// mandatesTo are the open ones that name a person, or an organisation where it
// is not "".
func mandatesTo(tx *db.Tx, person, agency string) ([]Mandate, error) {
	if agency != "" {
		return db.List(tx, scanMandate, `select `+mandateCols+` from identity_mandate where agency = $1 and state = 'active' order by made_at desc, id limit 500`, agency)
	}
	return db.List(tx, scanMandate, `select `+mandateCols+` from identity_mandate where person = $1 and person <> '' and state in ('active','offered') order by made_at desc, id limit 100`, person)
}

func insertMiss(tx *db.Tx, id, person string, at int64) error {
	_, err := tx.Exec(`insert into identity_miss (id, person, missed_at) values ($1,$2,$3)`, id, person, at)
	return err
}

func countMisses(tx *db.Tx, person string, since int64) (n int64, err error) {
	err = tx.QueryRow(`select count(*) from identity_miss where person = $1 and missed_at > $2`, person, since).Scan(&n)
	return n, err
}
