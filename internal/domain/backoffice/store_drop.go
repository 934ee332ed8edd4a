package backoffice

import (
	"errors"

	"balai/internal/spine/db"
)

// dropSeq is up to which event an agency was told by files; false where it has
// no folder.
func dropSeq(tx *db.Tx, agency string) (seq int64, is bool, err error) {
	err = tx.QueryRow(`select seq from backoffice_drop where agency = $1`, agency).Scan(&seq)
	if errors.Is(err, db.ErrNoRows) {
		return 0, false, nil
	}
	return seq, err == nil, err
}

func setDropSeq(tx *db.Tx, agency string, seq int64) error {
	_, err := tx.Exec(`insert into backoffice_drop (agency, seq) values ($1,$2)
		on conflict (agency) do update set seq = excluded.seq`, agency, seq)
	return err
}

// takeFile notes that a file is being read; false where it is already, and was
// touched since before.
func takeFile(tx *db.Tx, agency, name, turn string, at, before int64) (bool, error) {
	n, err := tx.Exec(`insert into backoffice_file (agency, name, turn, at) values ($1,$2,$3,$4)
		on conflict (agency, name) do update set turn = excluded.turn, at = excluded.at where backoffice_file.at < $5`, agency, name, turn, at, before)
	return n == 1, err
}

// filesRead is how many files of an agency are being read: those touched since
// before.
func filesRead(tx *db.Tx, agency string, before int64) (n int64, err error) {
	err = tx.QueryRow(`select count(*) from backoffice_file where agency = $1 and at >= $2`, agency, before).Scan(&n)
	return n, err
}

// touchFile notes that a file is still being read; false where this reading of
// it has ended or another has begun.
func touchFile(tx *db.Tx, agency, name, turn string, at int64) (bool, error) {
	n, err := tx.Exec(`update backoffice_file set at = $4 where agency = $1 and name = $2 and turn = $3`, agency, name, turn, at)
	return n == 1, err
}

func endFile(tx *db.Tx, agency, name, turn string) error {
	_, err := tx.Exec(`delete from backoffice_file where agency = $1 and name = $2 and turn = $3`, agency, name, turn)
	return err
}
