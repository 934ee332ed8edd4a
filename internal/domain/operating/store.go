package operating

import (
	"embed"

	"balai/internal/spine/db"
)

//go:embed migration
var migration embed.FS

// Migration makes the table operating_day.
func Migration() db.Migration { return db.Migration{Part: "operating", FS: migration} }

// note counts a minute of a day; at is its beginning. The same minute twice,
// as of two processes, is counted once.
func note(tx *db.Tx, day string, at int64, troubled bool) error {
	bad := 0
	if troubled {
		bad = 1
	}
	_, err := tx.Exec(`insert into operating_day (day, noted, troubled, first_at, last_at) values ($1, 1, $2, $3, $3)
		on conflict (day) do update set noted = operating_day.noted + 1, troubled = operating_day.troubled + $2, last_at = $3
		where operating_day.last_at < $3`, day, bad, at)
	return err
}

func scanDay(s db.Scanner) (d Day, err error) {
	return d, s.Scan(&d.Day, &d.Noted, &d.Troubled, &d.firstAt, &d.lastAt)
}

// days are those since a day, oldest first.
func days(tx *db.Tx, since string) ([]Day, error) {
	return db.List(tx, scanDay, `select day, noted, troubled, first_at, last_at from operating_day where day >= $1 order by day`, since)
}
