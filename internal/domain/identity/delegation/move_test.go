package delegation_test

import (
	"context"
	"slices"
	"testing"

	"balai/internal/domain/identity"
	"balai/internal/domain/identity/delegation"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
)

// What people gave before delegations were a part of their own is there
// afterwards, to the word, whichever engine it was in; and who had a passkey is
// known to have had a way of signing in.
func TestMandatesMoveWhole(t *testing.T) {
	sets := []db.Migration{delegation.Migration(), identity.Migration()}
	whole, err := dbtest.Open(t, "sqlite", sets...).Applied(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	before := slices.DeleteFunc(whole, func(a db.Applied) bool { return a.Part == "delegation" || a.Number > 5 })
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		if err := d.MigrateTo(ctx, before, sets...); err != nil {
			t.Fatal(err)
		}
		err := d.Write(ctx, func(tx *db.Tx) error {
			for _, q := range []string{
				`insert into identity_mandate values ('a', 'daud', '', 'hamidah', 'null', 'online', 'daud', 'active', 5, 9, 0)`,
				`insert into identity_mandate values ('b', 'rosnah', 'nadi', '', '["s/one"]', 'counter', 'off', 'ended', 6, 9, 8)`,
				`insert into identity_miss values ('m', 'daud', 7)`,
				`insert into identity_passkey values ('k1', 'daud', 'one', '{}', 4, 6), ('k2', 'daud', 'two', '{}', 3, 0)`,
			} {
				if _, err := tx.Exec(q); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Migrate(ctx, sets...); err != nil {
			t.Fatal(err)
		}
		var got []string
		var left, had int
		err = d.Read(ctx, func(tx *db.Tx) (err error) {
			got, err = db.List(tx, func(s db.Scanner) (row string, err error) { return row, s.Scan(&row) },
				`select id || ' ' || principal || ' ' || kind || ' ' || agency || person || ' ' || services || ' ' || claims || ' ' || given || ' ' || state || ' '
				|| made_at || ' ' || from_at || ' ' || until_at || ' ' || ended_at from delegation_grant order by id`)
			if err != nil {
				return err
			}
			if err := tx.QueryRow(`select count(*) from identity_enrolled where person = 'daud' and at = 3`).Scan(&had); err != nil {
				return err
			}
			return tx.QueryRow(`select count(*) from delegation_miss where person = 'daud' and missed_at = 7`).Scan(&left)
		})
		want := []string{"a daud carer hamidah null null online active 5 5 9 0", `b rosnah helper nadi ["s/one"] null counter ended 6 6 9 8`}
		if err != nil || !slices.Equal(got, want) || left != 1 || had != 1 {
			t.Errorf("%q, %d misses, %d who had a key: %v", got, left, had, err)
		}
	})
}
