package payout

import (
	"slices"

	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// lineTable is how payout_line is filled in bulk; its order is insertLines'.
var lineTable = db.Table{Name: "payout_line", Columns: []db.Column{
	{Name: "batch", Type: "text"}, {Name: "n", Type: "bigint"}, {Name: "agency", Type: "text"}, {Name: "live", Type: "boolean"}, {Name: "reference", Type: "text"},
	{Name: "bank", Type: "text"}, {Name: "account", Type: "text"}, {Name: "name", Type: "text"}, {Name: "note", Type: "text"}, {Name: "amount", Type: "bigint"},
	{Name: "is_repeat", Type: "boolean"}, {Name: "state", Type: "text"}, {Name: "reason", Type: "text"}, {Name: "bank_ref", Type: "text"}, {Name: "freed_at", Type: "bigint"}, {Name: "folded", Type: "text"},
}, Key: []int{0, 1}}

// some is how many values one statement names.
const some = 500

func insertLines(tx *db.Tx, b Batch, lines []Line) error {
	rows := make([][]any, len(lines))
	for i, l := range lines {
		rows[i] = []any{b.ID, l.N, b.Agency, b.Live, l.Reference, l.Bank, l.Account, l.Name, l.Note, int64(l.Amount), l.Repeats, string(l.State), l.Reason, l.BankRef, int64(0), folded(l.Reference)}
	}
	return tx.Insert(lineTable, rows)
}

const lineColumns = `n, reference, bank, account, name, note, amount, is_repeat, state, reason, bank_ref, shown_day, shown_on`

// fields are where lineColumns are read to.
func (l *Line) fields() []any {
	return []any{&l.N, &l.Reference, &l.Bank, &l.Account, &l.Name, &l.Note, &l.Amount, &l.Repeats, &l.State, &l.Reason, &l.BankRef, &l.ShownDay, &l.ShownOn}
}

func scanLine(s db.Scanner) (l Line, err error) {
	err = s.Scan(l.fields()...)
	return l, err
}

// linesBetween are a batch's lines from one number to another.
func linesBetween(tx *db.Tx, batch string, first, last int64) ([]Line, error) {
	return db.List(tx, scanLine, `select `+lineColumns+` from payout_line where batch = $1 and n >= $2 and n <= $3 order by n`, batch, first, last)
}

// linesAfter is a page of a batch's lines.
func linesAfter(tx *db.Tx, batch string, after int64, limit int) ([]Line, error) {
	return db.List(tx, scanLine, `select `+lineColumns+` from payout_line where batch = $1 and n > $2 order by n limit $3`, batch, after, limit)
}

// linesBack are those that were refused or came back.
func linesBack(tx *db.Tx, batch string, after int64, limit int) ([]Line, error) {
	return db.List(tx, scanLine, `select `+lineColumns+` from payout_line where batch = $1 and n > $2 and state in ('rejected', 'returned') order by n limit $3`, batch, after, limit)
}

func largest(tx *db.Tx, batch string, n int) ([]Line, error) {
	return db.List(tx, scanLine, `select `+lineColumns+` from payout_line where batch = $1 order by amount desc, n limit $2`, batch, n)
}

func repeated(tx *db.Tx, batch string, n int) ([]Line, error) {
	return db.List(tx, scanLine, `select `+lineColumns+` from payout_line where batch = $1 and is_repeat order by n limit $2`, batch, n)
}

// neverPaid is SQL for a line's account having never been paid by its agency.
const neverPaid = `not exists (select 1 from payout_line o where o.account = l.account and o.agency = l.agency and o.live = l.live and o.state = 'paid')`

func countFresh(tx *db.Tx, batch string) (n int64, err error) {
	err = tx.QueryRow(`select count(*) from payout_line l where l.batch = $1 and `+neverPaid, batch).Scan(&n)
	return n, err
}

func freshLines(tx *db.Tx, batch string, n int) ([]Line, error) {
	return db.List(tx, scanLine, `select `+lineColumns+` from payout_line l where l.batch = $1 and `+neverPaid+` order by l.n limit $2`, batch, n)
}

// taken is a reference that a payment has.
type taken struct {
	reference, folded, batch string
	n                        int64
}

// takenBy finds which references other batches have, however they are written:
// references are folded.
func takenBy(tx *db.Tx, b Batch, references []string) (out []taken, err error) {
	for part := range slices.Chunk(references, some) {
		args := []any{b.Agency, b.Live, b.ID}
		for _, r := range part {
			args = append(args, r)
		}
		list, err := db.List(tx, func(s db.Scanner) (t taken, err error) { return t, s.Scan(&t.reference, &t.folded, &t.batch, &t.n) },
			`select reference, folded, batch, n from payout_line where agency = $1 and live = $2 and batch <> $3 and freed_at = 0 and folded in (`+db.In(4, len(part))+`)`, args...)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// change is what some lines of a batch become.
type change struct {
	state           LineState
	reason, bankRef string
}

// changeLines writes what became of lines.
func changeLines(tx *db.Tx, batch string, to change, freedAt int64, numbers []int64) error {
	for part := range slices.Chunk(numbers, some) {
		args := []any{batch, string(to.state), to.reason, to.bankRef, freedAt}
		for _, n := range part {
			args = append(args, n)
		}
		if _, err := tx.Exec(`update payout_line set state = $2, reason = $3, bank_ref = $4, freed_at = $5 where batch = $1 and n in (`+db.In(6, len(part))+`)`, args...); err != nil {
			return err
		}
	}
	return nil
}

// changeWaiting writes what became of all lines of a chunk that still wait.
func changeWaiting(tx *db.Tx, c Chunk, to change) error {
	_, err := tx.Exec(`update payout_line set state = $4, reason = $5, bank_ref = $6 where batch = $1 and n >= $2 and n <= $3 and state = 'waiting'`,
		c.Batch, c.First, c.Last, string(to.state), to.reason, to.bankRef)
	return err
}

// dropLines lets lines go that are not sent: their references may come again.
func dropLines(tx *db.Tx, batch string, first, last, at int64) error {
	_, err := tx.Exec(`update payout_line set state = 'dropped', freed_at = $4 where batch = $1 and n >= $2 and n <= $3 and state = 'waiting'`, batch, first, last, at)
	return err
}

// deleteLines takes out some rows of a file that was not kept, and tells whether
// there were any.
func deleteLines(tx *db.Tx, batch string, limit int64) (bool, error) {
	n, err := tx.Exec(`delete from payout_line where batch = $1 and n <= (select min(n) from payout_line where batch = $1) + $2`, batch, limit)
	return n > 0, err
}

func deleteBatch(tx *db.Tx, batch string) error {
	if _, err := tx.Exec(`delete from payout_chunk where batch = $1`, batch); err != nil {
		return err
	}
	_, err := tx.Exec(`delete from payout_batch where id = $1 and state = 'loading'`, batch)
	return err
}

// linesHad are an agency's payments that a bank had, by their reference and amount, the
// oldest first.
func linesHad(tx *db.Tx, agency string, live bool, reference string, amount money.Amount) (out []had, err error) {
	for _, of := range []string{`freed_at = 0`, `freed_at > 0`} { // each has its index
		list, err := db.List(tx, func(s db.Scanner) (l had, err error) {
			err = s.Scan(append([]any{&l.batch}, l.fields()...)...)
			return l, err
		}, `select batch, `+lineColumns+` from payout_line where agency = $1 and live = $2 and reference = $3 and amount = $4 and `+of+` and (state in ('paid', 'rejected', 'returned')
			or exists (select 1 from payout_chunk c where c.batch = payout_line.batch and n between c.first and c.last and c.tries > 0)) order by batch, n limit 100`,
			agency, live, reference, int64(amount))
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// showLine notes on which statement a line was shown coming back.
func showLine(tx *db.Tx, batch string, n int64, day, statement string) error {
	_, err := tx.Exec(`update payout_line set shown_day = $3, shown_on = $4 where batch = $1 and n = $2`, batch, n, day, statement)
	return err
}

// linesLate are those of a chunk that are paid and that a statement showed coming back.
func linesLate(tx *db.Tx, c Chunk) ([]Line, error) {
	return db.List(tx, scanLine, `select `+lineColumns+` from payout_line where batch = $1 and n >= $2 and n <= $3 and state = 'paid' and shown_day <> '' order by n`, c.Batch, c.First, c.Last)
}
