package keep

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/archive"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/hold"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
)

// Restoring is how a backup is to be restored.
type Restoring struct {
	File     string
	Identity string // a file of age keys
	Replace  bool   // a hall that is in the folder is kept aside
	Head     string // a published head: a file or an address
	SHA256   string // of the file, as the backup printed it; "" where nobody noted it

	// Accepted by a named officer: what was published after the backup is lost.
	Accept  bool
	By, Why string

	Progress archive.Progress
}

// Restored tells what was restored.
type Restored struct {
	archive.Manifest
	Rows    int64
	Blobs   int
	Missing []string
	Aside   string       // where the folder's former content is, or ""
	Lost    int64        // entries that had been published, or 0
	By      actor.Actor  // who accepted that
	Head    journal.Head // of the restored journal
	Unknown bool         // no published head was there to compare with
}

// Accepts is the role in which an officer may accept that entries are lost.
const Accepts = "balai/administrator"

// restore is one run.
type restore struct {
	Hall
	Restoring
	keys      *summed
	mark      *restoring // of an earlier run, then of this one
	published []published
	checked   *checked
	lost      *published // the newest head that the backup is behind, or nil
	officer   actor.Actor
	db        *db.DB
	holding   *db.Holding
}

func (x *restore) close() {
	if x.db != nil {
		x.db.Close()
		x.holding.Release()
	}
	x.db = nil
}

// Restore puts the hall of a backup into an empty folder and an empty
// database. Nothing is written before the whole file was read and found sound.
func Restore(ctx context.Context, h Hall, r Restoring) (out Restored, err error) {
	x := &restore{Hall: h, Restoring: r}
	ids, err := archive.Identities(r.Identity)
	if err != nil {
		return out, err
	}
	x.keys = &summed{Opener: archive.Keys(ids), want: r.SHA256, what: "MB checked", progress: r.Progress}
	_, nothing := os.Lstat(h.Data)
	if err := os.MkdirAll(h.Data, 0o700); err != nil {
		return out, fmt.Errorf("the data folder cannot be made: %w", err)
	}
	alone, err := hold.File(filepath.Join(h.Data, holdFile), true, "balai restore")
	if err != nil {
		return out, held(err, "the hall in "+h.Data)
	}
	defer alone.Release()
	begun := false
	defer func() {
		if err != nil && !begun && errors.Is(nothing, fs.ErrNotExist) {
			_ = os.Remove(filepath.Join(h.Data, holdFile)) // a refused restore leaves nothing
			_ = os.Remove(h.Data)
		}
	}()
	if x.mark, err = readRestoring(h.Data); err != nil {
		return out, err
	}
	if err := x.vacant(); err != nil {
		return out, err
	}
	if x.checked, err = check(ctx, r.File, x.keys, h.Sets); err != nil {
		return out, err
	}
	if err := x.compare(ctx); err != nil {
		return out, err
	}
	begun = true
	if err := x.begin(ctx); err != nil {
		return out, err
	}
	defer x.close()
	return x.run(ctx)
}

// vacant refuses a folder that holds a hall already.
func (x *restore) vacant() error {
	if x.mark != nil || x.Replace {
		return nil
	}
	if x.Keys != "" {
		if _, err := os.Lstat(filepath.Join(x.Keys, "journal")); err == nil {
			return fmt.Errorf("there are a hall's keys in %s already: name another folder for them, or move them away", x.Keys)
		}
	}
	for _, name := range []string{"key/journal", localDB, headFile} {
		if _, err := os.Lstat(filepath.Join(x.Data, name)); err == nil {
			return fmt.Errorf("there is a hall in %s already: choose another folder with --data, or keep that hall aside with --replace", x.Data)
		}
	}
	if path := sqlitePath(x.DSN); path != "" && there(path) {
		return fmt.Errorf("%s is there already: name a database that is not, with --db", path)
	}
	return nil
}

// begin opens the database, sees that it is empty, and only then writes: the
// mark in the folder, the old content aside, the mark in the database.
func (x *restore) begin(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			x.close()
		}
	}()
	before := x.mark
	outside := sqlitePath(x.DSN) == "" || !within(x.DSN, x.Data)
	if outside && there(x.DSN) {
		if err := x.openEmpty(ctx, before); err != nil {
			return err
		}
	}
	x.mark = &restoring{ID: id.NewSource(x.Clock, nil).New(), File: x.File, At: clock.Micro(x.Clock.Now()), DSN: Named(x.DSN)}
	if before != nil {
		x.mark.Aside, x.mark.Heads, x.mark.Clearing = before.Aside, before.Heads, before.Clearing
	}
	for _, p := range x.published {
		if !slices.Contains(x.mark.Heads, string(p.note)) {
			x.mark.Heads = append(x.mark.Heads, string(p.note))
		}
	}
	if before == nil && x.Replace {
		x.mark.Aside = filepath.Join(x.Data, "replaced-"+x.Clock.Now().In(clock.Zone).Format("20060102-150405.000000"))
		x.mark.Clearing = true
	}
	if err := x.writeMark(); err != nil {
		return err
	}
	if err := x.clear(before != nil); err != nil {
		return err
	}
	if x.db == nil {
		if err := x.openEmpty(ctx, before); err != nil {
			return err
		}
	}
	return x.db.SetMark(ctx, &db.Mark{State: db.Filling, Other: "the backup " + filepath.Base(x.File), At: x.mark.At, ID: x.mark.ID})
}

func within(dsn, dir string) bool {
	path, err := filepath.Abs(sqlitePath(dsn))
	if err != nil {
		return false
	}
	dir, err = filepath.Abs(dir)
	return err == nil && strings.HasPrefix(path, dir+string(filepath.Separator))
}

// openEmpty opens the database and refuses one that has tables, but for what
// an earlier restore left half done.
func (x *restore) openEmpty(ctx context.Context, before *restoring) (err error) {
	dsn := x.DSN
	if sqlitePath(dsn) != "" && !strings.Contains(dsn, "?") {
		dsn += "?durable=off" // until the end nothing counts; then the file is flushed
	}
	if x.db, err = db.Open(ctx, dsn, nil); err != nil {
		x.db = nil
		return err
	}
	if x.holding, err = x.db.Hold(ctx, true, "balai restore"); err != nil {
		return held(err, "the database")
	}
	id := ""
	if before != nil {
		id = before.ID
	}
	return emptied(ctx, x.db, x.Sets, id)
}

// emptied sees that a database has no tables. What is half filled is dropped,
// and what the run of that id filled before it was ended.
func emptied(ctx context.Context, d *db.DB, sets []db.Migration, id string) error {
	m, err := d.Marked(ctx)
	if err != nil {
		return err
	}
	if m != nil && (m.State == db.Filling || m.State == db.Filled && m.ID == id) {
		applied, err := d.Applied(ctx)
		if err != nil {
			return err
		}
		tables, err := db.Schema(applied, sets...)
		if err != nil {
			return err
		}
		return d.Write(ctx, func(tx *db.Tx) error { return tx.Drop(tables) })
	}
	var all []string
	err = d.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = d.Tables(tx)
		return err
	})
	// A run that ended before its mark was written may have left the mark's table.
	all = slices.DeleteFunc(all, func(name string) bool { return name == db.MarkTable })
	if err == nil && len(all) > 0 {
		err = fmt.Errorf("the database is not empty (it has the table %s): name an empty one with --db", all[0])
	}
	return err
}

// run fills the database and the folder, compares, and takes the marks away.
func (x *restore) run(ctx context.Context) (out Restored, err error) {
	if err := x.db.MigrateTo(ctx, x.checked.m.Migrations, x.Sets...); err != nil {
		return out, err
	}
	err = x.db.Write(ctx, func(tx *db.Tx) error { // a migration may have made rows
		for _, t := range x.checked.tables {
			if err := tx.Empty(t); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	if err := x.fill(ctx); err != nil {
		return out, err
	}
	if err := x.same(ctx); err != nil {
		return out, err
	}
	note, _ := x.checked.log.Newest()
	if note != nil {
		if err := WriteFile(filepath.Join(x.Data, headFile), note); err != nil {
			return out, err
		}
	}
	if err := recordDatabase(x.Data, x.DSN); err != nil {
		return out, err
	}
	c := x.checked
	out = Restored{Manifest: c.m, Blobs: c.blobs, Missing: c.sums.Missing, Aside: x.mark.Aside, Head: c.head, Unknown: len(x.published) == 0}
	for _, t := range c.sums.Tables {
		out.Rows += t.Rows
	}
	if err := x.finish(ctx, &out); err != nil {
		return out, err
	}
	if path := sqlitePath(x.DSN); path != "" {
		x.close()
		if err := syncDir(path); err != nil { // a file is flushed as a folder is
			return out, err
		}
		if err := syncDir(filepath.Dir(path)); err != nil {
			return out, err
		}
	}
	if err := os.Remove(filepath.Join(x.Data, restoreFile)); err != nil {
		return out, err
	}
	return out, syncDir(x.Data)
}

// fill reads the file a second time, into the database, the blobs, the keys.
// It may have changed since it was checked, so its sums are compared again.
func (x *restore) fill(ctx context.Context) error {
	var rows, all int64
	for _, t := range x.checked.sums.Tables {
		all += t.Rows
	}
	blobs, err := x.Blobs(ctx, x.db)
	if err != nil {
		return err
	}
	sink := archive.Sink{
		Page: func(t db.Table, page [][]any) error {
			x.Progress("rows", rows, all)
			rows += int64(len(page))
			return x.db.Write(ctx, func(tx *db.Tx) error { return tx.Insert(t, page) })
		},
		Blob: func(sha string, data []byte) error {
			got, err := blobs.Put(ctx, data)
			if err == nil && got != sha {
				err = archive.ErrDamaged
			}
			return err
		},
		File: func(name string, data []byte) error {
			path := filepath.Join(x.Data, name)
			if key, ok := strings.CutPrefix(name, "key/"); ok {
				path = filepath.Join(x.keyFolder(), key)
			}
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				return err
			}
			return WriteFile(path, data)
		},
	}
	x.keys.progress = nil // its rows are told of
	_, sums, err := readFile(ctx, x.File, x.keys, sink, x.Sets)
	if err != nil {
		return err
	}
	if !slices.Equal(sums.Entries, x.checked.sums.Entries) {
		return errors.New("the backup changed while it was read; run the restore again")
	}
	return nil
}

// same compares every table with what the file says it held.
func (x *restore) same(ctx context.Context) error {
	for i, t := range x.checked.tables {
		if t.Apart {
			continue // its rows came as files, each checked by its name
		}
		x.Progress("tables compared", int64(i), int64(len(x.checked.tables)))
		got, err := sumOf(ctx, x.db, t)
		if err != nil {
			return err
		}
		if want := x.checked.sums.Tables[t.Name]; got != want {
			return fmt.Errorf("the table %s is not what it was in the backup (%d rows, not %d); check the disk and restore again", t.Name, got.Rows, want.Rows)
		}
	}
	return nil
}

// sumOf is a table's content in a database; each of its rows goes past those
// who look on.
func sumOf(ctx context.Context, d *db.DB, t db.Table, look ...func(db.Table, []any) error) (archive.TableSum, error) {
	var sum db.Sum
	var lines []byte
	err := d.Read(ctx, func(tx *db.Tx) error {
		return tx.Pages(t, nil, func(rows [][]any) (err error) {
			lines = lines[:0]
			for _, row := range rows {
				if lines, err = db.AppendRow(lines, t, row); err != nil {
					return err
				}
				for _, fn := range look {
					if err := fn(t, row); err != nil {
						return err
					}
				}
			}
			sum.Lines(lines, len(rows))
			return nil
		})
	})
	return archive.TableSum{Rows: sum.Rows, SHA256: sum.SHA256()}, err
}

func (x *restore) writeMark() error {
	text, err := marshal(x.mark)
	if err == nil {
		err = WriteFile(filepath.Join(x.Data, restoreFile), text)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("the data folder cannot be written: %w", err)
	}
	return err
}
