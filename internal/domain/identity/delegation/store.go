package delegation

import (
	"embed"
	"encoding/json"
	"errors"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

//go:embed migration
var migration embed.FS

// Migration makes the tables delegation_*.
func Migration() db.Migration { return db.Migration{Part: "delegation", FS: migration} }

const grantCols = `id, principal, kind, agency, person, services, claims, evidence, given, given_by, state, made_at, from_at, until_at, ended_at, ended_by`

func scanGrant(s db.Scanner) (g Grant, err error) {
	var services, claims, evidence string
	if err = s.Scan(&g.ID, &g.Principal, &g.Kind, &g.Agency, &g.Person, &services, &claims, &evidence, &g.Given, &g.GivenBy, &g.State,
		&g.MadeAt, &g.FromAt, &g.UntilAt, &g.EndedAt, &g.EndedBy); err != nil {
		return g, err
	}
	return g, errors.Join(json.Unmarshal([]byte(services), &g.Services), json.Unmarshal([]byte(claims), &g.Claims), json.Unmarshal([]byte(evidence), &g.Evidence))
}

// words are a grant's lists as they are kept; null is all of them.
func words(g Grant) (services, claims, evidence string, err error) {
	a, e1 := json.Marshal(g.Services)
	b, e2 := json.Marshal(g.Claims)
	c, e3 := json.Marshal(g.Evidence)
	return string(a), string(b), string(c), errors.Join(e1, e2, e3)
}

func insertGrant(tx *db.Tx, g Grant) error {
	services, claims, evidence, err := words(g)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`insert into delegation_grant (`+grantCols+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)`,
		g.ID, g.Principal, g.Kind, g.Agency, g.Person, services, claims, evidence, g.Given, g.GivenBy, g.State, g.MadeAt, g.FromAt, g.UntilAt, g.EndedAt, g.EndedBy)
	return err
}

// updateGrant keeps what became of a grant.
func updateGrant(tx *db.Tx, g Grant) error {
	_, _, evidence, err := words(g)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`update delegation_grant set state = $2, evidence = $3, from_at = $4, until_at = $5, ended_at = $6, ended_by = $7 where id = $1`,
		g.ID, g.State, evidence, g.FromAt, g.UntilAt, g.EndedAt, g.EndedBy)
	return err
}

func grantByID(tx *db.Tx, id string) (Grant, error) {
	m, err := db.One(tx, scanGrant, `select `+grantCols+` from delegation_grant where id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		err = fault.New(fault.Missing, "web.error.missing")
	}
	return m, err
}

// grantsOf are those of a principal, newest first.
func grantsOf(tx *db.Tx, principal string) ([]Grant, error) {
	return db.List(tx, scanGrant, `select `+grantCols+` from delegation_grant where principal = $1 order by made_at desc, id limit 100`, principal)
}

// grantsIn are those of a kind and state, oldest first.
func grantsIn(tx *db.Tx, kind, state string) ([]Grant, error) {
	return db.List(tx, scanGrant, `select `+grantCols+` from delegation_grant where kind = $1 and state = $2 order by made_at, id limit 100`, kind, state)
}

// barsOf are the orders in force that keep a parent from acting for a child.
func barsOf(tx *db.Tx, child, parent string) ([]Grant, error) {
	return db.List(tx, scanGrant, `select `+grantCols+` from delegation_grant where person = $2 and person <> '' and state = 'active' and kind = 'barred' and principal = $1`, child, parent)
}

// grantsTo are the open ones that name a person, or an organisation where it
// is not "".
func grantsTo(tx *db.Tx, person, agency string) ([]Grant, error) {
	if agency != "" {
		return db.List(tx, scanGrant, `select `+grantCols+` from delegation_grant where agency = $1 and state = 'active' order by made_at desc, id limit 500`, agency)
	}
	return db.List(tx, scanGrant, `select `+grantCols+` from delegation_grant where person = $1 and person <> '' and state in ('active','offered') order by made_at desc, id limit 100`, person)
}

func insertMiss(tx *db.Tx, id, person string, at int64) error {
	_, err := tx.Exec(`insert into delegation_miss (id, person, missed_at) values ($1,$2,$3)`, id, person, at)
	return err
}

func countMisses(tx *db.Tx, person string, since int64) (n int64, err error) {
	err = tx.QueryRow(`select count(*) from delegation_miss where person = $1 and missed_at > $2`, person, since).Scan(&n)
	return n, err
}
