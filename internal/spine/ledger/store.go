package ledger

import (
	"fmt"
	"slices"
	"strings"

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
	return tx.Later(`update ledger_account set debits_posted = $2, debits_pending = $3, debits_voided = $4, credits_posted = $5, credits_pending = $6, credits_voided = $7 where code = $1`,
		a.Code, int64(a.DebitsPosted), int64(a.DebitsPending), int64(a.DebitsVoided), int64(a.CreditsPosted), int64(a.CreditsPending), int64(a.CreditsVoided))
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

// columns of a table into which many rows go at once.
func columns(list string) (out []db.Column) {
	for name := range strings.SplitSeq(list, ", ") {
		out = append(out, db.Column{Name: name})
	}
	return out
}

var (
	groupTable    = db.Table{Name: "ledger_group", Columns: columns(`id, agency, reason, ref, day, digest, leaf, at`)}
	transferTable = db.Table{Name: "ledger_transfer", Columns: columns(`grp, n, ` + transferColumns)}
)

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
			`select hold from ledger_transfer where hold in (`+db.In(1, len(some))+`) and hold <> ''`, some...)
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
	var rows, transfers [][]any
	for i, g := range groups {
		rows = append(rows, []any{g.ID, g.Agency, g.Reason, g.Ref, g.Day, digests[i], g.Leaf, g.At})
		for n, t := range g.Transfers {
			transfers = append(transfers, []any{g.ID, int64(n), t.ID, t.Debit, t.Credit, int64(t.Amount), string(t.Kind), t.Of, t.Until})
		}
	}
	err := tx.InsertLater(groupTable, rows)
	if err == nil {
		err = tx.Insert(transferTable, transfers) // waited for, so that an id that is taken is refused as such
	}
	if db.IsUnique(err) {
		return ErrChanged
	}
	if err != nil {
		return fmt.Errorf("ledger: post: %w", err)
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

// ended is a transfer with the Hold that it ends, where it ends one.
type ended struct {
	Transfer
	hold *Transfer
}

// whole is a group as it is stored.
type whole struct {
	Group
	digest    string
	transfers []ended
}

// eachGroup reads every group with its transfers in their order, by the groups'
// ids or, in the order of the books, by their days and ids.
func eachGroup(tx *db.Tx, order string, do func(g whole) error) error {
	rows, err := tx.Query(`select g.id, g.agency, g.reason, g.ref, g.day, g.digest, g.leaf, g.at,
			t.id, t.debit, t.credit, t.amount, t.kind, t.hold, t.until_at, h.debit, h.credit, h.amount
		from ledger_group g left join ledger_transfer t on t.grp = g.id
			left join ledger_transfer h on h.id = t.hold and t.hold <> '' and h.kind = 'hold' order by ` + order + `, t.n`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var g whole
	for rows.Next() {
		var n whole
		var id, debit, credit, kind, hold, from, into *string
		var amount, until, held *int64
		if err := rows.Scan(&n.ID, &n.Agency, &n.Reason, &n.Ref, &n.Day, &n.digest, &n.Leaf, &n.At,
			&id, &debit, &credit, &amount, &kind, &hold, &until, &from, &into, &held); err != nil {
			return err
		}
		if n.ID != g.ID {
			if g.ID != "" {
				if err := do(g); err != nil {
					return err
				}
			}
			g = n
		}
		if id == nil {
			continue
		}
		e := ended{Transfer: Transfer{ID: *id, Debit: *debit, Credit: *credit, Amount: money.Amount(*amount), Kind: Kind(*kind), Of: *hold, Until: *until}}
		if from != nil {
			e.hold = &Transfer{Debit: *from, Credit: *into, Amount: money.Amount(*held)}
		}
		g.transfers = append(g.transfers, e)
	}
	if err := rows.Err(); err != nil || g.ID == "" {
		return err
	}
	return do(g)
}

func countTransfers(tx *db.Tx) (n int64, err error) {
	err = tx.QueryRow(`select count(*) from ledger_transfer`).Scan(&n)
	return n, err
}

// leafed is a group with its leaf.
type leafed struct{ id, digest, leaf string }

func scanLeafed(s db.Scanner) (g leafed, err error) {
	err = s.Scan(&g.id, &g.digest, &g.leaf)
	return g, err
}

func groupsByLeaf(tx *db.Tx, leaves []string) ([]leafed, error) {
	some := args(leaves)
	return db.List(tx, scanLeafed, `select id, digest, leaf from ledger_group where leaf in (`+db.In(1, len(some))+`)`, some...)
}

func leavesAfter(tx *db.Tx, after string) ([]leafed, error) {
	return db.List(tx, scanLeafed, `select id, digest, leaf from ledger_group where id > $1 order by id limit 500`, after)
}

// postedByID are groups by their ids, with what their posts move.
func postedByID(tx *db.Tx, ids []string) (map[string]Posted, error) {
	out := map[string]Posted{}
	for some := range slices.Chunk(args(ids), chunk) {
		_, err := db.List(tx, func(s db.Scanner) (id string, err error) {
			var g Posted
			err = s.Scan(&id, &g.Leaf, &g.Amount)
			out[id] = g
			return id, err
		}, `select g.id, g.leaf, coalesce(cast(sum(t.amount) as bigint), 0) from ledger_group g left join ledger_transfer t on t.grp = g.id and t.kind = 'post'
			where g.id in (`+db.In(1, len(some))+`) group by g.id, g.leaf`, some...)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func countGroups(tx *db.Tx, reason string) (n int64, err error) {
	err = tx.QueryRow(`select count(*) from ledger_group where reason = $1`, reason).Scan(&n)
	return n, err
}
