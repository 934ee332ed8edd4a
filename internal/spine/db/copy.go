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
func (tx *Tx) Insert(t Table, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	if _, err := tx.ready(nil); err != nil {
		return err
	}
	if err := tx.on.insert(tx.ctx, t, rows); err != nil {
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

func (c *sqliteConn) insert(ctx context.Context, t Table, rows [][]any) error {
	names := make([]string, len(t.Columns))
	for i, col := range t.Columns {
		names[i] = quoted(col.Name)
	}
	head := "insert into " + quoted(t.Name) + " (" + strings.Join(names, ", ") + ") values "
	n := max(1, sqliteChunk/len(names))
	// Not $1: the driver looks a placeholder's name up in a list, for each value anew.
	tuple := "(?" + strings.Repeat(",?", len(names)-1) + ")"
	full := ""
	for some := range slices.Chunk(rows, n) {
		q := full
		if q == "" || len(some) < n {
			q = head + tuple + strings.Repeat(","+tuple, len(some)-1)
			full = q
		}
		if _, err := c.exec(ctx, q, slices.Concat(some...)); err != nil {
			return err
		}
	}
	return nil
}

// fewRows is up to how many rows an insert statement is quicker than a copy,
// which first asks the server for the columns' types.
const fewRows = 50

// insert copies the rows in, which takes PostgreSQL a fraction of what as many
// insert statements would.
func (s *pgSession) insert(ctx context.Context, t Table, rows [][]any) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	if len(rows) <= fewRows {
		q := "insert into " + quoted(t.Name) + " (" + strings.Join(names, ", ") + ") values " + Tuples(len(rows), len(names))
		_, err := s.exec(ctx, q, slices.Concat(rows...))
		return err
	}
	return s.conn.Raw(func(conn any) error {
		_, err := conn.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{t.Name}, names, pgx.CopyFromRows(rows))
		s.answered = s.answered || err == nil
		return err
	})
}
