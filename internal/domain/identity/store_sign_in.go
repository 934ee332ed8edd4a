package identity

import (
	"encoding/json"
	"errors"

	"balai/internal/spine/db"
	"github.com/go-webauthn/webauthn/webauthn"
)

// enrol remembers that a person has had a way of signing in.
func enrol(tx *db.Tx, person string, at int64) error {
	_, err := tx.Exec(`insert into identity_enrolled (person, at) values ($1,$2) on conflict (person) do nothing`, person, at)
	return err
}

func hadOne(tx *db.Tx, person string) (bool, error) {
	var n int
	err := tx.QueryRow(`select count(*) from identity_enrolled where person = $1`, person).Scan(&n)
	return n > 0, err
}

// lockKey closes a key whose counter went back; the counter that was seen is
// not kept.
func lockKey(tx *db.Tx, id string, at int64) (bool, error) {
	n, err := tx.Exec(`update identity_passkey set locked_at = $2 where id = $1 and locked_at = 0`, id, at)
	return n == 1, err
}

// usedKey keeps a key's counter. Of two sign-ins with one count, the later one
// is a copy's: false.
func usedKey(tx *db.Tx, id string, c *webauthn.Credential, at int64) (bool, error) {
	var was string
	err := tx.QueryRow(`select credential from identity_passkey where id = $1 and locked_at = 0`, id).Scan(&was)
	if errors.Is(err, db.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var before webauthn.Credential
	if err := json.Unmarshal([]byte(was), &before); err != nil {
		return false, err
	}
	if n := before.Authenticator.SignCount; n > 0 && c.Authenticator.SignCount <= n {
		return false, nil
	}
	text, err := json.Marshal(c)
	if err != nil {
		return false, err
	}
	_, err = tx.Exec(`update identity_passkey set credential = $1, used_at = $2 where id = $3`, string(text), at, id)
	return err == nil, err
}

// Kinds of what can be suspended here.
const (
	suspendPerson = "person" // by every means
	suspendStaff  = "staff"  // from their posts; they stay a citizen
)

func suspend(tx *db.Tx, kind, id string, at int64) error {
	_, err := tx.Exec(`insert into identity_suspension (id, kind, at) values ($1,$2,$3) on conflict (id, kind) do nothing`, id, kind, at)
	return err
}

func lift(tx *db.Tx, kind, id string) (bool, error) {
	n, err := tx.Exec(`delete from identity_suspension where id = $1 and kind = $2`, id, kind)
	return n == 1, err
}

func suspended(tx *db.Tx, kind, id string) (bool, error) {
	var n int
	err := tx.QueryRow(`select count(*) from identity_suspension where id = $1 and kind = $2`, id, kind).Scan(&n)
	return n > 0, err
}
