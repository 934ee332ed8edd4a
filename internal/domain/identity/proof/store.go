package proof

import (
	"embed"
	"errors"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

//go:embed migration
var migration embed.FS

// Migration makes the tables proof_*.
func Migration() db.Migration { return db.Migration{Part: "proof", FS: migration} }

func missing(err error) error {
	if errors.Is(err, db.ErrNoRows) {
		return fault.New(fault.Missing, "web.error.missing")
	}
	return err
}

const evidenceCols = `id, person, kind, strength, channel, verifier, post, agency, detail, made_at, expires_at, approved_by, approved_at, void_at, enrolment`

func scanEvidence(s db.Scanner) (e Evidence, err error) {
	err = s.Scan(&e.ID, &e.Person, &e.Kind, &e.Strength, &e.Channel, &e.Verifier, &e.Post, &e.Agency, &e.Detail, &e.At, &e.ExpiresAt,
		&e.ApprovedBy, &e.ApprovedAt, &e.VoidAt, &e.Enrolment)
	return e, err
}

func insertEvidence(tx *db.Tx, e Evidence) error {
	_, err := tx.Exec(`insert into proof_evidence (`+evidenceCols+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)`,
		e.ID, e.Person, e.Kind, e.Strength, e.Channel, e.Verifier, e.Post, e.Agency, e.Detail, e.At, e.ExpiresAt,
		e.ApprovedBy, e.ApprovedAt, e.VoidAt, e.Enrolment)
	return err
}

// evidenceOf is a person's ledger, the newest first, with what counts no more.
func evidenceOf(tx *db.Tx, person string) ([]Evidence, error) {
	return db.List(tx, scanEvidence, `select `+evidenceCols+` from proof_evidence where person = $1 order by made_at desc, id desc`, person)
}

func evidenceByID(tx *db.Tx, id string) (Evidence, error) {
	e, err := db.One(tx, scanEvidence, `select `+evidenceCols+` from proof_evidence where id = $1`, id)
	return e, missing(err)
}

func evidenceIn(tx *db.Tx, enrolment string) ([]Evidence, error) {
	return db.List(tx, scanEvidence, `select `+evidenceCols+` from proof_evidence where enrolment = $1 and enrolment <> '' order by id`, enrolment)
}

func voidEvidence(tx *db.Tx, id string, at int64) (bool, error) {
	n, err := tx.Exec(`update proof_evidence set void_at = $2 where id = $1 and void_at = 0`, id, at)
	return n == 1, err
}

func approveEvidence(tx *db.Tx, enrolment, by string, at int64) error {
	_, err := tx.Exec(`update proof_evidence set approved_by = $2, approved_at = $3 where enrolment = $1 and void_at = 0`, enrolment, by, at)
	return err
}

const enrolmentCols = `id, person, role, agency, officer, post, state, made_at, decided_by, decided_at, reason`

func scanEnrolment(s db.Scanner) (e Enrolment, err error) {
	err = s.Scan(&e.ID, &e.Person, &e.Role, &e.Agency, &e.Officer, &e.Post, &e.State, &e.MadeAt, &e.DecidedBy, &e.DecidedAt, &e.Reason)
	return e, err
}

func insertEnrolment(tx *db.Tx, e Enrolment) error {
	_, err := tx.Exec(`insert into proof_enrolment (`+enrolmentCols+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)`,
		e.ID, e.Person, e.Role, e.Agency, e.Officer, e.Post, e.State, e.MadeAt, e.DecidedBy, e.DecidedAt, e.Reason)
	return err
}

func enrolmentByID(tx *db.Tx, id string) (Enrolment, error) {
	e, err := db.One(tx, scanEnrolment, `select `+enrolmentCols+` from proof_enrolment where id = $1`, id)
	return e, missing(err)
}

// latestEnrolment is a person's newest enrolment at a counter.
func latestEnrolment(tx *db.Tx, person string) (e Enrolment, found bool, err error) {
	e, err = db.One(tx, scanEnrolment, `select `+enrolmentCols+` from proof_enrolment where person = $1 order by made_at desc, id desc limit 1`, person)
	if errors.Is(err, db.ErrNoRows) {
		return e, false, nil
	}
	return e, err == nil, err
}

// waitingFor are the enrolments that an officer of a role can approve, and that
// they did not record, the oldest first.
func waitingFor(tx *db.Tx, role, officer string, limit int) ([]Enrolment, error) {
	return db.List(tx, scanEnrolment, `select `+enrolmentCols+` from proof_enrolment
		where role = $1 and state = 'waiting' and officer <> $2 order by made_at, id limit $3`, role, officer, limit)
}

func waitingBefore(tx *db.Tx, at int64, limit int) ([]Enrolment, error) {
	return db.List(tx, scanEnrolment, `select `+enrolmentCols+` from proof_enrolment where state = 'waiting' and made_at < $1 order by made_at, id limit $2`, at, limit)
}

// decideEnrolment ends the waiting, once.
func decideEnrolment(tx *db.Tx, e Enrolment) (bool, error) {
	n, err := tx.Exec(`update proof_enrolment set state = $2, decided_by = $3, decided_at = $4, reason = $5 where id = $1 and state = 'waiting'`,
		e.ID, e.State, e.DecidedBy, e.DecidedAt, e.Reason)
	return n == 1, err
}
