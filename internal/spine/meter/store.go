package meter

import "balai/internal/spine/db"

// dropLots forgets what was taken before a time, and after another: by a clock
// that was ahead.
func dropLots(tx *db.Tx, name string, before, after int64) error {
	_, err := tx.Exec(`delete from meter_lot where name = $1 and (at <= $2 or at > $3)`, name, before, after)
	return err
}

func lots(tx *db.Tx, name string) (n int64, err error) {
	err = tx.QueryRow(`select cast(coalesce(sum(n), 0) as bigint) from meter_lot where name = $1`, name).Scan(&n)
	return n, err
}

func insertLot(tx *db.Tx, id, name string, at, n int64) error {
	_, err := tx.Exec(`insert into meter_lot (id, name, at, n) values ($1, $2, $3, $4)`, id, name, at, n)
	return err
}

// taken is how much of a day's limit was taken.
func taken(tx *db.Tx, name, day string) (n int64, err error) {
	err = tx.QueryRow(`select cast(coalesce(sum(n), 0) as bigint) from meter_day where name = $1 and day = $2`, name, day).Scan(&n)
	return n, err
}

func take(tx *db.Tx, name, day string, n int64) error {
	_, err := tx.Exec(`insert into meter_day (name, day, n) values ($1, $2, $3)
		on conflict (name, day) do update set n = meter_day.n + excluded.n`, name, day, n)
	return err
}

func dropDays(tx *db.Tx, name, before string) error {
	_, err := tx.Exec(`delete from meter_day where name = $1 and day < $2`, name, before)
	return err
}
