package certificate

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

//go:embed migration
var migration embed.FS

// Migration makes the certificate table.
func Migration() db.Migration {
	return db.Migration{Part: "certificate", FS: migration,
		Blobs: []string{"certificate_certificate.sha256"}}
}

const columns = `payload, applicant, subjects, state, reason, replaced_by, ended_at, sha256, size, ready_at`

func scan(row db.Scanner) (Certificate, error) {
	var c Certificate
	var payload, subjects string
	err := row.Scan(&payload, &c.Applicant, &subjects, &c.State, &c.Reason, &c.ReplacedBy, &c.EndedAt, &c.SHA256, &c.Size, &c.ReadyAt)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal([]byte(subjects), &c.Subjects); err != nil {
		return c, fmt.Errorf("certificate: subjects: %w", err)
	}
	if err := json.Unmarshal([]byte(payload), &c.Payload); err != nil {
		return c, fmt.Errorf("certificate: payload: %w", err)
	}
	return c, nil
}

// IssueTx gives a certificate its code inside the transaction of the decision
// that earns it, and orders its file. A certificate that it replaces ends in
// the same transaction.
func (x *Certificates) IssueTx(tx *db.Tx, by journal.By, in In) (code string, err error) {
	if err := in.valid(); err != nil {
		return "", err
	}
	now := clock.Micro(x.clock.Now())
	p := Payload{
		Code: x.ids.Ref(codePrefix), Number: in.Number, Case: in.Case, Type: in.Type, Title: in.Title,
		Agency: in.Agency, AgencyName: in.AgencyName, Law: in.Law, IssuedAt: now, Rows: in.rows(), Notes: in.Notes,
		Automatic: in.Automatic, Replaces: in.Replaces, Specimen: x.specimen,
	}
	if in.Replaces != "" {
		why := locale.Text{MS: "Digantikan dengan sijil yang dibetulkan.", EN: "A corrected certificate takes its place."}
		if err := x.end(tx, by, in.Replaces, p.Code, why); err != nil {
			return "", err
		}
	}
	subjects, err := json.Marshal(append([]string{}, in.Subjects...))
	if err != nil {
		return "", err
	}
	payload := p.json()
	_, err = tx.Exec(`insert into certificate_certificate
		(code, case_ref, applicant, agency, type, number, payload, subjects, state, reason, replaced_by, issued_at, ended_at, sha256, size, ready_at)
		values ($1,$2,$3,$4,$5,$6,$7,$8,$9,'','',$10,0,'',0,0)`,
		p.Code, in.Case, in.Applicant, in.Agency, in.Type, in.Number, string(payload), string(subjects), Issued, now)
	if db.IsUnique(err) {
		return "", fault.New(fault.Conflict, "certificate.error.stands").Wrap(err)
	}
	if err != nil {
		return "", fmt.Errorf("certificate: issue: %w", err)
	}
	_, err = x.journal.Append(tx, journal.Record{
		Kind: "certificate.issued", By: by, Case: in.Case, Subjects: concerned(in.Applicant, in.Subjects),
		Why:  locale.Text{MS: in.Title.MS + " dikeluarkan.", EN: in.Title.EN + " issued."},
		Data: map[string]any{"certificate": p.Code, "number": in.Number, "type": in.Type, "payload_sha256": sum(payload)},
	})
	if err != nil {
		return "", err
	}
	return p.Code, x.jobs.Enqueue(tx, RenderJob, renderArgs{Code: p.Code})
}

// RevokeTx ends a certificate inside the transaction of the decision that
// takes it back. replacedBy is the code of the certificate that takes its
// place, or "". Ending it twice is a conflict.
func (x *Certificates) RevokeTx(tx *db.Tx, by journal.By, code, reason, replacedBy string) error {
	return x.end(tx, by, code, replacedBy, locale.Same(reason))
}

func (x *Certificates) end(tx *db.Tx, by journal.By, code, replacedBy string, reason locale.Text) error {
	c, err := x.Get(tx, code)
	if err != nil {
		return err
	}
	state, kind := Revoked, "certificate.revoked"
	why := locale.Text{MS: c.Title.MS + " dibatalkan: " + reason.MS, EN: c.Title.EN + " revoked: " + reason.EN}
	if replacedBy != "" {
		state, kind = Replaced, "certificate.replaced"
		why = locale.Text{MS: c.Title.MS + " diganti: " + reason.MS, EN: c.Title.EN + " replaced: " + reason.EN}
	}
	n, err := tx.Exec(`update certificate_certificate set state = $1, reason = $2, replaced_by = $3, ended_at = $4
		where code = $5 and state = $6`, state, reason.MS, replacedBy, clock.Micro(x.clock.Now()), code, Issued)
	if err != nil {
		return fmt.Errorf("certificate: end: %w", err)
	}
	if n == 0 {
		return fault.New(fault.Conflict, "certificate.error.ended")
	}
	_, err = x.journal.Append(tx, journal.Record{
		Kind: kind, By: by, Case: c.Case, Subjects: concerned(c.Applicant, c.Subjects), Why: why,
		Data: map[string]any{"certificate": code, "replaced_by": replacedBy},
	})
	return err
}

// Get finds a certificate; one that does not exist is a fault Missing.
func (x *Certificates) Get(tx *db.Tx, code string) (Certificate, error) {
	c, err := db.One(tx, scan, `select `+columns+` from certificate_certificate where code = $1`, code)
	if errors.Is(err, db.ErrNoRows) {
		return c, fault.New(fault.Missing, "certificate.error.missing")
	}
	return c, err
}

// ForCase lists a case's certificates, the newest first.
func (x *Certificates) ForCase(tx *db.Tx, ref string) ([]Certificate, error) {
	return db.List(tx, scan, `select `+columns+` from certificate_certificate where case_ref = $1 order by issued_at desc, code desc`, ref)
}

// Of lists what a person has been issued, the newest first.
func (x *Certificates) Of(tx *db.Tx, person string) ([]Certificate, error) {
	return db.List(tx, scan, `select `+columns+` from certificate_certificate where applicant = $1 order by issued_at desc, code desc`, person)
}

// Current is the certificate of a case that stands; ok is false where none
// does.
func (x *Certificates) Current(tx *db.Tx, ref string) (c Certificate, ok bool, err error) {
	c, err = db.One(tx, scan, `select `+columns+` from certificate_certificate
		where case_ref = $1 and state = $2 order by issued_at desc, code desc limit 1`, ref, Issued)
	if errors.Is(err, db.ErrNoRows) {
		return c, false, nil
	}
	return c, err == nil, err
}

// filed records that the file is there; first is false when it already was.
func (x *Certificates) filed(tx *db.Tx, code, sha string, size int) (first bool, err error) {
	n, err := tx.Exec(`update certificate_certificate set sha256 = $1, size = $2, ready_at = $3 where code = $4 and ready_at = 0`,
		sha, int64(size), clock.Micro(x.clock.Now()), code)
	return n > 0, err
}

func concerned(applicant string, subjects []string) []string {
	all := []string{applicant}
	for _, s := range subjects {
		if s != "" && s != applicant {
			all = append(all, s)
		}
	}
	return all
}

// normal is a code as people type it.
func normal(code string) string { return id.NormalRef(code) }
