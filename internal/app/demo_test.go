package app

import (
	"context"
	"strings"
	"testing"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/locale"
)

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
