package payout

import "balai/internal/spine/db"

// fundSum is what rows say of a fund, in sen.
type fundSum struct {
	agency             string
	live               bool
	funded, paid, held int64
}

func funds(tx *db.Tx) ([]fundSum, error) {
	return db.List(tx, func(s db.Scanner) (f fundSum, err error) {
		return f, s.Scan(&f.agency, &f.live, &f.funded, &f.paid, &f.held)
	},
		`select agency, live, cast(sum(funded) as bigint), cast(sum(paid) as bigint), cast(sum(held) as bigint) from (
			select agency, live, amount as funded, 0 as paid, 0 as held from payout_fund
			union all select b.agency, b.live, 0, case when c.state = 'settled' then c.paid_sum else 0 end,
				case when c.state in ('waiting', 'sent') then c.total else 0 end
				from payout_chunk c join payout_batch b on b.id = c.batch where b.decided_at > 0) x
		group by agency, live order by agency, live`)
}

var auditRules = []struct{ says, query string }{
	{"the payout %s is not the sum of its lines", `select b.id from payout_batch b where b.state <> 'loading' and (
		(select count(*) from payout_line l where l.batch = b.id) <> b.lines or (select coalesce(sum(l.amount), 0) from payout_line l where l.batch = b.id) <> b.total) order by 1 limit 100`},
	{"the part %s of a payout is not the sum of its lines", `select c.batch || ' ' || c.no from payout_chunk c where c.state in ('sent', 'settled') and (
		(select count(*) from payout_line l where l.batch = c.batch and l.n between c.first and c.last and l.state = 'paid') <> c.paid
		or (select count(*) from payout_line l where l.batch = c.batch and l.n between c.first and c.last and l.state = 'rejected') <> c.rejected
		or (select count(*) from payout_line l where l.batch = c.batch and l.n between c.first and c.last and l.state = 'returned') <> c.returned
		or (select coalesce(sum(l.amount), 0) from payout_line l where l.batch = c.batch and l.n between c.first and c.last and l.state = 'paid') <> c.paid_sum) order by 1 limit 100`},
	{"the payout %s was made and approved by one person, or by nobody", `select id from payout_batch where decided_at > 0 and (maker = '' or approver = '' or maker = approver) order by 1 limit 100`},
	{"the payout %s was sent and never approved", `select distinct b.id from payout_batch b join payout_chunk c on c.batch = b.id where b.decided_at = 0 and (c.state in ('sent', 'settled') or c.tries > 0) order by 1 limit 100`},
	{"the reference %s was paid twice", `select min(agency || ' ' || reference) from payout_line where state = 'paid' group by agency, live, folded having count(*) > 1 order by 1 limit 100`},
}

// eachBatch goes through all that were taken in, by their ids.
func eachBatch(tx *db.Tx, do func(Batch) error) error {
	for after := ""; ; {
		list, err := db.List(tx, scanBatch, `select `+batchColumns+` from payout_batch where state <> 'loading' and id > $1 order by id limit 50`, after)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, b := range list {
			if err := do(b); err != nil {
				return err
			}
			after = b.ID
		}
	}
}
