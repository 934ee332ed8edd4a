package db

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Every end of a copy reads and writes pages: some rows of one table, in the
// order of its primary key. A page is bounded by its rows and by its bytes,
// whichever comes first.
const (
	pageRows  = 4000
	pageBytes = 4 << 20
)

// Pages reads a table in the order of its key, from the row after the key
// given (nil: from the first), and hands it out page by page. A value is nil,
// string, int64, bool, []byte or float64.
func (tx *Tx) Pages(t Table, after []any, page func(rows [][]any) error) error {
	limit := 64 // rows may be large; the next page is as long as this one's suggest
	for {
		rows, size, err := tx.page(t, after, limit)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return nil
		}
		if err := page(rows); err != nil {
			return err
		}
		if len(rows) < limit && size < pageBytes {
			return nil
		}
		after = t.KeyOf(rows[len(rows)-1])
		limit = max(1, min(pageRows, 4*limit, pageBytes*len(rows)/max(1, size)))
	}
}

// KeyOf are the values of a row's primary key.
func (t Table) KeyOf(row []any) []any {
	key := make([]any, len(t.Key))
	for i, p := range t.Key {
		key[i] = row[p]
	}
	return key
}

func (tx *Tx) page(t Table, after []any, limit int) (out [][]any, size int, err error) {
	all := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		all[i] = quoted(c.Name)
	}
	key := make([]string, len(t.Key))
	for i, p := range t.Key {
		key[i] = all[p]
	}
	q := "select " + strings.Join(all, ", ") + " from " + quoted(t.Name)
	if after != nil {
		q += " where (" + strings.Join(key, ", ") + ") > (" + In(1, len(key)) + ")"
	}
	q += " order by " + strings.Join(key, ", ") + fmt.Sprintf(" limit $%d", len(after)+1)
	rows, err := tx.Query(q, append(append([]any{}, after...), limit)...)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for size < pageBytes && rows.Next() {
		row, n, err := scanValues(rows, t)
		if err != nil {
			return nil, 0, tx.fail(q, err)
		}
		out, size = append(out, row), size+n
	}
	if err := rows.Err(); err != nil {
		return nil, 0, tx.fail(q, err)
	}
	return out, size, rows.Close()
}

func scanValues(rows *sql.Rows, t Table) (row []any, size int, err error) {
	row = make([]any, len(t.Columns))
	dest := make([]any, len(row))
	for i := range row {
		dest[i] = &row[i]
	}
	if err := rows.Scan(dest...); err != nil {
		return nil, 0, err
	}
	for i, c := range t.Columns {
		switch v := row[i].(type) {
		case int64:
			if c.Type == "boolean" {
				row[i] = v != 0
			}
		case string:
			size += len(v)
		case []byte:
			size += len(v)
		}
		size += 16
	}
	return row, size, nil
}

// quoted is a name that a statement may hold; names come from the migrations.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Insert adds rows as Pages gives them, as fast as the engine can.
func (tx *Tx) Insert(t Table, rows [][]any) error { return tx.insert(t, rows, true) }

// InsertLater is Insert as Later is Exec.
func (tx *Tx) InsertLater(t Table, rows [][]any) error { return tx.insert(t, rows, false) }

func (tx *Tx) insert(t Table, rows [][]any, wait bool) error {
	if len(rows) == 0 {
		return nil
	}
	if _, err := tx.ready(nil); err != nil {
		return err
	}
	if err := tx.on.insert(tx.ctx, t, rows, wait); err != nil {
		return tx.fail("insert into "+t.Name, err)
	}
	return nil
}

// Empty takes all rows out of a table.
func (tx *Tx) Empty(t Table) error {
	_, err := tx.Exec("delete from " + quoted(t.Name))
	return err
}

// Count is how many rows a table has.
func (tx *Tx) Count(t Table) (n int64, err error) {
	err = tx.QueryRow("select count(*) from " + quoted(t.Name)).Scan(&n)
	return n, err
}

// Drop takes the tables away, and what remembers their migrations: a database
// that was only half filled begins anew.
func (tx *Tx) Drop(tables []Table) error {
	names := []string{migrationTable}
	for _, t := range tables {
		names = append(names, t.Name)
	}
	for _, name := range names {
		if _, err := tx.Exec("drop table if exists " + quoted(name)); err != nil {
			return err
		}
	}
	return nil
}

// sqliteChunk bounds the values of one statement; a full chunk's text is
// always the same, so that it stays prepared.
const sqliteChunk = 960

// manyRows is from how many rows on it is worth saying once what all have alike.
const manyRows = 16

func (c *sqliteConn) insert(ctx context.Context, t Table, rows [][]any, _ bool) error {
	for len(rows) > 0 {
		n := min(len(rows), max(1, sqliteChunk/len(t.Columns)))
		alike := sharedBy(rows[:n])
		if alone := len(t.Columns) - len(alike); len(alike) > 0 && alone > 0 {
			// More rows go into one statement where the next are like them too.
			if more := sqliteChunk / alone; more <= len(rows) && slices.Equal(sharedBy(rows[:more]), alike) {
				n = more
			}
		}
		q, args := insertion(t, rows[:n], alike)
		if _, err := c.exec(ctx, q, args); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// sharedBy are the columns of which many rows have one value, in their order.
func sharedBy(rows [][]any) (out []int) {
	if len(rows) < manyRows {
		return nil
	}
	for i, v := range rows[0] {
		switch v.(type) {
		case string, int64, bool:
			if !slices.ContainsFunc(rows[1:], func(row []any) bool { return row[i] != v }) {
				out = append(out, i)
			}
		}
	}
	return out
}

// insertion is the statement for rows, with what they have alike said once: each
// value that is bound takes a fifth of a microsecond. Placeholders have no names:
// the driver looks a name up in a list, for each value anew.
func insertion(t Table, rows [][]any, alike []int) (q string, args []any) {
	tuple := func(n int) string { return "(?" + strings.Repeat(",?", n-1) + ")" }
	names, from := make([]string, len(t.Columns)), make([]string, len(t.Columns))
	alone := len(t.Columns) - len(alike)
	for i, col := range t.Columns {
		names[i] = quoted(col.Name)
	}
	head := "insert into " + quoted(t.Name) + " (" + strings.Join(names, ", ") + ") "
	if len(alike) == 0 || alone == 0 {
		return head + "values " + tuple(len(names)) + strings.Repeat(","+tuple(len(names)), len(rows)-1), slices.Concat(rows...)
	}
	args = make([]any, 0, len(alike)+alone*len(rows))
	var own []int
	for i := range t.Columns {
		if k := slices.Index(alike, i); k >= 0 {
			args = append(args, rows[0][i])
			from[i] = fmt.Sprintf("a.column%d", k+1)
		} else {
			own = append(own, i)
			from[i] = fmt.Sprintf("o.column%d", len(own))
		}
	}
	for _, row := range rows {
		for _, i := range own {
			args = append(args, row[i])
		}
	}
	return head + "select " + strings.Join(from, ", ") + " from (values " + tuple(len(alike)) + ") a cross join (values " +
		tuple(alone) + strings.Repeat(","+tuple(alone), len(rows)-1) + ") o", args
}

// fewRows is up to how many rows an insert statement is quicker than a copy,
// which first asks the server for the columns' types.
const fewRows = 50

// insert copies the rows in, which takes PostgreSQL a fraction of what as many
// insert statements would.
func (s *pgSession) insert(ctx context.Context, t Table, rows [][]any, wait bool) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	if len(rows) <= fewRows {
		q := "insert into " + quoted(t.Name) + " (" + strings.Join(names, ", ") + ") values " + Tuples(len(rows), len(names))
		if !wait {
			return s.later(ctx, later{q: q, args: slices.Concat(rows...)})
		}
		_, err := s.exec(ctx, q, slices.Concat(rows...))
		return err
	}
	if err := s.flush(ctx); err != nil {
		return err
	}
	return s.conn.Raw(func(conn any) error {
		_, err := conn.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{t.Name}, names, pgx.CopyFromRows(rows))
		s.answered = s.answered || err == nil
		return err
	})
}
