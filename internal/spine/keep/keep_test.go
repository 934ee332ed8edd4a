package keep

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/archive"
	"balai/internal/spine/blob"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"
)

var thing = db.Migration{Part: "thing", Blobs: []string{"thing_thing.file", "thing_thing.files"}, FS: fstest.MapFS{
	"migration/0001_thing.sql": {Data: []byte(`create table thing_thing (id text primary key, n bigint not null, flag boolean, data bytes, file text not null, files text not null)`)},
	"migration/0002_made.sql":  {Data: []byte(`insert into thing_thing (id, n, file, files) values ('of the migration', 1, '', '')`)},
}}

var sets = []db.Migration{journal.Migration(), directory.Migration(), outbox.Migration(), blob.Migration(), thing}

func quiet(string, int64, int64) {}

var start = time.Date(2026, 11, 29, 1, 0, 0, 0, time.UTC)

// hall is a small hall with a journal, a directory and a table of every kind
// of value.
type hall struct {
	Hall
	t       *testing.T
	engine  string
	db      *db.DB
	journal *journal.Journal
	vkey    string
	made    int
	close   func()
}

func place(t *testing.T, engine string) Hall {
	data := filepath.Join(t.TempDir(), "hall")
	h := Hall{Data: data, DSN: filepath.Join(data, "balai.db") + "?durable=off", Sets: sets, Balai: "test", Clock: clock.NewManual(start),
		Blobs: func(_ context.Context, d *db.DB) (blob.Store, error) {
			folder, rows := blob.Dir(filepath.Join(data, "blob")), blob.Table(d)
			if d.Engine() == "postgres" {
				return blob.After(rows, folder), nil
			}
			return blob.After(folder, rows), nil
		}}
	if engine == "postgres" {
		h.DSN = dbtest.DSN(t, engine)
	}
	return h
}

func newHall(t *testing.T, engine string) *hall {
	t.Helper()
	h := &hall{Hall: place(t, engine), t: t, engine: engine}
	if err := os.MkdirAll(h.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	h.open()
	dir := directory.New(h.db, h.Clock)
	h.write(func(tx *db.Tx) error {
		set := directory.Set{
			Agencies: []directory.Agency{{ID: "balai", Name: locale.Same("Balai"), Level: directory.Federal}},
			Units:    []directory.Unit{{ID: "balai", Agency: "balai", Name: locale.Same("Balai"), State: "MY-16"}},
			Posts: []directory.Post{{ID: "admin", Unit: "balai", Role: Accepts, Title: locale.Same("Pentadbir")},
				{ID: "clerk", Unit: "balai", Role: "balai/mail-room", Title: locale.Same("Kerani")}},
			People:   []directory.Person{{ID: "siti", Name: "Siti"}, {ID: "raju", Name: "Raju"}, {ID: "gone", Name: "Gone"}},
			Holdings: []directory.Holding{{Post: "admin", Person: "gone", From: 1, Until: 2}, {Post: "admin", Person: "siti", From: 2}, {Post: "clerk", Person: "raju", From: 1}},
		}
		return dir.LoadTx(tx, set)
	})
	h.live(30)
	return h
}

// files is where the hall's blobs were put: in the folder, whatever its
// database, as by a hall that was moved.
func (h *hall) files() blob.Store { return blob.Dir(filepath.Join(h.Data, "blob")) }

// open opens the hall as a server does.
func (h *hall) open() {
	h.t.Helper()
	ctx := context.Background()
	held, err := Enter(h.Data, "balai serve")
	h.must(err)
	h.db, err = db.Open(ctx, h.DSN, nil)
	h.must(err)
	holding, err := EnterDB(ctx, h.db, "balai serve")
	h.must(err)
	h.must(h.db.Migrate(ctx, sets...))
	key, vkey, err := journal.LoadKey(filepath.Join(h.Data, "key", "journal"), "test/journal")
	h.must(err)
	h.vkey = vkey
	h.journal, err = journal.New(h.db, h.Clock, id.NewSource(h.Clock, nil), "test/journal", key)
	h.must(err)
	h.must(h.journal.Anchor(ctx, filepath.Join(h.Data, headFile)))
	d := h.db
	h.t.Cleanup(func() { holding.Release(); held.Release(); d.Close() })
	h.close = func() { holding.Release(); held.Release(); d.Close() }
}

func (h *hall) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *hall) write(act func(tx *db.Tx) error) {
	h.t.Helper()
	h.must(h.db.Write(context.Background(), act))
}

// live does n acts, each with a leaf, a row and a blob, and signs a head.
func (h *hall) live(n int) {
	h.t.Helper()
	ctx := context.Background()
	for range n {
		h.made++
		sha, err := h.files().Put(ctx, fmt.Appendf(nil, "file %d of %s", h.made, h.engine))
		h.must(err)
		other, err := h.files().Put(ctx, fmt.Appendf(nil, "other %d", h.made))
		h.must(err)
		h.write(func(tx *db.Tx) error {
			if _, err := h.journal.Append(tx, journal.Record{Kind: "test", By: journal.ByActor(actor.System("balai")), Subjects: []string{"aisyah"}}); err != nil {
				return err
			}
			_, err := tx.Exec("insert into thing_thing (id, n, flag, data, file, files) values ($1, $2, $3, $4, $5, $6)",
				fmt.Sprintf("%s\n\"%d", h.engine, h.made), int64(1)<<62+int64(h.made), h.made%2 == 0, []byte{0, byte(h.made)}, sha, `{"a":[{"sha256": "`+other+`"}]}`)
			return err
		})
	}
	_, err := h.journal.Sequence(ctx)
	h.must(err)
}

func (h *hall) backup(recipients ...string) string {
	h.t.Helper()
	path := filepath.Join(h.t.TempDir(), "b.balai")
	if _, err := Backup(context.Background(), h.Hall, path, recipients, quiet); err != nil {
		h.t.Fatal(err)
	}
	return path
}

// What names a database, in marks and in sentences, holds none of its secrets.
func TestNamesHoldNoPassword(t *testing.T) {
	got := Named("postgres://balai:rahsia@db.example:5432/hall?password=rahsia&sslpassword=rahsia&sslkey=/etc/key&sslmode=verify-full")
	if got != "postgres://balai@db.example:5432/hall?sslkey=%2Fetc%2Fkey&sslmode=verify-full" {
		t.Error(got)
	}
}

// content is every table's sum.
func content(t *testing.T, d *db.DB) map[string]archive.TableSum {
	t.Helper()
	applied, err := d.Applied(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	tables, err := db.Schema(applied, sets...)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]archive.TableSum{}
	for _, table := range tables {
		if table.Apart {
			continue
		}
		if out[table.Name], err = sumOf(context.Background(), d, table); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func (h *hall) restore(r Restoring) (Restored, error) {
	r.Progress = quiet
	return Restore(context.Background(), h.Hall, r)
}

// target is where a hall is restored to.
func target(t *testing.T, engine string) *hall {
	return &hall{Hall: place(t, engine), t: t, engine: engine}
}

// same insists that a hall holds what another one held.
func (h *hall) same(want map[string]archive.TableSum, of *hall) {
	h.t.Helper()
	got := content(h.t, h.db)
	for name, sum := range want {
		if got[name] != sum {
			h.t.Errorf("%s: %+v, not %+v", name, got[name], sum)
		}
	}
	if len(got) != len(want) || len(want) < 8 {
		h.t.Errorf("%d tables, not %d", len(got), len(want))
	}
	if err := journal.VerifyDB(context.Background(), h.db, of.vkey); err != nil {
		h.t.Error(err)
	}
}

// The restore drill: whatever engine a hall was kept from, on whatever engine
// it is restored, every table, every blob and the journal are what they were,
// and it goes on as the same hall.
func TestRestoreIsTheSameHall(t *testing.T) {
	for _, from := range dbtest.Engines() {
		t.Run("from "+from, func(t *testing.T) {
			h := newHall(t, from)
			want := content(t, h.db)
			path := h.backup() // while it is open
			h.live(5)
			for _, to := range dbtest.Engines() {
				t.Run("to "+to, func(t *testing.T) {
					r := target(t, to)
					out, err := r.restore(Restoring{File: path})
					if err != nil {
						t.Fatal(err)
					}
					if out.Blobs != 60 || out.Head.Size != 30 || !out.Unknown || out.Engine != from {
						t.Errorf("%+v", out)
					}
					r.open()
					r.same(want, h)
					files, err := r.Blobs(context.Background(), r.db)
					r.must(err)
					for i := range 30 {
						data := fmt.Appendf(nil, "file %d of %s", i+1, from)
						sha, _ := blob.Dir(t.TempDir()).Put(context.Background(), data)
						if got, err := files.Get(context.Background(), sha); err != nil || !bytes.Equal(got, data) {
							t.Fatal(err)
						}
					}
					for _, name := range []string{"key/journal", "journal.head", "key"} {
						if info, err := os.Stat(filepath.Join(r.Data, name)); err != nil || info.Mode().Perm()&0o077 != 0 {
							t.Errorf("%s: %v %v", name, info, err)
						}
					}
					r.made = 100
					r.live(2)
					if r.vkey != h.vkey {
						t.Error("another key")
					}
				})
			}
		})
	}
}

// refused insists on a sentence, and that nothing was written.
func (h *hall) refused(r Restoring, says string) {
	h.t.Helper()
	_, nothing := os.Lstat(h.Data)
	_, err := h.restore(r)
	if _, left := os.Lstat(h.Data); nothing != nil && left == nil {
		h.t.Error("it was refused and left a folder")
	}
	if err == nil || !strings.Contains(err.Error(), says) {
		h.t.Errorf("%v, not %q", err, says)
	}
	list, _ := os.ReadDir(h.Data)
	for _, e := range list {
		if e.Name() != holdFile {
			h.t.Errorf("it was refused and wrote %s", e.Name())
		}
	}
	if h.engine == "postgres" {
		d, err := db.Open(context.Background(), h.DSN, nil)
		h.must(err)
		defer d.Close()
		h.must(d.Read(context.Background(), func(tx *db.Tx) error {
			if all, err := d.Tables(tx); err != nil || len(all) > 0 {
				h.t.Errorf("it was refused and made %v (%v)", all, err)
			}
			return nil
		}))
	}
}
