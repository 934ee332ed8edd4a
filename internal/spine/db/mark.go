package db

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
)

// Mark says that a database is not a hall's, or not any more: it is being
// filled, or its hall moves or has moved to another one. It stands in the
// database itself, so that nobody opens it by mistake.
type Mark struct {
	State State  `json:"state"`
	Other string `json:"other"` // where the hall comes from or goes to, in words that hold no password
	At    int64  `json:"at"`    // microseconds since 1970
	ID    string `json:"id"`    // of the copy, the same on both sides
}

// State of a database that has a Mark.
type State string

const (
	Filling State = "filling" // a move or a restore has not ended yet
	Leaving State = "leaving" // its hall is being moved away
	Left    State = "left"    // its hall is elsewhere now
	Filled  State = "filled"  // a copy has ended here; the hall is open to all
)

// Marked is the database's mark, nil where it has none.
func (d *DB) Marked(ctx context.Context) (m *Mark, err error) {
	err = d.Read(ctx, func(tx *Tx) error {
		there, err := d.Tables(tx)
		if err != nil || !slices.Contains(there, copyTable) {
			return err
		}
		m, err = readCopy[Mark](tx, "mark")
		return err
	})
	return m, err
}

// SetMark gives the database a mark, or takes it away where m is nil.
func (d *DB) SetMark(ctx context.Context, m *Mark) error {
	return d.Write(ctx, func(tx *Tx) error { return d.SetMarkTx(tx, m) })
}

// SetMarkTx is SetMark in a transaction.
func (d *DB) SetMarkTx(tx *Tx, m *Mark) error {
	if _, err := tx.exec("create table if not exists db_copy (name text not null primary key, value text not null)", d.Engine()); err != nil {
		return err
	}
	if m == nil {
		_, err := tx.Exec("delete from db_copy")
		return err
	}
	return writeCopy(tx, "mark", m)
}

// Progress is how far the copy of one table is.
type Progress struct {
	Rows  int64 `json:"rows"`
	Done  bool  `json:"done"`
	After []any `json:"-"`
}

type progressJSON struct {
	Progress
	Key json.RawMessage `json:"key,omitempty"` // the last row's, as a row of its own
}

// keyTable is a table's key, as a row.
func (t Table) keyTable() Table {
	k := Table{Name: t.Name}
	for _, p := range t.Key {
		k.Columns = append(k.Columns, t.Columns[p])
	}
	return k
}

// ProgressOf is how far the table was filled; all zero where it is not begun.
func (tx *Tx) ProgressOf(t Table) (Progress, error) {
	stored, err := readCopy[progressJSON](tx, "table/"+t.Name)
	if err != nil || stored == nil {
		return Progress{}, err
	}
	p := stored.Progress
	if len(stored.Key) > 0 {
		if p.After, err = ParseRow(t.keyTable(), stored.Key); err != nil {
			return p, err
		}
	}
	return p, nil
}

// SetProgress remembers how far the table is, in the transaction that wrote
// the rows.
func (tx *Tx) SetProgress(t Table, p Progress) error {
	out := progressJSON{Progress: p}
	if p.After != nil {
		line, err := AppendRow(nil, t.keyTable(), p.After)
		if err != nil {
			return err
		}
		out.Key = bytes.TrimSpace(line)
	}
	return writeCopy(tx, "table/"+t.Name, out)
}

func readCopy[T any](tx *Tx, name string) (*T, error) {
	var text string
	err := tx.QueryRow("select value from db_copy where name = $1", name).Scan(&text)
	if errors.Is(err, ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v := new(T)
	return v, json.Unmarshal([]byte(text), v)
}

func writeCopy(tx *Tx, name string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = tx.Exec("insert into db_copy (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value", name, string(text))
	return err
}
