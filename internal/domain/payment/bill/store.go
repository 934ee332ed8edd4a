package bill

import (
	"embed"
	"encoding/json"
	"fmt"

	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

//go:embed migration
var migration embed.FS

// Migration makes the tables bill_*.
func Migration() db.Migration { return db.Migration{Part: "bill", FS: migration} }

const billColumns = `id, agency, live, number, what_ms, what_en, amount, prices, person, due_on, is_partial, least, state, paid, made_at, ended_at, last_four`

func scanBill(s db.Scanner) (b Bill, err error) {
	var prices string
	if err = s.Scan(&b.ID, &b.Agency, &b.Live, &b.Number, &b.What.MS, &b.What.EN, &b.Amount, &prices, &b.Person, &b.DueOn, &b.Partial, &b.Least, &b.State, &b.Paid, &b.MadeAt, &b.EndedAt, &b.LastFour); err != nil {
		return b, err
	}
	return b, json.Unmarshal([]byte(prices), &b.Prices)
}

func insertBill(tx *db.Tx, b Bill) error {
	prices, err := json.Marshal(b.Prices)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`insert into bill_bill (`+billColumns+`, dearest) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18)`,
		b.ID, b.Agency, b.Live, b.Number, b.What.MS, b.What.EN, int64(b.Amount), string(prices), b.Person, b.DueOn, b.Partial, int64(b.Least), string(b.State), int64(b.Paid), b.MadeAt, b.EndedAt, b.LastFour, int64(b.dearest()))
	return err
}

// updateBill keeps what of a bill can change.
func updateBill(tx *db.Tx, b Bill) error {
	n, err := tx.Exec(`update bill_bill set state = $2, paid = $3, ended_at = $4 where id = $1`, b.ID, string(b.State), int64(b.Paid), b.EndedAt)
	if err == nil && n != 1 {
		err = fmt.Errorf("bill: %s is gone", b.ID)
	}
	return err
}

func billByID(tx *db.Tx, id string) (Bill, error) {
	return db.One(tx, scanBill, `select `+billColumns+` from bill_bill where id = $1`, id)
}

func billByNumber(tx *db.Tx, agency string, live bool, number string) (Bill, error) {
	return db.One(tx, scanBill, `select `+billColumns+` from bill_bill where agency = $1 and live = $2 and number = $3`, agency, live, number)
}

// billsTyped are the bills of a number in whatever case, the exact one first.
func billsTyped(tx *db.Tx, agency string, live bool, number string) ([]Bill, error) {
	return db.List(tx, scanBill, `select `+billColumns+` from bill_bill where agency = $1 and live = $2 and lower(number) = lower(cast($3 as text))
		order by case when number = $3 then 0 else 1 end, id limit 5`, agency, live, number)
}

// billsOf are an agency's, the newest first, before an id.
func billsOf(tx *db.Tx, agency string, live bool, state, before string, limit int64) ([]Bill, error) {
	return db.List(tx, scanBill, `select `+billColumns+` from bill_bill where agency = $1 and live = $2 and ($3 = '' or state = $3) and ($4 = '' or id < $4)
		order by id desc limit $5`, agency, live, state, before, limit)
}

// billsTo are a person's, the newest first.
func billsTo(tx *db.Tx, person string) ([]Bill, error) {
	return db.List(tx, scanBill, `select `+billColumns+` from bill_bill where person = $1 and person <> '' order by id desc limit 200`, person)
}

// part is what came for a bill.
type part struct {
	Payment, Bill string
	Amount        money.Amount
	Receipt       string
	Kept          bool
	At            int64
}

func insertPart(tx *db.Tx, p part) error {
	_, err := tx.Exec(`insert into bill_payment (payment, bill, amount, receipt, is_kept, at) values ($1,$2,$3,$4,$5,$6)`, p.Payment, p.Bill, int64(p.Amount), p.Receipt, p.Kept, p.At)
	return err
}

func partsOf(tx *db.Tx, bill string) ([]part, error) {
	return db.List(tx, func(s db.Scanner) (p part, err error) {
		err = s.Scan(&p.Payment, &p.Bill, &p.Amount, &p.Receipt, &p.Kept, &p.At)
		return p, err
	}, `select payment, bill, amount, receipt, is_kept, at from bill_payment where bill = $1 order by at, payment`, bill)
}

// auditRules find what is not so; each query gives at most a hundred ids.
var auditRules = []struct{ says, query string }{
	{"the bill %s was paid more or less than its receipts say", `select b.id from bill_bill b where b.paid <>
		(select coalesce(cast(sum(p.amount) as bigint), 0) from bill_payment p where p.bill = b.id and p.is_kept) order by b.id limit 100`},
	{"the bill %s was overpaid, or is not where it says", `select b.id from bill_bill b where b.paid < 0 or b.paid > b.dearest
		or b.state = 'open' and b.paid <> 0 or b.state = 'part_paid' and b.paid = 0 or b.state = 'paid' and b.paid = 0 order by b.id limit 100`},
}

// billsBy are bills by their ids, at most 500.
func billsBy(tx *db.Tx, ids []string) (map[string]Bill, error) {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	list, err := db.List(tx, scanBill, `select `+billColumns+` from bill_bill where id in (`+db.In(1, len(ids))+`)`, args...)
	out := map[string]Bill{}
	for _, b := range list {
		out[b.ID] = b
	}
	return out, err
}

// eachCancelled goes through the bills that agencies cancelled.
func eachCancelled(tx *db.Tx, do func(id, person string)) error {
	type one struct{ id, person string }
	for after := ""; ; {
		list, err := db.List(tx, func(s db.Scanner) (x one, err error) { err = s.Scan(&x.id, &x.person); return x, err },
			`select id, person from bill_bill where state = 'cancelled' and id > $1 order by id limit 500`, after)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, x := range list {
			do(x.id, x.person)
			after = x.id
		}
	}
}
