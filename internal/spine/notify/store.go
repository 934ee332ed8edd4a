package notify

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"balai/internal/spine/db"
)

func insertMessage(tx *db.Tx, id string, m Message, args string, at int64) error {
	_, err := tx.Exec(`insert into notify_message (id, person, case_ref, text_key, args, made_at, read_at, minor)
		values ($1, $2, $3, $4, $5, $6, 0, $7)`, id, m.To, m.Case, m.Key, args, at, weight(m.Minor))
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

func weight(minor bool) int64 {
	if minor {
		return 1
	}
	return 0
}

// messageAndWeight is a message, and whether it is a minor one.
func messageAndWeight(tx *db.Tx, id string) (m Item, minor bool, err error) {
	if m, err = message(tx, id); err != nil {
		return m, false, err
	}
	var n int64
	err = tx.QueryRow(`select minor from notify_message where id = $1`, id).Scan(&n)
	return m, n == 1, err
}

func choiceOf(tx *db.Tx, person string) (c Choice, err error) {
	var on string
	err = tx.QueryRow(`select channels, lang from notify_choice where person = $1`, person).Scan(&on, &c.Lang)
	if errors.Is(err, db.ErrNoRows) {
		return Choice{}, nil
	}
	c.Made = true
	for _, ch := range strings.Fields(on) {
		c.On = append(c.On, Channel(ch))
	}
	return c, err
}

func setChoice(tx *db.Tx, person string, c Choice, at int64) error {
	var on []string
	for _, ch := range Channels() {
		if c.Wants(ch) {
			on = append(on, string(ch))
		}
	}
	_, err := tx.Exec(`insert into notify_choice (person, channels, lang, made_at) values ($1, $2, $3, $4)
		on conflict (person) do update set channels = excluded.channels, lang = excluded.lang, made_at = excluded.made_at`,
		person, strings.Join(on, " "), string(c.Lang), at)
	return err
}

// insertDelivery keeps a message's first delivery on a channel; a second is
// dropped.
func insertDelivery(tx *db.Tx, d Delivery) error {
	_, err := tx.Exec(`insert into notify_delivery (message, channel, person, case_ref, state, reason, at)
		values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
		d.Message, string(d.Channel), d.Person, d.Case, string(d.State), d.Reason, d.At)
	return err
}

const deliveryColumns = `message, channel, person, case_ref, state, reason, at`

func scanDelivery(s db.Scanner) (d Delivery, err error) {
	err = s.Scan(&d.Message, &d.Channel, &d.Person, &d.Case, &d.State, &d.Reason, &d.At)
	return d, err
}

func deliveriesFor(tx *db.Tx, message string) ([]Delivery, error) {
	return db.List(tx, scanDelivery, `select `+deliveryColumns+` from notify_delivery where message = $1 order by channel`, message)
}

func deliveriesOf(tx *db.Tx, ref string) ([]Delivery, error) {
	return db.List(tx, scanDelivery, `select d.message, d.channel, d.person, d.case_ref, d.state, d.reason, d.at
		from notify_message m join notify_delivery d on d.message = m.id
		where m.case_ref = $1 and m.case_ref <> '' order by m.id, d.channel`, ref)
}

// moveDelivery tells whether the delivery was in that state.
func moveDelivery(tx *db.Tx, message string, ch Channel, from, to State, reason string, at int64) (bool, error) {
	n, err := tx.Exec(`update notify_delivery set state = $4, reason = $5, at = $6 where message = $1 and channel = $2 and state = $3`,
		message, string(ch), string(from), string(to), reason, at)
	return n == 1, err
}

func dropDeliveries(tx *db.Tx, message string) error {
	_, err := tx.Exec(`delete from notify_delivery where message = $1`, message)
	return err
}

func waiting(tx *db.Tx, after string, limit int) ([]Delivery, error) {
	return db.List(tx, scanDelivery, `select `+deliveryColumns+` from notify_delivery
		where state = 'waiting' and message > $1 order by message limit $2`, after, limit)
}

func unreached(tx *db.Tx, after string, limit int) ([]Delivery, error) {
	return db.List(tx, scanDelivery, `select min(message), '', min(person), case_ref, 'waiting', min(reason), min(at) from notify_delivery
		where state = 'waiting' and case_ref > $1 group by case_ref order by case_ref limit $2`, after, limit)
}

func insertDead(tx *db.Tx, person string, ch Channel, address, reason string, at int64) error {
	_, err := tx.Exec(`insert into notify_dead (person, channel, address, reason, at) values ($1, $2, $3, $4, $5) on conflict do nothing`,
		person, string(ch), address, reason, at)
	return err
}

func deadOf(tx *db.Tx, person string) (map[Channel][]string, error) {
	type row struct{ channel, address string }
	list, err := db.List(tx, func(s db.Scanner) (r row, err error) { return r, s.Scan(&r.channel, &r.address) },
		`select channel, address from notify_dead where person = $1`, person)
	out := map[Channel][]string{}
	for _, r := range list {
		out[Channel(r.channel)] = append(out[Channel(r.channel)], r.address)
	}
	return out, err
}

// insertText keeps a message's first rendering; a second is dropped.
func insertText(tx *db.Tx, t Text) error {
	_, err := tx.Exec(`insert into notify_text (message, person, phone, lang, body, made_at, sent_at)
		values ($1, $2, $3, $4, $5, $6, 0) on conflict do nothing`, t.ID, t.To, t.Phone, string(t.Lang), t.Body, t.At)
	return err
}

const textColumns = `message, person, phone, lang, body, made_at, sent_at`

func scanText(s db.Scanner) (t Text, err error) {
	err = s.Scan(&t.ID, &t.To, &t.Phone, &t.Lang, &t.Body, &t.At, &t.SentAt)
	return t, err
}

func textOf(tx *db.Tx, message string) (Text, error) {
	return db.One(tx, scanText, `select `+textColumns+` from notify_text where message = $1`, message)
}

func texted(tx *db.Tx, limit int) ([]Text, error) {
	return db.List(tx, scanText, `select `+textColumns+` from notify_text order by message desc limit $1`, limit)
}

func markTextSent(tx *db.Tx, message string, at int64) error {
	_, err := tx.Exec(`update notify_text set sent_at = $2 where message = $1 and sent_at = 0`, message, at)
	return err
}

// dropOut destroys a rendering that belongs to no message of a person.
func dropOut(tx *db.Tx, id string) error {
	if _, err := tx.Exec(`delete from notify_mail where message = $1 and person = ''`, id); err != nil {
		return err
	}
	_, err := tx.Exec(`delete from notify_text where message = $1 and person = ''`, id)
	return err
}

// QueuedSince is when the oldest message that still waits for a server or a
// provider was queued, in microseconds; 0 where none waits.
func (n *Notify) QueuedSince(tx *db.Tx) (at int64, err error) {
	return at, tx.QueryRow(`select coalesce(min(at), 0) from notify_delivery where state = 'queued' and channel <> 'letter'`).Scan(&at)
}

// Waiting counts the messages that have not left, by channel and state: queued
// for a server or a provider, or waiting for an address, which has no channel.
func (n *Notify) Waiting(tx *db.Tx) (map[[2]string]int64, error) {
	out := map[[2]string]int64{}
	rows, err := tx.Query(`select channel, state, count(*) from notify_delivery where state = 'queued' and channel <> 'letter' group by channel, state
		union all select channel, state, count(*) from notify_delivery where state = 'waiting' group by channel, state`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var key [2]string
		var many int64
		if err := rows.Scan(&key[0], &key[1], &many); err != nil {
			return nil, err
		}
		out[key] = many
	}
	return out, rows.Err()
}
