package payment

import (
	"embed"
	"errors"

	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

//go:embed migration
var migration embed.FS

// Migration makes the tables payment_*.
func Migration() db.Migration { return db.Migration{Part: "payment", FS: migration} }

const collectorColumns = `agency, account, merchant, secret, name, city, made_at`

func scanCollector(s db.Scanner) (c Collector, err error) {
	err = s.Scan(&c.Agency, &c.Account, &c.Merchant, &c.Secret, &c.Name, &c.City, &c.MadeAt)
	return c, err
}

func collectorOf(tx *db.Tx, agency string) (Collector, error) {
	return db.One(tx, scanCollector, `select `+collectorColumns+` from payment_collector where agency = $1`, agency)
}

func collectorByMerchant(tx *db.Tx, merchant string) (Collector, error) {
	return db.One(tx, scanCollector, `select `+collectorColumns+` from payment_collector where merchant = $1`, merchant)
}

func collectors(tx *db.Tx) ([]Collector, error) {
	return db.List(tx, scanCollector, `select `+collectorColumns+` from payment_collector order by agency`)
}

func insertCollector(tx *db.Tx, c Collector) error {
	_, err := tx.Exec(`insert into payment_collector (`+collectorColumns+`) values ($1,$2,$3,$4,$5,$6,$7)`,
		c.Agency, c.Account, c.Merchant, c.Secret, c.Name, c.City, c.MadeAt)
	return err
}

func updateCity(tx *db.Tx, c Collector) error {
	_, err := tx.Exec(`update payment_collector set city = $2 where agency = $1`, c.Agency, c.City)
	return err
}

const keyColumns = `id, agency, name, live, made_at, revoked_at, made_by`

func scanKey(s db.Scanner) (k Key, err error) {
	err = s.Scan(&k.ID, &k.Agency, &k.Name, &k.Live, &k.MadeAt, &k.RevokedAt, &k.MadeBy)
	return k, err
}

func keyByHash(tx *db.Tx, hash string) (Key, error) {
	return db.One(tx, scanKey, `select `+keyColumns+` from payment_key where hash = $1`, hash)
}

func insertKey(tx *db.Tx, k Key, hash string) error {
	_, err := tx.Exec(`insert into payment_key (`+keyColumns+`, hash) values ($1,$2,$3,$4,$5,0,$6,$7)`, k.ID, k.Agency, k.Name, k.Live, k.MadeAt, k.MadeBy, hash)
	return err
}

// keysOf are an agency's keys, the newest first, those that ended last.
func keysOf(tx *db.Tx, agency string) ([]Key, error) {
	return db.List(tx, scanKey, `select `+keyColumns+` from payment_key where agency = $1 order by case when revoked_at = 0 then 0 else 1 end, id desc limit 100`, agency)
}

func revokeKey(tx *db.Tx, agency, id string, at int64) (bool, error) {
	n, err := tx.Exec(`update payment_key set revoked_at = $3 where id = $1 and agency = $2 and revoked_at = 0`, id, agency, at)
	return n == 1, err
}

const paymentColumns = `id, agency, live, amount, currency, reference, description, return_url, language, email, metadata, is_delayed,
	origin, origin_ref, person, token, status, code, attempt, receipt, refunded, created_at, expires_at, look_at, ended_at, is_cash, taken_back_at`

func scanPayment(s db.Scanner) (p Payment, err error) {
	err = s.Scan(&p.ID, &p.Agency, &p.Live, &p.Amount, &p.Currency, &p.Reference, &p.Description, &p.ReturnURL, &p.Language, &p.Email, &p.Metadata, &p.Delayed,
		&p.Origin, &p.OriginRef, &p.Person, &p.Token, &p.Status, &p.Code, &p.Attempt, &p.Receipt, &p.Refunded, &p.CreatedAt, &p.ExpiresAt, &p.LookAt, &p.EndedAt, &p.Cash, &p.TakenAt)
	return p, err
}

func insertPayment(tx *db.Tx, p Payment) error {
	return tx.Later(`insert into payment_payment (`+paymentColumns+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24,$25,$26,$27)`,
		p.ID, p.Agency, p.Live, int64(p.Amount), p.Currency, p.Reference, p.Description, p.ReturnURL, p.Language, p.Email, p.Metadata, p.Delayed,
		string(p.Origin), p.OriginRef, p.Person, p.Token, string(p.Status), p.Code, p.Attempt, p.Receipt, int64(p.Refunded), p.CreatedAt, p.ExpiresAt, p.LookAt, p.EndedAt, p.Cash, p.TakenAt)
}

// updatePayment keeps what of a payment can change.
func updatePayment(tx *db.Tx, p Payment) error {
	return tx.LaterOne(`update payment_payment set status = $2, code = $3, attempt = $4, receipt = $5, refunded = $6, ended_at = $7, look_at = $8, is_cash = $9, taken_back_at = $10 where id = $1`,
		p.ID, string(p.Status), p.Code, p.Attempt, p.Receipt, int64(p.Refunded), p.EndedAt, p.LookAt, p.Cash, p.TakenAt)
}

func paymentByID(tx *db.Tx, id string) (Payment, error) {
	return db.One(tx, scanPayment, `select `+paymentColumns+` from payment_payment where id = $1`, id)
}

func paymentByToken(tx *db.Tx, hash string) (Payment, error) {
	return db.One(tx, scanPayment, `select `+paymentColumns+` from payment_payment where token = $1`, hash)
}

func paymentsDue(tx *db.Tx, now int64) ([]Payment, error) {
	return db.List(tx, scanPayment, `select `+paymentColumns+` from payment_payment where ended_at = 0 and look_at <= $1 order by look_at, id limit 200`, now)
}

const attemptColumns = `id, payment, agency, live, method, status, amount, currency, account, session, bank_ref, checks, next_at, opened_at, ended_at`

func scanAttempt(s db.Scanner) (a Attempt, err error) {
	err = s.Scan(&a.ID, &a.Payment, &a.Agency, &a.Live, &a.Method, &a.Status, &a.Amount, &a.Currency, &a.Account, &a.Session, &a.BankRef, &a.Checks, &a.NextAt, &a.OpenedAt, &a.EndedAt)
	return a, err
}

func insertAttempt(tx *db.Tx, a Attempt) error {
	return tx.Later(`insert into payment_attempt (`+attemptColumns+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)`,
		a.ID, a.Payment, a.Agency, a.Live, string(a.Method), a.Status, int64(a.Amount), a.Currency, a.Account, a.Session, a.BankRef, a.Checks, a.NextAt, a.OpenedAt, a.EndedAt)
}

func updateAttempt(tx *db.Tx, a Attempt) error {
	return tx.Later(`update payment_attempt set status = $2, session = $3, bank_ref = $4, checks = $5, next_at = $6, ended_at = $7 where id = $1`,
		a.ID, a.Status, a.Session, a.BankRef, a.Checks, a.NextAt, a.EndedAt)
}

func attemptByID(tx *db.Tx, id string) (Attempt, error) {
	return db.One(tx, scanAttempt, `select `+attemptColumns+` from payment_attempt where id = $1`, id)
}

func attemptsOf(tx *db.Tx, payment string) ([]Attempt, error) {
	return db.List(tx, scanAttempt, `select `+attemptColumns+` from payment_attempt where payment = $1 order by opened_at, id`, payment)
}

func attemptsToCheck(tx *db.Tx, now int64) ([]Attempt, error) {
	return db.List(tx, scanAttempt, `select `+attemptColumns+` from payment_attempt where next_at > 0 and next_at <= $1 order by next_at, id limit 200`, now)
}

// debit is what a bank reference paid.
type debit struct {
	Agency   string
	Live     bool
	BankRef  string
	Attempt  string
	Amount   money.Amount
	Reversed bool
}

func debitOf(tx *db.Tx, agency string, live bool, bankRef string) (d debit, known bool, err error) {
	d = debit{Agency: agency, Live: live, BankRef: bankRef}
	err = tx.QueryRow(`select attempt, amount, is_reversed from payment_debit where agency = $1 and live = $2 and bank_ref = $3`, agency, live, bankRef).
		Scan(&d.Attempt, &d.Amount, &d.Reversed)
	if errors.Is(err, db.ErrNoRows) {
		return d, false, nil
	}
	return d, err == nil, err
}

func saveDebit(tx *db.Tx, d debit, at int64) error {
	return tx.Later(`insert into payment_debit (agency, live, bank_ref, attempt, amount, is_reversed, at) values ($1,$2,$3,$4,$5,$6,$7)
		on conflict (agency, live, bank_ref) do update set is_reversed = excluded.is_reversed`, d.Agency, d.Live, d.BankRef, d.Attempt, int64(d.Amount), d.Reversed, at)
}

// event is one step of a payment.
type event struct {
	ID, Payment string
	Status      Status
	Code        string
	At          int64
}

func insertEvent(tx *db.Tx, e event) error {
	return tx.Later(`insert into payment_event (id, payment, status, code, at) values ($1,$2,$3,$4,$5)`, e.ID, e.Payment, string(e.Status), e.Code, e.At)
}

func eventsOf(tx *db.Tx, payment string) ([]event, error) {
	return db.List(tx, func(s db.Scanner) (e event, err error) {
		err = s.Scan(&e.ID, &e.Payment, &e.Status, &e.Code, &e.At)
		return e, err
	}, `select id, payment, status, code, at from payment_event where payment = $1 order by id`, payment)
}

const refundColumns = `id, payment, agency, attempt, debit, amount, live, status, bank_ref, is_unapplied, created_at, ended_at, asked_by, decided_by`

func scanRefund(s db.Scanner) (r Refund, err error) {
	err = s.Scan(&r.ID, &r.Payment, &r.Agency, &r.Attempt, &r.Debit, &r.Amount, &r.Live, &r.Status, &r.BankRef, &r.Unapplied, &r.CreatedAt, &r.EndedAt, &r.AskedBy, &r.DecidedBy)
	return r, err
}

func insertRefund(tx *db.Tx, r Refund) error {
	_, err := tx.Exec(`insert into payment_refund (`+refundColumns+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)`,
		r.ID, r.Payment, r.Agency, r.Attempt, r.Debit, int64(r.Amount), r.Live, r.Status, r.BankRef, r.Unapplied, r.CreatedAt, r.EndedAt, r.AskedBy, r.DecidedBy)
	return err
}

func updateRefund(tx *db.Tx, r Refund) error {
	_, err := tx.Exec(`update payment_refund set status = $2, bank_ref = $3, ended_at = $4 where id = $1`, r.ID, r.Status, r.BankRef, r.EndedAt)
	return err
}

// decideRefund keeps what the second person said of one that waited.
func decideRefund(tx *db.Tx, r Refund) error {
	_, err := tx.Exec(`update payment_refund set status = $2, ended_at = $3, decided_by = $4 where id = $1`, r.ID, r.Status, r.EndedAt, r.DecidedBy)
	return err
}

// allRefundsOf are a payment's, those of what was not owed among them.
func allRefundsOf(tx *db.Tx, payment string) ([]Refund, error) {
	return db.List(tx, scanRefund, `select `+refundColumns+` from payment_refund where payment = $1 order by id`, payment)
}

// returnsOf are those of what came for a payment and was not owed.
func returnsOf(tx *db.Tx, payment string) ([]Refund, error) {
	return db.List(tx, scanRefund, `select `+refundColumns+` from payment_refund where payment = $1 and is_unapplied order by id`, payment)
}

func refundByID(tx *db.Tx, id string) (Refund, error) {
	return db.One(tx, scanRefund, `select `+refundColumns+` from payment_refund where id = $1`, id)
}

// sentBackOf is how much of a payment the bank has paid back: what waits for a second
// person, or for the bank, is none of it.
func sentBackOf(tx *db.Tx, payment string) (sum money.Amount, err error) {
	err = tx.QueryRow(`select cast(coalesce(sum(amount), 0) as bigint) from payment_refund where payment = $1 and not is_unapplied and status = 'success'`, payment).Scan(&sum)
	return sum, err
}

// sentAlone is how much of a payment went back, or is on its way, without a second
// person's yes.
func sentAlone(tx *db.Tx, payment string) (sum money.Amount, err error) {
	err = tx.QueryRow(`select coalesce(cast(sum(amount) as bigint), 0) from payment_refund
		where payment = $1 and not is_unapplied and decided_by = '' and status in ('submitted', 'success')`, payment).Scan(&sum)
	return sum, err
}

// refundsOf are those that an agency asked for.
func refundsOf(tx *db.Tx, payment string) ([]Refund, error) {
	return db.List(tx, scanRefund, `select `+refundColumns+` from payment_refund where payment = $1 and not is_unapplied order by id`, payment)
}

// nextNumber takes the next number of an agency's year: no number is left out,
// since it is taken in the commit that uses it.
func nextNumber(tx *db.Tx, agency string, live bool, year string) (n int64, err error) {
	err = tx.QueryRow(`insert into payment_series (agency, live, year, last) values ($1,$2,$3,1)
		on conflict (agency, live, year) do update set last = payment_series.last + 1 returning last`, agency, live, year).Scan(&n)
	return n, err
}

const receiptColumns = `no, agency, live, year, n, payment, attempt, amount, currency, method, bank_ref, paid_at, debited_at, leaf`

func scanReceipt(s db.Scanner) (r Receipt, err error) {
	err = s.Scan(&r.No, &r.Agency, &r.Live, &r.Year, &r.N, &r.Payment, &r.Attempt, &r.Amount, &r.Currency, &r.Method, &r.BankRef, &r.PaidAt, &r.DebitedAt, &r.Leaf)
	return r, err
}

func insertReceipt(tx *db.Tx, r Receipt) error {
	return tx.Later(`insert into payment_receipt (`+receiptColumns+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)`,
		r.No, r.Agency, r.Live, r.Year, r.N, r.Payment, r.Attempt, int64(r.Amount), r.Currency, string(r.Method), r.BankRef, r.PaidAt, r.DebitedAt, r.Leaf)
}

// receiptsAfter are the next receipts by their payments.
func receiptsAfter(tx *db.Tx, payment string) ([]Receipt, error) {
	return db.List(tx, scanReceipt, `select `+receiptColumns+` from payment_receipt where payment > $1 order by payment limit 500`, payment)
}

func receiptByNo(tx *db.Tx, no string) (Receipt, error) {
	return db.One(tx, scanReceipt, `select `+receiptColumns+` from payment_receipt where no = $1`, no)
}

// request is what a request under its own id made.
type request struct{ digest, made string }

func requestOf(tx *db.Tx, agency string, live bool, kind, key string) (r request, known bool, err error) {
	err = tx.QueryRow(`select digest, made from payment_request where agency = $1 and live = $2 and kind = $3 and key = $4`, agency, live, kind, key).Scan(&r.digest, &r.made)
	if errors.Is(err, db.ErrNoRows) {
		return r, false, nil
	}
	return r, err == nil, err
}

func insertRequest(tx *db.Tx, agency string, live bool, kind, key string, r request, at int64) error {
	return tx.Later(`insert into payment_request (agency, live, kind, key, digest, made, at) values ($1,$2,$3,$4,$5,$6,$7)`, agency, live, kind, key, r.digest, r.made, at)
}

// insertException notes what did not fit, once.
func insertException(tx *db.Tx, id, agency string, live bool, kind, attempt, bankRef string, amount money.Amount, at int64) (bool, error) {
	n, err := tx.Exec(`insert into payment_exception (id, agency, live, kind, attempt, bank_ref, amount, at, closed_at, closed_by, note)
		values ($1,$2,$3,$4,$5,$6,$7,$8,0,'','') on conflict (agency, live, kind, attempt, bank_ref) do nothing`, id, agency, live, kind, attempt, bankRef, int64(amount), at)
	return n == 1, err
}

// openException notes what did not fit, and opens a note that was closed anew: it has
// come to the same again.
func openException(tx *db.Tx, id, agency string, live bool, kind, attempt, bankRef string, amount money.Amount, at int64) error {
	return tx.Later(`insert into payment_exception (id, agency, live, kind, attempt, bank_ref, amount, at, closed_at, closed_by, note)
		values ($1,$2,$3,$4,$5,$6,$7,$8,0,'','') on conflict (agency, live, kind, attempt, bank_ref) do update set at = excluded.at, closed_at = 0, closed_by = ''`,
		id, agency, live, kind, attempt, bankRef, int64(amount), at)
}

// countException adds to a note that counts what it is about, in place of an amount.
// One that was closed is open again, from then on: more came than was looked at.
func countException(tx *db.Tx, id, agency string, live bool, kind, about string, n money.Amount, at int64) error {
	_, err := tx.Exec(`insert into payment_exception (id, agency, live, kind, attempt, bank_ref, amount, at, closed_at, closed_by, note)
		values ($1,$2,$3,$4,$5,'',$6,$7,0,'','') on conflict (agency, live, kind, attempt, bank_ref) do update set amount = payment_exception.amount + excluded.amount,
		at = case when payment_exception.closed_at = 0 then payment_exception.at else excluded.at end, closed_at = 0, closed_by = ''`,
		id, agency, live, kind, about, int64(n), at)
	return err
}

// searched is one page of what was searched for, and how many there are.
func searched(tx *db.Tx, s search) (list []Payment, total int64, err error) {
	where := ` from payment_payment where agency = $1 and live = $2 and ($3 = '' or reference = $3) and ($4 = '' or status = $4) and ($5 = '' or email = $5)
		and ($6 = 0 or created_at >= $6) and ($7 = 0 or created_at < $7)`
	args := []any{s.Agency, s.Live, s.Reference, s.State, s.Email, s.From, s.To}
	if err := tx.QueryRow(`select count(*)`+where, args...).Scan(&total); err != nil {
		return nil, 0, err
	}
	list, err = db.List(tx, scanPayment, `select `+paymentColumns+where+` order by created_at desc, id desc limit $8 offset $9`, append(args, s.Size, (s.Page-1)*s.Size)...)
	return list, total, err
}

// auditRules find what is not so; each query gives at most a hundred ids.
var auditRules = []struct{ says, query string }{
	{"the refund %s has waited for the bank for more than a week", `select f.id from payment_refund f where f.status = 'submitted'
		and f.created_at < (select max(e.at) from payment_event e) - 604800000000 order by f.id limit 100`},
	{"the payment %s succeeded and has no receipt of its own", `select p.id from payment_payment p where p.status = 'success'
		and not exists (select 1 from payment_receipt r where r.payment = p.id and r.no = p.receipt and r.amount = p.amount
			and r.agency = p.agency and r.live = p.live and r.attempt = p.attempt) order by p.id limit 100`},
	{"the receipt %s is not of the debit that it names", `select r.no from payment_receipt r where not exists (select 1 from payment_debit d
		where d.agency = r.agency and d.live = r.live and d.bank_ref = r.bank_ref and d.attempt = r.attempt and d.amount = r.amount) order by r.no limit 100`},
	{"the refund %s is not of a debit of its payment", `select f.id from payment_refund f join payment_payment p on p.id = f.payment where f.payment <> '' and not exists (
		select 1 from payment_debit d join payment_attempt a on a.id = d.attempt where d.agency = f.agency and d.live = f.live and d.bank_ref = f.debit and d.attempt = f.attempt
			and a.payment = p.id and (f.is_unapplied and d.amount = f.amount or not f.is_unapplied and a.id = p.attempt and a.bank_ref = f.debit)) order by f.id limit 100`},
	{"the receipt %s is of a payment that did not succeed", `select r.no from payment_receipt r
		where not exists (select 1 from payment_payment p where p.id = r.payment and p.status = 'success') order by r.no limit 100`},
	{"more of the payment %s was sent back than came", `select p.id from payment_payment p where p.refunded < 0 or p.refunded > p.amount or p.refunded <>
		(select coalesce(cast(sum(f.amount) as bigint), 0) from payment_refund f where f.payment = p.id and not f.is_unapplied and f.status <> 'error') order by p.id limit 100`},
	{"the receipts of %s have a gap", `select s.agency || ' in ' || s.year from payment_series s
		where s.last <> (select count(*) from payment_receipt r where r.agency = s.agency and r.live = s.live and r.year = s.year)
			or s.last <> (select coalesce(max(r.n), 0) from payment_receipt r where r.agency = s.agency and r.live = s.live and r.year = s.year) order by 1 limit 100`},
	{"the payment %s went on after its end", `select e.payment from payment_event e where e.status in ('success', 'failed', 'cancelled', 'error')
		group by e.payment having count(*) > 1 order by 1 limit 100`},
	{"the debit %s is of an attempt that is not paid, and did not go back", `select d.agency || ' ' || d.bank_ref from payment_debit d where d.attempt <> '' and not d.is_reversed
		and not exists (select 1 from payment_attempt a where a.id = d.attempt and a.status in ('paid', 'late'))
		and not exists (select 1 from payment_refund f where f.agency = d.agency and f.debit = d.bank_ref and f.is_unapplied) order by 1 limit 100`},
}

// openOf are the payments of a thing that still wait for their payer.
func openOf(tx *db.Tx, o Origin, ref string, now int64) ([]Payment, error) {
	return db.List(tx, scanPayment, `select `+paymentColumns+` from payment_payment where origin = $1 and origin_ref = $2 and ended_at = 0 and expires_at > $3 order by id`, string(o), ref, now)
}

// paidBy are the payments of a person that succeeded, the newest first.
func paidBy(tx *db.Tx, person string, limit int) ([]Payment, error) {
	return db.List(tx, scanPayment, `select `+paymentColumns+` from payment_payment where person = $1 and person <> '' and receipt <> '' order by created_at desc, id desc limit $2`, person, limit)
}

// sweepRequests forgets the ids of requests that nobody sends again.
func sweepRequests(tx *db.Tx, before int64) error {
	_, err := tx.Exec(`delete from payment_request where at < $1`, before)
	return err
}
