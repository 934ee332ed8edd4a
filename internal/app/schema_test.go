package app

import (
	"context"
	"slices"
	"strings"
	"testing"

	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
)

// A copy of a hall knows every table, and each column by its name and kind, as
// both engines have them. What names a blob says so, or no backup has the file.
func TestCopiesKnowEveryTable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		applied, err := d.Applied(ctx)
		if err != nil {
			t.Fatal(err)
		}
		tables, err := db.Schema(applied, migrations()...)
		if err != nil {
			t.Fatal(err)
		}
		err = d.Read(ctx, func(tx *db.Tx) error {
			if foreign, err := d.Foreign(tx, tables); err != nil || len(foreign) > 0 {
				t.Errorf("a copy would leave out %v (%v)", foreign, err)
			}
			for _, table := range tables {
				if err := tx.Pages(table, nil, func([][]any) error { return nil }); err != nil {
					return err
				}
				names := "select name from pragma_table_info('" + table.Name + "') order by cid"
				if d.Engine() == "postgres" {
					names = "select cast(column_name as text) from information_schema.columns where table_schema = current_schema() and table_name = '" + table.Name + "' order by ordinal_position"
				}
				there, err := db.List(tx, func(s db.Scanner) (name string, err error) { return name, s.Scan(&name) }, names)
				if err != nil {
					return err
				}
				var known []string
				for i, c := range table.Columns {
					known = append(known, c.Name)
					if names := slices.Contains(table.Blobs, i); !names && (strings.HasPrefix(c.Name, "sha") || c.Name == "files" && c.Type == "text") && !table.Apart {
						t.Errorf("%s.%s looks like a blob's name, and its part's Migration does not list it in Blobs", table.Name, c.Name)
					}
				}
				if !slices.Equal(known, there) {
					t.Errorf("%s: a copy knows %v, the database has %v", table.Name, known, there)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}, migrations()...)
}
