package app

import (
	"embed"
	"errors"

	"balai/internal/spine/db"
)

//go:embed migration
var migration embed.FS

// settingMigration makes the table in which the hall remembers how it was set
// up.
func settingMigration() db.Migration { return db.Migration{Part: "app", FS: migration} }

func readSetting(tx *db.Tx, name string) (value string, err error) {
	err = tx.QueryRow(`select value from app_setting where name = $1`, name).Scan(&value)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return value, err
}

func writeSetting(tx *db.Tx, name, value string) error {
	_, err := tx.Exec(`insert into app_setting (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value`, name, value)
	return err
}

// readKey gives a key that the database keeps, "" where it keeps none.
func readKey(tx *db.Tx, name string) (body string, err error) {
	err = tx.QueryRow(`select body from app_key where name = $1`, name).Scan(&body)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return body, err
}

// keepKey keeps a key where there is none of that name, and gives the one that
// is kept.
func keepKey(tx *db.Tx, name, body string) (string, error) {
	if _, err := tx.Exec(`insert into app_key (name, body) values ($1, $2) on conflict (name) do nothing`, name, body); err != nil {
		return "", err
	}
	return readKey(tx, name)
}
