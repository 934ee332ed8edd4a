package journal

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/locale"
)

var testStart = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

type rig struct {
	t     testing.TB
	db    *db.DB
	clock *clock.Manual
	ids   *id.Source
	key   string
	*Journal
}

func newRig(t testing.TB, d *db.DB) *rig {
	t.Helper()
	key, _ := testKey(t)
	c := clock.NewManual(testStart)
	r := &rig{t: t, db: d, clock: c, ids: id.NewSource(c, nil), key: key}
	r.reopen()
	return r
}

// reopen is the same log in another process.
func (r *rig) reopen() *Journal {
	r.t.Helper()
	j, err := New(r.db, r.clock, r.ids, testOrigin, r.key)
	if err != nil {
		r.t.Fatal(err)
	}
	r.Journal = j
	return j
}

func (r *rig) write(act func(tx *db.Tx) error) {
	r.t.Helper()
	if err := r.db.Write(context.Background(), act); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) read(fn func(tx *db.Tx) error) {
	r.t.Helper()
	if err := r.db.Read(context.Background(), fn); err != nil {
		r.t.Fatal(err)
	}
}

// append commits n acts about the subjects in one transaction.
func (r *rig) append(n int, subjects ...string) []string {
	r.t.Helper()
	var leaves []string
	r.write(func(tx *db.Tx) error {
		leaves = leaves[:0]
		for i := range n {
			leaf, err := r.Append(tx, Record{Kind: "case.received", Case: "BLH-1", Act: i + 1, Subjects: subjects,
				By:  By{Person: "off", Post: "p1", Agency: "jpn", Title: locale.Text{MS: "Pendaftar", EN: "Registrar"}},
				Why: locale.Text{MS: "Kes diterima.", EN: "The case was received."}, Basis: "law-299-s7", Data: map[string]any{"n": i}})
			if err != nil {
				return err
			}
			leaves = append(leaves, leaf)
		}
		return nil
	})
	return leaves
}

func (r *rig) sequenceAll() {
	r.t.Helper()
	for {
		n, err := r.Sequence(context.Background())
		if err != nil {
			r.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func TestActIsProvableAndReadable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		leaves := r.append(3, "aisyah", "", "aisyah", "ali")
		if _, err := r.Proof(t.Context(), leaves[0]); fault.CodeOf(err) != fault.Busy {
			t.Errorf("proof before the tree: %v, want busy", err)
		}
		if _, err := r.Proof(t.Context(), "none"); fault.CodeOf(err) != fault.Missing {
			t.Errorf("proof of nothing: %v, want missing", err)
		}
		r.sequenceAll()
		for i, leaf := range leaves {
			var e Entry
			r.read(func(tx *db.Tx) (err error) { e, err = r.Entry(tx, leaf); return err })
			if e.Index != int64(i) || e.Record.Act != i+1 || e.Record.At != clock.Micro(testStart) || e.Record.By.Title.MS != "Pendaftar" || len(e.Record.Subjects) != 2 {
				t.Errorf("entry %d reads back as %+v", i, e)
			}
			checkReceipt(t, r, e)
		}
		var list []Entry
		r.read(func(tx *db.Tx) (err error) { list, err = r.ForSubject(tx, "ali", "", 2); return err })
		if len(list) != 2 || list[0].Leaf != leaves[2] || list[1].Leaf != leaves[1] {
			t.Fatalf("first page of ali's: %+v", list)
		}
		r.read(func(tx *db.Tx) (err error) { list, err = r.ForSubject(tx, "ali", list[1].Leaf, 2); return err })
		if len(list) != 1 || list[0].Leaf != leaves[0] {
			t.Errorf("second page of ali's: %+v", list)
		}
		r.read(func(tx *db.Tx) error {
			if _, err := r.Entry(tx, "none"); fault.CodeOf(err) != fault.Missing {
				t.Errorf("no such entry: %v, want missing", err)
			}
			return nil
		})
	}, Migration())
}

// checkReceipt does what the holder of a receipt and a proof would do.
func checkReceipt(t *testing.T, r *rig, e Entry) {
	t.Helper()
	text, err := e.Receipt()
	if err != nil {
		t.Fatal(err)
	}
	var receipt struct {
		Entry, Salt string
		Record      any
	}
	if err := json.Unmarshal(text, &receipt); err != nil {
		t.Fatal(err)
	}
	record, err := appendCanonical(nil, receipt.Record)
	if err != nil {
		t.Fatal(err)
	}
	salt, _ := base64.StdEncoding.DecodeString(receipt.Salt)
	entry, _ := base64.StdEncoding.DecodeString(receipt.Entry)
	if string(commit(salt, record)) != string(entry) {
		t.Errorf("receipt %s does not hash to its entry", text)
	}
	proof, err := r.Proof(context.Background(), e.Leaf)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := VerifyProof(proof, entry, r.VKey()); err != nil {
		t.Errorf("proof of %d: %v\n%s", e.Index, err, proof)
	}
}

func TestActThatFailsLeavesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := r.Append(tx, Record{Kind: "x", Subjects: []string{"ali"}}); err != nil {
				return err
			}
			return errors.New("no")
		})
		if err == nil {
			t.Fatal("the act did not fail")
		}
		if n, err := r.Sequence(t.Context()); n != 0 || err != nil {
			t.Errorf("%d leaves sequenced, %v", n, err)
		}
		r.write(func(tx *db.Tx) error {
			if _, err := r.Append(tx, Record{Kind: "x", Data: map[string]any{"f": func() {}}}); err == nil {
				t.Error("a record that is not JSON is accepted")
			}
			return nil
		})
	}, Migration())
}

func TestLookIsOncePerQuarter(t *testing.T) {
	officer := actor.Actor{Person: "off", Post: "p1", Agency: "jpn"}
	why := locale.Text{MS: "Menyemak kes.", EN: "Checking the case."}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		look := func(a actor.Actor, ref string, subjects ...string) {
			t.Helper()
			r.write(func(tx *db.Tx) error { return r.Look(tx, a, ref, subjects, why, "law-299") })
		}
		count := func(person string, want int) {
			t.Helper()
			var list []Entry
			r.read(func(tx *db.Tx) (err error) { list, err = r.ForSubject(tx, person, "", 100); return err })
			if len(list) != want {
				t.Errorf("%d looks at %s, want %d", len(list), person, want)
			}
		}
		look(officer, "BLH-1", "aisyah", "ali")
		look(officer, "BLH-1", "aisyah", "ali")
		count("aisyah", 1)
		look(officer, "BLH-1", "aisyah", "siti") // somebody new on the same case
		count("aisyah", 1)
		count("siti", 1)
		look(officer, "BLH-2", "aisyah")
		count("aisyah", 2)
		look(actor.Actor{Person: "off", Post: "p2", Agency: "jkm"}, "BLH-1", "aisyah") // the same person in another post
		count("aisyah", 3)
		look(actor.Actor{Person: "aisyah"}, "BLH-1", "aisyah", "ali") // her own case
		count("ali", 1)
		r.clock.Advance(15 * time.Minute)
		look(officer, "BLH-1", "aisyah")
		count("aisyah", 4)
		r.clock.Advance(48 * time.Hour)
		r.write(func(tx *db.Tx) error { return pruneLooks(tx, clock.Micro(r.clock.Now())/lookQuarter-lookKeep) })
		look(officer, "BLH-1", "aisyah")
		count("aisyah", 5)
	}, Migration())
}

func TestForgottenLeafSaysNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		leaf := r.append(300, "aisyah")[7]
		r.sequenceAll()
		forget := func(tx *db.Tx) error { return r.Forget(tx, leaf, By{Agency: "jpn"}, "pdpa-s10") }
		r.write(forget)
		r.write(forget) // a second time does nothing
		var e Entry
		var list []Entry
		r.read(func(tx *db.Tx) (err error) {
			if e, err = r.Entry(tx, leaf); err != nil {
				return err
			}
			list, err = r.ForSubject(tx, "aisyah", "", 1000)
			return err
		})
		if e.Salt != nil || e.Text != nil || e.Record.Kind != "" || e.Index != 7 {
			t.Errorf("the forgotten entry still says %+v", e)
		}
		if text, err := e.Receipt(); text != nil || err != nil {
			t.Errorf("the forgotten entry has the receipt %s, %v", text, err)
		}
		if len(list) != 299 {
			t.Errorf("%d entries about aisyah, want 299", len(list))
		}
		if n, err := r.Sequence(t.Context()); n != 1 || err != nil {
			t.Errorf("forgetting made %d leaves, %v; want 1", n, err)
		}
		if err := VerifyDB(t.Context(), d, r.VKey()); err != nil {
			t.Errorf("the log is not sound: %v", err)
		}
		if _, err := r.Proof(t.Context(), leaf); err != nil {
			t.Errorf("the leaf is no longer in the tree: %v", err)
		}
	}, Migration())
}

func TestServedAsTiles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		srv := httptest.NewServer(r.Handler())
		defer srv.Close()
		get := func(path string) (int, http.Header, string) {
			t.Helper()
			res, err := http.Get(srv.URL + path)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			return res.StatusCode, res.Header, string(body)
		}
		if st, _, _ := get("/journal/checkpoint"); st != http.StatusServiceUnavailable {
			t.Errorf("checkpoint before the first head: %d", st)
		}
		r.sequenceAll()
		if err := VerifyURL(t.Context(), srv.URL, r.VKey()); err != nil {
			t.Errorf("the empty log is not sound: %v", err)
		}
		r.append(600)
		r.sequenceAll()
		for path, want := range map[string]struct {
			status, size int
			cache        string
		}{
			"/journal/tile/0/000":              {200, 8192, cacheFull},
			"/journal/tile/0/001":              {200, 8192, cacheFull},
			"/journal/tile/0/000.p/5":          {200, 160, cachePartial},
			"/journal/tile/0/002":              {404, -1, "no-store"},
			"/journal/tile/0/002.p/88":         {200, 88 * 32, cachePartial},
			"/journal/tile/0/002.p/89":         {404, -1, "no-store"},
			"/journal/tile/1/000.p/2":          {200, 64, cachePartial},
			"/journal/tile/1/000.p/3":          {404, -1, "no-store"},
			"/journal/tile/2/000.p/1":          {404, -1, "no-store"},
			"/journal/tile/entries/000":        {200, 256 * 34, cacheFull},
			"/journal/tile/entries/002.p/88":   {200, 88 * 34, cachePartial},
			"/journal/tile/entries/003":        {404, -1, "no-store"},
			"/journal/tile/0/0":                {404, -1, "no-store"},
			"/journal/tile/7/x999/x999/999":    {404, -1, "no-store"},
			"/journal/tile/entries/x999/000":   {404, -1, "no-store"},
			"/journal/":                        {404, -1, "no-store"},
			"/journal/tile/0/000.p/5?x=tile/9": {200, 160, cachePartial},
		} {
			st, h, body := get(path)
			if st != want.status || h.Get("Cache-Control") != want.cache || want.size >= 0 && len(body) != want.size {
				t.Errorf("%s: %d, %d bytes, %q; want %+v", path, st, len(body), h.Get("Cache-Control"), want)
			}
		}
		st, h, note := get("/journal/checkpoint")
		head, err := OpenHead([]byte(note), r.VKey())
		if st != 200 || err != nil || head.Size != 600 || h.Get("Content-Type") != plainText {
			t.Errorf("checkpoint: %d %v %+v %v", st, h, head, err)
		}
		res, err := http.Post(srv.URL+"/journal/checkpoint", "text/plain", strings.NewReader("x"))
		if err != nil || res.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("POST: %v, %v", res.StatusCode, err)
		}
		for _, url := range []string{srv.URL, srv.URL + "/", srv.URL + "/journal", srv.URL + "/journal/"} {
			if err := VerifyURL(t.Context(), url, r.VKey()); err != nil {
				t.Errorf("%s: %v", url, err)
			}
		}
	}, Migration())
}

func TestRunSignsHeadsWithoutBeingAsked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- r.Run(ctx) }()
		for i := range 3 {
			leaf := r.append(1)[0]
			deadline := time.NewTimer(time.Minute) // so that a hang is told
			tick := time.NewTicker(10 * time.Millisecond)
			for {
				_, err := r.Proof(ctx, leaf)
				if err == nil {
					break
				}
				select {
				case <-deadline.C:
					t.Fatalf("leaf %d is not in the tree after a minute: %v", i, err)
				case <-tick.C:
				}
			}
			tick.Stop()
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run ended with %v", err)
		}
	}, Migration())
}

func TestKeyOfAnotherLogIsRefused(t *testing.T) {
	key, _ := testKey(t)
	c := clock.NewManual(testStart)
	if _, err := New(nil, c, id.NewSource(c, nil), "other.example", key); err == nil {
		t.Error("the key of another log is accepted")
	}
	if _, err := New(nil, c, id.NewSource(c, nil), testOrigin, "x"); err == nil {
		t.Error("a broken key is accepted")
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, engine := range dbtest.Engines() {
		for _, size := range []int{1, 100} {
			b.Run(fmt.Sprintf("%s/%d", engine, size), func(b *testing.B) {
				r := newRig(b, dbtest.Open(b, engine, Migration()))
				b.ResetTimer()
				for i := 0; i < b.N; i += size {
					r.append(size, "aisyah")
				}
			})
		}
		b.Run(engine+"/sequence", func(b *testing.B) {
			r := newRig(b, dbtest.Open(b, engine, Migration()))
			for i := 0; i < b.N; i += 500 {
				r.append(min(500, b.N-i), "aisyah")
			}
			b.ResetTimer()
			r.sequenceAll()
		})
	}
}
