package bank

import (
	"errors"
	"slices"

	"balai/internal/spine/db"
)

func insertPayout(tx *db.Tx, p payout) error {
	if _, err := tx.Exec(`insert into bank_payout (merchant, message, digest, count, total, reason, settle_at, made_at) values (`+db.In(1, 8)+`)`,
		p.merchant, p.message, p.digest, p.count, p.total, p.reason, p.settleAt, p.madeAt); err != nil {
		return err
	}
	for i, part := range p.parts {
		if _, err := tx.Exec(`insert into bank_payout_part (merchant, message, part, id, account, booking) values (`+db.In(1, 6)+`)`,
			p.merchant, p.message, i, part.id, part.account, part.booking); err != nil {
			return err
		}
		n := 0
		for some := range slices.Chunk(part.lines, chunk) {
			var args []any
			for _, l := range some {
				args = append(args, p.merchant, p.message, i, n, l.instruction, l.e2e, l.name, l.account, int64(l.amount), l.info, l.state, l.reason, l.returnAt)
				n++
			}
			if _, err := tx.Exec(`insert into bank_payout_line (merchant, message, part, line, instruction, e2e, name, account, amount, info, state, reason, return_at)
				values `+db.Tuples(len(some), len(args)/len(some)), args...); err != nil {
				return err
			}
		}
	}
	return nil
}

const lineColumns = `instruction, e2e, name, account, amount, info, state, reason, return_at`

func scanLine(s db.Scanner) (l payoutLine, err error) {
	err = s.Scan(&l.instruction, &l.e2e, &l.name, &l.account, &l.amount, &l.info, &l.state, &l.reason, &l.returnAt)
	return l, err
}

func linesOf(tx *db.Tx, merchant, message string, part int) ([]payoutLine, error) {
	return db.List(tx, scanLine, `select `+lineColumns+` from bank_payout_line where merchant = $1 and message = $2 and part = $3 order by line`, merchant, message, part)
}

func payoutBy(tx *db.Tx, merchant, message string) (p payout, known bool, err error) {
	err = tx.QueryRow(`select merchant, message, digest, count, total, reason, settle_at, made_at from bank_payout where merchant = $1 and message = $2`, merchant, message).
		Scan(&p.merchant, &p.message, &p.digest, &p.count, &p.total, &p.reason, &p.settleAt, &p.madeAt)
	if errors.Is(err, db.ErrNoRows) {
		return p, false, nil
	}
	if err != nil {
		return p, false, err
	}
	p.parts, err = db.List(tx, func(s db.Scanner) (t payoutPart, err error) {
		err = s.Scan(&t.id, &t.account, &t.booking)
		return t, err
	},
		`select id, account, booking from bank_payout_part where merchant = $1 and message = $2 order by part`, merchant, message)
	for i := range p.parts {
		if err == nil {
			p.parts[i].lines, err = linesOf(tx, merchant, message, i)
		}
	}
	return p, true, err
}

// paidOutBy is the order of which a booking debited a part.
func paidOutBy(tx *db.Tx, booking string) (out paidOut, err error) {
	var merchant string
	var part int
	err = tx.QueryRow(`select merchant, message, part, id from bank_payout_part where booking = $1`, booking).Scan(&merchant, &out.message, &part, &out.part)
	if err != nil {
		return out, err
	}
	lines, err := linesOf(tx, merchant, out.message, part)
	out.lines = slices.DeleteFunc(lines, func(l payoutLine) bool { return l.state == rejected })
	return out, err
}

// payoutKey names an order.
type payoutKey struct{ merchant, message string }

func payoutsDue(tx *db.Tx, now int64) ([]payoutKey, error) {
	return db.List(tx, func(s db.Scanner) (k payoutKey, err error) { err = s.Scan(&k.merchant, &k.message); return k, err },
		`select merchant, message from bank_payout where settle_at > 0 and settle_at <= $1 order by settle_at, merchant, message limit 20`, now)
}

// payoutSettled marks an order's lines, and when those come back that will.
func payoutSettled(tx *db.Tx, p payout, returnAt int64) error {
	if _, err := tx.Exec(`update bank_payout set settle_at = 0 where merchant = $1 and message = $2`, p.merchant, p.message); err != nil {
		return err
	}
	_, err := tx.Exec(`update bank_payout_line set state = 'settled',
			return_at = case when substr(account, length(account) - 3) = $4 and not exists (select 1 from bank_account a where a.code = bank_payout_line.account) then $3 else 0 end
		where merchant = $1 and message = $2 and state = 'accepted'`, p.merchant, p.message, returnAt, endReturned)
	return err
}

// returning is a line that comes back to the account that paid it.
type returning struct {
	merchant, message string
	part, number      int64
	account, booking  string
	line              payoutLine
}

func linesReturning(tx *db.Tx, now int64) ([]returning, error) {
	return db.List(tx, func(s db.Scanner) (r returning, err error) {
		l := &r.line
		err = s.Scan(&r.merchant, &r.message, &r.part, &r.number, &r.account, &r.booking, &l.instruction, &l.e2e, &l.name, &l.account, &l.amount, &l.info)
		return r, err
	}, `select l.merchant, l.message, l.part, l.line, p.account, p.booking, l.instruction, l.e2e, l.name, l.account, l.amount, l.info
		from bank_payout_line l join bank_payout_part p on p.merchant = l.merchant and p.message = l.message and p.part = l.part
		where l.return_at > 0 and l.return_at <= $1 order by l.return_at, l.merchant, l.message, l.part, l.line limit 500`, now)
}

func lineReturned(tx *db.Tx, r returning, reason string) error {
	_, err := tx.Exec(`update bank_payout_line set state = 'returned', reason = $5, return_at = 0 where merchant = $1 and message = $2 and part = $3 and line = $4`,
		r.merchant, r.message, r.part, r.number, reason)
	return err
}
