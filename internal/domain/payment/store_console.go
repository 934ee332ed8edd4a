package payment

import (
	"strconv"
	"time"

	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// dayOf is SQL for the number of the civil day of a moment: of microseconds since
// 1970, eight hours ahead of UTC, where no hour is ever put back.
func dayOf(column string) string { return `((` + column + ` + 28800000000) / 86400000000)` }

// dayNumber is a civil day by dayOf's number.
func dayNumber(n int64) string { return time.Unix(n*86400, 0).UTC().Format(time.DateOnly) }

func scanTally(s db.Scanner) (t tally, err error) {
	var day int64
	if err := s.Scan(&day, &t.Count, &t.Sum); err != nil {
		return t, err
	}
	t.Day = dayNumber(day)
	return t, nil
}

// takenByDay are an agency's receipts of each day on which there was one; "" is
// all agencies.
func takenByDay(tx *db.Tx, agency string, live bool, from int64) ([]tally, error) {
	return db.List(tx, scanTally, `select `+dayOf("paid_at")+`, count(*), cast(sum(amount) as bigint) from payment_receipt
		where ($1 = '' or agency = $1) and live = $2 and paid_at >= $3 group by 1 order by 1`, agency, live, from)
}

// sentBack are the refunds that ended since a moment.
func sentBack(tx *db.Tx, agency string, live bool, from int64) (t tally, err error) {
	err = tx.QueryRow(`select count(*), coalesce(cast(sum(amount) as bigint), 0) from payment_refund
		where agency = $1 and live = $2 and status = 'success' and ended_at >= $3`, agency, live, from).Scan(&t.Count, &t.Sum)
	return t, err
}

func openExceptions(tx *db.Tx, agency string, live bool) (n int64, err error) {
	err = tx.QueryRow(`select count(*) from payment_exception where agency = $1 and live = $2 and closed_at = 0`, agency, live).Scan(&n)
	return n, err
}

// latestPayments are an agency's, the newest first.
func latestPayments(tx *db.Tx, agency string, live bool, n int) ([]Payment, error) {
	return db.List(tx, scanPayment, `select `+paymentColumns+` from payment_payment where agency = $1 and live = $2
		order by created_at desc, id desc limit $3`, agency, live, n)
}

func scanGroup(s db.Scanner) (g groupTally, err error) {
	err = s.Scan(&g.Word, &g.Count, &g.Sum)
	return g, err
}

func takenByMethod(tx *db.Tx, live bool, from int64) ([]groupTally, error) {
	return db.List(tx, scanGroup, `select method, count(*), cast(sum(amount) as bigint) from payment_receipt where live = $1 and paid_at >= $2 group by method order by 2 desc, 1`, live, from)
}

// endsByCode are the payments that ended without money, by why.
func endsByCode(tx *db.Tx, live bool, from int64) ([]groupTally, error) {
	return db.List(tx, scanGroup, `select code, count(*), cast(sum(amount) as bigint) from payment_payment
		where live = $1 and ended_at >= $2 and status in ('failed', 'cancelled', 'error') group by code order by 2 desc, 1`, live, from)
}

// refused are the steps of attempts that came to nothing at a bank.
const refused = ` from payment_event e join payment_payment p on p.id = e.payment
	where e.code <> '' and e.status in ('started', 'submitted') and p.live = $1 and e.at >= $2`

// refusedByCode counts the attempts that came to nothing at a bank, by why.
func refusedByCode(tx *db.Tx, live bool, from int64) ([]groupTally, error) {
	return db.List(tx, scanGroup, `select e.code, count(*), cast(sum(p.amount) as bigint)`+refused+` group by e.code order by 2 desc, 1`, live, from)
}

// waits counts receipts by how long after the bank's debit they were given, in
// the steps of waitEnds; the last are those of which the bank gave no time. A
// counter's are left out: no bank debits anybody there.
func waits(tx *db.Tx, live bool, from int64) ([]int64, error) {
	unknown := len(waitEnds) + 1
	out := make([]int64, unknown+1)
	step := "case when debited_at = 0 then " + strconv.Itoa(unknown)
	for i, end := range waitEnds {
		step += " when paid_at - debited_at < " + strconv.FormatInt(end*1_000_000, 10) + " then " + strconv.Itoa(i)
	}
	step += " else " + strconv.Itoa(len(waitEnds)) + " end"
	list, err := db.List(tx, func(s db.Scanner) (x [2]int64, err error) { err = s.Scan(&x[0], &x[1]); return x, err },
		`select `+step+`, count(*) from payment_receipt where live = $1 and paid_at >= $2 and method <> $3 group by 1`, live, from, string(Counter))
	for _, x := range list {
		out[x[0]] = x[1]
	}
	return out, err
}

// takenByAgency are the agencies of which something is known: what they took,
// what ended without money, and what is to be looked at.
func takenByAgency(tx *db.Tx, live bool, from int64) (map[string]agencyTally, error) {
	out := map[string]agencyTally{}
	read := func(query string, set func(a *agencyTally, n int64, sum money.Amount), args ...any) error {
		list, err := db.List(tx, scanGroup, query, args...)
		for _, g := range list {
			a := out[g.Word]
			set(&a, g.Count, g.Sum)
			out[g.Word] = a
		}
		return err
	}
	err := read(`select agency, count(*), cast(sum(amount) as bigint) from payment_receipt where live = $1 and paid_at >= $2 group by agency`,
		func(a *agencyTally, n int64, sum money.Amount) { a.Count, a.Sum = n, sum }, live, from)
	if err != nil {
		return nil, err
	}
	err = read(`select agency, count(*), 0 from payment_payment where live = $1 and ended_at >= $2 and status in ('failed', 'cancelled', 'error') group by agency`,
		func(a *agencyTally, n int64, _ money.Amount) { a.Failed = n }, live, from)
	if err != nil {
		return nil, err
	}
	err = read(`select p.agency, count(*), 0`+refused+` group by p.agency`,
		func(a *agencyTally, n int64, _ money.Amount) { a.Refused = n }, live, from)
	if err != nil {
		return nil, err
	}
	return out, read(`select agency, count(*), 0 from payment_exception where live = $1 and closed_at = 0 group by agency`,
		func(a *agencyTally, n int64, _ money.Amount) { a.Open = n }, live)
}

// deskSearch is one page of a desk's payments, and how many there are: all, or
// those with a reference, a receipt, an attempt or a debit of that very name.
func deskSearch(tx *db.Tx, d Desk, text, state string, page int64) (list []Payment, total int64, err error) {
	from := ` from payment_payment p where p.agency = $1 and p.live = $2 and ($3 = '' or p.status = $3)
		and ($4 = '' or p.id = $4 or p.reference = $4 or p.receipt = $4 or p.email = $4
			or p.id in (select a.payment from payment_attempt a where a.id = $4)
			or p.id in (select a.payment from payment_debit b join payment_attempt a on a.id = b.attempt where b.agency = $1 and b.live = $2 and b.bank_ref = $4))`
	args := []any{d.Collector.Agency, d.Live, state, text}
	if err := tx.QueryRow(`select count(*)`+from, args...).Scan(&total); err != nil {
		return nil, 0, err
	}
	list, err = db.List(tx, scanPayment, `select `+paymentColumns+from+` order by p.created_at desc, p.id desc limit $5 offset $6`, append(args, perPage, (page-1)*perPage)...)
	return list, total, err
}
