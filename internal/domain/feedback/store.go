package feedback

import (
	"embed"
	"errors"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

//go:embed migration
var migration embed.FS

// Migration makes the tables feedback_*.
func Migration() db.Migration { return db.Migration{Part: "feedback", FS: migration} }

const entryCols = `ref, kind, content, mail, lang, answer, answered_by, at, answered_at`

func scanEntry(s db.Scanner) (e Entry, err error) {
	return e, s.Scan(&e.Ref, &e.Kind, &e.Text, &e.Mail, &e.Lang, &e.Answer, &e.AnsweredBy, &e.At, &e.AnsweredAt)
}

func insertEntry(tx *db.Tx, e Entry) error {
	_, err := tx.Exec(`insert into feedback_entry (`+entryCols+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9)`,
		e.Ref, e.Kind, e.Text, e.Mail, e.Lang, e.Answer, e.AnsweredBy, e.At, e.AnsweredAt)
	return err
}

func entry(tx *db.Tx, ref string) (Entry, error) {
	e, err := db.One(tx, scanEntry, `select `+entryCols+` from feedback_entry where ref = $1`, ref)
	if errors.Is(err, db.ErrNoRows) {
		return e, fault.New(fault.Missing, "web.error.missing")
	}
	return e, err
}

// entries are the newest, those without an answer first and the oldest of them
// first.
func entries(tx *db.Tx, limit int) ([]Entry, error) {
	waiting, err := db.List(tx, scanEntry, `select `+entryCols+` from feedback_entry where answered_at = 0 order by at, ref limit $1`, limit)
	if err != nil {
		return nil, err
	}
	done, err := db.List(tx, scanEntry, `select `+entryCols+` from feedback_entry where answered_at > 0 order by answered_at desc, ref limit $1`, limit)
	return append(waiting, done...), err
}

// answerEntry is false where somebody has answered it already.
func answerEntry(tx *db.Tx, ref, answer, by string, at int64) (bool, error) {
	n, err := tx.Exec(`update feedback_entry set answer = $2, answered_by = $3, answered_at = $4 where ref = $1 and answered_at = 0`, ref, answer, by, at)
	return n == 1, err
}

// mailsBetween are the addresses of what came after a time and until another,
// empty where none was given. There are never many: what comes is bounded. What
// came while the clock was ahead is not counted.
func mailsBetween(tx *db.Tx, since, until int64) ([]string, error) {
	return db.List(tx, func(s db.Scanner) (mail string, err error) { return mail, s.Scan(&mail) }, `select mail from feedback_entry where at > $1 and at <= $2`, since, until)
}

// forgettable are some entries whose address is to be forgotten.
func forgettable(tx *db.Tx, answeredBefore, sentBefore int64) ([]string, error) {
	return db.List(tx, func(s db.Scanner) (ref string, err error) { return ref, s.Scan(&ref) }, `select ref from feedback_entry
		where mail <> '' and ((answered_at > 0 and answered_at < $1) or (answered_at = 0 and at < $2)) order by ref limit 500`, answeredBefore, sentBefore)
}

func forgetMail(tx *db.Tx, ref string) error {
	_, err := tx.Exec(`update feedback_entry set mail = '' where ref = $1`, ref)
	return err
}
