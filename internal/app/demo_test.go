package app

import (
	"context"
	"strings"
	"testing"

	"balai/demo/country"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/locale"
)

// A country that an earlier release made, before anybody's identity was
// established, is as good as a new one; what has happened since stays.
func TestDemoOfAnEarlierRelease(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := t.Context()
		r.seat("f5", "jpn-03", "jpn/counter-officer")
		r.seat("f6", "jpn-03", "jpn/counter-officer")
		r.must(r.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`delete from proof_evidence`)
			return err
		}))
		d := &demoCountry{hall: r.Hall, country: &country.Country{Personas: []country.Persona{{ID: "m1", Level: 2}, {ID: "m2", Level: 3}}}}
		level := func(person string) (n int) {
			r.read(func(tx *db.Tx) (err error) { n, err = r.proof.Level(tx, person, clock.Micro(r.now.Now())); return err })
			return n
		}
		r.wants("before", level("m1"), 0)
		r.must(d.catchUp(ctx))
		r.wants("m1", level("m1"), 2)
		r.wants("m2", level("m2"), 3)
		r.must(r.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`delete from proof_evidence where person = 'm2'`)
			return err
		}))
		r.must(d.catchUp(ctx))
		r.wants("once", level("m2"), 0)
	})
}

// The demo opens no hall of real people: it would write its country over them,
// and let anybody sign in.
func TestDemoOpensNoRealHall(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		h := &Hall{cfg: Config{Demo: true, values: map[string]string{"seed": "1", "db": "postgres://balai:rahsia@db/hall"}}, clock: clock.NewManual(morning), db: d}
		write := func(act func(tx *db.Tx) error) {
			t.Helper()
			if err := d.Write(ctx, act); err != nil {
				t.Fatal(err)
			}
		}
		opens := func() error {
			c, err := openCountry(ctx, h)
			if err == nil {
				err = <-c.ready
			}
			return err
		}
		if err := opens(); err != nil {
			t.Errorf("an empty database: %v", err)
		}
		write(func(tx *db.Tx) error {
			return new(directory.Directory).LoadTx(tx, directory.Set{Agencies: []directory.Agency{{ID: "jpn", Name: locale.Same("JPN"), Level: directory.Federal}}})
		})
		if err := opens(); err == nil || !strings.Contains(err.Error(), "is no demo country") || strings.Contains(err.Error(), "rahsia") {
			t.Errorf("a hall of real people: %v", err)
		}
		write(func(tx *db.Tx) error { return writeSetting(tx, settingCountry, "1 2026-11-23") })
		if err := opens(); err != nil {
			t.Errorf("a demo country: %v", err)
		}
	}, settingMigration(), directory.Migration())
}
