package statement

import (
	"balai/internal/domain/payment"
	"balai/internal/spine/db"
)

func lineByID(tx *db.Tx, id string) (Line, error) {
	return db.One(tx, scanLine, `select `+lineColumns+` from statement_line where id = $1`, id)
}

// waitingLines are those that wait for a person, the oldest first, and how many.
func waitingLines(tx *db.Tx, agency string, live bool, n int) (list []Line, total int64, err error) {
	if err = tx.QueryRow(`select count(*) from statement_line where agency = $1 and live = $2 and state = 'waiting'`, agency, live).Scan(&total); err != nil {
		return nil, 0, err
	}
	list, err = db.List(tx, scanLine, `select `+lineColumns+` from statement_line where agency = $1 and live = $2 and state = 'waiting' order by day, id limit $3`, agency, live, int64(n))
	return list, total, err
}

// waitingCredit is the line that waits and shows money which a bank told of: the one
// under its bank reference, of its amount, with a reference to send it back by. What the
// bank took back, as a line beside it shows, is not there to be sent.
func waitingCredit(tx *db.Tx, x payment.Stranger) (Line, error) {
	return db.One(tx, scanLine, `select `+lineColumns+` from statement_line where agency = $1 and live = $2 and state = 'waiting' and bank_ref = $3 and amount = $4
		and is_credit and not is_reversal and (end_to_end <> '' or $5 <> '')
		and not exists (select 1 from statement_line v where v.agency = $1 and v.live = $2 and v.state = 'waiting' and v.amount = $4 and v.is_reversal and not v.is_credit
			and (v.bank_ref = $3 or v.end_to_end = $5 or v.end_to_end = statement_line.end_to_end))
		order by id limit 1`, x.Agency, x.Live, x.BankRef, int64(x.Amount), x.Reference)
}

// decideLine keeps what became of a line; what the payer wrote is forgotten.
func decideLine(tx *db.Tx, l Line) error {
	_, err := tx.Exec(`update statement_line set state = $2, rule = $3, subject = $4, text = '', party = '' where id = $1 and state = 'waiting'`, l.ID, l.State, l.Rule, l.Subject)
	return err
}

const decisionColumns = `id, line, agency, live, action, subject, amount, note, state, asked_by, asked_at, decided_by, decided_at`

func scanDecision(s db.Scanner) (x Decision, err error) {
	err = s.Scan(&x.ID, &x.Line, &x.Agency, &x.Live, &x.Action, &x.Subject, &x.Amount, &x.Note, &x.State, &x.AskedBy, &x.AskedAt, &x.DecidedBy, &x.DecidedAt)
	return x, err
}

func insertDecision(tx *db.Tx, x Decision) error {
	_, err := tx.Exec(`insert into statement_decision (`+decisionColumns+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)`,
		x.ID, x.Line, x.Agency, x.Live, string(x.Action), x.Subject, int64(x.Amount), x.Note, x.State, x.AskedBy, x.AskedAt, x.DecidedBy, x.DecidedAt)
	return err
}

func updateDecision(tx *db.Tx, x Decision) error {
	_, err := tx.Exec(`update statement_decision set state = $2, decided_by = $3, decided_at = $4 where id = $1 and state = 'asked'`, x.ID, x.State, x.DecidedBy, x.DecidedAt)
	return err
}

func askedOf(tx *db.Tx, line string) (Decision, error) {
	return db.One(tx, scanDecision, `select `+decisionColumns+` from statement_decision where line = $1 and state = 'asked'`, line)
}

func openDecision(tx *db.Tx, line string) (bool, error) {
	n := 0
	err := tx.QueryRow(`select count(*) from statement_decision where line = $1 and state in ('asked', 'done')`, line).Scan(&n)
	return n > 0, err
}

// askedIn are an agency's decisions that wait for a second person, by line.
func askedIn(tx *db.Tx, agency string, live bool) (map[string]Decision, error) {
	list, err := db.List(tx, scanDecision, `select `+decisionColumns+` from statement_decision where agency = $1 and live = $2 and state = 'asked'`, agency, live)
	out := map[string]Decision{}
	for _, x := range list {
		out[x.Line] = x
	}
	return out, err
}

// aloneAbove are the decisions above an amount that one person made alone.
func aloneAbove(tx *db.Tx, limit int64) ([]string, error) {
	return db.List(tx, func(s db.Scanner) (id string, err error) { err = s.Scan(&id); return id, err },
		`select id from statement_decision where state = 'done' and amount > $1 and asked_by = decided_by order by id limit 20`, limit)
}
