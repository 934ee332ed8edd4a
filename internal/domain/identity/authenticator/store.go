package authenticator

import (
	"context"
	"embed"
	"errors"

	"balai/internal/spine/db"
)

//go:embed migration
var migration embed.FS

// Migration makes the tables authenticator_*.
func Migration() db.Migration { return db.Migration{Part: "authenticator", FS: migration} }

// Kinds of codes.
const (
	recoveryCode = "recovery"
	cardCode     = "card"
)

// Of returns what a person has.
func (a *Authenticators) Of(tx *db.Tx, person string) (o Own, err error) {
	err = tx.QueryRow(`select set_at, used_at from authenticator_password where person = $1`, person).Scan(&o.PasswordAt, &o.PasswordUsedAt)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return o, err
	}
	err = tx.QueryRow(`select given_at from authenticator_card where person = $1`, person).Scan(&o.CardAt)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return o, err
	}
	count := func(kind string, n *int) error {
		return tx.QueryRow(`select count(*) from authenticator_code where person = $1 and kind = $2 and used_at = 0`, person, kind).Scan(n)
	}
	if err := count(recoveryCode, &o.Codes); err != nil {
		return o, err
	}
	return o, count(cardCode, &o.CardCodes)
}

// pass is a password with its app.
type pass struct {
	hash, sealed string
	lastStep     int64
}

// passOf is somebody's password, the zero pass where they have none.
func passOf(tx *db.Tx, person string) (p pass, err error) {
	err = tx.QueryRow(`select hash, sealed, last_step from authenticator_password where person = $1`, person).Scan(&p.hash, &p.sealed, &p.lastStep)
	if errors.Is(err, db.ErrNoRows) {
		return pass{}, nil
	}
	return p, err
}

func setPass(tx *db.Tx, person string, p pass, at int64) error {
	_, err := tx.Exec(`insert into authenticator_password (person, hash, sealed, last_step, set_at, used_at) values ($1,$2,$3,$4,$5,0)
		on conflict (person) do update set hash = excluded.hash, sealed = excluded.sealed, last_step = excluded.last_step, set_at = excluded.set_at, used_at = 0`,
		person, p.hash, p.sealed, p.lastStep, at)
	return err
}

// spendStep uses a step of a person's app up: of many at once, one succeeds.
func spendStep(tx *db.Tx, person, hash string, step, at int64) (bool, error) {
	n, err := tx.Exec(`update authenticator_password set last_step = $3, used_at = $4 where person = $1 and hash = $2 and last_step < $3`, person, hash, step, at)
	return n == 1, err
}

// RemovePasswordTx takes a person's password and app away; false where they
// have none.
func (a *Authenticators) RemovePasswordTx(tx *db.Tx, person string) (bool, error) {
	n, err := tx.Exec(`delete from authenticator_password where person = $1`, person)
	return n == 1, err
}

// RemoveCodesTx takes a person's recovery codes away.
func (a *Authenticators) RemoveCodesTx(tx *db.Tx, person string) error {
	return dropCodes(tx, person, recoveryCode)
}

// RemoveCardTx takes a person's card away; false where they have none.
func (a *Authenticators) RemoveCardTx(tx *db.Tx, person string) (bool, error) {
	n, err := tx.Exec(`delete from authenticator_card where person = $1`, person)
	if err != nil {
		return false, err
	}
	return n == 1, dropCodes(tx, person, cardCode)
}

func dropCodes(tx *db.Tx, person, kind string) error {
	_, err := tx.Exec(`delete from authenticator_code where person = $1 and kind = $2`, person, kind)
	return err
}

func insertCode(tx *db.Tx, id, person, kind string, at int64) error {
	_, err := tx.Exec(`insert into authenticator_code (id, person, kind, made_at, used_at) values ($1,$2,$3,$4,0)`, id, person, kind, at)
	return err
}

// spendCode uses a code up: of many at once, one succeeds.
func spendCode(tx *db.Tx, id, person, kind string, at int64) (bool, error) {
	n, err := tx.Exec(`update authenticator_code set used_at = $4 where id = $1 and person = $2 and kind = $3 and used_at = 0`, id, person, kind, at)
	return n == 1, err
}

func setCard(tx *db.Tx, person, pin string, at int64) error {
	_, err := tx.Exec(`insert into authenticator_card (person, pin, given_at) values ($1,$2,$3)
		on conflict (person) do update set pin = excluded.pin, given_at = excluded.given_at`, person, pin, at)
	return err
}

func cardUnused(tx *db.Tx, person string, since int64) (bool, error) {
	var n int64
	err := tx.QueryRow(`select count(*) from authenticator_card where person = $1 and given_at >= $2
		and not exists (select 1 from authenticator_code where person = $1 and kind = $3 and used_at > 0)`, person, since, cardCode).Scan(&n)
	return n > 0, err
}

func pinOf(tx *db.Tx, person string) (pin string, err error) {
	err = tx.QueryRow(`select pin from authenticator_card where person = $1`, person).Scan(&pin)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return pin, err
}

func missesOf(tx *db.Tx, lane string) (misses, last int64, err error) {
	err = tx.QueryRow(`select misses, last_at from authenticator_miss where lane = $1`, lane).Scan(&misses, &last)
	if errors.Is(err, db.ErrNoRows) {
		return 0, 0, nil
	}
	return misses, last, err
}

func setMisses(tx *db.Tx, lane string, misses, at int64) error {
	_, err := tx.Exec(`insert into authenticator_miss (lane, misses, last_at) values ($1,$2,$3)
		on conflict (lane) do update set misses = excluded.misses, last_at = excluded.last_at`, lane, misses, at)
	return err
}

// Sweep forgets old misses and codes that were used long ago.
func (a *Authenticators) Sweep(ctx context.Context) error {
	return a.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`delete from authenticator_miss where last_at < $1`, a.ago(forget))
		return err
	})
}
