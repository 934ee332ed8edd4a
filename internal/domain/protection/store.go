package protection

import (
	"encoding/json"
	"errors"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

const orderColumns = `id, person, kind, against, court, reason, by_person, by_post, made_at, until_at, lifted_at`

func scanOrder(s db.Scanner) (o Order, err error) {
	var against string
	if err = s.Scan(&o.ID, &o.Person, &o.Kind, &against, &o.Number, &o.Reason, &o.By, &o.Post, &o.MadeAt, &o.UntilAt, &o.LiftedAt); err != nil {
		return o, err
	}
	return o, json.Unmarshal([]byte(against), &o.Against)
}

func insertOrder(tx *db.Tx, o Order) error {
	against, err := json.Marshal(append([]string{}, o.Against...))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`insert into protection_order (`+orderColumns+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,0)`,
		o.ID, o.Person, o.Kind, string(against), o.Number, o.Reason, o.By, o.Post, o.MadeAt, o.UntilAt)
	return err
}

func liftOrder(tx *db.Tx, o Order) error {
	_, err := tx.Exec(`update protection_order set lifted_at = $2 where id = $1 and lifted_at = 0`, o.ID, o.LiftedAt)
	return err
}

func orderByID(tx *db.Tx, id string) (Order, error) {
	o, err := db.One(tx, scanOrder, `select `+orderColumns+` from protection_order where id = $1`, id)
	return o, missing(err)
}

// standing are the orders for a person that are in force.
func (p *Protection) standing(tx *db.Tx, person string) ([]Order, error) {
	return db.List(tx, scanOrder, `select `+orderColumns+` from protection_order
		where person = $1 and lifted_at = 0 and (until_at = 0 or until_at > $2) order by made_at`, person, p.now())
}

// ofPerson are all orders for a person, newest first.
func ofPerson(tx *db.Tx, person string) ([]Order, error) {
	return db.List(tx, scanOrder, `select `+orderColumns+` from protection_order where person = $1 order by made_at desc, id`, person)
}

// orders are the newest, at most limit.
func orders(tx *db.Tx, limit int) ([]Order, error) {
	return db.List(tx, scanOrder, `select `+orderColumns+` from protection_order order by made_at desc, id limit $1`, limit)
}

const openingColumns = `id, case_ref, officer, post, agency, title_ms, title_en, reason, state, answer, asked_at, decided_at, until_at`

func scanOpening(s db.Scanner) (o Opening, err error) {
	return o, s.Scan(&o.ID, &o.Ref, &o.Officer, &o.Post, &o.Agency, &o.Title.MS, &o.Title.EN, &o.Reason, &o.State, &o.Answer,
		&o.AskedAt, &o.DecidedAt, &o.UntilAt)
}

func insertOpening(tx *db.Tx, o Opening) error {
	_, err := tx.Exec(`insert into protection_opening (`+openingColumns+`, by_person, by_post)
		values ($1,$2,$3,$4,$5,$6,$7,$8,$9,'',$10,0,0,'','')`,
		o.ID, o.Ref, o.Officer, o.Post, o.Agency, o.Title.MS, o.Title.EN, o.Reason, o.State, o.AskedAt)
	return err
}

func decideOpening(tx *db.Tx, o Opening, by actor.Actor) error {
	n, err := tx.Exec(`update protection_opening set state = $2, answer = $3, decided_at = $4, until_at = $5, by_person = $6, by_post = $7
		where id = $1 and state = 'asked'`, o.ID, o.State, o.Answer, o.DecidedAt, o.UntilAt, by.Person, by.Post)
	if err == nil && n != 1 {
		err = fault.New(fault.Conflict, "protection.error.decided")
	}
	return err
}

func openingByID(tx *db.Tx, id string) (Opening, error) {
	o, err := db.One(tx, scanOpening, `select `+openingColumns+` from protection_opening where id = $1`, id)
	return o, missing(err)
}

// lastOpening is an officer's newest request about a case.
func lastOpening(tx *db.Tx, ref, officer string) (Opening, bool, error) {
	o, err := db.One(tx, scanOpening, `select `+openingColumns+` from protection_opening
		where case_ref = $1 and officer = $2 order by asked_at desc, id desc limit 1`, ref, officer)
	if errors.Is(err, db.ErrNoRows) {
		return o, false, nil
	}
	return o, err == nil, err
}

// openTo tells whether a case is open to an officer at this moment.
func (p *Protection) openTo(tx *db.Tx, ref, officer string) (bool, error) {
	var n int
	err := tx.QueryRow(`select count(*) from protection_opening where case_ref = $1 and officer = $2 and state = 'opened' and until_at > $3`,
		ref, officer, p.now()).Scan(&n)
	return n > 0, err
}

// asked are the requests that wait, oldest first.
func asked(tx *db.Tx, limit int) ([]Opening, error) {
	return db.List(tx, scanOpening, `select `+openingColumns+` from protection_opening where state = 'asked' order by asked_at, id limit $1`, limit)
}

func missing(err error) error {
	if errors.Is(err, db.ErrNoRows) {
		return fault.New(fault.Missing, "web.error.missing")
	}
	return err
}
