package letter

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/notify"
)

//go:embed migration
var migration embed.FS

// Migration makes the tables of letters.
func Migration() db.Migration {
	return db.Migration{Part: "letter", FS: migration,
		Blobs: []string{"letter_letter.sha256", "letter_batch.sha256", "letter_sheet.file"}}
}

const columns = `code, person, case_ref, lang, state, made_at, day, place, name, line, postcode, city, region, pages, sha256, ended_at, reason`

func scan(s db.Scanner) (l Letter, err error) {
	err = s.Scan(&l.Code, &l.Person, &l.Case, &l.Lang, &l.State, &l.MadeAt, &l.Day, &l.Place, &l.Address.Name, &l.Address.Line,
		&l.Address.Postcode, &l.Address.City, &l.Address.Region, &l.Pages, &l.SHA256, &l.EndedAt, &l.Reason)
	return l, err
}

func insertLetter(tx *db.Tx, l Letter) error {
	_, err := tx.Exec(`insert into letter_letter (`+columns+`) values ($1,$2,$3,$4,$5,$6,'',0,'','','','','',0,'',$7,'')`,
		l.Code, l.Person, l.Case, string(l.Lang), string(l.State), l.MadeAt, l.EndedAt)
	return err
}

func insertNotice(tx *db.Tx, letter string, m notify.Item) error {
	args, err := json.Marshal(m.Args)
	if err != nil {
		return fmt.Errorf("letter: message %s: %w", m.ID, err)
	}
	_, err = tx.Exec(`insert into letter_notice (message, letter, text_key, args, made_at) values ($1,$2,$3,$4,$5) on conflict do nothing`,
		m.ID, letter, m.Key, string(args), m.At)
	return err
}

// open is a person's letter about a case that can still take more, or "".
func open(tx *db.Tx, person, ref string) (code string, err error) {
	err = tx.QueryRow(`select code from letter_letter where person = $1 and case_ref = $2 and state = 'queued' and day = '' order by code limit 1`,
		person, ref).Scan(&code)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return code, err
}

func notices(tx *db.Tx, letter string) ([]Notice, error) {
	return db.List(tx, func(s db.Scanner) (n Notice, err error) {
		var args string
		if err = s.Scan(&n.ID, &n.Key, &args, &n.At); err != nil {
			return n, err
		}
		return n, json.Unmarshal([]byte(args), &n.Args)
	}, `select message, text_key, args, made_at from letter_notice where letter = $1 order by message`, letter)
}

// Get finds a letter; one that does not exist is a fault Missing.
func (x *Letters) Get(tx *db.Tx, code string) (Letter, error) {
	l, err := db.One(tx, scan, `select `+columns+` from letter_letter where code = $1`, code)
	if errors.Is(err, db.ErrNoRows) {
		return l, fault.New(fault.Missing, "web.error.missing")
	}
	return l, err
}

// OfCase lists a case's letters, the newest first.
func (x *Letters) OfCase(tx *db.Tx, ref string) ([]Letter, error) {
	return db.List(tx, scan, `select `+columns+` from letter_letter where case_ref = $1 and case_ref <> '' order by made_at desc, code desc limit 100`, ref)
}

func newest(tx *db.Tx, limit int) ([]Letter, error) {
	return db.List(tx, scan, `select `+columns+` from letter_letter order by made_at desc, code desc limit $1`, limit)
}

// ready are the letters queued before a moment and in no batch, at most limit.
func ready(tx *db.Tx, before int64, after string, limit int) ([]Letter, error) {
	return db.List(tx, scan, `select `+columns+` from letter_letter
		where state = 'queued' and day = '' and made_at < $1 and code > $2 order by code limit $3`, before, after, limit)
}

func queued(tx *db.Tx) (n int64, err error) {
	err = tx.QueryRow(`select count(*) from letter_letter where state = 'queued' and day = ''`).Scan(&n)
	return n, err
}

func claim(tx *db.Tx, code, day string, place int64, a Address) error {
	n, err := tx.Exec(`update letter_letter set day = $2, place = $3, name = $4, line = $5, postcode = $6, city = $7, region = $8
		where code = $1 and state = 'queued' and day = ''`, code, day, place, a.Name, a.Line, a.Postcode, a.City, a.Region)
	if err == nil && n != 1 {
		err = fault.New(fault.Conflict, "letter.error.gone")
	}
	return err
}

func ofDay(tx *db.Tx, day string) ([]Letter, error) {
	return db.List(tx, scan, `select `+columns+` from letter_letter where day = $1 and day <> '' order by place`, day)
}

func posted(tx *db.Tx, code string, pages int, sha string, at int64) error {
	_, err := tx.Exec(`update letter_letter set state = 'posted', pages = $2, sha256 = $3, ended_at = $4 where code = $1 and state = 'queued'`,
		code, int64(pages), sha, at)
	return err
}

// move tells whether the letter was in that state, and in no open batch.
func move(tx *db.Tx, code string, from, to State, reason string, at int64) (bool, error) {
	n, err := tx.Exec(`update letter_letter set state = $3, reason = $4, ended_at = $5 where code = $1 and state = $2 and (state <> 'queued' or day = '')`,
		code, string(from), string(to), reason, at)
	return n == 1, err
}

const batchColumns = `day, state, made_at, done_at, letters, pages, sha256`

func scanBatch(s db.Scanner) (b Batch, err error) {
	var state string
	err = s.Scan(&b.Day, &state, &b.MadeAt, &b.DoneAt, &b.Letters, &b.Pages, &b.SHA256)
	b.Done = state == "done"
	return b, err
}

// batchOf is the batch of a day; ok is false where there is none.
func batchOf(tx *db.Tx, day string) (b Batch, ok bool, err error) {
	b, err = db.One(tx, scanBatch, `select `+batchColumns+` from letter_batch where day = $1`, day)
	if errors.Is(err, db.ErrNoRows) {
		return b, false, nil
	}
	return b, err == nil, err
}

func batches(tx *db.Tx, limit int) ([]Batch, error) {
	return db.List(tx, scanBatch, `select `+batchColumns+` from letter_batch order by day desc limit $1`, limit)
}

// undone are the batches that were cut off.
func undone(tx *db.Tx) ([]Batch, error) {
	return db.List(tx, scanBatch, `select `+batchColumns+` from letter_batch where state = 'open' order by day`)
}

func insertBatch(tx *db.Tx, day string, at int64) error {
	_, err := tx.Exec(`insert into letter_batch (`+batchColumns+`) values ($1,'open',$2,0,0,0,'')`, day, at)
	return err
}

func countBatch(tx *db.Tx, day string, letters int64) error {
	_, err := tx.Exec(`update letter_batch set letters = $2 where day = $1`, day, letters)
	return err
}

// endBatch tells whether this call ended it.
func endBatch(tx *db.Tx, b Batch) (bool, error) {
	n, err := tx.Exec(`update letter_batch set state = 'done', done_at = $2, pages = $3, sha256 = $4 where day = $1 and state = 'open'`,
		b.Day, b.DoneAt, b.Pages, b.SHA256)
	return n == 1, err
}

// address freezes to whom a letter goes before it has a batch.
func address(tx *db.Tx, code string, a Address) error {
	_, err := tx.Exec(`update letter_letter set name = $2, line = $3, postcode = $4, city = $5, region = $6 where code = $1`,
		code, a.Name, a.Line, a.Postcode, a.City, a.Region)
	return err
}

func setPages(tx *db.Tx, code string, pages int64) error {
	_, err := tx.Exec(`update letter_letter set pages = $2 where code = $1`, code, pages)
	return err
}

func insertSheet(tx *db.Tx, code string, s Sheet) error {
	_, err := tx.Exec(`insert into letter_sheet (letter, sender, agency, lang, lines, subject, body, file) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		code, s.ID, s.Agency, string(s.Lang), strings.Join(s.Lines, "\n"), s.Subject, s.Body, s.File)
	return err
}

// sheetOf is what an agency's system wrote in a letter; found is false where
// the letter is the hall's own.
func sheetOf(tx *db.Tx, code string) (s Sheet, found bool, err error) {
	s, err = db.One(tx, func(row db.Scanner) (s Sheet, err error) {
		var lines string
		err = row.Scan(&s.ID, &s.Agency, &s.Lang, &lines, &s.Subject, &s.Body, &s.File)
		s.Lines = strings.Split(lines, "\n")
		return s, err
	}, `select sender, agency, lang, lines, subject, body, file from letter_sheet where letter = $1`, code)
	if errors.Is(err, db.ErrNoRows) {
		return s, false, nil
	}
	return s, err == nil, err
}

// sheetCode is the letter that carries a sender's sheet.
func sheetCode(tx *db.Tx, sender string) (code string, err error) {
	err = tx.QueryRow(`select letter from letter_sheet where sender = $1`, sender).Scan(&code)
	return code, err
}

// filed are the letters of a day that came as files.
func filed(tx *db.Tx, day string) (map[string]bool, error) {
	list, err := db.List(tx, func(s db.Scanner) (code string, err error) { err = s.Scan(&code); return code, err },
		`select s.letter from letter_sheet s join letter_letter l on l.code = s.letter where l.day = $1 and l.day <> '' and s.file <> ''`, day)
	out := map[string]bool{}
	for _, code := range list {
		out[code] = true
	}
	return out, err
}

func dropSheet(tx *db.Tx, sender string) error {
	if _, err := tx.Exec(`update letter_letter set name = '', line = '', postcode = '', city = ''
		where code = (select letter from letter_sheet where sender = $1)`, sender); err != nil {
		return err
	}
	_, err := tx.Exec(`update letter_sheet set lines = '', subject = '', body = '' where sender = $1`, sender)
	return err
}
