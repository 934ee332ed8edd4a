package statement

import (
	"embed"
	"errors"
	"slices"
	"strings"

	"balai/internal/domain/payment"
	"balai/internal/spine/db"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"
)

//go:embed migration
var migration embed.FS

// Migration makes the tables statement_*.
func Migration() db.Migration { return db.Migration{Part: "statement", FS: migration} }

// chunk is how many values one query names.
const chunk = 500

const statementColumns = `id, agency, live, account, kind, ident, page, is_last, sequence, digest, source, person, from_day, day,
	has_opening, opening, has_closing, closing, entries, lines, fresh, matched, state, at, done_at`

func scanStatement(s db.Scanner) (x Statement, err error) {
	err = s.Scan(&x.ID, &x.Agency, &x.Live, &x.Account, &x.Kind, &x.Ident, &x.Page, &x.Last, &x.Seq, &x.Digest, &x.Source, &x.Person, &x.From, &x.Day,
		&x.HasOpening, &x.Opening, &x.HasClosing, &x.Closing, &x.Entries, &x.Lines, &x.Fresh, &x.Matched, &x.State, &x.At, &x.DoneAt)
	return x, err
}

// statementOf is what was read under a statement's id; its own is empty where
// nothing was.
func statementOf(tx *db.Tx, x Statement) (Statement, error) {
	was, err := db.One(tx, scanStatement, `select `+statementColumns+` from statement_statement where agency = $1 and live = $2 and account = $3 and kind = $4 and ident = $5 and page = $6`,
		x.Agency, x.Live, x.Account, string(x.Kind), x.Ident, x.Page)
	if errors.Is(err, db.ErrNoRows) {
		return Statement{}, nil
	}
	return was, err
}

// namesakes are the statements of an account that the bank calls alike, whole days
// or parts.
func namesakes(tx *db.Tx, x Statement) ([]Statement, error) {
	return db.List(tx, scanStatement, `select `+statementColumns+` from statement_statement where agency = $1 and live = $2 and account = $3 and ident = $4 order by id`,
		x.Agency, x.Live, x.Account, x.Ident)
}

func saveStatement(tx *db.Tx, x Statement) error {
	_, err := tx.Exec(`insert into statement_statement (`+statementColumns+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24,$25)
		on conflict (id) do update set is_last = excluded.is_last, sequence = excluded.sequence, digest = excluded.digest, source = excluded.source, person = excluded.person,
			from_day = excluded.from_day, day = excluded.day, has_opening = excluded.has_opening, opening = excluded.opening, has_closing = excluded.has_closing,
			closing = excluded.closing, entries = excluded.entries, lines = excluded.lines, fresh = excluded.fresh, matched = excluded.matched, state = excluded.state,
			at = excluded.at, done_at = excluded.done_at`,
		x.ID, x.Agency, x.Live, x.Account, string(x.Kind), x.Ident, x.Page, x.Last, x.Seq, x.Digest, x.Source, x.Person, x.From, x.Day,
		x.HasOpening, int64(x.Opening), x.HasClosing, int64(x.Closing), x.Entries, x.Lines, x.Fresh, x.Matched, x.State, x.At, x.DoneAt)
	return err
}

// statementsOf are an agency's, the last day first. The day so far is fetched each
// minute while money waits: what had nothing new in it would hide all others.
func statementsOf(tx *db.Tx, agency string, live bool, n int) ([]Statement, error) {
	return db.List(tx, scanStatement, `select `+statementColumns+` from statement_statement where agency = $1 and live = $2
		and (source <> 'bank' or kind <> $4 or fresh > 0) order by day desc, kind desc, page desc, id desc limit $3`,
		agency, live, int64(n), string(iso20022.Intraday))
}

// base is where an account's books begin.
type base struct {
	Day    string
	Amount money.Amount
}

func baseOf(tx *db.Tx, agency string, live bool, account string) (b base, has bool, err error) {
	err = tx.QueryRow(`select base_day, base from statement_account where agency = $1 and live = $2 and account = $3`, agency, live, account).Scan(&b.Day, &b.Amount)
	if errors.Is(err, db.ErrNoRows) {
		return b, false, nil
	}
	return b, err == nil, err
}

func insertBase(tx *db.Tx, x Statement, at int64) error {
	_, err := tx.Exec(`insert into statement_account (agency, live, account, base_day, base, at) values ($1,$2,$3,$4,$5,$6)`, x.Agency, x.Live, x.Account, x.From, int64(x.Opening), at)
	return err
}

// kept is an account with statements.
type kept struct {
	Agency  string
	Live    bool
	Account string
}

var lineTable = db.Table{Name: "statement_line", Columns: []db.Column{{Name: "id"}, {Name: "agency"}, {Name: "live"}, {Name: "account"}, {Name: "statement"}, {Name: "n"},
	{Name: "day"}, {Name: "amount"}, {Name: "is_credit"}, {Name: "is_reversal"}, {Name: "bank_ref"}, {Name: "end_to_end"}, {Name: "batch"}, {Name: "text"},
	{Name: "party"}, {Name: "state"}, {Name: "rule"}, {Name: "subject"}, {Name: "printed"}, {Name: "at"}}}

const lineColumns = `id, agency, live, account, statement, n, day, amount, is_credit, is_reversal, bank_ref, end_to_end, batch, text, party, state, rule, subject, printed, at`

func scanLine(s db.Scanner) (l Line, err error) {
	err = s.Scan(&l.ID, &l.Agency, &l.Live, &l.Account, &l.Statement, &l.N, &l.Day, &l.Amount, &l.Credit, &l.Reversal, &l.BankRef, &l.EndToEnd, &l.Batch, &l.Text, &l.Party,
		&l.State, &l.Rule, &l.Subject, &l.Printed, &l.At)
	return l, err
}

// insertLines keeps lines; what a payer wrote, and their name, only of those that
// wait for a person. In the order of their ids each page of the index is had once:
// of a million lines it is four times what SQLite keeps in memory.
func insertLines(tx *db.Tx, list []Line, at int64) error {
	list = slices.SortedFunc(slices.Values(list), func(a, b Line) int { return strings.Compare(a.ID, b.ID) })
	rows := make([][]any, len(list))
	for i, l := range list {
		if l.State != waiting {
			l.Text, l.Party = "", ""
		}
		rows[i] = []any{l.ID, l.Agency, l.Live, l.Account, l.Statement, l.N, l.Day, int64(l.Amount), l.Credit, l.Reversal, clip(l.BankRef, 70), clip(l.EndToEnd, 70), clip(l.Batch, 70),
			straight(clip(l.Text, 300)), straight(clip(l.Party, 140)), l.State, l.Rule, l.Subject, l.Printed, at}
	}
	return tx.Insert(lineTable, rows)
}

// straight is what a payer wrote without letters that turn the others round: an officer
// who decides by it would read another name, or another reference.
func straight(text string) string {
	return strings.Map(func(r rune) rune {
		if payment.Turns(r) {
			return -1
		}
		return r
	}, text)
}

func ids(list []Line) []any {
	out := make([]any, len(list))
	for i, l := range list {
		out[i] = l.ID
	}
	return out
}

// freshOf parts the lines of a list that are not kept yet from those that are. Of
// a day that has as many lines as the list's statement has brought itself, none
// is known: no two of a statement are the same.
func freshOf(tx *db.Tx, list []Line, own map[string]int64) (fresh, known []Line, err error) {
	if len(list) == 0 {
		return nil, nil, nil
	}
	counts, err := linesOn(tx, list)
	if err != nil {
		return nil, nil, err
	}
	var asked []any
	for _, l := range list {
		if counts[l.Day] != own[l.Day] {
			asked = append(asked, l.ID)
		}
	}
	there := map[string]bool{}
	for some := range slices.Chunk(asked, chunk) {
		found, err := db.List(tx, func(s db.Scanner) (id string, err error) { err = s.Scan(&id); return id, err },
			`select id from statement_line where id in (`+db.In(1, len(some))+`)`, some...)
		if err != nil {
			return nil, nil, err
		}
		for _, id := range found {
			there[id] = true
		}
	}
	for _, l := range list {
		if there[l.ID] {
			known = append(known, l)
		} else {
			fresh = append(fresh, l)
		}
	}
	return fresh, known, nil
}

// markPrinted notes that lines, which came on a notification, are on a statement.
func markPrinted(tx *db.Tx, list []Line, statement string) error {
	for some := range slices.Chunk(ids(list), chunk) {
		if _, err := tx.Exec(`update statement_line set printed = $1 where length(printed) = 0 and id in (`+db.In(2, len(some))+`)`, append([]any{statement}, some...)...); err != nil {
			return err
		}
	}
	return nil
}

// batchSum is what is kept of a batch one by one.
func batchSum(tx *db.Tx, l Line) (sum money.Amount, err error) {
	err = tx.QueryRow(`select cast(coalesce(sum(case when is_credit then amount else -amount end), 0) as bigint) from statement_line
		where agency = $1 and live = $2 and account = $3 and batch = $4 and batch <> '' and day = $5`, l.Agency, l.Live, l.Account, clip(l.Batch, 70), l.Day).Scan(&sum)
	return sum, err
}

func markBatch(tx *db.Tx, l Line) error {
	_, err := tx.Exec(`update statement_line set printed = $1 where printed = '' and agency = $2 and live = $3 and account = $4 and batch = $5 and batch <> '' and day = $6`,
		l.Printed, l.Agency, l.Live, l.Account, clip(l.Batch, 70), l.Day)
	return err
}

// movedBefore is what the kept lines of days before one come to.
func movedBefore(tx *db.Tx, agency string, live bool, account, day string) (sum money.Amount, err error) {
	err = tx.QueryRow(`select cast(coalesce(sum(net), 0) as bigint) from statement_day where agency = $1 and live = $2 and account = $3 and day < $4`, agency, live, account, day).Scan(&sum)
	return sum, err
}
