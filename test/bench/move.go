package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/blob"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/keep"
)

// moves measures the move of a hall whose journal has n entries, to PostgreSQL
// and back, and prints its rows. The bound is one copy of the database's file,
// flushed: a move reads the rows, writes them, and reads both sides again.
func moves(ctx context.Context, n int, pg string) error {
	if pg == "" {
		return fmt.Errorf("-move needs -pg")
	}
	dir, err := os.MkdirTemp("", "balai-move-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	h := keep.Hall{Data: dir, DSN: filepath.Join(dir, "balai.db"), Sets: []db.Migration{journal.Migration()}, Balai: "bench", Clock: clock.System(),
		Blobs: func(context.Context, *db.DB) (blob.Store, error) { return blob.Dir(filepath.Join(dir, "blob")), nil }}
	if err := grow(ctx, h, n); err != nil {
		return err
	}
	began := time.Now()
	size, err := copyFile(h.DSN, filepath.Join(dir, "copy"))
	if err != nil {
		return err
	}
	floor := time.Since(began)
	fmt.Printf("\n### Move\n\nA journal of %d entries, each about one person: copied, then every row and the tree compared on both sides. %.0f MB as a SQLite file.\n", n, float64(size)/(1<<20))
	fmt.Println("\n| | time | entries a second | of the floor |\n|---|---|---|---|")
	row := func(name string, took time.Duration) {
		fmt.Printf("| %s | %.1f s | %.0f | %.1f |\n", name, took.Seconds(), float64(n)/took.Seconds(), took.Seconds()/floor.Seconds())
	}
	row("floor: the file copied and flushed", floor)
	for _, to := range []struct{ name, dsn string }{{"SQLite to PostgreSQL", pg}, {"PostgreSQL to SQLite", filepath.Join(dir, "back.db")}} {
		began := time.Now()
		out, err := keep.Move(ctx, h, to.dsn, func(string, int64, int64) {})
		if err != nil {
			return err
		}
		if out.Head.Size != int64(n) {
			return fmt.Errorf("moved %d entries", out.Head.Size)
		}
		row(to.name, time.Since(began))
		h.DSN = to.dsn
	}
	return nil
}

// grow writes a journal of n entries.
func grow(ctx context.Context, h keep.Hall, n int) error {
	d, err := db.Open(ctx, h.DSN, nil)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Migrate(ctx, h.Sets...); err != nil {
		return err
	}
	key, _, err := journal.LoadKey(filepath.Join(h.Data, "key", "journal"), "bench/journal")
	if err != nil {
		return err
	}
	j, err := journal.New(d, h.Clock, id.NewSource(h.Clock, nil), "bench/journal", key)
	if err != nil {
		return err
	}
	by := journal.ByActor(actor.System("balai"))
	for done := 0; done < n; done += 1000 {
		err := d.Write(ctx, func(tx *db.Tx) error {
			for i := range min(1000, n-done) {
				r := journal.Record{Kind: "case.received", By: by, Case: fmt.Sprintf("BLH-%d", done+i), Subjects: []string{fmt.Sprint("person ", (done+i)%5000)}}
				if _, err := j.Append(tx, r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for {
		placed, err := j.Sequence(ctx)
		if err != nil || placed == 0 {
			return err
		}
	}
}

func copyFile(from, to string) (int64, error) {
	in, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return 0, err
	}
	defer out.Close()
	n, err := io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	return n, err
}
