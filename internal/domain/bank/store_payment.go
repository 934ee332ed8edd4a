package bank

import (
	"errors"

	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

func scanMerchant(s db.Scanner) (m Shop, err error) {
	err = s.Scan(&m.ID, &m.Name, &m.City, &m.Account, &m.CallbackURL, &m.Secret)
	return m, err
}

func merchantByID(tx *db.Tx, id string) (m Shop, known bool, err error) {
	m, err = db.One(tx, scanMerchant, `select id, name, city, account, callback_url, secret from bank_merchant where id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return m, false, nil
	}
	return m, err == nil, err
}

func keepMerchant(tx *db.Tx, m Shop, at int64) error {
	_, err := tx.Exec(`insert into bank_merchant (id, name, city, account, callback_url, secret, enrolled_at) values ($1,$2,$3,$4,$5,$6,$7)
		on conflict (id) do update set name = excluded.name, city = excluded.city, account = excluded.account, callback_url = excluded.callback_url, secret = excluded.secret`,
		m.ID, m.Name, m.City, m.Account, m.CallbackURL, m.Secret, at)
	return err
}

const paymentColumns = `bank_reference, no, merchant, reference, method, payer, payer_name, payee, amount, state, reason, refunded, once, reverse_at, at`

func scanPayment(s db.Scanner) (p Payment, err error) {
	err = s.Scan(&p.BankReference, &p.No, &p.Merchant, &p.Reference, &p.Method, &p.Payer, &p.PayerName, &p.Payee, &p.Amount, &p.State, &p.Reason,
		&p.Refunded, &p.Once, &p.ReverseAt, &p.At)
	return p, err
}

func insertPayment(tx *db.Tx, p Payment) error {
	_, err := tx.Exec(`insert into bank_payment (`+paymentColumns+`) values (`+db.In(1, 15)+`)`, p.BankReference, p.No, p.Merchant, p.Reference, p.Method,
		p.Payer, p.PayerName, p.Payee, int64(p.Amount), p.State, p.Reason, int64(p.Refunded), p.Once, p.ReverseAt, p.At)
	return err
}

// paymentsOf are all payments under one reference of a merchant's, the first one first.
func paymentsOf(tx *db.Tx, merchant, reference string) ([]Payment, error) {
	return db.List(tx, scanPayment, `select `+paymentColumns+` from bank_payment where merchant = $1 and reference = $2 order by no`, merchant, reference)
}

func countPayments(tx *db.Tx, merchant, reference string) (n int64, err error) {
	err = tx.QueryRow(`select count(*) from bank_payment where merchant = $1 and reference = $2`, merchant, reference).Scan(&n)
	return n, err
}

func paymentBy(tx *db.Tx, column, value string) (p Payment, known bool, err error) {
	p, err = db.One(tx, scanPayment, `select `+paymentColumns+` from bank_payment where `+column+` = $1`, value)
	if errors.Is(err, db.ErrNoRows) {
		return p, false, nil
	}
	return p, err == nil, err
}

// paymentsToReverse are those whose fault's time has come.
func paymentsToReverse(tx *db.Tx, now int64) ([]Payment, error) {
	return db.List(tx, scanPayment, `select `+paymentColumns+` from bank_payment where reverse_at > 0 and reverse_at <= $1 order by reverse_at, no limit 500`, now)
}

// anyDue tells whether a fault or a settlement is due.
func anyDue(tx *db.Tx, now int64) (due bool, err error) {
	err = tx.QueryRow(`select exists (select 1 from bank_payment where reverse_at > 0 and reverse_at <= $1)
		or exists (select 1 from bank_payout where settle_at > 0 and settle_at <= $1)
		or exists (select 1 from bank_payout_line where return_at > 0 and return_at <= $1)`, now).Scan(&due)
	return due, err
}

func updatePayment(tx *db.Tx, p Payment) error {
	_, err := tx.Exec(`update bank_payment set state = $2, reason = $3, refunded = $4, reverse_at = $5 where bank_reference = $1`,
		p.BankReference, p.State, p.Reason, int64(p.Refunded), p.ReverseAt)
	return err
}

const orderColumns = `merchant, kind, reference, digest, state, reason, bank_reference, at`

func scanOrder(s db.Scanner) (o order, err error) {
	err = s.Scan(&o.merchant, &o.kind, &o.reference, &o.digest, &o.State, &o.Reason, &o.BankReference, &o.at)
	return o, err
}

func orderBy(tx *db.Tx, merchant, kind, reference string) (o order, known bool, err error) {
	o, err = db.One(tx, scanOrder, `select `+orderColumns+` from bank_order where merchant = $1 and kind = $2 and reference = $3`, merchant, kind, reference)
	if errors.Is(err, db.ErrNoRows) {
		return o, false, nil
	}
	return o, err == nil, err
}

func insertOrder(tx *db.Tx, o order) error {
	_, err := tx.Exec(`insert into bank_order (`+orderColumns+`) values (`+db.In(1, 8)+`)`, o.merchant, o.kind, o.reference, o.digest, o.State, o.Reason, o.BankReference, o.at)
	return err
}

// call is one copy of a callback.
type call struct {
	ID       string
	Copy     int64
	Merchant string
	Body     string
	State    string
	Tries    int64
	NextAt   int64
	MadeAt   int64
}

func scanCall(s db.Scanner) (c call, err error) {
	err = s.Scan(&c.ID, &c.Copy, &c.Merchant, &c.Body, &c.State, &c.Tries, &c.NextAt, &c.MadeAt)
	return c, err
}

func insertCall(tx *db.Tx, c call) error {
	_, err := tx.Exec(`insert into bank_callback (id, copy, merchant, body, state, tries, next_at, made_at) values ($1,$2,$3,$4,$5,0,$6,$7)`,
		c.ID, c.Copy, c.Merchant, c.Body, c.State, c.NextAt, c.MadeAt)
	return err
}

func callsDue(tx *db.Tx, now int64, limit int) ([]call, error) {
	return db.List(tx, scanCall, `select id, copy, merchant, body, state, tries, next_at, made_at from bank_callback
		where state = 'waiting' and next_at <= $1 order by next_at, made_at, id, copy limit $2`, now, limit)
}

func updateCall(tx *db.Tx, c call) error {
	_, err := tx.Exec(`update bank_callback set state = $3, tries = $4, next_at = $5 where id = $1 and copy = $2`, c.ID, c.Copy, c.State, c.Tries, c.NextAt)
	return err
}

const sessionColumns = `id, merchant, reference, amount, method, return_url, description, state, reason, account, maker, bank_reference, made_at, until_at`

func scanSession(s db.Scanner) (v Session, err error) {
	err = s.Scan(&v.ID, &v.Merchant, &v.Reference, &v.Amount, &v.Method, &v.ReturnURL, &v.Description, &v.State, &v.Reason, &v.Account, &v.Maker,
		&v.BankReference, &v.MadeAt, &v.UntilAt)
	return v, err
}

func sessionBy(tx *db.Tx, where string, args ...any) (v Session, known bool, err error) {
	v, err = db.One(tx, scanSession, `select `+sessionColumns+` from bank_session where `+where, args...)
	if errors.Is(err, db.ErrNoRows) {
		return v, false, nil
	}
	return v, err == nil, err
}

func sessionByID(tx *db.Tx, id string) (Session, bool, error) { return sessionBy(tx, `id = $1`, id) }

func sessionOf(tx *db.Tx, merchant, reference string) (Session, bool, error) {
	return sessionBy(tx, `merchant = $1 and reference = $2`, merchant, reference)
}

func insertSession(tx *db.Tx, v Session) error {
	_, err := tx.Exec(`insert into bank_session (`+sessionColumns+`) values (`+db.In(1, 14)+`)`, v.ID, v.Merchant, v.Reference, int64(v.Amount), v.Method,
		v.ReturnURL, v.Description, v.State, v.Reason, v.Account, v.Maker, v.BankReference, v.MadeAt, v.UntilAt)
	return err
}

func updateSession(tx *db.Tx, v Session) error {
	_, err := tx.Exec(`update bank_session set state = $2, reason = $3, account = $4, maker = $5, bank_reference = $6 where id = $1`,
		v.ID, v.State, v.Reason, v.Account, v.Maker, v.BankReference)
	return err
}

// refundable is what can still be given back of a payment.
func (p Payment) refundable() money.Amount {
	if p.State != paid {
		return 0
	}
	return p.Amount - p.Refunded
}
