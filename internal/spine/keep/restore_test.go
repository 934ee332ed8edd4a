package keep

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/archive"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/journal"
	"filippo.io/age"
)

func file(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Cut short anywhere, changed anywhere, or something else: refused with a
// sentence before anything is written.
func TestBadFilesAreRefused(t *testing.T) {
	h := newHall(t, "sqlite")
	whole, err := os.ReadFile(h.backup())
	if err != nil {
		t.Fatal(err)
	}
	good, err := check(context.Background(), file(t, whole), archive.Keys(nil), sets)
	h.must(err)
	r := target(t, "sqlite")
	for n := 2; n < len(whole); n += 1 + len(whole)/150 {
		r.refused(Restoring{File: file(t, whole[:n])}, "the backup is cut short")
	}
	r.refused(Restoring{File: file(t, whole[:len(whole)-1])}, "the backup is cut short")
	for n := 10; n < len(whole); n += 1 + len(whole)/150 {
		bad := bytes.Clone(whole)
		bad[n] ^= 0x41
		c, err := check(context.Background(), file(t, bad), archive.Keys(nil), sets)
		if err == nil && reflect.DeepEqual(c.sums, good.sums) {
			continue // a bit that nobody reads, between the last block and its sum
		}
		if err == nil || !strings.Contains(err.Error(), "the backup") && !strings.Contains(err.Error(), "not a Balai backup") {
			t.Errorf("byte %d changed: %v", n, err)
		}
	}
	r.refused(Restoring{File: file(t, append(bytes.Clone(whole), 'x'))}, "something stands after its end")
	r.refused(Restoring{File: file(t, append(bytes.Clone(whole), whole...))}, "something stands after its end")
	for _, foreign := range [][]byte{nil, {0x1f}, []byte("PK\x03\x04"), bytes.Repeat([]byte("SQLite format 3\x00"), 100), zipped("hello"), tarred("notes.txt", "hello"),
		tarred("manifest.json", "{}"), tarred("manifest.json", "[1")} {
		r.refused(Restoring{File: file(t, foreign)}, "this is not a Balai backup")
	}
	r.refused(Restoring{File: file(t, tarred("manifest.json", `{"kind":"balai backup","format":2}`))}, "newer Balai")
	r.refused(Restoring{File: file(t, tarred("manifest.json", `{"kind":"balai backup","format":1,"migrations":[{"part":"thing","number":9}]}`))}, "newer Balai")
	r.refused(Restoring{File: file(t, tarred("manifest.json", `{"kind":"balai backup","format":1}`, "key/../../evil", "x"))}, "damaged")
	r.refused(Restoring{File: filepath.Join(t.TempDir(), "none")}, "cannot be read")
}

func zipped(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(text))
	z.Close()
	return b.Bytes()
}

func tarred(pairs ...string) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		w.WriteHeader(&tar.Header{Name: pairs[i], Size: int64(len(pairs[i+1])), Mode: 0o600})
		w.Write([]byte(pairs[i+1]))
	}
	w.Close()
	return zipped(b.String())
}

// A small file makes no large memory: an entry is as large as a hall's at most,
// its holes are none, and whoever is told to stop stops within one.
func TestEntriesHaveBounds(t *testing.T) {
	begins := func(w *tar.Writer) {
		text := `{"kind":"balai backup","format":1}`
		w.WriteHeader(&tar.Header{Name: "manifest.json", Size: int64(len(text)), Mode: 0o600})
		w.Write([]byte(text))
	}
	refused := func(name string, packed []byte) {
		t.Helper()
		_, err := check(context.Background(), file(t, packed), archive.Keys(nil), sets)
		if err == nil || !strings.Contains(err.Error(), "is no entry of a backup") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, size := range map[string]int64{"blob/" + strings.Repeat("0", 64): 600 << 20, "key/journal": 5 << 20, "demo.json": 5 << 20} {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		begins(w)
		w.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600})
		w.Flush()
		refused(name, zipped(b.String()))
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	begins(w)
	w.WriteHeader(&tar.Header{Name: "key/journal", Size: 1, Mode: 0o600, Format: tar.FormatPAX, PAXRecords: map[string]string{
		"HOL.sparse.size": "4194304", "HOL.sparse.numblocks": "1", "HOL.sparse.map": "0,1"}})
	w.Write([]byte("x"))
	w.Close()
	refused("holes", zipped(strings.ReplaceAll(b.String(), "HOL.sparse", "GNU.sparse")))

	ctx, stop := context.WithCancel(context.Background())
	var long bytes.Buffer
	w = tar.NewWriter(&long)
	begins(w)
	w.WriteHeader(&tar.Header{Name: "blob/" + strings.Repeat("0", 64), Size: 64 << 20, Mode: 0o600})
	in := &endless{first: &long, read: func(n int) {
		if n > 1<<20 {
			stop()
		}
	}}
	if _, _, err := archive.Read(ctx, in, archive.Sink{}, sets...); !errors.Is(err, context.Canceled) || in.n > 2<<20 {
		t.Errorf("told to stop after one megabyte: %v after %d bytes", err, in.n)
	}
}

// A file of which somebody noted the sum is that one or it is refused, and
// nothing is written.
func TestNotedSum(t *testing.T) {
	h := newHall(t, "sqlite")
	path := filepath.Join(t.TempDir(), "b")
	k, err := Backup(context.Background(), h.Hall, path, nil, quiet)
	h.must(err)
	data, err := os.ReadFile(path)
	h.must(err)
	if sum := sha256.Sum256(data); k.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("noted %s, and it is %x", k.SHA256, sum)
	}
	h.live(1)
	other := h.backup() // as sound, and by somebody else
	r := target(t, "sqlite")
	r.refused(Restoring{File: other, SHA256: k.SHA256}, "not the file that --sha256 names")
	if _, err := r.restore(Restoring{File: path, SHA256: strings.ToUpper(k.SHA256)}); err != nil {
		t.Error(err)
	}
}

// endless is a file that goes on with zeros.
type endless struct {
	first *bytes.Buffer
	n     int
	read  func(n int)
}

func (e *endless) Read(p []byte) (int, error) {
	clear(p)
	n := len(p)
	if e.first.Len() > 0 {
		n, _ = e.first.Read(p)
	}
	e.n += n
	e.read(e.n)
	return n, nil
}

// Rewritten by somebody who can compute sums, a journal that is not the signed
// one is noticed all the same.
func TestForgedJournalIsRefused(t *testing.T) {
	h := newHall(t, "sqlite")
	h.write(func(tx *db.Tx) error { // an entry is exchanged, and its record with it
		_, err := tx.Exec("update journal_leaf set commitment = $1 where position = 7", bytes.Repeat([]byte{7}, 32))
		return err
	})
	_, err := Backup(context.Background(), h.Hall, filepath.Join(t.TempDir(), "b"), nil, quiet)
	if err == nil || !strings.Contains(err.Error(), "journal.audit.root") {
		t.Error(err)
	}
}

func TestEncrypted(t *testing.T) {
	h := newHall(t, "sqlite")
	mine, err := age.GenerateX25519Identity()
	h.must(err)
	after, err := age.GenerateHybridIdentity()
	h.must(err)
	other, err := age.GenerateX25519Identity()
	h.must(err)
	path := h.backup(mine.Recipient().String(), file(t, []byte("# the office's key\n"+other.Recipient().String()+"\n")))
	sealed, err := os.ReadFile(path)
	h.must(err)
	if bytes.Contains(sealed, []byte("manifest.json")) || !bytes.HasPrefix(sealed, []byte("age-encryption.org/")) {
		t.Error("it is not encrypted")
	}
	stranger, err := age.GenerateX25519Identity()
	h.must(err)
	r := target(t, "sqlite")
	r.refused(Restoring{File: path}, "--identity")
	r.refused(Restoring{File: path, Identity: file(t, []byte(stranger.String()+"\n"))}, "cannot be opened with this key")
	r.refused(Restoring{File: path, Identity: file(t, []byte("x"))}, "holds no age key")
	r.refused(Restoring{File: file(t, sealed[:len(sealed)/2]), Identity: file(t, []byte(mine.String()+"\n"))}, "or its end is missing")
	bad := bytes.Clone(sealed)
	bad[len(bad)/2] ^= 1
	r.refused(Restoring{File: file(t, bad), Identity: file(t, []byte(mine.String()+"\n"))}, "the backup is damaged")
	for _, key := range []string{mine.String(), other.String()} {
		r := target(t, "sqlite")
		if _, err := r.restore(Restoring{File: path, Identity: file(t, []byte(key+"\n"))}); err != nil {
			t.Error(err)
		}
	}
	r = target(t, "sqlite")
	if _, err := r.restore(Restoring{File: h.backup(after.Recipient().String()), Identity: file(t, []byte(after.String()+"\n"))}); err != nil {
		t.Error(err)
	}
}

// A hall is not overwritten, and not while it is open.
func TestTargetMustBeEmpty(t *testing.T) {
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			h := newHall(t, engine)
			path := h.backup()
			for _, replace := range []bool{false, true} {
				if _, err := h.restore(Restoring{File: path, Replace: replace}); err == nil || !strings.Contains(err.Error(), "is in use by balai serve (process ") {
					t.Error(err)
				}
			}
			h.close()
			if _, err := h.restore(Restoring{File: path}); err == nil || !strings.Contains(err.Error(), "there is a hall in") {
				t.Error(err)
			}
			out, err := h.restore(Restoring{File: path, Replace: true})
			if engine == "postgres" {
				if err == nil || !strings.Contains(err.Error(), "the database is not empty") {
					t.Error(err)
				}
				h.open() // nothing happened
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(filepath.Join(out.Aside, "balai.db")); err != nil || filepath.Dir(out.Aside) != h.Data {
				t.Error(out.Aside, err)
			}
			h.open()
			h.live(1)
		})
	}
}

// A backup that is behind the last published head is refused, until an officer
// in the right post accepts the loss; then the journal says so.
func TestRollbackGuard(t *testing.T) {
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			h := newHall(t, engine)
			old := h.backup()
			h.live(4)
			h.Clock.(*clock.Manual).Advance(time.Hour)
			newer := h.backup()
			head, err := os.ReadFile(filepath.Join(h.Data, headFile))
			h.must(err)
			kept := file(t, head)
			srv := httptest.NewServer(h.journal.Handler())
			defer srv.Close()

			r := target(t, engine)
			for _, from := range []string{kept, srv.URL, srv.URL + "/journal/checkpoint"} {
				r.refused(Restoring{File: old, Head: from}, "4 of 34 entries would be lost, all since 2026-11-29 09:00:00")
			}
			for _, bad := range []struct{ by, why, says string }{{"", "fire", "Give --by"}, {"siti", " ", "Give --by"}, {"raju", "fire", "is not in a post with the role"},
				{"gone", "fire", "is not in a post"}, {"nobody", "fire", "is not in a post"}} {
				r.refused(Restoring{File: old, Head: kept, Accept: true, By: bad.by, Why: bad.why}, bad.says)
			}
			r.refused(Restoring{File: old, Head: file(t, []byte("nonsense"))}, "another hall")
			r.refused(Restoring{File: old, Head: filepath.Join(t.TempDir(), "none")}, "--head")
			stranger := newHall(t, "sqlite")
			theirs, err := os.ReadFile(filepath.Join(stranger.Data, headFile))
			h.must(err)
			r.refused(Restoring{File: old, Head: file(t, theirs)}, "another hall")

			if out, err := target(t, engine).restore(Restoring{File: newer, Head: kept}); err != nil || out.Lost != 0 {
				t.Error(out, err)
			}
			out, err := r.restore(Restoring{File: old, Head: kept, Accept: true, By: "siti", Why: "the server room burnt"})
			if err != nil || out.Lost != 4 || out.Head.Size != 31 {
				t.Fatalf("%+v %v", out, err)
			}
			r.open()
			if err := journal.VerifyDB(context.Background(), r.db, h.vkey); err != nil {
				t.Error(err)
			}
			var record string
			h.must(r.db.Read(context.Background(), func(tx *db.Tx) error {
				return tx.QueryRow("select record from journal_leaf where position = 30").Scan(&record)
			}))
			for _, says := range []string{`"hall.restored"`, `"person":"siti"`, `"post":"admin"`, `"published_size":34`, `"restored_size":30`, "the server room burnt"} {
				if !strings.Contains(record, says) {
					t.Errorf("%s does not say %s", record, says)
				}
			}
			r.made = 100
			r.live(3)
		})
	}
}

// In the folder of the hall itself, the guard needs no head to be named; and
// who serves an older database beside the head is refused too.
func TestRollbackInPlace(t *testing.T) {
	h := newHall(t, "sqlite")
	old := h.backup()
	h.live(4)
	h.close()
	if _, err := h.restore(Restoring{File: old, Replace: true}); err == nil || !strings.Contains(err.Error(), "4 of 34 entries would be lost") {
		t.Fatal(err)
	}
	h.open() // nothing happened
	h.close()
	if out, err := h.restore(Restoring{File: old, Replace: true, Accept: true, By: "siti", Why: "x"}); err != nil || out.Lost != 4 {
		t.Fatal(out, err)
	}
	h.open()
	if newHall(t, "sqlite").vkey == h.vkey {
		t.Error("two halls, one key")
	}
}

// A restore that was ended in the middle leaves a hall that nobody opens, and
// a second one finishes it; the published head of the folder still counts.
func TestInterruptedRestore(t *testing.T) {
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			h := newHall(t, engine)
			want := content(t, h.db)
			old := h.backup()
			h.live(4)
			head, err := os.ReadFile(filepath.Join(h.Data, headFile))
			h.must(err)
			ctx := context.Background()
			r := target(t, engine)
			accept := Restoring{File: old, Head: file(t, head), Accept: true, By: "siti", Why: "x"}
			for after := range 9 {
				stop, cancel := context.WithCancel(ctx)
				n := 0
				run := accept
				if after > 0 {
					run.Head = "" // known from the first time
				}
				run.Progress = func(what string, _, _ int64) {
					if what == "MB checked" {
						return // nothing is written yet
					}
					if n++; n > after {
						cancel()
					}
				}
				if _, err := Restore(stop, r.Hall, run); !errors.Is(err, context.Canceled) {
					t.Fatalf("after %d: %v", after, err)
				}
				if _, err := Enter(r.Data, "balai serve"); err == nil || !strings.Contains(err.Error(), "only half restored") {
					t.Error(err)
				}
				d, err := db.Open(ctx, r.DSN, nil)
				r.must(err)
				if _, err := EnterDB(ctx, d, "balai serve"); err == nil || !strings.Contains(err.Error(), "only half filled") {
					t.Error(err)
				}
				d.Close()
			}
			if _, err := r.restore(Restoring{File: old}); err == nil || !strings.Contains(err.Error(), "would be lost") {
				t.Fatal("the published head was forgotten: ", err)
			}
			if _, err := Backup(ctx, r.Hall, filepath.Join(t.TempDir(), "b"), nil, quiet); err == nil || !strings.Contains(err.Error(), "half restored") {
				t.Error("a half restored hall was kept: ", err)
			}
			if out, err := r.restore(Restoring{File: old, Accept: true, By: "siti", Why: "x"}); err != nil || out.Lost != 4 {
				t.Fatal(out, err)
			}
			r.open()
			got := content(t, r.db)
			for name, sum := range want {
				if got[name] != sum && !strings.HasPrefix(name, "journal_") {
					t.Errorf("%s: %+v, not %+v", name, got[name], sum)
				}
			}
			if err := journal.VerifyDB(ctx, r.db, h.vkey); err != nil {
				t.Error(err)
			}
		})
	}
}
