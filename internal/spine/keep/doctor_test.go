package keep

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
)

// examine is what the doctor says, as it prints it.
func (h *hall) examine(deep bool) string {
	var b strings.Builder
	for _, f := range Examine(context.Background(), h.Hall, deep, error.Error) {
		b.WriteString(string(f.State) + " " + f.About + " " + f.Says + "\n")
	}
	return b.String()
}

func (h *hall) says(what string) {
	h.t.Helper()
	if got := h.examine(false); !strings.Contains(got, what) {
		h.t.Errorf("the doctor does not say %q:\n%s", what, got)
	}
}

// Each thing that can be wrong is said, with what to do, and nothing else is.
func TestDoctor(t *testing.T) {
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			h := newHall(t, engine)
			certificate := filepath.Join(h.Data, "key", "certificate.pem")
			h.must(os.WriteFile(certificate, []byte("x"), 0o600))
			h.says("look backup no backup of this hall is known here")
			h.backup()
			for _, deep := range []bool{false, true} {
				if got := h.examine(deep); strings.Contains(got, "wrong ") || strings.Contains(got, "look ") {
					t.Fatalf("a sound hall:\n%s", got)
				}
			}
			now := h.Clock.(*clock.Manual)

			h.must(os.Chmod(certificate, 0o644))
			h.says("wrong keys others on this machine can read " + certificate)
			h.must(os.Remove(certificate))
			h.says("wrong keys there is no key " + certificate)
			h.must(os.WriteFile(certificate, []byte("x"), 0o600))
			h.must(os.Chmod(h.Data, 0o755))
			h.says("look folder others on this machine can look into")
			h.must(os.Chmod(h.Data, 0o700))

			now.Advance(-2 * time.Hour)
			h.says("wrong clock the hall has written at 2026-11-29 09:00:00, and the clock says 2026-11-29 07:00:00: it has stepped back")
			now.Advance(8*24*time.Hour + 2*time.Hour)
			h.says("look backup the newest backup is of 2026-11-29")
			now.Set(start)

			insert := "insert into outbox_job (id, kind, event, args, state, attempt, run_at, lease_at, made_at, ended_at, error) values ($1, 'x', '', '{}', $2, 1, $3, 0, 1, 0, '')"
			h.write(func(tx *db.Tx) error { _, err := tx.Exec(insert, "a", "discarded", 1); return err })
			h.says("look jobs 1 jobs were given up")
			h.write(func(tx *db.Tx) error { _, err := tx.Exec(insert, "b", "available", 1); return err })
			h.says("look jobs 1 jobs should have run")

			var sha string
			h.must(h.db.Read(context.Background(), func(tx *db.Tx) error {
				return tx.QueryRow("select file from thing_thing where file <> '' order by id limit 1").Scan(&sha)
			}))
			path := filepath.Join(h.Data, "blob", sha[:2], sha)
			h.must(os.WriteFile(path, []byte("changed"), 0o600))
			h.says("wrong files the file " + sha + ", which the database names, is damaged")
			h.must(os.Remove(path))
			h.says("wrong files the file " + sha + ", which the database names, is missing")

			head, err := os.ReadFile(filepath.Join(h.Data, headFile))
			h.must(err)
			h.live(1)
			newer, err := os.ReadFile(filepath.Join(h.Data, headFile))
			h.must(err)
			h.write(func(tx *db.Tx) error {
				if _, err := tx.Exec("delete from journal_head where size = 31"); err != nil {
					return err
				}
				_, err := tx.Exec("update journal_leaf set position = null where position = 30")
				return err
			})
			h.says("journal.audit.older")
			h.must(os.WriteFile(filepath.Join(h.Data, headFile), head, 0o600))
			now.Advance(6 * time.Minute)
			h.says("look journal 1 entries wait for their place")
			h.write(func(tx *db.Tx) error {
				_, err := tx.Exec("update journal_tile set data = $1 where level = 0", bytes.Repeat([]byte{1}, 32*30))
				return err
			})
			h.says("wrong journal")
			h.must(os.WriteFile(filepath.Join(h.Data, "key", "journal"), newer, 0o600))
			h.says("is not a journal's key any more")
			h.close()

			h.DSN = dbtest.DSN(t, engine)
			if engine == "sqlite" {
				h.says("wrong database there is no database")
			} else {
				h.says("answers and is empty")
			}
		})
	}
}

// Whatever stands where a hall should be, it is said and nothing breaks.
func TestDoctorOnRuins(t *testing.T) {
	h := target(t, "sqlite")
	path := sqlitePath(h.DSN)
	h.says("wrong folder there is no folder")
	h.must(os.MkdirAll(h.Data, 0o700))
	h.says("wrong database there is no database")
	if list, _ := os.ReadDir(h.Data); len(list) > 0 {
		t.Errorf("the doctor made %v", list)
	}
	h.must(os.MkdirAll(filepath.Join(h.Data, "key", "journal"), 0o700))
	h.says("is no file: move it away and restore the key")
	h.must(os.Mkdir(path, 0o700))
	h.says("balai.db is no file")
	h.must(os.Remove(path))
	h.must(os.WriteFile(path, bytes.Repeat([]byte("garbage "), 1000), 0o600))
	h.says("wrong database")
	h.must(os.WriteFile(filepath.Join(h.Data, restoreFile), []byte("{"), 0o600))
	h.says("run `balai restore` again")
	h.must(os.WriteFile(filepath.Join(h.Data, restoreFile), []byte(`{"file":"b.balai"}`), 0o600))
	h.says("a restore has not ended: run `balai restore` with b.balai again")
	h.DSN = "postgres://nobody@127.0.0.1:9/none"
	h.says("wrong database postgres://nobody@127.0.0.1:9/none")
	h.Data = path
	h.says("is a file, and should be a folder")
	h.Blobs = nil // whatever breaks inside is said too
	h.Data, h.DSN = filepath.Dir(path), filepath.Join(t.TempDir(), "other.db")
	d, err := db.Open(context.Background(), h.DSN, nil)
	h.must(err)
	h.must(d.Migrate(context.Background(), sets...))
	h.must(d.Close())
	h.says("wrong files this could not be looked at")
}

// A hall that is half moved, or has moved, is told from a broken one.
func TestDoctorOnAMovedHall(t *testing.T) {
	h := newHall(t, "sqlite")
	h.close()
	stop, progress := until(9)
	to := dbtest.DSN(t, "sqlite")
	if _, err := Move(stop, h.Hall, to, progress); err == nil {
		t.Fatal("it came to its end")
	}
	h.says("wrong database this hall is being moved to")
	if _, err := Move(context.Background(), h.Hall, to, quiet); err != nil {
		t.Fatal(err)
	}
	h.says("wrong database this hall has moved: its database is now")
	h.DSN = DatabaseOf(h.Data)
	h.says("ok database")
}

// A key that the next start fetches from the database is not missing; one that
// neither has is, also where the database cannot be asked.
func TestDoctorAsksTheDatabaseForAKey(t *testing.T) {
	h := newHall(t, "sqlite")
	path := filepath.Join(h.Data, "key", "journal")
	body, err := os.ReadFile(path)
	h.must(err)
	h.must(os.WriteFile(filepath.Join(h.Data, "key", "certificate.pem"), []byte("x"), 0o600))
	h.must(os.Remove(path))
	shared := ""
	h.Shared = func(context.Context, *db.DB, string) (string, error) { return shared, nil }
	h.says("wrong keys there is no key " + path)
	shared = string(body)
	h.says("look keys there is no key " + path + "; the database has it, and the next start of the hall puts it there")
	if got := h.examine(true); strings.Contains(got, "wrong ") {
		t.Errorf("a hall whose keys the database has:\n%s", got)
	}
	h.Hall.DSN = filepath.Join(h.Data, "absent.db")
	h.says("wrong keys there is no key " + path + ", and the database could not be asked")
}
