package desk

import (
	"errors"
	"fmt"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

const phraseColumns = `id, person, agency, offered_for, service, text_ms, text_en, created_at, deleted_at`

func scanPhrase(s db.Scanner) (f phrase, err error) {
	return f, s.Scan(&f.ID, &f.Person, &f.Agency, &f.For, &f.Service, &f.Text.MS, &f.Text.EN, &f.CreatedAt, &f.DeletedAt)
}

func phraseByID(tx *db.Tx, id string) (phrase, error) {
	f, err := db.One(tx, scanPhrase, `select `+phraseColumns+` from desk_phrase where id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return f, fault.New(fault.Missing, "web.error.missing")
	}
	return f, err
}

// keepPhrase writes a phrase; whose it is and since when never changes.
func keepPhrase(tx *db.Tx, f phrase) error {
	_, err := tx.Exec(`insert into desk_phrase (`+phraseColumns+`) values (`+db.In(1, 9)+`)
		on conflict (id) do update set offered_for = excluded.offered_for, service = excluded.service, text_ms = excluded.text_ms,
		text_en = excluded.text_en, deleted_at = excluded.deleted_at`,
		f.ID, f.Person, f.Agency, f.For, f.Service, f.Text.MS, f.Text.EN, f.CreatedAt, f.DeletedAt)
	if err != nil {
		return fmt.Errorf("desk: keep a phrase: %w", err)
	}
	return nil
}

// phrasesOf are those that an officer keeps and may change, the oldest first.
func phrasesOf(tx *db.Tx, a actor.Actor) ([]phrase, error) {
	if keepsAgency(a) {
		return agencyPhrases(tx, a.Agency)
	}
	return db.List(tx, scanPhrase, `select `+phraseColumns+` from desk_phrase
		where person = $1 and agency = '' and deleted_at = 0 order by created_at, id`, a.Person)
}

func agencyPhrases(tx *db.Tx, agency string) ([]phrase, error) {
	return db.List(tx, scanPhrase, `select `+phraseColumns+` from desk_phrase
		where agency = $1 and agency <> '' and deleted_at = 0 order by created_at, id`, agency)
}

// phrasesFor are those offered to a person in a case of a service: the
// agency's before their own.
func phrasesFor(tx *db.Tx, person, agency, service string) ([]phrase, error) {
	return db.List(tx, scanPhrase, `select `+phraseColumns+` from desk_phrase
		where (agency = $1 and agency <> '' or agency = '' and person = $2) and deleted_at = 0 and service in ('', $3)
		order by case when agency = '' then 1 else 0 end, created_at, id`, agency, person, service)
}
