package payment

import "balai/internal/spine/db"

const endpointColumns = `id, agency, live, url, secret, made_at, off_at`

func scanEndpoint(s db.Scanner) (e Endpoint, err error) {
	err = s.Scan(&e.ID, &e.Agency, &e.Live, &e.URL, &e.Secret, &e.MadeAt, &e.OffAt)
	return e, err
}

func insertEndpoint(tx *db.Tx, e Endpoint) error {
	_, err := tx.Exec(`insert into payment_endpoint (`+endpointColumns+`) values ($1,$2,$3,$4,$5,$6,0)`, e.ID, e.Agency, e.Live, e.URL, e.Secret, e.MadeAt)
	return err
}

func endpointsOf(tx *db.Tx, agency string, live bool) ([]Endpoint, error) {
	return db.List(tx, scanEndpoint, `select `+endpointColumns+` from payment_endpoint where agency = $1 and live = $2 and off_at = 0 order by id`, agency, live)
}

func endpointByID(tx *db.Tx, id string) (Endpoint, error) {
	return db.One(tx, scanEndpoint, `select `+endpointColumns+` from payment_endpoint where id = $1`, id)
}

// endedAt are those at an endpoint's address that ended since a time, the last first.
func endedAt(tx *db.Tx, e Endpoint, since int64) ([]Endpoint, error) {
	return db.List(tx, scanEndpoint, `select `+endpointColumns+` from payment_endpoint where agency = $1 and live = $2 and url = $3 and off_at >= $4 and off_at > 0 and id <> $5 order by off_at desc, id desc limit 3`,
		e.Agency, e.Live, e.URL, since, e.ID)
}

func endEndpoints(tx *db.Tx, agency string, live bool, at int64) error {
	_, err := tx.Exec(`update payment_endpoint set off_at = $3 where agency = $1 and live = $2 and off_at = 0`, agency, live, at)
	return err
}

func endEndpoint(tx *db.Tx, id string, at int64) error {
	_, err := tx.Exec(`update payment_endpoint set off_at = $2 where id = $1 and off_at = 0`, id, at)
	return err
}

const messageColumns = `id, agency, type, payment, live, body, at`

func insertMessage(tx *db.Tx, m Message) error {
	return tx.Later(`insert into payment_message (`+messageColumns+`) values ($1,$2,$3,$4,$5,$6,$7)`, m.ID, m.Agency, m.Type, m.Payment, m.Live, m.Body, m.At)
}

func messageByID(tx *db.Tx, id string) (Message, error) {
	return db.One(tx, func(s db.Scanner) (m Message, err error) {
		err = s.Scan(&m.ID, &m.Agency, &m.Type, &m.Payment, &m.Live, &m.Body, &m.At)
		return m, err
	}, `select `+messageColumns+` from payment_message where id = $1`, id)
}

const deliveryColumns = `id, message, endpoint, agency, live, state, attempts, status, error, at, changed_at`

func scanDelivery(s db.Scanner) (d Delivery, err error) {
	err = s.Scan(&d.ID, &d.Message, &d.Endpoint, &d.Agency, &d.Live, &d.State, &d.Attempts, &d.Status, &d.Error, &d.At, &d.ChangedAt)
	return d, err
}

func insertDelivery(tx *db.Tx, d Delivery) error {
	return tx.Later(`insert into payment_delivery (`+deliveryColumns+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)`,
		d.ID, d.Message, d.Endpoint, d.Agency, d.Live, d.State, d.Attempts, d.Status, d.Error, d.At, d.ChangedAt)
}

func updateDelivery(tx *db.Tx, d Delivery) error {
	_, err := tx.Exec(`update payment_delivery set state = $2, attempts = $3, status = $4, error = $5, changed_at = $6, endpoint = $7 where id = $1`,
		d.ID, d.State, d.Attempts, d.Status, d.Error, d.ChangedAt, d.Endpoint)
	return err
}

func deliveryByID(tx *db.Tx, id string) (Delivery, error) {
	return db.One(tx, scanDelivery, `select `+deliveryColumns+` from payment_delivery where id = $1`, id)
}

// deliveriesOf are an agency's deliveries, the newest first, older than a cursor;
// next is the cursor of the page that follows, "" where there is none.
func deliveriesOf(tx *db.Tx, agency string, live bool, state, after string, limit int) (list []Told, next string, err error) {
	list, err = db.List(tx, func(s db.Scanner) (t Told, err error) {
		d := &t.Delivery
		err = s.Scan(&d.ID, &d.Message, &d.Endpoint, &d.Agency, &d.Live, &d.State, &d.Attempts, &d.Status, &d.Error, &d.At, &d.ChangedAt, &t.Type, &t.Payment, &t.URL)
		return t, err
	}, `select d.id, d.message, d.endpoint, d.agency, d.live, d.state, d.attempts, d.status, d.error, d.at, d.changed_at, m.type, m.payment, e.url
		from payment_delivery d join payment_message m on m.id = d.message join payment_endpoint e on e.id = d.endpoint
		where d.agency = $1 and d.live = $2 and ($3 = '' or d.state = $3) and ($4 = '' or d.id < $4) order by d.id desc limit $5`, agency, live, state, after, limit+1)
	if err == nil && len(list) > limit {
		list = list[:limit]
		next = list[limit-1].ID
	}
	return list, next, err
}
