package keep

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"balai/internal/spine/archive"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/hold"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"

	"golang.org/x/sync/errgroup"
)

// Moved tells what a move has done.
type Moved struct {
	From, To string // in words that hold no password
	Tables   int
	Rows     int64
	Blobs    int64
	Missing  []string     // blobs that the hall had lost before
	Resumed  int64        // rows that an earlier run had copied
	Head     journal.Head // the same on both sides
	Aside    string       // where an older database that was in the way is kept, or ""
}

// move is one run.
type move struct {
	Hall
	to       string
	progress archive.Progress
	source   *db.DB
	target   *db.DB
	tables   []db.Table
	named    map[string]bool // blobs
	id       string
	out      Moved
	ends     []func()
}

func (x *move) close() {
	for i := len(x.ends) - 1; i >= 0; i-- {
		x.ends[i]()
	}
}

// Move copies the hall's database into an empty one, compares them, and makes
// that one the hall's. Ended in the middle, it goes on where it was when it is
// called again.
func Move(ctx context.Context, h Hall, to string, progress archive.Progress) (Moved, error) {
	x := &move{Hall: h, to: to, progress: progress, out: Moved{From: Named(h.DSN), To: Named(to)}}
	defer x.close()
	if x.out.From == x.out.To {
		return x.out, fmt.Errorf("the hall is in %s already", x.out.To)
	}
	left, err := x.openSource(ctx)
	if err != nil {
		return x.out, err
	}
	if err := x.openTarget(ctx, left); err != nil {
		return x.out, err
	}
	if !left {
		if err := x.copy(ctx); err != nil {
			return x.out, err
		}
		if err := x.compare(ctx); err != nil {
			return x.out, err
		}
		if err := x.blobs(ctx); err != nil {
			return x.out, err
		}
	}
	return x.out, x.change(ctx)
}

// openSource takes the hall alone. left is true where an earlier run had
// compared everything, and only the change itself is to be made.
func (x *move) openSource(ctx context.Context) (left bool, err error) {
	if !there(x.DSN) {
		return false, fmt.Errorf("there is no database in %s", x.out.From)
	}
	if x.source, err = x.take(ctx, x.DSN); err != nil {
		return false, err
	}
	m, err := x.source.Marked(ctx)
	if err != nil {
		return false, err
	}
	switch {
	case m == nil || m.State == db.Filled:
		x.id = id.NewSource(x.Clock, nil).New()
	case m.State == db.Filling:
		return false, fmt.Errorf("this database is only half filled from %s, so there is no hall in it to move", m.Other)
	case m.Other != x.out.To && m.State == db.Left:
		return false, fmt.Errorf("this hall has moved: its database is now %s", m.Other)
	case m.Other != x.out.To:
		return false, fmt.Errorf("this hall is being moved to %s: finish that with --to, or stop it with `balai move --cancel`", m.Other)
	default:
		x.id, left = m.ID, m.State == db.Left
	}
	applied, err := x.source.Applied(ctx)
	if err != nil {
		return false, err
	}
	if err := db.Known(applied, x.Sets...); err != nil {
		return false, err
	}
	tables, err := db.Schema(applied, x.Sets...)
	if err == nil && len(tables) == 0 {
		err = fmt.Errorf("there is no hall in %s", x.out.From)
	}
	for _, t := range tables {
		if !t.Apart { // what lies in those is put as files, each by its name
			x.tables = append(x.tables, t)
		}
	}
	return left, err
}

// take locks the data folder once, opens a database and locks it.
func (x *move) take(ctx context.Context, dsn string) (*db.DB, error) {
	if len(x.ends) == 0 {
		if m, err := readRestoring(x.Data); err != nil {
			return nil, err
		} else if m != nil {
			return nil, fmt.Errorf("the hall in %s is only half restored: run `balai restore` with %s again", x.Data, m.File)
		}
		alone, err := hold.File(filepath.Join(x.Data, holdFile), true, "balai move")
		if err != nil {
			return nil, held(err, "the hall in "+x.Data)
		}
		x.ends = append(x.ends, alone.Release)
	}
	d, err := db.Open(ctx, dsn, nil)
	if err != nil {
		return nil, err
	}
	x.ends = append(x.ends, func() { d.Close() })
	holding, err := d.Hold(ctx, true, "balai move")
	if err != nil {
		return nil, held(err, "the database "+Named(dsn))
	}
	x.ends = append(x.ends, holding.Release)
	return d, nil
}

// openTarget opens the new database: empty, or filled as far as an earlier run
// of the same move came.
func (x *move) openTarget(ctx context.Context, left bool) (err error) {
	if err := x.setAside(ctx); err != nil {
		return err
	}
	if x.target, err = x.take(ctx, x.to); err != nil {
		return err
	}
	m, err := x.target.Marked(ctx)
	if err != nil {
		return err
	}
	ours := m != nil && m.ID == x.id && (m.State == db.Filling || m.State == db.Filled)
	if left && !ours {
		return fmt.Errorf("this hall has moved to %s, but that database does not know of it", x.out.To)
	}
	if ours {
		return nil
	}
	if err := emptied(ctx, x.target, x.Sets, ""); err != nil {
		return err
	}
	// The target's mark first: a source that is marked has a target.
	now := clock.Micro(x.Clock.Now())
	if err := x.target.SetMark(ctx, nil); err != nil {
		return err
	}
	return x.target.SetMark(ctx, &db.Mark{State: db.Filling, Other: x.out.From, At: now, ID: x.id})
}

// setAside keeps an SQLite file that this hall has left, so that it can move
// back under the same name.
func (x *move) setAside(ctx context.Context) error {
	path := sqlitePath(x.to)
	if path == "" || !there(x.to) {
		return nil
	}
	d, err := db.Open(ctx, x.to, nil)
	if err != nil {
		return err
	}
	m, err := d.Marked(ctx)
	if err = errors.Join(err, d.Close()); err != nil || m == nil || m.State != db.Left || m.Other != x.out.From {
		return err
	}
	x.out.Aside = path + ".left-" + x.Clock.Now().In(clock.Zone).Format("20060102-150405")
	for _, tail := range []string{"-wal", "-shm", ""} {
		if err := os.Rename(path+tail, x.out.Aside+tail); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// copy fills the target table by table. A page and how far the table is with
// it are one commit.
func (x *move) copy(ctx context.Context) error {
	applied, err := x.source.Applied(ctx)
	if err != nil {
		return err
	}
	now := clock.Micro(x.Clock.Now())
	if err := x.source.SetMark(ctx, &db.Mark{State: db.Leaving, Other: x.out.To, At: now, ID: x.id}); err != nil {
		return err
	}
	if err := x.target.MigrateTo(ctx, applied, x.Sets...); err != nil {
		return err
	}
	rows := make([]int64, len(x.tables))
	var done, all int64
	err = x.source.Read(ctx, func(tx *db.Tx) error {
		for i, t := range x.tables {
			if rows[i], err = tx.Count(t); err != nil {
				return err
			}
			all += rows[i]
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, t := range x.tables {
		before := done
		show := func(n int64) { x.progress(t.Name, before+n, all) }
		if err := x.copyTable(ctx, t, show); err != nil {
			return fmt.Errorf("the table %s: %w", t.Name, err)
		}
		done += rows[i]
	}
	return nil
}

func (x *move) copyTable(ctx context.Context, t db.Table, show func(int64)) error {
	var p db.Progress
	err := x.target.Write(ctx, func(tx *db.Tx) (err error) {
		if p, err = tx.ProgressOf(t); err != nil || p.Done || p.After != nil {
			return err
		}
		return tx.Empty(t) // a migration may have made rows
	})
	if err != nil {
		return err
	}
	x.out.Resumed += p.Rows
	show(p.Rows)
	if p.Done {
		return nil
	}
	// The next page is read while one is written.
	pages := make(chan [][]any, 1)
	g, both := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(pages)
		return x.source.Read(both, func(tx *db.Tx) error {
			return tx.Pages(t, p.After, func(rows [][]any) error {
				select {
				case pages <- rows:
					return nil
				case <-both.Done():
					return both.Err()
				}
			})
		})
	})
	g.Go(func() error {
		at := p
		for rows := range pages {
			at.Rows, at.After = at.Rows+int64(len(rows)), t.KeyOf(rows[len(rows)-1])
			err := x.target.Write(both, func(tx *db.Tx) error {
				if err := tx.Insert(t, rows); err != nil {
					return err
				}
				return tx.SetProgress(t, at)
			})
			if err != nil {
				return err
			}
			show(at.Rows)
		}
		if err := both.Err(); err != nil {
			return err
		}
		p = at
		return nil
	})
	if err := g.Wait(); err != nil {
		return err
	}
	p.Done = true
	return x.target.Write(ctx, func(tx *db.Tx) error { return tx.SetProgress(t, p) })
}

// compare reads both databases whole: every table must have the same rows, and
// the journal the same signed tree.
func (x *move) compare(ctx context.Context) error {
	vkey, err := x.vkey()
	if err != nil {
		return err
	}
	logs := [2]journal.Copied{}
	x.named = map[string]bool{}
	for i, t := range x.tables {
		x.progress("comparing "+t.Name, int64(i), int64(len(x.tables)))
		var sums [2]archive.TableSum
		g, ctx := errgroup.WithContext(ctx)
		for side, d := range []*db.DB{x.source, x.target} {
			g.Go(func() (err error) {
				look := []func(db.Table, []any) error{logs[side].Row}
				if side == 0 {
					look = append(look, x.names)
				}
				sums[side], err = sumOf(ctx, d, t, look...)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		if sums[0] != sums[1] {
			return fmt.Errorf("the table %s is not the same on both sides (%d rows there, %d here): stop the move with `balai move --cancel`, and begin anew with another database",
				t.Name, sums[1].Rows, sums[0].Rows)
		}
		x.out.Rows += sums[0].Rows
	}
	x.out.Tables = len(x.tables)
	if x.out.Head, err = logs[0].Head(vkey); err != nil {
		return fmt.Errorf("the journal of this hall is not sound, so it is not moved: %w", err)
	}
	head, err := logs[1].Head(vkey)
	if err != nil {
		return err
	}
	if head != x.out.Head {
		return errors.New("the journal is not the same on both sides")
	}
	return nil
}

// names gathers which blobs the hall has.
func (x *move) names(t db.Table, row []any) error {
	for _, sha := range archive.BlobNames(t, row) {
		x.named[sha] = true
	}
	return nil
}

// blobs puts every file where the hall will look for it first: over PostgreSQL
// that is where every process finds it, and not this machine's folder.
func (x *move) blobs(ctx context.Context) error {
	from, err := x.Blobs(ctx, x.source)
	if err != nil {
		return err
	}
	to, err := x.Blobs(ctx, x.target)
	if err != nil {
		return err
	}
	for sha := range x.named {
		x.progress("files", x.out.Blobs, int64(len(x.named)))
		data, err := from.Get(ctx, sha)
		if f, ok := fault.As(err); ok && (f.Key == "blob.missing" || f.Key == "blob.damaged") {
			x.out.Missing = append(x.out.Missing, sha) // the hall had lost it before
			continue
		}
		if err == nil {
			_, err = to.Put(ctx, data)
		}
		if err != nil {
			return err
		}
		x.out.Blobs++
	}
	return nil
}

// change makes the new database the hall's. In this order, no moment has two
// that can be opened; ended between two steps, a second run makes the rest.
func (x *move) change(ctx context.Context) error {
	now := clock.Micro(x.Clock.Now())
	if err := x.source.SetMark(ctx, &db.Mark{State: db.Left, Other: x.out.To, At: now, ID: x.id}); err != nil {
		return err
	}
	err := x.target.Write(ctx, func(tx *db.Tx) error {
		if err := x.target.SetMarkTx(tx, nil); err != nil { // and how far each table was
			return err
		}
		return x.target.SetMarkTx(tx, &db.Mark{State: db.Filled, Other: x.out.From, At: now, ID: x.id})
	})
	if err != nil {
		return err
	}
	return recordDatabase(x.Data, x.to)
}

// Stay ends a move that has not come to its end: the hall is open again where
// it was.
func Stay(ctx context.Context, h Hall) error {
	x := &move{Hall: h}
	defer x.close()
	if !there(h.DSN) {
		return fmt.Errorf("there is no database in %s", Named(h.DSN))
	}
	d, err := x.take(ctx, h.DSN)
	if err != nil {
		return err
	}
	m, err := d.Marked(ctx)
	switch {
	case err != nil:
		return err
	case m != nil && m.State == db.Left:
		return fmt.Errorf("the move has ended: the database is now %s; move back with `balai move --to`", m.Other)
	case m == nil || m.State != db.Leaving:
		return errors.New("this hall is not being moved")
	}
	return d.SetMark(ctx, nil)
}
