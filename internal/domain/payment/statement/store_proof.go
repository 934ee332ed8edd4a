package statement

import (
	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// closings are the statements with which an account's days end, the last one
// first: one a day.
func closings(tx *db.Tx, agency string, live bool, account string, days int) ([]Statement, error) {
	list, err := db.List(tx, scanStatement, `select `+statementColumns+` from statement_statement where agency = $1 and live = $2 and account = $3 and state = 'done' and has_closing
		and day in (select distinct day from statement_statement where agency = $1 and live = $2 and account = $3 and state = 'done' and has_closing order by day desc limit $4)
		order by day desc, kind desc, page desc, id desc`, agency, live, account, int64(days))
	return byDay(list), err
}

// pagesOf are a statement's pages that were read.
func pagesOf(tx *db.Tx, x Statement) ([]Statement, error) {
	return db.List(tx, scanStatement, `select `+statementColumns+` from statement_statement where agency = $1 and live = $2 and account = $3 and kind = $4 and ident = $5 and state = 'done' order by page`,
		x.Agency, x.Live, x.Account, string(x.Kind), x.Ident)
}

// movedAfter is what the kept lines of days after one come to.
func movedAfter(tx *db.Tx, agency string, live bool, account, day string) (sum money.Amount, err error) {
	err = tx.QueryRow(`select cast(coalesce(sum(net), 0) as bigint) from statement_day where agency = $1 and live = $2 and account = $3 and day > $4`, agency, live, account, day).Scan(&sum)
	return sum, err
}

// unprintedOn are the lines up to a statement's day that are on no statement, in
// sum and number.
func unprintedOn(tx *db.Tx, x Statement) (sum money.Amount, n int64, err error) {
	err = tx.QueryRow(`select cast(coalesce(sum(case when is_credit then amount else -amount end), 0) as bigint), count(*) from statement_line
		where agency = $1 and live = $2 and account = $3 and printed = '' and day <= $4`, x.Agency, x.Live, x.Account, x.Day).Scan(&sum, &n)
	return sum, n, err
}

// sums are an account's lines, folded anew.
type sums struct{ Net, Waiting, Debits, Refunds money.Amount }

// foldLines goes through all accounts' lines once: no index leads to one's.
func foldLines(tx *db.Tx) (map[kept]sums, error) {
	type row struct {
		of kept
		sums
	}
	list, err := db.List(tx, func(s db.Scanner) (r row, err error) {
		err = s.Scan(&r.of.Agency, &r.of.Live, &r.of.Account, &r.Net, &r.Waiting, &r.Debits, &r.Refunds)
		return r, err
	}, `select agency, live, account, cast(coalesce(sum(signed), 0) as bigint),
		cast(coalesce(sum(case when state = 'waiting' then signed else 0 end), 0) as bigint),
		cast(coalesce(sum(case when rule in ('reference', 'bank', 'batch', 'score', 'person') then signed else 0 end), 0) as bigint),
		cast(coalesce(sum(case when state = 'matched' and rule = 'refund' then -signed else 0 end), 0) as bigint)
		from (select agency, live, account, case when is_credit then amount else -amount end as signed, state, rule from statement_line) l group by agency, live, account`)
	out := map[kept]sums{}
	for _, r := range list {
		out[r.of] = r.sums
	}
	return out, err
}

func foldDays(tx *db.Tx, k kept) (net money.Amount, err error) {
	err = tx.QueryRow(`select cast(coalesce(sum(net), 0) as bigint) from statement_day where agency = $1 and live = $2 and account = $3`, k.Agency, k.Live, k.Account).Scan(&net)
	return net, err
}

// lastClosed is the last day whose statement the bank closed and that was read;
// "" where none is.
func lastClosed(tx *db.Tx, agency string, live bool, account string) (day string, err error) {
	err = tx.QueryRow(`select coalesce(max(day), '') from statement_statement where agency = $1 and live = $2 and account = $3 and kind = 'camt.053' and state = 'done' and has_closing and source = 'bank'`,
		agency, live, account).Scan(&day)
	return day, err
}
