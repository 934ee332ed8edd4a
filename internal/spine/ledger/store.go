package ledger

import (
	"fmt"
	"slices"

	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// chunk is how many rows one statement names.
const chunk = 500

const accountColumns = `code, agency, currency, normal, floor, debits_posted, debits_pending, debits_voided, credits_posted, credits_pending, credits_voided`

func scanAccount(s db.Scanner) (a Account, err error) {
	err = s.Scan(&a.Code, &a.Agency, &a.Currency, &a.Normal, &a.Floor, &a.DebitsPosted, &a.DebitsPending, &a.DebitsVoided, &a.CreditsPosted, &a.CreditsPending, &a.CreditsVoided)
	return a, err
}

func insertAccount(tx *db.Tx, a Account, at int64) error {
	_, err := tx.Exec(`insert into ledger_account (`+accountColumns+`, made_at) values ($1,$2,$3,$4,$5,0,0,0,0,0,0,$6)`,
		a.Code, a.Agency, a.Currency, string(a.Normal), a.Floor, at)
	return err
}

func updateAccount(tx *db.Tx, a Account) error {
	_, err := tx.Exec(`update ledger_account set debits_posted = $2, debits_pending = $3, debits_voided = $4, credits_posted = $5, credits_pending = $6, credits_voided = $7 where code = $1`,
		a.Code, int64(a.DebitsPosted), int64(a.DebitsPending), int64(a.DebitsVoided), int64(a.CreditsPosted), int64(a.CreditsPending), int64(a.CreditsVoided))
	return err
}

// args are the distinct texts of a list, as arguments.
func args(list []string) []any {
	list = slices.Compact(slices.Sorted(slices.Values(list)))
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

func accountsByCode(tx *db.Tx, codes []string) (map[string]*Account, error) {
	out := make(map[string]*Account, len(codes))
	for some := range slices.Chunk(args(codes), chunk) {
		list, err := db.List(tx, scanAccount, `select `+accountColumns+` from ledger_account where code in (`+db.In(1, len(some))+`)`, some...)
		if err != nil {
			return nil, err
		}
		for _, a := range list {
			out[a.Code] = &a
		}
	}
	return out, nil
}

func accountsOf(tx *db.Tx, agency string) ([]Account, error) {
	return db.List(tx, scanAccount, `select `+accountColumns+` from ledger_account where $1 = '' or agency = $1 order by code`, agency)
}

func digestsByID(tx *db.Tx, ids []string) (map[string]string, error) {
	out := map[string]string{}
	for some := range slices.Chunk(args(ids), chunk) {
		list, err := db.List(tx, func(s db.Scanner) (p [2]string, err error) { err = s.Scan(&p[0], &p[1]); return p, err },
			`select id, digest from ledger_group where id in (`+db.In(1, len(some))+`)`, some...)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			out[p[0]] = p[1]
		}
	}
	return out, nil
}

const transferColumns = `id, debit, credit, amount, kind, hold, until_at`

func scanTransfer(s db.Scanner) (t Transfer, err error) {
	err = s.Scan(&t.ID, &t.Debit, &t.Credit, &t.Amount, &t.Kind, &t.Of, &t.Until)
	return t, err
}

func holdsByID(tx *db.Tx, ids []string) (map[string]held, error) {
	out := map[string]held{}
	for some := range slices.Chunk(args(ids), chunk) {
		list, err := db.List(tx, scanTransfer, `select `+transferColumns+` from ledger_transfer where id in (`+db.In(1, len(some))+`) and kind = 'hold'`, some...)
		if err != nil {
			return nil, err
		}
		for _, t := range list {
			out[t.ID] = held{Transfer: t}
		}
		ended, err := db.List(tx, func(s db.Scanner) (id string, err error) { err = s.Scan(&id); return id, err },
			`select hold from ledger_transfer where hold in (`+db.In(1, len(some))+`)`, some...)
		if err != nil {
			return nil, err
		}
		for _, id := range ended {
			h := out[id]
			h.ended = true
			out[id] = h
		}
	}
	return out, nil
}

func insertGroups(tx *db.Tx, groups []Group, digests []string) error {
	var rows [][]any
	var transfers [][]any
	for i, g := range groups {
		rows = append(rows, []any{g.ID, g.Agency, g.Reason, g.Ref, g.Day, digests[i], g.Leaf, g.At})
		for _, t := range g.Transfers {
			transfers = append(transfers, []any{t.ID, g.ID, t.Debit, t.Credit, int64(t.Amount), string(t.Kind), t.Of, t.Until})
		}
	}
	if err := insertRows(tx, `insert into ledger_group (id, agency, reason, ref, day, digest, leaf, at) values `, rows); err != nil {
		return err
	}
	return insertRows(tx, `insert into ledger_transfer (id, grp, debit, credit, amount, kind, hold, until_at) values `, transfers)
}

func insertRows(tx *db.Tx, into string, rows [][]any) error {
	for some := range slices.Chunk(rows, chunk) {
		if _, err := tx.Exec(into+db.Tuples(len(some), len(some[0])), slices.Concat(some...)...); err != nil {
			if db.IsUnique(err) {
				return ErrChanged
			}
			return fmt.Errorf("ledger: post: %w", err)
		}
	}
	return nil
}

// late is a hold whose time is over.
type late struct{ ID, agency, ref string }

func lapsed(tx *db.Tx, now int64) ([]late, error) {
	return db.List(tx, func(s db.Scanner) (l late, err error) { err = s.Scan(&l.ID, &l.agency, &l.ref); return l, err },
		`select t.id, g.agency, g.ref from ledger_transfer t join ledger_group g on g.id = t.grp
			where t.until_at > 0 and t.until_at <= $1 and not exists (select 1 from ledger_transfer e where e.hold = t.id)
			order by t.until_at, t.id limit 500`, now)
}

// folded is what an account's sums are by its transfers.
type folded struct {
	Code string
	Sums
}

// fold works every account out anew from all transfers.
func fold(tx *db.Tx) (map[string]Sums, error) {
	out := map[string]Sums{}
	for _, side := range []string{"debit", "credit"} {
		list, err := db.List(tx, func(s db.Scanner) (f folded, err error) {
			err = s.Scan(&f.Code, &f.DebitsPosted, &f.DebitsPending, &f.DebitsVoided)
			return f, err
		}, `select t.`+side+`,
				cast(sum(case when t.kind in ('post', 'capture') then t.amount else 0 end) as bigint),
				cast(sum(case when t.kind = 'hold' then t.amount when t.hold <> '' then -h.amount else 0 end) as bigint),
				cast(sum(case when t.hold <> '' then h.amount - t.amount else 0 end) as bigint)
			from ledger_transfer t left join ledger_transfer h on h.id = t.hold and t.hold <> '' group by t.`+side)
		if err != nil {
			return nil, err
		}
		for _, f := range list {
			s := out[f.Code]
			if side == "debit" {
				s.DebitsPosted, s.DebitsPending, s.DebitsVoided = f.DebitsPosted, f.DebitsPending, f.DebitsVoided
			} else {
				s.CreditsPosted, s.CreditsPending, s.CreditsVoided = f.DebitsPosted, f.DebitsPending, f.DebitsVoided
			}
			out[f.Code] = s
		}
	}
	return out, nil
}

// eachGroup reads every group with its transfers, in the order of their days and
// ids.
func eachGroup(tx *db.Tx, do func(g Group, digest string) error) error {
	rows, err := tx.Query(`select g.id, g.agency, g.reason, g.ref, g.day, g.digest, g.leaf, g.at, t.id, t.debit, t.credit, t.amount, t.kind, t.hold, t.until_at
		from ledger_group g left join ledger_transfer t on t.grp = g.id order by g.day, g.id, t.id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var g Group
	var digest string
	for rows.Next() {
		var n Group
		var d string
		var id, debit, credit, kind, hold *string
		var amount, until *int64
		if err := rows.Scan(&n.ID, &n.Agency, &n.Reason, &n.Ref, &n.Day, &d, &n.Leaf, &n.At, &id, &debit, &credit, &amount, &kind, &hold, &until); err != nil {
			return err
		}
		if n.ID != g.ID {
			if g.ID != "" {
				if err := do(g, digest); err != nil {
					return err
				}
			}
			g, digest = n, d
		}
		if id != nil {
			g.Transfers = append(g.Transfers, Transfer{ID: *id, Debit: *debit, Credit: *credit, Amount: money.Amount(*amount), Kind: Kind(*kind), Of: *hold, Until: *until})
		}
	}
	if err := rows.Err(); err != nil || g.ID == "" {
		return err
	}
	return do(g, digest)
}

// strays are transfers that no group has.
func strays(tx *db.Tx) (n int64, err error) {
	err = tx.QueryRow(`select count(*) from ledger_transfer t where not exists (select 1 from ledger_group g where g.id = t.grp)`).Scan(&n)
	return n, err
}

// leafed is a group with its leaf.
type leafed struct{ id, digest, leaf string }

func leavesAfter(tx *db.Tx, after string) ([]leafed, error) {
	return db.List(tx, func(s db.Scanner) (g leafed, err error) { err = s.Scan(&g.id, &g.digest, &g.leaf); return g, err },
		`select id, digest, leaf from ledger_group where id > $1 order by id limit 500`, after)
}
