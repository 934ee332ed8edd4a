package backoffice

import (
	"balai/internal/spine/db"
)

const caseColumns = `ref, agency, their_ref, person, title_ms, title_en, service, state, status_ms, status_en, question_ms, question_en,
	submitted_on, due_on, link, version, their_at, answered_at, withdrawn_at, made_at, changed_at, acts`

func scanCase(s db.Scanner) (c Case, err error) {
	return c, s.Scan(&c.Ref, &c.Agency, &c.TheirRef, &c.Person, &c.Title.MS, &c.Title.EN, &c.Service, &c.State, &c.Status.MS, &c.Status.EN,
		&c.Question.MS, &c.Question.EN, &c.SubmittedOn, &c.DueOn, &c.Link, &c.Version, &c.TheirAt, &c.AnsweredAt, &c.WithdrawnAt, &c.MadeAt, &c.ChangedAt, &c.Acts)
}

func insertCase(tx *db.Tx, c Case) error {
	_, err := tx.Exec(`insert into backoffice_case (`+caseColumns+`)
		values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,0,0,$18,$19,0)`,
		c.Ref, c.Agency, c.TheirRef, c.Person, c.Title.MS, c.Title.EN, c.Service, string(c.State), c.Status.MS, c.Status.EN,
		c.Question.MS, c.Question.EN, c.SubmittedOn, c.DueOn, c.Link, c.Version, c.TheirAt, c.MadeAt, c.ChangedAt)
	return err
}

// updateCase writes what an agency may change; the person is not among it.
func updateCase(tx *db.Tx, c Case) error {
	_, err := tx.Exec(`update backoffice_case set title_ms = $2, title_en = $3, service = $4, state = $5, status_ms = $6, status_en = $7,
		question_ms = $8, question_en = $9, submitted_on = $10, due_on = $11, link = $12, version = $13, their_at = $14, answered_at = $15, changed_at = $16
		where ref = $1`, c.Ref, c.Title.MS, c.Title.EN, c.Service, string(c.State), c.Status.MS, c.Status.EN, c.Question.MS, c.Question.EN,
		c.SubmittedOn, c.DueOn, c.Link, c.Version, c.TheirAt, c.AnsweredAt, c.ChangedAt)
	return err
}

func touchCase(tx *db.Tx, ref string, at int64) error {
	_, err := tx.Exec(`update backoffice_case set changed_at = $2 where ref = $1`, ref, at)
	return err
}

func setAnswered(tx *db.Tx, ref string, at int64) error {
	_, err := tx.Exec(`update backoffice_case set answered_at = $2, changed_at = $2 where ref = $1`, ref, at)
	return err
}

func setWithdrawn(tx *db.Tx, ref string, at int64) error {
	_, err := tx.Exec(`update backoffice_case set withdrawn_at = $2, changed_at = $2 where ref = $1`, ref, at)
	return err
}

func caseByRef(tx *db.Tx, ref string) (Case, error) {
	c, err := db.One(tx, scanCase, `select `+caseColumns+` from backoffice_case where ref = $1`, ref)
	return c, missing(err)
}

func caseOfTheirs(tx *db.Tx, agency, theirRef string) (Case, error) {
	c, err := db.One(tx, scanCase, `select `+caseColumns+` from backoffice_case where agency = $1 and their_ref = $2`, agency, theirRef)
	return c, missing(err)
}

// casesOf are a person's, the last changed first.
func casesOf(tx *db.Tx, person string, limit int) ([]Case, error) {
	return db.List(tx, scanCase, `select `+caseColumns+` from backoffice_case where person = $1 order by changed_at desc, ref limit $2`, person, limit)
}

// --- acts

const actColumns = `id, ref, n, kind, their_id, state, text_ms, text_en, at, leaf, by_name, digest`

func scanAct(s db.Scanner) (a Act, err error) {
	return a, s.Scan(&a.ID, &a.Ref, &a.N, &a.Kind, &a.TheirID, &a.State, &a.Text.MS, &a.Text.EN, &a.At, &a.Leaf, &a.ByName, &a.Digest)
}

// nextAct takes the next number in a case.
func nextAct(tx *db.Tx, ref string) (n int64, err error) {
	err = tx.QueryRow(`update backoffice_case set acts = acts + 1 where ref = $1 returning acts`, ref).Scan(&n)
	return n, err
}

func insertAct(tx *db.Tx, a Act) error {
	_, err := tx.Exec(`insert into backoffice_act (`+actColumns+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)`,
		a.ID, a.Ref, a.N, a.Kind, a.TheirID, string(a.State), a.Text.MS, a.Text.EN, a.At, a.Leaf, a.ByName, a.Digest)
	return err
}

func actOfTheirs(tx *db.Tx, ref, kind, theirID string) (Act, error) {
	return db.One(tx, scanAct, `select `+actColumns+` from backoffice_act where ref = $1 and kind = $2 and their_id = $3`, ref, kind, theirID)
}

func acts(tx *db.Tx, ref string) ([]Act, error) {
	return db.List(tx, scanAct, `select `+actColumns+` from backoffice_act where ref = $1 order by n`, ref)
}

// --- documents

const documentColumns = `id, ref, title_ms, title_en, type, sha, size, at`

func scanDocument(s db.Scanner) (d Document, err error) {
	return d, s.Scan(&d.ID, &d.Ref, &d.Title.MS, &d.Title.EN, &d.Type, &d.SHA, &d.Size, &d.At)
}

func insertDocument(tx *db.Tx, d Document) error {
	_, err := tx.Exec(`insert into backoffice_document (`+documentColumns+`) values ($1,$2,$3,$4,$5,$6,$7,$8)`,
		d.ID, d.Ref, d.Title.MS, d.Title.EN, d.Type, d.SHA, d.Size, d.At)
	return err
}

func documents(tx *db.Tx, ref string) ([]Document, error) {
	return db.List(tx, scanDocument, `select `+documentColumns+` from backoffice_document where ref = $1 order by at, id`, ref)
}

func documentOf(tx *db.Tx, ref, id string) (Document, error) {
	d, err := db.One(tx, scanDocument, `select `+documentColumns+` from backoffice_document where ref = $1 and id = $2`, ref, id)
	return d, missing(err)
}
