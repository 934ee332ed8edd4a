package payment

import (
	"slices"
	"strings"

	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// some is how many values one query names.
const some = 500

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

const debitColumns = `d.bank_ref, d.attempt, coalesce(a.payment, ''), coalesce(a.method, ''), d.amount, d.is_reversed, d.line, d.at`

func scanDebit(s db.Scanner) (d Debit, err error) {
	err = s.Scan(&d.BankRef, &d.Attempt, &d.Payment, &d.Method, &d.Amount, &d.Reversed, &d.Line, &d.At)
	return d, err
}

// debitsOf are debits by their bank references or their attempts, each once.
func debitsOf(tx *db.Tx, agency string, live bool, refs, attempts []string) (out []Debit, err error) {
	seen := map[string]bool{}
	for i, column := range []string{"d.bank_ref", "d.attempt"} {
		own := ""
		if i == 1 {
			own = " || ''" // by the attempt's index, and not through all of the agency's
		}
		for list := range slices.Chunk([][]string{refs, attempts}[i], some) {
			found, err := db.List(tx, scanDebit, `select `+debitColumns+` from payment_debit d left join payment_attempt a on a.id = d.attempt
				where d.agency`+own+` = $1 and d.live = $2 and `+column+` in (`+db.In(3, len(list))+`) order by d.at, d.bank_ref`, append([]any{agency, live}, anys(list)...)...)
			if err != nil {
				return nil, err
			}
			for _, d := range found {
				if !seen[d.BankRef] {
					seen[d.BankRef] = true
					out = append(out, d)
				}
			}
		}
	}
	return out, nil
}

func debitsUnprinted(tx *db.Tx, agency string, live bool, from, before int64, n int) ([]Debit, error) {
	return db.List(tx, scanDebit, `select `+debitColumns+` from payment_debit d left join payment_attempt a on a.id = d.attempt
		where d.agency = $1 and d.live = $2 and d.line = '' and d.at >= $3 and d.at < $4
		order by d.at, d.bank_ref limit $5`, agency, live, from, before, int64(n))
}

func refundsUnprinted(tx *db.Tx, agency string, live bool, before int64, n int) ([]Refund, error) {
	return db.List(tx, scanRefund, `select `+refundColumns+` from payment_refund where agency = $1 and live = $2 and line = '' and status = 'success' and ended_at < $3
		order by ended_at, id limit $4`, agency, live, before, int64(n))
}

func attemptsByID(tx *db.Tx, agency string, live bool, ids []string) (map[string]Attempt, error) {
	out := map[string]Attempt{}
	for list := range slices.Chunk(ids, some) {
		found, err := db.List(tx, scanAttempt, `select `+attemptColumns+` from payment_attempt where agency = $1 and live = $2 and id in (`+db.In(3, len(list))+`)`,
			append([]any{agency, live}, anys(list)...)...)
		if err != nil {
			return nil, err
		}
		for _, a := range found {
			out[a.ID] = a
		}
	}
	return out, nil
}

// refundsBy are those of which no line is known, by their ids or bank references.
func refundsBy(tx *db.Tx, agency string, live bool, keys []string) (out []Refund, err error) {
	seen := map[string]bool{}
	for _, column := range []string{"id", "bank_ref"} {
		for list := range slices.Chunk(keys, some) {
			found, err := db.List(tx, scanRefund, `select `+refundColumns+` from payment_refund where agency || '' = $1 and live = $2 and length(line) = 0
				and `+column+` in (`+db.In(3, len(list))+`) order by id`, append([]any{agency, live}, anys(list)...)...)
			if err != nil {
				return nil, err
			}
			for _, r := range found {
				if !seen[r.ID] {
					seen[r.ID] = true
					out = append(out, r)
				}
			}
		}
	}
	return out, nil
}

// fewRows is how many rows one update names: for each it goes through all that it
// names.
const fewRows = 64

// markDebits writes, for each bank reference, its line. "length" keeps the engines
// from the index of those that are on none: it has all of them in it.
func markDebits(tx *db.Tx, agency string, live bool, list []Printed) (n int64, err error) {
	return mark(tx, "payment_debit", "bank_ref", " and agency = $% and live = $%", []any{agency, live}, list)
}

func markRefunds(tx *db.Tx, list []Printed) (n int64, err error) {
	return mark(tx, "payment_refund", "id", "", nil, list)
}

// mark writes lines by keys, in the order of the keys' index; also names more of
// what a row has to be, and $% the places of its values. Placeholders stand in
// order, since SQLite is the quicker for it.
func mark(tx *db.Tx, table, key, also string, more []any, list []Printed) (n int64, err error) {
	list = slices.SortedFunc(slices.Values(list), func(a, b Printed) int { return strings.Compare(a.Key, b.Key) })
	for part := range slices.Chunk(list, fewRows) {
		var args []any
		var b strings.Builder
		place := func(v any) string { args = append(args, v); return "$" + itoa(len(args)) }
		b.WriteString("update " + table + " set line = case " + key)
		for _, x := range part {
			b.WriteString(" when " + place(x.Key) + " then " + place(x.Line))
		}
		b.WriteString(" end where length(line) = 0")
		rest := also
		for _, v := range more {
			rest = strings.Replace(rest, "$%", place(v), 1)
		}
		b.WriteString(rest + " and " + key + " in (")
		for i, x := range part {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(place(x.Key))
		}
		done, err := tx.Exec(b.String()+")", args...)
		if err != nil {
			return n, err
		}
		n += done
	}
	return n, nil
}

func closeExceptions(tx *db.Tx, agency string, live bool, bankRef, by, note string, at int64) error {
	_, err := tx.Exec(`update payment_exception set closed_at = $4, closed_by = $5, note = $6 where agency = $1 and live = $2 and bank_ref = $3 and closed_at = 0`,
		agency, live, bankRef, at, by, note)
	return err
}

func openTransfers(tx *db.Tx, agency string, live bool, amount money.Amount) ([]Attempt, error) {
	return db.List(tx, scanAttempt, `select `+attemptColumns+` from payment_attempt where agency = $1 and live = $2 and amount = $3 and method = 'transfer' and status = 'open'
		order by opened_at, id limit 100`, agency, live, int64(amount))
}

// unposted stands for a line where a debit was taken back before the hall heard
// of it: nothing was posted for it, and no statement is waited for.
const unposted = "-"

func printedSums(tx *db.Tx, agency string, live bool) (debits, refunds money.Amount, err error) {
	err = tx.QueryRow(`select (select cast(coalesce(sum(amount), 0) as bigint) from payment_debit where agency = $1 and live = $2 and line not in ('', $3)),
		(select cast(coalesce(sum(amount), 0) as bigint) from payment_refund where agency = $1 and live = $2 and line <> '')`, agency, live, unposted).Scan(&debits, &refunds)
	return debits, refunds, err
}

// methodSum is what debits or refunds of a method come to.
type methodSum struct {
	method Method
	amount money.Amount
}

func unprintedSums(tx *db.Tx, agency string, live bool) (map[Method]money.Amount, error) {
	list, err := db.List(tx, func(s db.Scanner) (m methodSum, err error) { err = s.Scan(&m.method, &m.amount); return m, err },
		`select method, cast(sum(amount) as bigint) from (
			select a.method as method, d.amount as amount from payment_debit d join payment_attempt a on a.id = d.attempt where d.agency = $1 and d.live = $2 and d.line = ''
			union all
			select coalesce(a.method, 'transfer'), -f.amount from payment_refund f left join payment_attempt a on a.id = f.attempt and f.payment <> ''
				where f.agency = $1 and f.live = $2 and f.line = '' and f.status = 'success') u group by method`, agency, live)
	out := map[Method]money.Amount{}
	for _, m := range list {
		out[m.method] = m.amount
	}
	return out, err
}

// openNotes are an agency's, the oldest first; those of what went back by itself come
// last, since whoever edits a hundred QRs would hide all others with them.
func openNotes(tx *db.Tx, agency string, live bool) ([]Note, error) {
	return db.List(tx, func(s db.Scanner) (n Note, err error) {
		err = s.Scan(&n.ID, &n.Kind, &n.Attempt, &n.BankRef, &n.Amount, &n.At, &n.Asked, &n.Payment, &n.Back, &n.Receipted)
		return n, err
	}, `select id, kind, attempt, bank_ref, amount, at, asked, payment, back, receipted from (
			select x.id, x.kind, x.attempt, x.bank_ref, x.amount, x.at, coalesce(a.amount, 0) as asked,
				case when x.kind = 'refund_waiting' then x.attempt else coalesce(a.payment, '') end as payment,
				coalesce((select f.status from payment_refund f where f.payment = coalesce(a.payment, '') and f.agency = x.agency and f.live = x.live and f.debit = x.bank_ref
					and f.is_unapplied order by f.id desc limit 1), '') as back,
				exists (select 1 from payment_receipt c where c.payment = a.payment and c.attempt = x.attempt and c.bank_ref = x.bank_ref) as receipted
			from payment_exception x left join payment_attempt a on a.id = x.attempt and a.agency = x.agency and a.live = x.live
			where x.agency = $1 and x.live = $2 and x.closed_at = 0) n
		order by case when back = 'success' then 1 else 0 end, at, id limit 100`, agency, live)
}

func noteWaits(tx *db.Tx, agency string, live bool, id string) (is bool, err error) {
	err = tx.QueryRow(`select exists (select 1 from payment_exception where agency = $1 and live = $2 and id = $3 and kind = $4 and closed_at = 0)`, agency, live, id, noteRefund).Scan(&is)
	return is, err
}

func closeNote(tx *db.Tx, agency string, live bool, id, by string, at int64) (bool, error) {
	n, err := tx.Exec(`update payment_exception set closed_at = $4, closed_by = $5 where agency = $1 and live = $2 and id = $3 and closed_at = 0`, agency, live, id, at, by)
	return n == 1, err
}

// refundOfNote is the refund that a note says was not sent back, where the note is
// open and no later one of the same debit is on its way or was sent.
func refundOfNote(tx *db.Tx, agency string, live bool, id string) (Refund, error) {
	return db.One(tx, scanRefund, `select `+refundColumns+` from payment_refund where id = (select f.id from payment_refund f join payment_exception x
			on x.agency = f.agency and x.live = f.live and x.attempt = f.attempt and x.bank_ref = f.debit
		where x.id = $1 and x.agency = $2 and x.live = $3 and x.kind = $4 and x.closed_at = 0 and f.is_unapplied order by f.id desc limit 1) and status = 'error'`,
		id, agency, live, noteBack)
}

// extendPayment lets a payment wait longer.
func extendPayment(tx *db.Tx, pay Payment) error {
	_, err := tx.Exec(`update payment_payment set expires_at = $2, look_at = $3 where id = $1 and ended_at = 0`, pay.ID, pay.ExpiresAt, pay.LookAt)
	return err
}

// attemptsElsewhere are those of some ids that are another agency's attempts, or of
// the other kind of money.
func attemptsElsewhere(tx *db.Tx, agency string, live bool, ids []string) (map[string]bool, error) {
	out := map[string]bool{}
	for list := range slices.Chunk(ids, some) {
		found, err := db.List(tx, func(s db.Scanner) (id string, err error) { err = s.Scan(&id); return id, err },
			`select id from payment_attempt where (agency <> $1 or live <> $2) and id in (`+db.In(3, len(list))+`)`, append([]any{agency, live}, anys(list)...)...)
		if err != nil {
			return nil, err
		}
		for _, id := range found {
			out[id] = true
		}
	}
	return out, nil
}

// strange are notes of money of no attempt that did not go back.
const strange = ` from payment_exception x where x.kind = 'stranger' and x.closed_at = 0 and x.bank_ref <> ''
	and not exists (select 1 from payment_refund f where f.payment = '' and f.agency = x.agency and f.live = x.live and f.debit = x.bank_ref and f.is_unapplied)
	and not exists (select 1 from payment_exception v where v.agency = x.agency and v.live = x.live and v.kind = 'reversed' and v.attempt = x.attempt and v.bank_ref = x.bank_ref)`

// strangerNoted tells whether money of no attempt is noted already: a payer's reference
// stands on a statement as people write it, and in a bank's message to the letter.
func strangerNoted(tx *db.Tx, agency string, live bool, bankRef string, amount money.Amount) (is bool, err error) {
	err = tx.QueryRow(`select exists (select 1 from payment_exception where agency = $1 and live = $2 and kind = 'stranger' and bank_ref = $3 and bank_ref <> '' and amount = $4)`,
		agency, live, bankRef, int64(amount)).Scan(&is)
	return is, err
}

// wentBack tells whether money of no payment was sent back under a bank reference, be it
// that the bank did not take it: it is sent again from there.
func wentBack(tx *db.Tx, agency string, live bool, bankRef string) (is bool, err error) {
	err = tx.QueryRow(`select exists (select 1 from payment_refund where payment = '' and agency = $1 and live = $2 and debit = $3 and debit <> '' and is_unapplied)`,
		agency, live, bankRef).Scan(&is)
	return is, err
}

func strangersAfter(tx *db.Tx, after string) ([]Stranger, error) {
	return db.List(tx, func(s db.Scanner) (x Stranger, err error) {
		err = s.Scan(&x.ID, &x.Agency, &x.Live, &x.Reference, &x.BankRef, &x.Amount)
		return x, err
	}, `select x.id, x.agency, x.live, x.attempt, x.bank_ref, x.amount`+strange+` and x.id > $1 order by x.id limit 100`, after)
}

// awaitsStatement tells whether somebody was shown where to transfer an amount,
// of which only a statement tells, or money of no attempt waits to be seen there.
func awaitsStatement(tx *db.Tx, agency string, live bool) (is bool, err error) {
	err = tx.QueryRow(`select exists (select 1 from payment_attempt where agency = $1 and live = $2 and method = 'transfer' and status = 'open')
		or exists (select 1`+strange+` and x.agency = $1 and x.live = $2)`, agency, live).Scan(&is)
	return is, err
}
