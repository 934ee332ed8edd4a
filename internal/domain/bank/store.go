package bank

import (
	"encoding/json"
	"errors"
	"slices"

	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

const accountColumns = `code, name, kind, owner, balance`

func scanAccount(s db.Scanner) (a Account, err error) {
	err = s.Scan(&a.Code, &a.Name, &a.Kind, &a.Owner, &a.Balance)
	return a, err
}

func insertAccount(tx *db.Tx, a Account, at int64) error {
	_, err := tx.Exec(`insert into bank_account (`+accountColumns+`, opened_at) values ($1,$2,$3,$4,0,$5)`, a.Code, a.Name, string(a.Kind), a.Owner, at)
	return err
}

func accountByCode(tx *db.Tx, code string) (Account, error) {
	a, err := db.One(tx, scanAccount, `select `+accountColumns+` from bank_account where code = $1`, code)
	if errors.Is(err, db.ErrNoRows) {
		return a, refuse(codeAccount)
	}
	return a, err
}

func accounts(tx *db.Tx) ([]Account, error) {
	return db.List(tx, scanAccount, `select `+accountColumns+` from bank_account order by opened_at, code`)
}

func updateBalance(tx *db.Tx, code string, balance money.Amount) error {
	_, err := tx.Exec(`update bank_account set balance = $2 where code = $1`, code, int64(balance))
	return err
}

// nextNo counts bookings and payments that failed.
func nextNo(tx *db.Tx) (no int64, err error) {
	err = tx.QueryRow(`insert into bank_counter (name, value) values ('booking', 1)
		on conflict (name) do update set value = bank_counter.value + 1 returning value`).Scan(&no)
	return no, err
}

const entryColumns = `no, line, booking, account, side, amount, kind, day, value_day, e2e, info, party, party_account, batch, reverses, reason, at`

// chunk is how many rows one statement has: SQLite looks each parameter up among
// all of its statement, so that more rows at once are slower.
const chunk = 16

func insertEntries(tx *db.Tx, list []Entry) error {
	for some := range slices.Chunk(list, chunk) {
		var args []any
		for _, e := range some {
			args = append(args, e.No, e.Line, e.Booking, e.Account, string(e.Side), int64(e.Amount), e.Kind, e.Day, e.ValueDay, e.EndToEnd, e.Text,
				e.Party, e.PartyAccount, e.Batch, e.Reverses, e.Reason, e.At)
		}
		if _, err := tx.Exec(`insert into bank_entry (`+entryColumns+`) values `+db.Tuples(len(some), len(args)/len(some)), args...); err != nil {
			return err
		}
	}
	return nil
}

func scanEntry(s db.Scanner) (e Entry, err error) {
	err = s.Scan(&e.No, &e.Line, &e.Booking, &e.Account, &e.Side, &e.Amount, &e.Kind, &e.Day, &e.ValueDay, &e.EndToEnd, &e.Text,
		&e.Party, &e.PartyAccount, &e.Batch, &e.Reverses, &e.Reason, &e.At)
	return e, err
}

// entriesOn are an account's entries of a day, in their order.
func entriesOn(tx *db.Tx, account, day string) ([]Entry, error) {
	return db.List(tx, scanEntry, `select `+entryColumns+` from bank_entry where account = $1 and day = $2 order by no, line`, account, day)
}

// newestEntries are an account's last ones, the newest first.
func newestEntries(tx *db.Tx, account string, limit int) ([]Entry, error) {
	return db.List(tx, scanEntry, `select `+entryColumns+` from bank_entry where account = $1 order by no desc, line desc limit $2`, account, limit)
}

// balanceBefore is what an account held when a day began.
func balanceBefore(tx *db.Tx, account, day string) (sum money.Amount, err error) {
	err = tx.QueryRow(`select cast(coalesce(sum(case when side = 'credit' then amount else -amount end), 0) as bigint)
		from bank_entry where account = $1 and day < $2`, account, day).Scan(&sum)
	return sum, err
}

// daysOf are the days on which something was booked, the newest first.
func daysOf(tx *db.Tx, account string, limit int) ([]string, error) {
	return db.List(tx, scanText, `select distinct day from bank_entry where account = $1 order by day desc limit $2`, account, limit)
}

func scanText(s db.Scanner) (t string, err error) { err = s.Scan(&t); return t, err }

func unevenBookings(tx *db.Tx) ([]string, error) {
	return db.List(tx, scanText, `select min(booking) from bank_entry group by no
		having sum(case when side = 'credit' then amount else -amount end) <> 0 or min(amount) <= 0 or min(booking) <> max(booking) order by 1`)
}

func foldedBalances(tx *db.Tx) (map[string]money.Amount, error) {
	type folded struct {
		code string
		sum  money.Amount
	}
	list, err := db.List(tx, func(s db.Scanner) (f folded, err error) { err = s.Scan(&f.code, &f.sum); return f, err },
		`select account, cast(sum(case when side = 'credit' then amount else -amount end) as bigint) from bank_entry group by account`)
	out := make(map[string]money.Amount, len(list))
	for _, f := range list {
		out[f.code] = f.sum
	}
	return out, err
}

// wrongPayments are those whose credit, reversal or refunds are not in the books
// as the payment says.
func wrongPayments(tx *db.Tx) ([]string, error) {
	return db.List(tx, scanText, `select p.bank_reference from bank_payment p where
		(p.state <> 'failed') <> exists (select 1 from bank_entry e where e.booking = p.bank_reference and e.account = p.payee and e.side = 'credit' and e.amount = p.amount)
		or (p.state = 'reversed') <> exists (select 1 from bank_entry e where e.reverses = p.bank_reference and e.reverses <> '' and e.kind = 'reversal' and e.side = 'debit' and e.amount = p.amount)
		or p.refunded <> (select cast(coalesce(sum(e.amount), 0) as bigint) from bank_entry e where e.reverses = p.bank_reference and e.reverses <> '' and e.kind = 'refund' and e.side = 'debit')
		or p.refunded > p.amount order by p.bank_reference`)
}

func dialKept(tx *db.Tx) (d Dial, known bool, err error) {
	var body string
	err = tx.QueryRow(`select body from bank_dial where id = 1`).Scan(&body)
	if errors.Is(err, db.ErrNoRows) {
		return d, false, nil
	}
	if err != nil {
		return d, false, err
	}
	return d, true, json.Unmarshal([]byte(body), &d)
}

func keepDial(tx *db.Tx, d Dial) error {
	body, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`insert into bank_dial (id, body) values (1, $1) on conflict (id) do update set body = excluded.body`, string(body))
	return err
}
