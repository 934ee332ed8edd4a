package notify

import (
	"encoding/json"
	"fmt"

	"balai/internal/spine/db"
)

func insertMessage(tx *db.Tx, id string, m Message, args string, at int64) error {
	_, err := tx.Exec(`insert into notify_message (id, person, case_ref, text_key, args, made_at, read_at)
		values ($1, $2, $3, $4, $5, $6, 0)`, id, m.To, m.Case, m.Key, args, at)
	return err
}

const itemColumns = `id, person, case_ref, text_key, args, made_at, read_at`

func scanItem(s db.Scanner) (i Item, err error) {
	var args string
	if err = s.Scan(&i.ID, &i.To, &i.Case, &i.Key, &args, &i.At, &i.ReadAt); err != nil {
		return i, err
	}
	if err = json.Unmarshal([]byte(args), &i.Args); err != nil {
		err = fmt.Errorf("notify: arguments of message %s: %w", i.ID, err)
	}
	return i, err
}

func message(tx *db.Tx, id string) (Item, error) {
	return db.One(tx, scanItem, `select `+itemColumns+` from notify_message where id = $1`, id)
}

func inbox(tx *db.Tx, person string, limit int) ([]Item, error) {
	return db.List(tx, scanItem, `select `+itemColumns+` from notify_message where person = $1 order by id desc limit $2`, person, limit)
}

func ofCase(tx *db.Tx, ref string) ([]Item, error) {
	if ref == "" {
		return nil, nil
	}
	return db.List(tx, scanItem, `select `+itemColumns+` from notify_message
		where case_ref = $1 and case_ref <> '' order by id`, ref)
}

func unread(tx *db.Tx, person string) (n int, err error) {
	err = tx.QueryRow(`select count(*) from notify_message where person = $1 and read_at = 0`, person).Scan(&n)
	return n, err
}

// markRead tells whether person has such a message.
func markRead(tx *db.Tx, person, id string, at int64) (bool, error) {
	n, err := tx.Exec(`update notify_message set read_at = case when read_at = 0 then $3 else read_at end
		where id = $2 and person = $1`, person, id, at)
	return n == 1, err
}

// insertMail keeps a message's first rendering; a second is dropped.
func insertMail(tx *db.Tx, m Mail) error {
	_, err := tx.Exec(`insert into notify_mail (message, person, address, lang, subject, body, made_at, sent_at)
		values ($1, $2, $3, $4, $5, $6, $7, 0) on conflict do nothing`,
		m.ID, m.To, m.Address, string(m.Lang), m.Subject, m.Body, m.At)
	return err
}

const mailColumns = `message, person, address, lang, subject, body, made_at, sent_at`

func scanMail(s db.Scanner) (m Mail, err error) {
	err = s.Scan(&m.ID, &m.To, &m.Address, &m.Lang, &m.Subject, &m.Body, &m.At, &m.SentAt)
	return m, err
}

func mailOf(tx *db.Tx, message string) (Mail, error) {
	return db.One(tx, scanMail, `select `+mailColumns+` from notify_mail where message = $1`, message)
}

func mailbox(tx *db.Tx, limit int) ([]Mail, error) {
	return db.List(tx, scanMail, `select `+mailColumns+` from notify_mail order by message desc limit $1`, limit)
}

func markSent(tx *db.Tx, message string, at int64) error {
	_, err := tx.Exec(`update notify_mail set sent_at = $2 where message = $1 and sent_at = 0`, message, at)
	return err
}
