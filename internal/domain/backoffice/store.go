package backoffice

import (
	"errors"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

func missing(err error) error {
	if errors.Is(err, db.ErrNoRows) {
		return fault.New(fault.Missing, "web.error.missing")
	}
	return err
}

func number(on bool) int64 {
	if on {
		return 1
	}
	return 0
}

// --- keys

const keyColumns = `id, agency, api_key, webhook_secret, webhook, bearer, made_at, revoked_at, off_at`

func scanKey(s db.Scanner) (k Key, err error) {
	var bearer int64
	err = s.Scan(&k.ID, &k.Agency, &k.APIKey, &k.Secret, &k.Webhook, &bearer, &k.MadeAt, &k.RevokedAt, &k.OffAt)
	k.Bearer = bearer != 0
	return k, err
}

func insertKey(tx *db.Tx, k Key) error {
	_, err := tx.Exec(`insert into backoffice_key (`+keyColumns+`) values ($1,$2,$3,$4,$5,$6,$7,0,0)`,
		k.ID, k.Agency, k.APIKey, k.Secret, k.Webhook, number(k.Bearer), k.MadeAt)
	return err
}

func keyByID(tx *db.Tx, id string) (Key, error) {
	k, err := db.One(tx, scanKey, `select `+keyColumns+` from backoffice_key where id = $1`, id)
	return k, missing(err)
}

func keyByAPI(tx *db.Tx, api string) (Key, error) {
	k, err := db.One(tx, scanKey, `select `+keyColumns+` from backoffice_key where api_key = $1 and revoked_at = 0`, api)
	return k, missing(err)
}

// activeKeys are an agency's keys that let its systems in, oldest first.
func activeKeys(tx *db.Tx, agency string) ([]Key, error) {
	return db.List(tx, scanKey, `select `+keyColumns+` from backoffice_key where agency = $1 and revoked_at = 0 order by id`, agency)
}

func keys(tx *db.Tx, agency string) ([]Key, error) {
	return db.List(tx, scanKey, `select `+keyColumns+` from backoffice_key where agency = $1 or $1 = '' order by agency, id`, agency)
}

func revokeKey(tx *db.Tx, id string, at int64) error {
	_, err := tx.Exec(`update backoffice_key set revoked_at = $2 where id = $1 and revoked_at = 0`, id, at)
	return err
}

func setWebhook(tx *db.Tx, id, url string) error {
	_, err := tx.Exec(`update backoffice_key set webhook = $2, off_at = 0 where id = $1`, id, url)
	return err
}

func switchOff(tx *db.Tx, agency, url string, at int64) error {
	_, err := tx.Exec(`update backoffice_key set off_at = $3 where agency = $1 and webhook = $2 and off_at = 0`, agency, url, at)
	return err
}

// --- requests

func requestOf(tx *db.Tx, key, request string) (answer, bool, error) {
	a, err := db.One(tx, func(s db.Scanner) (a answer, err error) { return a, s.Scan(&a.Status, &a.Digest, &a.Text) },
		`select status, digest, answer from backoffice_request where key_id = $1 and request = $2`, key, request)
	if errors.Is(err, db.ErrNoRows) {
		return a, false, nil
	}
	return a, err == nil, err
}

func insertRequest(tx *db.Tx, key, request string, a answer, at int64) error {
	_, err := tx.Exec(`insert into backoffice_request (key_id, request, digest, status, answer, at) values ($1,$2,$3,$4,$5,$6)`,
		key, request, a.Digest, a.Status, a.Text, at)
	return err
}

func unknownOf(tx *db.Tx, key string, hour int64) (n int64, err error) {
	err = tx.QueryRow(`select coalesce(max(times), 0) from backoffice_unknown where key_id = $1 and hour = $2`, key, hour).Scan(&n)
	return n, err
}

func countUnknown(tx *db.Tx, key string, hour int64) error {
	_, err := tx.Exec(`insert into backoffice_unknown (key_id, hour, times) values ($1,$2,1)
		on conflict (key_id, hour) do update set times = backoffice_unknown.times + 1`, key, hour)
	return err
}

// forget drops answers and counts that are over.
func forget(tx *db.Tx, before, hour int64) error {
	if _, err := tx.Exec(`delete from backoffice_request where at < $1`, before); err != nil {
		return err
	}
	_, err := tx.Exec(`delete from backoffice_unknown where hour < $1`, hour)
	return err
}

// --- holdings

const holdingColumns = `agency, person, name, label_ms, label_en, value_ms, value_en, as_of, basis_ms, basis_en, changed_at, disputed_at`

func scanHolding(s db.Scanner) (h Holding, err error) {
	return h, s.Scan(&h.Agency, &h.Person, &h.Name, &h.Label.MS, &h.Label.EN, &h.Value.MS, &h.Value.EN, &h.AsOf,
		&h.Basis.MS, &h.Basis.EN, &h.ChangedAt, &h.DisputedAt)
}

func holdingOf(tx *db.Tx, agency, person, name string) (Holding, bool, error) {
	h, err := db.One(tx, scanHolding, `select `+holdingColumns+` from backoffice_holding where agency = $1 and person = $2 and name = $3`, agency, person, name)
	if errors.Is(err, db.ErrNoRows) {
		return h, false, nil
	}
	return h, err == nil, err
}

func holdings(tx *db.Tx, person string) ([]Holding, error) {
	return db.List(tx, scanHolding, `select `+holdingColumns+` from backoffice_holding where person = $1 order by agency, name`, person)
}

func upsertHolding(tx *db.Tx, h Holding) error {
	if err := deleteHolding(tx, h); err != nil {
		return err
	}
	_, err := tx.Exec(`insert into backoffice_holding (`+holdingColumns+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)`,
		h.Agency, h.Person, h.Name, h.Label.MS, h.Label.EN, h.Value.MS, h.Value.EN, h.AsOf, h.Basis.MS, h.Basis.EN, h.ChangedAt, h.DisputedAt)
	return err
}

func deleteHolding(tx *db.Tx, h Holding) error {
	_, err := tx.Exec(`delete from backoffice_holding where agency = $1 and person = $2 and name = $3`, h.Agency, h.Person, h.Name)
	return err
}

// --- events

const eventColumns = `id, agency, seq, kind, ref, their_ref, body, at`

func scanEvent(s db.Scanner) (e Event, err error) {
	return e, s.Scan(&e.ID, &e.Agency, &e.Seq, &e.Kind, &e.Ref, &e.TheirID, &e.Body, &e.At)
}

func nextSeq(tx *db.Tx, agency string) (n int64, err error) {
	err = tx.QueryRow(`select coalesce(max(seq), 0) + 1 from backoffice_event where agency = $1`, agency).Scan(&n)
	return n, err
}

func insertEvent(tx *db.Tx, e Event) error {
	_, err := tx.Exec(`insert into backoffice_event (`+eventColumns+`) values ($1,$2,$3,$4,$5,$6,$7,$8)`,
		e.ID, e.Agency, e.Seq, e.Kind, e.Ref, e.TheirID, e.Body, e.At)
	return err
}

func eventByID(tx *db.Tx, id string) (Event, error) {
	e, err := db.One(tx, scanEvent, `select `+eventColumns+` from backoffice_event where id = $1`, id)
	return e, missing(err)
}

func events(tx *db.Tx, agency string, after int64, limit int) ([]Event, error) {
	return db.List(tx, scanEvent, `select `+eventColumns+` from backoffice_event where agency = $1 and seq > $2 order by seq limit $3`, agency, after, limit)
}

const deliveryColumns = `id, event, agency, url, state, attempts, status, error, at, changed_at`

func scanDelivery(s db.Scanner) (d Delivery, err error) {
	return d, s.Scan(&d.ID, &d.Event, &d.Agency, &d.URL, &d.State, &d.Attempts, &d.Status, &d.Error, &d.At, &d.ChangedAt)
}

func insertDelivery(tx *db.Tx, d Delivery) error {
	_, err := tx.Exec(`insert into backoffice_delivery (`+deliveryColumns+`) values ($1,$2,$3,$4,$5,0,0,'',$6,$7)`,
		d.ID, d.Event, d.Agency, d.URL, d.State, d.At, d.ChangedAt)
	return err
}

func isQueued(tx *db.Tx, event, url string) (is bool, err error) {
	return is, tx.QueryRow(`select exists (select 1 from backoffice_delivery where event = $1 and url = $2 and state = 'queued')`, event, url).Scan(&is)
}

func updateDelivery(tx *db.Tx, d Delivery) error {
	_, err := tx.Exec(`update backoffice_delivery set state = $2, attempts = $3, status = $4, error = $5, changed_at = $6 where id = $1`,
		d.ID, d.State, d.Attempts, d.Status, d.Error, d.ChangedAt)
	return err
}

func deliveryByID(tx *db.Tx, id string) (Delivery, error) {
	return db.One(tx, scanDelivery, `select `+deliveryColumns+` from backoffice_delivery where id = $1`, id)
}

func deliveries(tx *db.Tx, agency string, limit int) ([]Delivery, error) {
	return db.List(tx, func(s db.Scanner) (d Delivery, err error) {
		return d, s.Scan(&d.ID, &d.Event, &d.Agency, &d.URL, &d.State, &d.Attempts, &d.Status, &d.Error, &d.At, &d.ChangedAt, &d.Kind)
	}, `select d.id, d.event, d.agency, d.url, d.state, d.attempts, d.status, d.error, d.at, d.changed_at, e.kind
		from backoffice_delivery d join backoffice_event e on e.id = d.event
		where d.agency = $1 order by d.at desc, d.id desc limit $2`, agency, limit)
}
