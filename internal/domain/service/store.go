package service

import (
	"embed"
	"encoding/json"
	"errors"
	"math"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

//go:embed migration
var migration embed.FS

// Migration makes the part's tables.
func Migration() db.Migration {
	return db.Migration{Part: "service", FS: migration,
		Blobs: []string{"service_draft.files", "service_application.files"}}
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("service: " + err.Error()) // only our own plain types come here
	}
	return string(b)
}

func decode[T any](s string) (v T, err error) {
	if s == "" {
		return v, nil
	}
	return v, json.Unmarshal([]byte(s), &v)
}

// --- releases

type releaseRow struct {
	Service                  string
	Number                   int64
	Digest                   string
	Files                    []byte
	Notes, Answers, ByPerson string
	ReleasedAt               int64
}

const releaseCols = `service, number, digest, files, notes, answers, by_person, released_at`

func scanRelease(s db.Scanner) (r releaseRow, err error) {
	err = s.Scan(&r.Service, &r.Number, &r.Digest, &r.Files, &r.Notes, &r.Answers, &r.ByPerson, &r.ReleasedAt)
	return r, err
}

func releases(tx *db.Tx) ([]releaseRow, error) {
	return db.List(tx, scanRelease, `select `+releaseCols+` from service_release order by service, number`)
}

func releaseFiles(tx *db.Tx, service string, number int64) (files []byte, err error) {
	err = tx.QueryRow(`select files from service_release where service=$1 and number=$2`, service, number).Scan(&files)
	return files, err
}

func countReleases(tx *db.Tx) (n int64, err error) {
	err = tx.QueryRow(`select count(*) from service_release`).Scan(&n)
	return n, err
}

func insertRelease(tx *db.Tx, r releaseRow) error {
	_, err := tx.Exec(`insert into service_release (`+releaseCols+`) values ($1,$2,$3,$4,$5,$6,$7,$8)`,
		r.Service, r.Number, r.Digest, r.Files, r.Notes, r.Answers, r.ByPerson, r.ReleasedAt)
	return err
}

// --- drafts

// File is one uploaded piece of evidence; its bytes lie in the blob store.
type File struct {
	Name string `json:"name"`
	Type string `json:"type"`
	SHA  string `json:"sha256"`
	Size int64  `json:"size"`
}

// Dispute is what a person says of a value that the state holds wrongly.
type Dispute struct {
	Field   string `json:"field"`
	Stated  string `json:"stated"`
	Claimed string `json:"claimed"`
	Reason  string `json:"reason"`
	Entry   string `json:"entry"`
	Ref     string `json:"ref"` // the case with the register's owner
}

// Draft is what a person has filled in and not yet sent.
type Draft struct {
	ID, Person, Service  string
	Number               int64
	State                string // open | submitted | expired | dropped
	Version              int64
	Answers              map[string]any
	Disputed             []Dispute
	Files                map[string][]File
	HeldSeen             bool
	Screens, Typed       int64
	Ref                  string
	CreatedAt, UpdatedAt int64
	ExpiresAt            int64
	TypedBy              string // who typed last for the person, with what sent them; "" the person
}

const draftCols = `id, person, service, number, state, version, answers, disputed, files, held_seen, screens, typed, ref, created_at, updated_at, expires_at, typed_by`

func scanDraft(s db.Scanner) (d Draft, err error) {
	var answers, disputed, files string
	if err = s.Scan(&d.ID, &d.Person, &d.Service, &d.Number, &d.State, &d.Version, &answers, &disputed, &files,
		&d.HeldSeen, &d.Screens, &d.Typed, &d.Ref, &d.CreatedAt, &d.UpdatedAt, &d.ExpiresAt, &d.TypedBy); err != nil {
		return d, err
	}
	var e1, e2, e3 error
	d.Answers, e1 = decode[map[string]any](answers)
	d.Disputed, e2 = decode[[]Dispute](disputed)
	d.Files, e3 = decode[map[string][]File](files)
	if d.Answers == nil {
		d.Answers = map[string]any{}
	}
	if d.Files == nil {
		d.Files = map[string][]File{}
	}
	return d, errors.Join(e1, e2, e3)
}

func insertDraft(tx *db.Tx, d Draft) (made bool, err error) {
	n, err := tx.Exec(`insert into service_draft (`+draftCols+`)
		values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17)
		on conflict (person, service) where state = 'open' do nothing`,
		d.ID, d.Person, d.Service, d.Number, d.State, d.Version, encode(d.Answers), encode(d.Disputed), encode(d.Files),
		d.HeldSeen, d.Screens, d.Typed, d.Ref, d.CreatedAt, d.UpdatedAt, d.ExpiresAt, d.TypedBy)
	return n == 1, err
}

// updateDraft saves d if nobody saved it since it was read.
func updateDraft(tx *db.Tx, d Draft) error {
	n, err := tx.Exec(`update service_draft set number=$1, state=$2, version=version+1, answers=$3, disputed=$4, files=$5,
		held_seen=$6, screens=$7, typed=$8, ref=$9, updated_at=$10, expires_at=$11, warned_at=0, typed_by=$14 where id=$12 and version=$13`,
		d.Number, d.State, encode(d.Answers), encode(d.Disputed), encode(d.Files), d.HeldSeen, d.Screens, d.Typed,
		d.Ref, d.UpdatedAt, d.ExpiresAt, d.ID, d.Version, d.TypedBy)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "service.error.draft_changed")
	}
	return err
}

func openDraft(tx *db.Tx, person, service string) (Draft, error) {
	return db.One(tx, scanDraft, `select `+draftCols+` from service_draft where person=$1 and service=$2 and state='open'`, person, service)
}

func draftByID(tx *db.Tx, id string) (Draft, error) {
	return db.One(tx, scanDraft, `select `+draftCols+` from service_draft where id=$1`, id)
}

// lastSent is the case that the person's newest draft of a service became.
func lastSent(tx *db.Tx, person, service string) (ref string, err error) {
	err = tx.QueryRow(`select ref from service_draft where person=$1 and service=$2 and state='submitted' order by updated_at desc, id desc limit 1`, person, service).Scan(&ref)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return ref, err
}

func openDrafts(tx *db.Tx, person string) ([]Draft, error) {
	return db.List(tx, scanDraft, `select `+draftCols+` from service_draft where person=$1 and state='open' order by updated_at desc`, person)
}

// expireDrafts ends drafts whose time is over and forgets what was in them.
// One that nobody was warned of waits until somebody was.
func expireDrafts(tx *db.Tx, now, warnedBefore int64) (int64, error) {
	return tx.Exec(`update service_draft set state='expired', version=version+1, answers='{}', disputed='null', files='{}'
		where state='open' and expires_at <= $1 and warned_at > 0 and warned_at <= $2`, now, warnedBefore)
}

// endingDrafts are the drafts that end by a time and of which nobody was told.
func endingDrafts(tx *db.Tx, by int64, limit int) ([]Draft, error) {
	return db.List(tx, scanDraft, `select `+draftCols+` from service_draft
		where state='open' and warned_at=0 and expires_at <= $1 order by expires_at, id limit $2`, by, limit)
}

// warnedDraft notes that the person was told; the draft is kept until expires.
func warnedDraft(tx *db.Tx, id string, at, expires int64) error {
	_, err := tx.Exec(`update service_draft set warned_at=$2, expires_at=$3 where id=$1 and state='open'`, id, at, expires)
	return err
}

// --- applications

// Application is what was sent and what followed from it.
type Application struct {
	Ref, Service string
	Number       int64
	Person       string
	Variant      string
	Verdict      string
	Automatic    bool
	Subject      string // what may be applied for only once at a time
	Answers      map[string]any
	Facts        map[string]Fact
	Accepted     []string
	Disputed     []Dispute
	Files        map[string][]File
	Trace        Trace
	Ignored      []string // names sent that did not count
	Certificate  string   // template
	Entry, Child string   // the register's entry and the person it made
	Code         string   // of the certificate in force
	Draft        string
	SentAt       int64
	Open         bool
	Told         []Told // registers that were told of what the yes changed
}

const applicationCols = `ref, service, number, person, variant, verdict, automatic, subject, answers, facts, accepted, disputed, files, trace, ignored, certificate, entry, child, code, draft, sent_at, open, told`

func scanApplication(s db.Scanner) (a Application, err error) {
	var answers, facts, accepted, disputed, files, trace, ignored, told string
	if err = s.Scan(&a.Ref, &a.Service, &a.Number, &a.Person, &a.Variant, &a.Verdict, &a.Automatic, &a.Subject, &answers,
		&facts, &accepted, &disputed, &files, &trace, &ignored, &a.Certificate, &a.Entry, &a.Child, &a.Code, &a.Draft, &a.SentAt, &a.Open, &told); err != nil {
		return a, err
	}
	var e [8]error
	a.Answers, e[0] = decode[map[string]any](answers)
	a.Facts, e[1] = decode[map[string]Fact](facts)
	a.Accepted, e[2] = decode[[]string](accepted)
	a.Disputed, e[3] = decode[[]Dispute](disputed)
	a.Files, e[4] = decode[map[string][]File](files)
	a.Trace, e[5] = decode[Trace](trace)
	a.Ignored, e[6] = decode[[]string](ignored)
	a.Told, e[7] = decode[[]Told](told)
	for name, v := range a.Answers {
		a.Answers[name] = whole(v)
	}
	for name, f := range a.Facts {
		f.Value = whole(f.Value)
		a.Facts[name] = f
	}
	for _, rows := range [][]definition.TraceRow{a.Trace.Eligibility, a.Trace.Automatic} {
		for _, r := range rows {
			for name, v := range r.Value {
				r.Value[name] = whole(v)
			}
		}
	}
	return a, errors.Join(e[:]...)
}

// whole gives a number back its type: every number of a definition is whole,
// and JSON forgets it.
func whole(v any) any {
	if f, ok := v.(float64); ok && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int64(f)
	}
	return v
}

func insertApplication(tx *db.Tx, a Application) error {
	n, err := tx.Exec(`insert into service_application (`+applicationCols+`)
		values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23)
		on conflict (service, subject) where open do nothing`,
		a.Ref, a.Service, a.Number, a.Person, a.Variant, a.Verdict, a.Automatic, a.Subject, encode(a.Answers), encode(a.Facts),
		encode(a.Accepted), encode(a.Disputed), encode(a.Files), encode(a.Trace), encode(a.Ignored), a.Certificate, a.Entry, a.Child, a.Code, a.Draft, a.SentAt, a.Open, encode(a.Told))
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "service.error.already_open")
	}
	return err
}

func updateApplication(tx *db.Tx, a Application) error {
	_, err := tx.Exec(`update service_application set answers=$1, files=$2, facts=$3, trace=$4, certificate=$5, entry=$6, child=$7, code=$8, open=$9, verdict=$10, variant=$11, disputed=$12, told=$13 where ref=$14`,
		encode(a.Answers), encode(a.Files), encode(a.Facts), encode(a.Trace), a.Certificate, a.Entry, a.Child, a.Code, a.Open, a.Verdict, a.Variant, encode(a.Disputed), encode(a.Told), a.Ref)
	return err
}

func application(tx *db.Tx, ref string) (Application, error) {
	a, err := db.One(tx, scanApplication, `select `+applicationCols+` from service_application where ref=$1`, ref)
	if errors.Is(err, db.ErrNoRows) {
		return a, fault.New(fault.Missing, "web.error.missing")
	}
	return a, err
}

// openFor finds the open application about a subject, if there is one.
func openFor(tx *db.Tx, service, subject string) (ref, person string, err error) {
	err = tx.QueryRow(`select ref, person from service_application where service=$1 and subject=$2 and open`, service, subject).Scan(&ref, &person)
	if errors.Is(err, db.ErrNoRows) {
		return "", "", nil
	}
	return ref, person, err
}

// sentRow is an application that stands in the way of another about the same.
type sentRow struct {
	Ref    string
	SentAt int64
}

// mostSent bounds the applications that a service's page names.
const mostSent = 5

// sentOf lists a person's applications of a service that stand, the newest
// first.
func sentOf(tx *db.Tx, person, service string) ([]sentRow, error) {
	return db.List(tx, func(s db.Scanner) (r sentRow, err error) { return r, s.Scan(&r.Ref, &r.SentAt) },
		`select ref, sent_at from service_application where person=$1 and service=$2 and open order by sent_at desc, ref limit $3`, person, service, mostSent)
}

// --- idempotency keys

// keyed is what a key was answered with; ok is false while it was not used.
func keyed(tx *db.Tx, person, key string) (body string, rec Receipt, ok bool, err error) {
	var text string
	err = tx.QueryRow(`select body, receipt from service_key where person=$1 and key=$2`, person, key).Scan(&body, &text)
	if errors.Is(err, db.ErrNoRows) {
		return "", rec, false, nil
	}
	if err != nil {
		return "", rec, false, err
	}
	rec, err = decode[Receipt](text)
	return body, rec, true, err
}

func insertKey(tx *db.Tx, person, key, body string, rec Receipt, at int64) error {
	_, err := tx.Exec(`insert into service_key (person, key, body, ref, receipt, at) values ($1,$2,$3,$4,$5,$6)`,
		person, key, body, rec.Ref, encode(rec), at)
	return err
}

// --- ratings

func upsertRating(tx *db.Tx, ref, person, service string, number, level int64, text string, at int64) error {
	_, err := tx.Exec(`insert into service_rating (ref, person, service, number, level, text, at) values ($1,$2,$3,$4,$5,$6,$7)
		on conflict (ref) do update set level=excluded.level, text=excluded.text, at=excluded.at`, ref, person, service, number, level, text, at)
	return err
}

func ratingOf(tx *db.Tx, ref string) (level int64, text string, err error) {
	err = tx.QueryRow(`select level, text from service_rating where ref=$1`, ref).Scan(&level, &text)
	if errors.Is(err, db.ErrNoRows) {
		return 0, "", nil
	}
	return level, text, err
}

// --- disputes

type disputeRow struct {
	Ref, Person, Field             string
	Label                          locale.Text
	Entry, Stated, Claimed, Reason string
	About                          string // the application it came up in, "" where none
	At                             int64
}

const disputeCols = `ref, person, field, label_ms, label_en, entry, stated, claimed, reason, about, at`

func scanDispute(s db.Scanner) (d disputeRow, err error) {
	err = s.Scan(&d.Ref, &d.Person, &d.Field, &d.Label.MS, &d.Label.EN, &d.Entry, &d.Stated, &d.Claimed, &d.Reason, &d.About, &d.At)
	return d, err
}

func insertDispute(tx *db.Tx, d disputeRow) error {
	_, err := tx.Exec(`insert into service_dispute (`+disputeCols+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)`,
		d.Ref, d.Person, d.Field, d.Label.MS, d.Label.EN, d.Entry, d.Stated, d.Claimed, d.Reason, d.About, d.At)
	return err
}

func disputeByRef(tx *db.Tx, ref string) (disputeRow, error) {
	d, err := db.One(tx, scanDispute, `select `+disputeCols+` from service_dispute where ref=$1`, ref)
	if errors.Is(err, db.ErrNoRows) {
		return d, fault.New(fault.Missing, "web.error.missing")
	}
	return d, err
}

// disputesOf lists a person's disputes, oldest first.
func disputesOf(tx *db.Tx, person string) ([]disputeRow, error) {
	return db.List(tx, scanDispute, `select `+disputeCols+` from service_dispute where person=$1 order by at, ref`, person)
}
