package journal

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"

	"pgregory.net/rapid"
)

// An outsider finds any changed byte of what is served.
func TestChangedAnswerIsFound(t *testing.T) {
	r := newRig(t, dbtest.Open(t, "sqlite", Migration()))
	r.append(600, "aisyah")
	r.sequenceAll()
	var path string
	var change func([]byte) []byte
	honest := r.Handler()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path != "/journal/"+path {
			honest.ServeHTTP(w, req)
			return
		}
		rec := httptest.NewRecorder()
		honest.ServeHTTP(rec, req)
		if _, err := w.Write(change(rec.Body.Bytes())); err != nil {
			t.Error(err)
		}
	}))
	defer srv.Close()
	rapid.Check(t, func(t *rapid.T) {
		path = rapid.SampledFrom([]string{"checkpoint", "tile/0/000", "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/001", "tile/entries/002.p/88"}).Draw(t, "path")
		how := rapid.SampledFrom([]string{"flip", "cut", "add"}).Draw(t, "how")
		at, bits := rapid.IntRange(0, 1<<20).Draw(t, "at"), byte(rapid.IntRange(1, 255).Draw(t, "bits"))
		change = func(b []byte) []byte {
			out := bytes.Clone(b)
			switch how {
			case "flip":
				out[at%len(out)] ^= bits
			case "cut":
				out = out[:at%len(out)]
			case "add":
				out = append(out, bits)
			}
			return out
		}
		if err := VerifyURL(context.Background(), srv.URL, r.VKey()); fault.CodeOf(err) != fault.Conflict {
			t.Fatalf("a changed %s: %v, want a conflict", path, err)
		}
	})
	path = ""
	if err := VerifyURL(t.Context(), srv.URL, r.VKey()); err != nil {
		t.Errorf("the honest log: %v", err)
	}
	if err := VerifyURL(t.Context(), srv.URL+"/elsewhere", r.VKey()); fault.CodeOf(err) != fault.Busy {
		t.Errorf("a log that cannot be read: %v, want busy", err)
	}
	_, other := testKey(t)
	if err := VerifyURL(t.Context(), srv.URL, other); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("another's key: %v, want a conflict", err)
	}
}

// A log whose tiles agree with its entries, and whose head is another's.
func TestOtherEntriesUnderAHeadAreFound(t *testing.T) {
	r := newRig(t, dbtest.Open(t, "sqlite", Migration()))
	other := newRig(t, dbtest.Open(t, "sqlite", Migration()))
	for _, log := range []*rig{r, other} {
		log.append(300)
		log.sequenceAll()
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if strings.HasSuffix(req.URL.Path, "/checkpoint") {
			r.Handler().ServeHTTP(w, req)
			return
		}
		other.Handler().ServeHTTP(w, req)
	}))
	defer srv.Close()
	err := VerifyURL(t.Context(), srv.URL, r.VKey())
	if f, ok := fault.As(err); !ok || f.Key != "journal.audit.root" {
		t.Errorf("%v, want journal.audit.root", err)
	}
}

// A restore from an old backup, and a second history under one key, are
// refused by the anchor and by every audit that remembers a head.
func TestOldBackupIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		file := filepath.Join(t.TempDir(), "head")
		if err := r.Anchor(t.Context(), file); err != nil {
			t.Fatal(err)
		}
		r.append(300)
		r.sequenceAll()
		seen := anchored(t, r, file)
		if err := r.reopen().Anchor(t.Context(), file); err != nil {
			t.Fatalf("the same log is refused: %v", err)
		}
		r.append(300)
		r.sequenceAll()
		if err := r.reopen().Anchor(t.Context(), file); err != nil {
			t.Fatalf("the grown log is refused: %v", err)
		}
		srv := httptest.NewServer(r.Handler())
		defer srv.Close()
		sound := func(head Head) {
			t.Helper()
			a := Audit{VKey: r.VKey(), Since: &head}
			if got, err := a.DB(t.Context(), d); err != nil || got.Size != 600 {
				t.Errorf("the log that continues %d: %v", head.Size, err)
			}
			if got, err := a.URL(t.Context(), srv.URL); err != nil || got.Size != 600 {
				t.Errorf("the log that continues %d, from outside: %v", head.Size, err)
			}
		}
		sound(seen)
		sound(anchored(t, r, file))
		checkRewound(t, file, r)
	}, Migration())
}

func anchored(t *testing.T, r *rig, file string) Head {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	h, err := OpenHead(text, r.VKey())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// checkRewound puts other histories behind the same key.
func checkRewound(t *testing.T, file string, r *rig) {
	t.Helper()
	published := anchored(t, r, file)
	for entries, key := range map[int]string{0: "journal.audit.older", 599: "journal.audit.older", 600: "journal.audit.fork", 700: "journal.audit.fork"} {
		other := newRig(t, dbtest.Open(t, "sqlite", Migration()))
		other.key = r.key
		other.reopen()
		if entries > 0 {
			other.append(entries)
		}
		other.sequenceAll()
		_, inside := Audit{VKey: r.VKey(), Since: &published}.DB(t.Context(), other.db)
		srv := httptest.NewServer(other.Handler())
		_, outside := Audit{VKey: r.VKey(), Since: &published}.URL(t.Context(), srv.URL)
		srv.Close()
		for where, err := range map[string]error{"anchor": other.Anchor(t.Context(), file), "audit": inside, "outside": outside} {
			if f, ok := fault.As(err); !ok || f.Key != key {
				t.Errorf("%s, a log of %d entries: %v, want %s", where, entries, err, key)
			}
		}
	}
}

// The sequencer signs nothing on top of a damaged tree, and Run ends.
func TestDamagedTreeIsNotSigned(t *testing.T) {
	tile := func(size int) func(tx *db.Tx) error {
		return func(tx *db.Tx) error { return upsertTile(tx, tileID{0, 0}, make([]byte, size)) }
	}
	for name, damage := range map[string]func(tx *db.Tx) error{
		"short tile": tile(32),
		"other tile": tile(96),
		"head": func(tx *db.Tx) error {
			_, err := tx.Exec("update journal_head set note = 'x' where size = 3")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				r := newRig(t, d)
				r.append(3)
				r.sequenceAll()
				r.write(func(tx *db.Tx) error { return damage(tx) })
				r.append(1)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // so that a hang is told
				defer cancel()
				if err := r.Run(ctx); err == nil {
					t.Error("Run went on")
				}
			}, Migration())
		})
	}
}

// Every sentence that an audit can say exists in both languages.
func TestTextsAreThere(t *testing.T) {
	c, err := locale.Load(Texts)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"missing", "busy", "audit.no_head", "audit.head", "audit.order", "audit.leaf", "audit.erased",
		"audit.subject", "audit.tile", "audit.root", "audit.older", "audit.fork", "audit.fetch"} {
		for _, l := range locale.Langs {
			text := c.For(l).T("journal."+key, "size", 1, "had", 2, "index", 3, "leaf", "x", "tile", "t", "url", "u")
			if text == "" || strings.ContainsAny(text, "⟦{") {
				t.Errorf("journal.%s in %s: %q", key, l, text)
			}
		}
	}
}

// Tessera's fsck is the outside judge; BALAI_FSCK names its binary.
func TestOutsideJudgeAcceptsTheLog(t *testing.T) {
	judge := os.Getenv("BALAI_FSCK")
	for _, size := range []int{0, 1, 255, 256, 257, 66_000} {
		if judge == "" {
			size = min(size, 300)
		}
		r := newRig(t, dbtest.Open(t, "sqlite", Migration()))
		for done := 0; done < size; done += 1000 {
			r.append(min(1000, size-done), "aisyah")
		}
		r.sequenceAll()
		srv := httptest.NewServer(r.Handler())
		defer srv.Close()
		if err := VerifyURL(t.Context(), srv.URL, r.VKey()); err != nil {
			t.Errorf("%d entries: %v", size, err)
		}
		if judge == "" {
			continue
		}
		key := filepath.Join(t.TempDir(), "vkey")
		if err := os.WriteFile(key, []byte(r.VKey()), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), judge, "--ui=false", "--storage_url", srv.URL+"/journal/",
			"--public_key", key, "--origin", r.Origin()).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "Successfully fsck") {
			t.Errorf("%d entries: %v\n%s", size, err, out)
		}
	}
}

// Walk shows every entry, those without a place too, and says what does not hold.
func TestWalk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		walk := func() (seen, empty []string, err error) {
			r.read(func(tx *db.Tx) error {
				err = r.Walk(tx, func(e Entry) error {
					if seen = append(seen, e.Leaf); e.Salt == nil {
						empty = append(empty, e.Leaf)
					}
					return nil
				})
				return nil
			})
			return seen, empty, err
		}
		want := r.append(3, "aisyah")
		if seen, _, err := walk(); err != nil || !slices.Equal(seen, want) {
			t.Errorf("before a head: %v %v", seen, err)
		}
		r.sequenceAll()
		want = append(want, r.append(2, "aisyah")...)
		r.write(func(tx *db.Tx) error { return r.Forget(tx, want[1], By{Agency: "jpn"}, "Act 709") })
		if seen, empty, err := walk(); err != nil || len(seen) != 6 || !slices.Equal(seen[:5], want) || !slices.Equal(empty, want[1:2]) {
			t.Errorf("%v %v %v", seen, empty, err)
		}
		r.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`update journal_leaf set salt = null, record = null where leaf = $1`, want[0])
			return err
		})
		if _, _, err := walk(); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("destroyed by no right: %v", err)
		}
	}, Migration())
}
