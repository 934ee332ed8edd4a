package recovery

import (
	"embed"
	"errors"
	"slices"
	"strings"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
)

//go:embed migration
var migration embed.FS

// Migration makes the tables recovery_*.
func Migration() db.Migration { return db.Migration{Part: "recovery", FS: migration} }

// Recoveries keeps them. The zero clock is not usable: make it with New.
type Recoveries struct{ clock clock.Clock }

// New keeps recoveries by a clock.
func New(c clock.Clock) *Recoveries { return &Recoveries{c} }

func (r *Recoveries) now() int64 { return clock.Micro(r.clock.Now()) }

// An Attempt is one recovery on its way. Its id is the hash of a token that
// only the browser that began it has.
type Attempt struct {
	ID, Account, Person string
	Shown               []Path
	Code                string // the digest of the code that was sent
	CodeAt              int64  // when; 0 never
}

// BeginTx begins one beside those that are under way: who begins one for somebody
// else ends nothing of the owner's.
func (r *Recoveries) BeginTx(tx *db.Tx, a Attempt) error {
	if _, err := tx.Exec(`delete from recovery_attempt where expires_at <= $1`, r.now()); err != nil {
		return err
	}
	_, err := tx.Exec(`insert into recovery_attempt (id, account, person, shown, code, code_at, expires_at, done_at) values ($1,$2,$3,'','',0,$4,0)`,
		a.ID, a.Account, a.Person, clock.Micro(r.clock.Now().Add(Life)))
	return err
}

// Of returns a recovery that is under way; ErrNoRows where it is over.
func (r *Recoveries) Of(tx *db.Tx, id string) (a Attempt, err error) {
	var shown string
	err = tx.QueryRow(`select id, account, person, shown, code, code_at from recovery_attempt where id = $1 and done_at = 0 and expires_at > $2`, id, r.now()).
		Scan(&a.ID, &a.Account, &a.Person, &shown, &a.Code, &a.CodeAt)
	for _, p := range strings.Fields(shown) {
		a.Shown = append(a.Shown, Path(p))
	}
	return a, err
}

// ShowTx notes that a path was shown.
func (r *Recoveries) ShowTx(tx *db.Tx, id string, p Path) error {
	a, err := r.Of(tx, id)
	if err != nil {
		return err
	}
	if slices.Contains(a.Shown, p) {
		return nil
	}
	words := make([]string, 0, len(a.Shown)+1)
	for _, s := range append(a.Shown, p) {
		words = append(words, string(s))
	}
	_, err = tx.Exec(`update recovery_attempt set shown = $2, code = '' where id = $1`, id, strings.Join(words, " "))
	return err
}

// SendTx keeps the digest of the code that goes to the contact on record; more
// is false where enough went there today. Of nobody it counts the same.
func (r *Recoveries) SendTx(tx *db.Tx, id, person, digest string) (more bool, err error) {
	if _, err := tx.Exec(`update recovery_attempt set code = $2, code_at = $3 where id = $1`, id, digest, r.now()); err != nil {
		return false, err
	}
	var n int
	err = tx.QueryRow(`select count(*) from recovery_sent where person = $1 and at > $2`, person, clock.Micro(r.clock.Now().Add(-24*time.Hour))).Scan(&n)
	if err != nil || n >= SentMost {
		return false, err
	}
	_, err = tx.Exec(`insert into recovery_sent (attempt, person, at) values ($1,$2,$3)`, id, person, r.now())
	return err == nil, err
}

// EndTx ends a recovery, once: of many at the same time one succeeds. What was
// shown is read here again, whichever pages were seen before.
func (r *Recoveries) EndTx(tx *db.Tx, id string) (a Attempt, ok bool, err error) {
	if a, err = r.Of(tx, id); errors.Is(err, db.ErrNoRows) {
		return a, false, nil
	}
	if err != nil || a.Person == "" || !Enough(a.Shown) {
		return a, false, err
	}
	n, err := tx.Exec(`update recovery_attempt set done_at = $2 where id = $1 and done_at = 0`, id, r.now())
	if err != nil || n != 1 {
		return a, false, err
	}
	_, err = tx.Exec(`delete from recovery_attempt where person = $1 and id <> $2`, a.Person, id) // what else was under way
	return a, err == nil, err
}

// HoldTx begins the hold; the session may add an authenticator.
func (r *Recoveries) HoldTx(tx *db.Tx, person, session string) error {
	_, err := tx.Exec(`insert into recovery_hold (person, session, until_at) values ($1,$2,$3)
		on conflict (person) do update set session = excluded.session, until_at = excluded.until_at`,
		person, session, clock.Micro(r.clock.Now().Add(Hold)))
	return err
}

// Held is until when a person's payments and mandates wait; 0 where they do
// not. Unix microseconds.
func (r *Recoveries) Held(tx *db.Tx, person string) (until int64, err error) {
	err = tx.QueryRow(`select until_at from recovery_hold where person = $1 and until_at > $2`, person, r.now()).Scan(&until)
	if errors.Is(err, db.ErrNoRows) {
		return 0, nil
	}
	return until, err
}

// Opened tells whether a session came out of a recovery and may still add what
// was lost.
func (r *Recoveries) Opened(tx *db.Tx, person, session string) (bool, error) {
	var n int
	err := tx.QueryRow(`select count(*) from recovery_hold where person = $1 and session = $2 and until_at > $3`, person, session, r.now()).Scan(&n)
	return n > 0 && session != "", err
}

// AddedTx tells that the session has added what was lost: it adds no more.
func (r *Recoveries) AddedTx(tx *db.Tx, person, session string) error {
	_, err := tx.Exec(`update recovery_hold set session = '' where person = $1 and session = $2`, person, session)
	return err
}

// SweepTx forgets recoveries and holds that are over.
func (r *Recoveries) SweepTx(tx *db.Tx) error {
	if _, err := tx.Exec(`delete from recovery_attempt where expires_at <= $1`, r.now()); err != nil {
		return err
	}
	if _, err := tx.Exec(`delete from recovery_sent where at <= $1`, clock.Micro(r.clock.Now().Add(-24*time.Hour))); err != nil {
		return err
	}
	_, err := tx.Exec(`delete from recovery_hold where until_at <= $1`, r.now())
	return err
}
