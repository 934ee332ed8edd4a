package identity

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"balai/internal/spine/db"
	"github.com/go-webauthn/webauthn/webauthn"
)

//go:embed migration
var migration embed.FS

// Migration makes the door's tables.
func Migration() db.Migration { return db.Migration{Part: "identity", FS: migration} }

// saw remembers whose session a token opened.
func (x *Identity) saw(tx *db.Tx, token, person string) error {
	_, err := tx.Exec(`insert into identity_seen (id, person, expires_at) values ($1,$2,$3)`, hash(token), person, x.in(seenLife))
	return err
}

// owner is whose session a token opened, "" where it is not known; left tells
// that they ended it themselves.
func (x *Identity) owner(tx *db.Tx, token string) (person string, left bool, err error) {
	var at int64
	err = tx.QueryRow(`select person, left_at from identity_seen where id = $1 and expires_at > $2`, hash(token), x.now()).Scan(&person, &at)
	if errors.Is(err, db.ErrNoRows) {
		return "", false, nil
	}
	return person, at > 0, err
}

// leave remembers that the person of a token ended its session.
func (x *Identity) leave(tx *db.Tx, token string) error {
	_, err := tx.Exec(`update identity_seen set left_at = $1 where id = $2`, x.now(), hash(token))
	return err
}

// maxStrangers bounds how many forms of unknown senders wait at a time.
const maxStrangers = 2000

func (x *Identity) stashTx(tx *db.Tx, token string, s stash) error {
	if _, err := tx.Exec(`delete from identity_stash where expires_at <= $1`, x.now()); err != nil {
		return err
	}
	if s.Person == "" {
		_, err := tx.Exec(`delete from identity_stash where id in (
			select id from identity_stash where person = '' order by expires_at desc, id limit 1000 offset $1)`, maxStrangers-1)
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec(`insert into identity_stash (id, person, path, back, content_type, body, doubtful, expires_at) values ($1,$2,$3,$4,$5,$6,$7,$8)`,
		hash(token), s.Person, s.Path, s.Back, s.ContentType, s.Body, s.Doubtful, x.in(stashLife))
	if err != nil {
		return fmt.Errorf("identity: keep a form: %w", err)
	}
	return nil
}

// stashed reads a kept form; ErrNoRows where it is gone or too old.
func (x *Identity) stashed(tx *db.Tx, token string) (s stash, err error) {
	err = tx.QueryRow(`select person, path, back, content_type, body, doubtful from identity_stash where id = $1 and expires_at > $2`,
		hash(token), x.now()).Scan(&s.Person, &s.Path, &s.Back, &s.ContentType, &s.Body, &s.Doubtful)
	return s, err
}

// takeStash takes a kept form out; ErrNoRows where it is gone or too old.
func (x *Identity) takeStash(tx *db.Tx, token string) (s stash, err error) {
	err = tx.QueryRow(`delete from identity_stash where id = $1 and expires_at > $2 returning person, path, back, content_type, body, doubtful`,
		hash(token), x.now()).Scan(&s.Person, &s.Path, &s.Back, &s.ContentType, &s.Body, &s.Doubtful)
	return s, err
}

// Sweep drops what has expired, sessions among it; the hall runs it now and
// then.
func (x *Identity) Sweep(ctx context.Context) error {
	if err := x.auth.Sweep(ctx); err != nil {
		return err
	}
	return x.db.Write(ctx, func(tx *db.Tx) error {
		for _, q := range []string{
			`delete from identity_seen where expires_at <= $1`,
			`delete from identity_stash where expires_at <= $1`,
			`delete from identity_upload where expires_at <= $1`,
		} {
			if _, err := tx.Exec(q, x.now()); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`delete from identity_answered where expires_at <= $1`, x.in(-answeredMore)); err != nil {
			return err
		}
		if err := x.recoveries.SweepTx(tx); err != nil {
			return err
		}
		return x.sessions.SweepTx(tx)
	})
}

// answeredMore is how much longer than a ceremony what was taken is remembered:
// the clocks of several processes are not one.
const answeredMore = 10 * time.Minute

// answeredTx uses a ceremony up: of several answers to it, one is taken, and
// none once its time is over, however long ago the request began.
func (x *Identity) answeredTx(tx *db.Tx, c ceremony) error {
	if c.Until <= x.now() {
		return errCeremonyGone
	}
	n, err := tx.Exec(`insert into identity_answered (id, expires_at) values ($1,$2) on conflict (id) do nothing`, hash(c.Data.Challenge), c.Until)
	if err == nil && n == 0 {
		err = errCeremonyGone
	}
	return err
}

// handleTx is what authenticators call a person, made at first need.
func (x *Identity) handleTx(tx *db.Tx, person string, fresh []byte) ([]byte, error) {
	if _, err := tx.Exec(`insert into identity_handle (person, handle) values ($1,$2) on conflict (person) do nothing`, person, fresh); err != nil {
		return nil, err
	}
	var handle []byte
	err := tx.QueryRow(`select handle from identity_handle where person = $1`, person).Scan(&handle)
	return handle, err
}

func (x *Identity) personOf(tx *db.Tx, handle []byte) (person string, err error) {
	err = tx.QueryRow(`select person from identity_handle where handle = $1`, handle).Scan(&person)
	return person, err
}

// A Passkey is one of a person's keys.
type Passkey struct {
	ID         string // of the credential, in base64url
	Label      string // what its owner calls it
	Credential webauthn.Credential
	CreatedAt  int64
	UsedAt     int64 // 0 never
	LockedAt   int64 // 0: it opens the door
}

// Keys lists a person's passkeys, the oldest first.
func (x *Identity) Keys(tx *db.Tx, person string) ([]Passkey, error) {
	return db.List(tx, func(s db.Scanner) (k Passkey, err error) {
		var credential string
		if err = s.Scan(&k.ID, &k.Label, &credential, &k.CreatedAt, &k.UsedAt, &k.LockedAt); err == nil {
			err = json.Unmarshal([]byte(credential), &k.Credential)
		}
		return k, err
	}, `select id, label, credential, created_at, used_at, locked_at from identity_passkey where person = $1 order by created_at, id`, person)
}

func (x *Identity) addKey(tx *db.Tx, person, id, label string, c *webauthn.Credential) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`insert into identity_passkey (id, person, label, credential, created_at, used_at) values ($1,$2,$3,$4,$5,0)`,
		id, person, label, string(text), x.now())
	return err
}

func (x *Identity) removeKey(tx *db.Tx, person, id string) (int64, error) {
	return tx.Exec(`delete from identity_passkey where id = $1 and person = $2`, id, person)
}

// An invite is a one-time link without its secret.
type invite struct {
	Person, Name, Post string
	MadeAt             int64
	ExpiresAt, UsedAt  int64
}

func (x *Identity) inviteTx(tx *db.Tx, token string, i invite) error {
	_, err := tx.Exec(`insert into identity_invite (id, person, name, post, made_at, expires_at, used_at) values ($1,$2,$3,$4,$5,$6,0)`,
		hash(token), i.Person, i.Name, i.Post, x.now(), i.ExpiresAt)
	return err
}

// openInvite reads an invitation that can still be used.
func (x *Identity) openInvite(tx *db.Tx, token string) (i invite, err error) {
	err = tx.QueryRow(`select person, name, post, expires_at, used_at from identity_invite where id = $1 and used_at = 0 and expires_at > $2`,
		hash(token), x.now()).Scan(&i.Person, &i.Name, &i.Post, &i.ExpiresAt, &i.UsedAt)
	return i, err
}

// useInvite uses it up: of many at once, one succeeds.
func (x *Identity) useInvite(tx *db.Tx, token string) (i invite, err error) {
	err = tx.QueryRow(`update identity_invite set used_at = $2 where id = $1 and used_at = 0 and expires_at > $2 returning person, name, post, made_at, expires_at, used_at`,
		hash(token), x.now()).Scan(&i.Person, &i.Name, &i.Post, &i.MadeAt, &i.ExpiresAt, &i.UsedAt)
	return i, err
}

// uploadTx keeps the files of an import until they are confirmed.
func (x *Identity) uploadTx(tx *db.Tx, token, person string, files []byte) error {
	if _, err := tx.Exec(`delete from identity_upload where person = $1 or expires_at <= $2`, person, x.now()); err != nil {
		return err
	}
	_, err := tx.Exec(`insert into identity_upload (id, person, files, expires_at) values ($1,$2,$3,$4)`, hash(token), person, files, x.in(uploadLife))
	return err
}

// takeUpload takes a person's files out; ErrNoRows where they are gone.
func (x *Identity) takeUpload(tx *db.Tx, token, person string) (files []byte, err error) {
	err = tx.QueryRow(`delete from identity_upload where id = $1 and person = $2 and expires_at > $3 returning files`, hash(token), person, x.now()).Scan(&files)
	return files, err
}
