package statement

import (
	"maps"
	"slices"

	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// Day is what moved on an account on one day: the agency's settlement.
type Day struct {
	Agency    string
	Live      bool
	Account   string
	Day       string
	Collected money.Amount // of payers, before fees
	Refunds   money.Amount // gone back to them
	Fees      money.Amount // kept by the bank and its providers
	Payouts   money.Amount // paid out to people
	Other     money.Amount // signed: what waits or waited for a person
	Net       money.Amount // signed: by how much the account changed
	Lines     int64
	Matched   int64
	Statement string // that closed it, "" while the day is open
	ClosedAt  int64
}

// add counts a line in.
func (d *Day) add(l Line) {
	d.Lines++
	d.Net += l.Signed()
	if l.State != matched {
		d.Other += l.Signed()
		return
	}
	d.Matched++
	switch l.Rule {
	case byFee:
		d.Fees -= l.Signed()
	case byRefund:
		d.Refunds -= l.Signed()
	case byPayout:
		d.Payouts -= l.Signed()
	default:
		d.Collected += l.Signed()
	}
}

// addDays adds lines, of one account, to the sums of their days.
func addDays(tx *db.Tx, list []Line) error {
	days := map[string]*Day{}
	for _, l := range list {
		d := days[l.Day]
		if d == nil {
			d = &Day{Agency: l.Agency, Live: l.Live, Account: l.Account, Day: l.Day}
			days[l.Day] = d
		}
		d.add(l)
	}
	for _, day := range slices.Sorted(maps.Keys(days)) {
		d := days[day]
		if _, err := tx.Exec(`insert into statement_day (`+dayColumns+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,'',0)
			on conflict (agency, live, account, day) do update set collected = statement_day.collected + excluded.collected, refunds = statement_day.refunds + excluded.refunds,
				fees = statement_day.fees + excluded.fees, payouts = statement_day.payouts + excluded.payouts, other = statement_day.other + excluded.other,
				net = statement_day.net + excluded.net, lines = statement_day.lines + excluded.lines, matched = statement_day.matched + excluded.matched`,
			d.Agency, d.Live, d.Account, d.Day, int64(d.Collected), int64(d.Refunds), int64(d.Fees), int64(d.Payouts), int64(d.Other), int64(d.Net), d.Lines, d.Matched); err != nil {
			return err
		}
	}
	return nil
}

// linesOn is how many lines are kept of each day that lines, of one account, are of.
func linesOn(tx *db.Tx, list []Line) (map[string]int64, error) {
	var days []any
	out := map[string]int64{}
	for _, l := range list {
		if _, ok := out[l.Day]; !ok {
			out[l.Day] = 0
			days = append(days, l.Day)
		}
	}
	for some := range slices.Chunk(days, chunk) {
		found, err := db.List(tx, func(s db.Scanner) (d Day, err error) { err = s.Scan(&d.Day, &d.Lines); return d, err },
			`select day, lines from statement_day where agency = $1 and live = $2 and account = $3 and day in (`+db.In(4, len(some))+`)`,
			append([]any{list[0].Agency, list[0].Live, list[0].Account}, some...)...)
		if err != nil {
			return nil, err
		}
		for _, d := range found {
			out[d.Day] = d.Lines
		}
	}
	return out, nil
}

const dayColumns = `agency, live, account, day, collected, refunds, fees, payouts, other, net, lines, matched, statement, closed_at`

func scanDay(s db.Scanner) (d Day, err error) {
	err = s.Scan(&d.Agency, &d.Live, &d.Account, &d.Day, &d.Collected, &d.Refunds, &d.Fees, &d.Payouts, &d.Other, &d.Net, &d.Lines, &d.Matched, &d.Statement, &d.ClosedAt)
	return d, err
}

// daysOf are an agency's days before one, the last first; "" before none.
func daysOf(tx *db.Tx, agency string, live bool, before string, n int) ([]Day, error) {
	return db.List(tx, scanDay, `select `+dayColumns+` from statement_day where agency = $1 and live = $2 and ($3 = '' or day < $3) order by day desc, account limit $4`, agency, live, before, int64(n))
}

// closeDay notes that a day's last statement was read. A day without a movement
// has its row from here on.
func closeDay(tx *db.Tx, x Statement, at int64) error {
	_, err := tx.Exec(`insert into statement_day (`+dayColumns+`) values ($1,$2,$3,$4,0,0,0,0,0,0,0,0,$5,$6)
		on conflict (agency, live, account, day) do update set statement = excluded.statement, closed_at = excluded.closed_at`, x.Agency, x.Live, x.Account, x.Day, x.ID, at)
	return err
}
