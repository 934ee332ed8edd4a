package notice

import (
	"embed"
	"errors"
	"fmt"
	"strings"

	"balai/internal/spine/db"
)

//go:embed migration
var migration embed.FS

// Migration makes the tables of services, keys, templates and notifications.
func Migration() db.Migration {
	return db.Migration{Part: "notice", FS: migration, Blobs: []string{"notice_notification.sha256"}}
}

func scanService(s db.Scanner) (v Service, err error) {
	err = s.Scan(&v.ID, &v.Agency, &v.MadeAt)
	return v, err
}

func service(tx *db.Tx, id string) (Service, error) {
	return db.One(tx, scanService, `select id, agency, made_at from notice_service where id = $1`, id)
}

func serviceOf(tx *db.Tx, agency string) (Service, error) {
	return db.One(tx, scanService, `select id, agency, made_at from notice_service where agency = $1`, agency)
}

func insertService(tx *db.Tx, s Service) error {
	_, err := tx.Exec(`insert into notice_service (id, agency, made_at) values ($1, $2, $3)`, s.ID, s.Agency, s.MadeAt)
	return err
}

const keyColumns = `id, service, name, kind, secret, guests, made_at, revoked_at`

func scanKey(s db.Scanner) (k Key, err error) {
	var guests string
	err = s.Scan(&k.ID, &k.Service, &k.Name, &k.Kind, &k.Secret, &guests, &k.MadeAt, &k.RevokedAt)
	k.Guests = strings.Fields(guests)
	return k, err
}

func keysOf(tx *db.Tx, service string) ([]Key, error) {
	return db.List(tx, scanKey, `select `+keyColumns+` from notice_key where service = $1 order by revoked_at, id limit 200`, service)
}

// signers is a service with its keys, in one query: every request asks for it.
func signers(tx *db.Tx, id string) (s Service, keys []Key, err error) {
	keys, err = db.List(tx, func(row db.Scanner) (k Key, err error) {
		var guests string
		err = row.Scan(&s.ID, &s.Agency, &s.MadeAt, &k.ID, &k.Service, &k.Name, &k.Kind, &k.Secret, &guests, &k.MadeAt, &k.RevokedAt)
		k.Guests = strings.Fields(guests)
		return k, err
	}, `select s.id, s.agency, s.made_at, coalesce(k.id, ''), coalesce(k.service, ''), coalesce(k.name, ''), coalesce(k.kind, ''), coalesce(k.secret, ''),
		coalesce(k.guests, ''), coalesce(k.made_at, 0), coalesce(k.revoked_at, 0)
		from notice_service s left join notice_key k on k.service = s.id where s.id = $1 order by k.revoked_at, k.id limit 200`, id)
	switch {
	case err != nil:
	case len(keys) == 0:
		err = db.ErrNoRows
	case keys[0].ID == "":
		keys = nil
	}
	return s, keys, err
}

func allKeys(tx *db.Tx) ([]Listed, error) {
	return db.List(tx, func(s db.Scanner) (l Listed, err error) {
		var guests string
		err = s.Scan(&l.Agency, &l.ID, &l.Service, &l.Name, &l.Kind, &guests, &l.MadeAt, &l.RevokedAt)
		l.Guests = strings.Fields(guests)
		return l, err
	}, `select s.agency, k.id, k.service, k.name, k.kind, k.guests, k.made_at, k.revoked_at
		from notice_key k join notice_service s on s.id = k.service order by s.agency, k.id`)
}

func insertKey(tx *db.Tx, k Key) error {
	_, err := tx.Exec(`insert into notice_key (`+keyColumns+`) values ($1, $2, $3, $4, $5, $6, $7, 0)`,
		k.ID, k.Service, k.Name, string(k.Kind), k.Secret, strings.Join(k.Guests, "\n"), k.MadeAt)
	return err
}

// revoke tells whether there was such a key.
func revoke(tx *db.Tx, service, name string, at int64) (bool, error) {
	n, err := tx.Exec(`update notice_key set revoked_at = $3 where service = $1 and name = $2 and revoked_at = 0`, service, name, at)
	return n > 0, err
}

const templateColumns = `id, version, agency, slug, lang, type, name, subject, body, links, made_at, ended_at`

func scanTemplate(s db.Scanner) (t Template, err error) {
	var links string
	err = s.Scan(&t.ID, &t.Version, &t.Agency, &t.Slug, &t.Lang, &t.Type, &t.Name, &t.Subject, &t.Body, &links, &t.MadeAt, &t.EndedAt)
	if links != "" {
		t.Links = strings.Split(links, "\n")
	}
	return t, err
}

func insertTemplate(tx *db.Tx, t Template) error {
	_, err := tx.Exec(`insert into notice_template (`+templateColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0)`,
		t.ID, t.Version, t.Agency, t.Slug, string(t.Lang), string(t.Type), t.Name, t.Subject, t.Body, strings.Join(t.Links, "\n"), t.MadeAt)
	return err
}

func endTemplate(tx *db.Tx, id string, at int64) error {
	_, err := tx.Exec(`update notice_template set ended_at = $2 where id = $1 and ended_at = 0`, id, at)
	return err
}

// newestOnly picks each template's newest version.
const newestOnly = `version = (select max(n.version) from notice_template n where n.id = notice_template.id)`

func newestTemplates(tx *db.Tx) ([]Template, error) {
	return db.List(tx, scanTemplate, `select `+templateColumns+` from notice_template where `+newestOnly+` order by id`)
}

// templatesOf are an agency's standing templates, of one type or, with "", of all.
func templatesOf(tx *db.Tx, agency string, of Type) ([]Template, error) {
	return db.List(tx, scanTemplate, `select `+templateColumns+` from notice_template
		where agency = $1 and ended_at = 0 and ($2 = '' or type = $2) and `+newestOnly+` order by slug`, agency, string(of))
}

// templateOf is an agency's template in a version, or with 0 the newest.
func templateOf(tx *db.Tx, agency, id string, version int64) (Template, error) {
	return db.One(tx, scanTemplate, `select `+templateColumns+` from notice_template
		where id = $1 and agency = $2 and ($3 = 0 or version = $3) order by version desc limit 1`, id, agency, version)
}

// firstMade is when a template's first version was made.
func firstMade(tx *db.Tx, id string) (at int64, err error) {
	err = tx.QueryRow(`select min(made_at) from notice_template where id = $1`, id).Scan(&at)
	return at, err
}

const columns = `id, service, key_id, kind, type, template, version, name, lang, reference, recipient, subject, body, status, unsubscribe,
	postage, sha256, pages, made_at, run_at, sent_at, ended_at, erased_at`

func scan(s db.Scanner) (n Notification, err error) {
	err = s.Scan(&n.ID, &n.Service, &n.Key, &n.Kind, &n.Type, &n.Template, &n.Version, &n.TemplateName, &n.Lang, &n.Reference, &n.Recipient,
		&n.Subject, &n.Body, &n.Status, &n.Unsubscribe, &n.Postage, &n.SHA256, &n.Pages, &n.MadeAt, &n.RunAt, &n.SentAt, &n.EndedAt, &n.ErasedAt)
	return n, err
}

func insert(tx *db.Tx, n Notification) error {
	_, err := tx.Exec(`insert into notice_notification (`+columns+`)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, 0)`,
		n.ID, n.Service, n.Key, string(n.Kind), string(n.Type), n.Template, n.Version, n.TemplateName, string(n.Lang), n.Reference, n.Recipient,
		n.Subject, n.Body, string(n.Status), n.Unsubscribe, n.Postage, n.SHA256, n.Pages, n.MadeAt, n.RunAt, n.SentAt, n.EndedAt)
	return err
}

func notification(tx *db.Tx, id string) (Notification, error) {
	return db.One(tx, scan, `select `+columns+` from notice_notification where id = $1`, id)
}

// filter is what a page of notifications is asked for by.
type filter struct {
	Service   string
	Kind      Kind
	Types     []string
	Statuses  []string
	Reference string
	Before    string // an id; "" for the newest
}

// page reads the newest that pass, at most limit.
func page(tx *db.Tx, f filter, limit int) ([]Notification, error) {
	args := []any{f.Service, string(f.Kind), limit}
	where := `service = $1 and kind = $2 and erased_at = 0`
	and := func(column string, list []string) {
		if len(list) > 0 {
			where += fmt.Sprintf(` and %s in (%s)`, column, db.In(len(args)+1, len(list)))
			for _, v := range list {
				args = append(args, v)
			}
		}
	}
	and("type", f.Types)
	and("status", f.Statuses)
	if f.Reference != "" {
		and("reference", []string{f.Reference})
	}
	if f.Before != "" {
		args = append(args, f.Before)
		where += fmt.Sprintf(` and id < $%d`, len(args))
	}
	return db.List(tx, scan, db.ByValue+`select `+columns+` from notice_notification where `+where+` order by id desc limit $3`, args...)
}

// move tells whether the notification had not ended before.
func move(tx *db.Tx, id string, to Status, sentAt, endedAt int64) (bool, error) {
	n, err := tx.Exec(`update notice_notification set status = $2, sent_at = case when sent_at = 0 then $3 else sent_at end, ended_at = $4
		where id = $1 and status in ('created', 'sending', 'accepted')`, id, string(to), sentAt, endedAt)
	return n == 1, err
}

// returned moves a letter that was posted.
func returned(tx *db.Tx, id string, at int64) error {
	_, err := tx.Exec(`update notice_notification set status = 'returned-letter', ended_at = $2 where id = $1 and status = 'received'`, id, at)
	return err
}

// old are notifications made before a moment whose content still stands.
func old(tx *db.Tx, before int64, limit int) ([]Notification, error) {
	return db.List(tx, scan, `select `+columns+` from notice_notification where erased_at = 0 and made_at < $1
		and status not in ('created', 'sending', 'accepted') order by made_at limit $2`, before, limit)
}

func erase(tx *db.Tx, id string, at int64) error {
	_, err := tx.Exec(`update notice_notification set recipient = '', subject = '', body = '', reference = '', unsubscribe = '', sha256 = '',
		erased_at = $2 where id = $1`, id, at)
	return err
}

func insertDocument(tx *db.Tx, d Document) error {
	_, err := tx.Exec(`insert into notice_file (token, notification, service, name, type, data, receiver, misses, made_at, ends_at)
		values ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)`, d.Token, d.Notification, d.Service, d.Name, d.Type, d.Data, d.Receiver, d.MadeAt, d.EndsAt)
	return err
}

func documentOf(tx *db.Tx, token string) (Document, error) {
	return db.One(tx, func(s db.Scanner) (d Document, err error) {
		err = s.Scan(&d.Token, &d.Notification, &d.Service, &d.Name, &d.Type, &d.Data, &d.Receiver, &d.Misses, &d.MadeAt, &d.EndsAt)
		return d, err
	}, `select token, notification, service, name, type, data, receiver, misses, made_at, ends_at from notice_file where token = $1`, token)
}

// takeGuess is false where too many wrong addresses were named.
func takeGuess(tx *db.Tx, token string) (bool, error) {
	n, err := tx.Exec(`update notice_file set misses = misses + 1 where token = $1 and misses < $2`, token, missesMost)
	return n == 1, err
}

func giveGuess(tx *db.Tx, token string) error {
	_, err := tx.Exec(`update notice_file set misses = misses - 1 where token = $1`, token)
	return err
}

func dropDocuments(tx *db.Tx, now int64) error {
	_, err := tx.Exec(`delete from notice_file where ends_at <= $1`, now)
	return err
}

// callbackOf is where a service is told; without an address where it is not.
func callbackOf(tx *db.Tx, service string) (c Callback, err error) {
	err = tx.QueryRow(`select service, url, token, set_at from notice_callback where service = $1`, service).Scan(&c.Service, &c.URL, &c.Token, &c.SetAt)
	if errors.Is(err, db.ErrNoRows) {
		return Callback{}, nil
	}
	return c, err
}

// setCallback writes where a service is told; without an address it ends that.
func setCallback(tx *db.Tx, c Callback) error {
	if c.URL == "" {
		_, err := tx.Exec(`delete from notice_callback where service = $1`, c.Service)
		return err
	}
	_, err := tx.Exec(`insert into notice_callback (service, url, token, set_at) values ($1, $2, $3, $4)
		on conflict (service) do update set url = excluded.url, token = excluded.token, set_at = excluded.set_at`, c.Service, c.URL, c.Token, c.SetAt)
	return err
}
