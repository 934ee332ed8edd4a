package notice

import (
	"balai/internal/spine/db"
)

const untoldColumns = `t.notification, t.service, t.tries, t.status, t.error, t.tried_at, t.ended_at`

func scanUntold(s db.Scanner) (u Untold, err error) {
	err = s.Scan(&u.Notification, &u.Service, &u.Tries, &u.Status, &u.Error, &u.TriedAt, &u.EndedAt)
	return u, err
}

func untoldOf(tx *db.Tx, notification string) (list []Untold, err error) {
	return db.List(tx, scanUntold, `select `+untoldColumns+` from notice_told t where t.notification = $1`, notification)
}

// untold are the callbacks that were not taken, the last tried first; agency ""
// is every agency.
func untold(tx *db.Tx, agency string, limit int) ([]Untold, error) {
	return db.List(tx, func(s db.Scanner) (u Untold, err error) {
		err = s.Scan(&u.Notification, &u.Service, &u.Tries, &u.Status, &u.Error, &u.TriedAt, &u.EndedAt, &u.Agency, &u.Type, &u.Ended)
		return u, err
	}, `select `+untoldColumns+`, s.agency, n.type, n.status from notice_told t join notice_service s on s.id = t.service
		join notice_notification n on n.id = t.notification where s.agency = $1 or $1 = '' order by t.tried_at desc, t.notification limit $2`, agency, limit)
}

// givenUp are those that are told no more, of one message or of an agency.
func givenUp(tx *db.Tx, agency, notification string, limit int) ([]Untold, error) {
	return db.List(tx, func(s db.Scanner) (u Untold, err error) {
		err = s.Scan(&u.Notification, &u.Service, &u.Tries, &u.Status, &u.Error, &u.TriedAt, &u.EndedAt, &u.Agency)
		return u, err
	}, `select `+untoldColumns+`, s.agency from notice_told t join notice_service s on s.id = t.service
		where t.ended_at > 0 and (s.agency = $1 or $1 = '') and (t.notification = $2 or $2 = '') order by t.tried_at, t.notification limit $3`,
		agency, notification, limit)
}

func upsertUntold(tx *db.Tx, u Untold) error {
	_, err := tx.Exec(`insert into notice_told (notification, service, tries, status, error, tried_at, ended_at) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (notification) do update set tries = excluded.tries, status = excluded.status, error = excluded.error,
		tried_at = excluded.tried_at, ended_at = excluded.ended_at`, u.Notification, u.Service, u.Tries, u.Status, u.Error, u.TriedAt, u.EndedAt)
	return err
}

func dropUntold(tx *db.Tx, notification string) error {
	_, err := tx.Exec(`delete from notice_told where notification = $1`, notification)
	return err
}

// takeUp tells whether a callback was given up, and is so no more.
func takeUp(tx *db.Tx, notification string) (bool, error) {
	n, err := tx.Exec(`update notice_told set ended_at = 0 where notification = $1 and ended_at > 0`, notification)
	return n == 1, err
}
