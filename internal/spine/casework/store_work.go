package casework

import (
	"regexp"
	"strconv"
	"strings"

	"balai/internal/spine/db"
)

var numbered = regexp.MustCompile(`\$\d+`)

// union joins one select of each branch; its numbered arguments go on.
func union(branches []branch, columns, order string, limit int) (string, []any) {
	var parts []string
	var args []any
	for i, b := range branches {
		text := numbered.ReplaceAllStringFunc(b.String(), func(mark string) string {
			n, _ := strconv.Atoi(mark[1:])
			return "$" + strconv.Itoa(n+len(args))
		})
		parts = append(parts, `select * from (select `+columns+` from casework_case`+text+
			order+` limit `+strconv.Itoa(limit)+`) b`+strconv.Itoa(i))
		args = append(args, b.args...)
	}
	return strings.Join(parts, " union all "), args
}

// calendarsIn are the calendars of the cases in a branch, one look into the
// index for each.
func calendarsIn(tx *db.Tx, b branch) ([]string, error) {
	return db.List(tx, func(row db.Scanner) (s string, err error) { return s, row.Scan(&s) },
		db.ByValue+`with recursive c(x) as (select min(calendar) from casework_case`+b.String()+`
			union all select (select min(calendar) from casework_case`+b.String()+` and calendar > c.x) from c where c.x is not null)
		select x from c where x is not null`, b.args...)
}

// spots reads the first places of each branch.
func spots(tx *db.Tx, branches []branch, newest bool, limit int) ([]place, error) {
	if len(branches) == 0 {
		return nil, nil
	}
	order := " order by queue_no, ref"
	if newest {
		order = " order by received_at desc, ref desc"
	}
	q, args := union(branches, "calendar, queue_no, received_at, ref", order, limit)
	return db.List(tx, func(row db.Scanner) (p place, err error) {
		return p, row.Scan(&p.calendar, &p.number, &p.receivedAt, &p.ref)
	}, db.ByValue+q, args...)
}

func countSpots(tx *db.Tx, branches []branch, most int) (n int, err error) {
	if len(branches) == 0 {
		return 0, nil
	}
	// The order costs nothing and keeps the index that the list is read by.
	q, args := union(branches, "1 as one", " order by queue_no, ref", most)
	return n, tx.QueryRow(db.ByValue+`select count(*) from (select one from (`+q+`) u limit `+strconv.Itoa(most)+`) n`, args...).Scan(&n)
}

// casesAt reads the cases of a page, in its order.
func (e *Engine) casesAt(tx *db.Tx, places []place) ([]Case, error) {
	if len(places) == 0 {
		return nil, nil
	}
	args := make([]any, len(places))
	at := map[string]int{}
	for i, p := range places {
		args[i], at[p.ref] = p.ref, i
	}
	rows, err := db.List(tx, e.scanCase, `select `+caseColumns+`, due_no from casework_case where ref in (`+db.In(1, len(args))+`)`, args...)
	if err != nil {
		return nil, err
	}
	out := make([]Case, len(places))
	for _, c := range rows {
		out[at[c.Ref]] = c
	}
	return out, nil
}

// DoneBy counts the steps that a person took in a post since a time: checks,
// decisions, audits and corrections, up to MostCounted.
func (e *Engine) DoneBy(tx *db.Tx, person, post string, since int64) (n int, err error) {
	return n, tx.QueryRow(`select count(*) from (select 1 as one from casework_act where post = $1 and done_at >= $2 and person = $3
		and post <> '' and post <> 'system' and kind in ('check', 'decide', 'audit_find', 'correct') limit `+strconv.Itoa(MostCounted)+`) n`,
		post, since, person).Scan(&n)
}

// OpenByState counts the cases that nobody has decided by their state, and of
// those the ones past their due date.
func (e *Engine) OpenByState(tx *db.Tx) (by map[string]int64, overdue int64, err error) {
	by = map[string]int64{}
	rows, err := tx.Query(`select state, count(*), count(case when ` + e.late(e.now()) + ` then 1 end) from casework_case
		where work in ('todo', 'waiting') group by state`)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var state string
		var n, late int64
		if err := rows.Scan(&state, &n, &late); err != nil {
			return nil, 0, err
		}
		by[state] = n
		overdue += late
	}
	return by, overdue, rows.Err()
}
