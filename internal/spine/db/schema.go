package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"balai/internal/spine/fault"
)

// Table is a table as the migrations describe it, the same on both engines.
type Table struct {
	Name    string
	Columns []Column
	Key     []int // the places of the primary key's columns
	Blobs   []int // the places of the columns that name blobs
	Apart   bool  // its rows are kept otherwise than as rows
}

// Column is one column. Type is text, bigint, boolean, double or bytes.
type Column struct{ Name, Type string }

// Place is where a column stands, -1 where there is none of that name.
func (t Table) Place(column string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == column })
}

// Applied is one migration file that a database has.
type Applied struct {
	Part   string `json:"part"`
	Number int64  `json:"number"`
	Name   string `json:"name"`
	Digest string `json:"digest"`
}

// Tables that the engine of the hall itself makes, and that no copy takes over.
const (
	migrationTable = "db_migration"
	copyTable      = MarkTable
)

// MarkTable holds a database's mark; without a mark it may be there all the same, and empty.
const MarkTable = "db_copy"

// Applied lists the migrations of the database; none where it is empty.
func (d *DB) Applied(ctx context.Context) (out []Applied, err error) {
	err = d.Read(ctx, func(tx *Tx) error {
		there, err := d.Tables(tx)
		if err != nil || !slices.Contains(there, migrationTable) {
			return err
		}
		out, err = List(tx, func(s Scanner) (a Applied, err error) { return a, s.Scan(&a.Part, &a.Number, &a.Name, &a.Digest) },
			"select part, number, name, digest from db_migration order by part, number")
		return err
	})
	return out, err
}

// Tables are the names of all tables in the database, the engine's own aside.
func (d *DB) Tables(tx *Tx) ([]string, error) {
	q := "select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\' order by name"
	if d.Engine() == "postgres" {
		q = `select cast(tablename as text) from pg_catalog.pg_tables where schemaname = current_schema() order by 1`
	}
	return List(tx, func(s Scanner) (name string, err error) { return name, s.Scan(&name) }, q)
}

// Foreign are the tables in the database that are not the hall's.
func (d *DB) Foreign(tx *Tx, tables []Table) ([]string, error) {
	all, err := d.Tables(tx)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{migrationTable: true, copyTable: true}
	for _, t := range tables {
		known[t.Name] = true
	}
	return slices.DeleteFunc(all, func(name string) bool { return known[name] }), nil
}

// MigrateTo brings an empty database to what another one has, no further. Call
// Migrate once it is filled: a migration may change rows.
func (d *DB) MigrateTo(ctx context.Context, applied []Applied, sets ...Migration) error {
	if err := Known(applied, sets...); err != nil {
		return err
	}
	return d.migrate(ctx, sets, func(s step) bool { return has(applied, s) })
}

func has(applied []Applied, s step) bool {
	return slices.ContainsFunc(applied, func(a Applied) bool { return a.Part == s.part && a.Number == s.number })
}

// Known refuses migrations that the sets have not, or have otherwise: the
// database, or the copy of it, is of a newer Balai.
func Known(applied []Applied, sets ...Migration) error {
	digests := map[string]string{}
	for _, set := range sets {
		steps, err := set.steps()
		if err != nil {
			return fmt.Errorf("migrate %s: %w", set.Part, err)
		}
		for _, s := range steps {
			digests[fmt.Sprint(s.part, " ", s.number)] = s.digest()
		}
	}
	for _, a := range applied {
		switch digest, ok := digests[fmt.Sprint(a.Part, " ", a.Number)]; {
		case !ok:
			return fault.New(fault.Internal, "db.newer").Wrap(fmt.Errorf("db: part %s is at %s, which this program does not know", a.Part, a.Name))
		case digest != a.Digest:
			return fault.New(fault.Internal, "db.newer").Wrap(fmt.Errorf("db: %s %s is another one here", a.Part, a.Name))
		}
	}
	return nil
}

// Schema are the tables that the applied migrations make, by name. It is read
// from the migrations' text, because SQLite does not tell a boolean from a
// number afterwards.
func Schema(applied []Applied, sets ...Migration) ([]Table, error) {
	tables := map[string]*Table{}
	for _, set := range sets {
		steps, err := set.steps()
		if err != nil {
			return nil, fmt.Errorf("schema %s: %w", set.Part, err)
		}
		for _, s := range steps {
			if !has(applied, s) {
				continue
			}
			if err := define(tables, s.text); err != nil {
				return nil, fmt.Errorf("schema %s %s: %w", s.part, s.name, err)
			}
		}
		for _, name := range set.Apart {
			if t := tables[name]; t != nil {
				t.Apart = true
			}
		}
		for _, name := range set.Blobs {
			table, column, _ := strings.Cut(name, ".")
			if t := tables[table]; t != nil && t.Place(column) >= 0 {
				t.Blobs = append(t.Blobs, t.Place(column))
			}
		}
	}
	var out []Table
	for _, t := range tables {
		if len(t.Key) == 0 {
			return nil, fmt.Errorf("schema: table %s has no primary key, so its rows have no order", t.Name)
		}
		out = append(out, *t)
	}
	slices.SortFunc(out, func(a, b Table) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// define follows one migration's text.
func define(tables map[string]*Table, text string) error {
	var words []string
	for _, t := range append(tokens(text), token{text: ";"}) {
		switch {
		case t.kind == ' ':
		case t.text != ";":
			words = append(words, strings.ToLower(t.text))
		default:
			if err := defineOne(tables, words); err != nil {
				return err
			}
			words = nil
		}
	}
	return nil
}

func defineOne(tables map[string]*Table, words []string) error {
	if len(words) < 3 || words[1] != "table" {
		return nil // an index, or rows
	}
	if words[2] == "if" && len(words) > 5 { // if not exists
		words = slices.Delete(words, 2, 5)
	}
	name := words[2]
	switch words[0] {
	case "create":
		t := &Table{Name: name}
		tables[name] = t
		return t.columns(words[3:])
	case "drop":
		delete(tables, name)
		return nil
	case "alter":
		t := tables[name]
		if t != nil && len(words) > 6 && words[3] == "add" && words[4] == "column" {
			return t.column(words[5:])
		}
	}
	return fmt.Errorf("%q is not understood", strings.Join(words, " "))
}

// columns reads what stands in a table's parentheses.
func (t *Table) columns(words []string) error {
	if len(words) < 2 || words[0] != "(" {
		return errors.New("a table without columns")
	}
	depth, from := 0, 1
	for i, w := range words {
		switch w {
		case "(":
			depth++
		case ")":
			depth--
		}
		if depth == 1 && w == "," || depth == 0 && w == ")" {
			if err := t.column(words[from:i]); err != nil {
				return err
			}
			from = i + 1
		}
	}
	return nil
}

func (t *Table) column(words []string) error {
	if len(words) < 2 {
		return fmt.Errorf("%q is no column", strings.Join(words, " "))
	}
	switch words[0] {
	case "primary":
		for _, w := range words[2:] {
			if w != "(" && w != ")" && w != "," {
				t.Key = append(t.Key, t.Place(w))
			}
		}
		if len(t.Key) == 0 || slices.Contains(t.Key, -1) {
			return fmt.Errorf("the primary key of %s is not understood", t.Name)
		}
		return nil
	case "unique", "check", "foreign", "constraint":
		return nil
	}
	if sqliteType[words[1]] == "" {
		return fmt.Errorf("%q is no type", words[1])
	}
	t.Columns = append(t.Columns, Column{words[0], words[1]})
	for i := 2; i+1 < len(words); i++ {
		if words[i] == "primary" && words[i+1] == "key" {
			t.Key = []int{len(t.Columns) - 1}
		}
	}
	return nil
}
