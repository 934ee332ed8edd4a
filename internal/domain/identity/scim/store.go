package scim

import (
	"embed"
	"errors"

	"balai/internal/spine/db"
)

//go:embed migration
var migration embed.FS

// Migration makes the tables scim_*.
func Migration() db.Migration { return db.Migration{Part: "scim", FS: migration} }

func insertKey(tx *db.Tx, k Key) error {
	_, err := tx.Exec(`insert into scim_key (id, agency, hash, made_at, revoked_at) values ($1,$2,$3,$4,0)`, k.ID, k.Agency, k.hash, k.MadeAt)
	return err
}

// keyOf is a key that stands, by its hash.
func keyOf(tx *db.Tx, hash string) (k Key, found bool, err error) {
	err = tx.QueryRow(`select id, agency, made_at from scim_key where hash = $1 and revoked_at = 0`, hash).Scan(&k.ID, &k.Agency, &k.MadeAt)
	if errors.Is(err, db.ErrNoRows) {
		return k, false, nil
	}
	return k, err == nil, err
}

// revokeKeys ends all keys of an agency.
func revokeKeys(tx *db.Tx, agency string, at int64) (int64, error) {
	return tx.Exec(`update scim_key set revoked_at = $2 where agency = $1 and revoked_at = 0`, agency, at)
}

const entryCols = `agency, person, user_name, folded, external_id, active, made_at, changed_at, gone_at`

func scanEntry(s db.Scanner) (e entry, err error) {
	return e, s.Scan(&e.Agency, &e.Person, &e.UserName, &e.folded, &e.External, &e.Active, &e.MadeAt, &e.ChangedAt, &e.GoneAt)
}

// entries are what an agency's directory said of its people, by person.
func entries(tx *db.Tx, agency string) (map[string]entry, error) {
	list, err := db.List(tx, scanEntry, `select `+entryCols+` from scim_user where agency = $1`, agency)
	out := make(map[string]entry, len(list))
	for _, e := range list {
		out[e.Person] = e
	}
	return out, err
}

// entryOf is what an agency's directory said of one person.
func entryOf(tx *db.Tx, agency, person string) (e entry, said bool, err error) {
	e, err = db.One(tx, scanEntry, `select `+entryCols+` from scim_user where agency = $1 and person = $2`, agency, person)
	if errors.Is(err, db.ErrNoRows) {
		return e, false, nil
	}
	return e, err == nil, err
}

func scanID(s db.Scanner) (id string, err error) { return id, s.Scan(&id) }

// entriesCalled are those whom an agency's directory calls by a folded name.
func entriesCalled(tx *db.Tx, agency, folded string) ([]string, error) {
	return db.List(tx, scanID, `select person from scim_user where agency = $1 and folded = $2 and gone_at = 0`, agency, folded)
}

// entriesNumbered are those whom an agency's directory knows by a number of its own.
func entriesNumbered(tx *db.Tx, agency, external string) ([]string, error) {
	return db.List(tx, scanID, `select person from scim_user where agency = $1 and external_id = $2 and external_id <> '' and gone_at = 0`, agency, external)
}

// keepEntry writes what an agency's directory says of somebody.
func keepEntry(tx *db.Tx, e entry) error {
	_, err := tx.Exec(`insert into scim_user (`+entryCols+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9)
		on conflict (agency, person) do update set user_name = excluded.user_name, folded = excluded.folded, external_id = excluded.external_id,
		active = excluded.active, changed_at = excluded.changed_at, gone_at = excluded.gone_at`,
		e.Agency, e.Person, e.UserName, e.folded, e.External, e.Active, e.MadeAt, e.ChangedAt, e.GoneAt)
	return err
}
