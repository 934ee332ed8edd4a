package payment_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/spine/clock"
	"balai/internal/spine/fault"
)

// Few big files are read at once, of an agency and of all; what is small is never
// refused, and a file that was read makes room once.
func TestUploadsAtOnce(t *testing.T) {
	p := payment.New(payment.Deps{Clock: clock.NewManual(time.Unix(0, 0))})
	ask := func(agency string, live bool, length int64) (func(), int) {
		r := httptest.NewRequest("POST", "/v1/statements", strings.NewReader(""))
		r.ContentLength = length
		w := httptest.NewRecorder()
		done, err := p.Upload(w, r, agency, live)
		f, refused := fault.As(err)
		if !refused {
			return done, 0
		}
		if w.Header().Get("Retry-After") != "60" {
			t.Errorf("%v", w.Header())
		}
		return nil, f.Status()
	}
	const big, unsaid = 1<<20 + 1, -1
	first, _ := ask("a", true, big)
	_, second := ask("a", true, unsaid)
	if _, third := ask("a", true, big); first == nil || second != 0 || third != http.StatusTooManyRequests {
		t.Fatalf("%t %d %d", first != nil, second, third)
	}
	if _, code := ask("a", true, 1<<20); code != 0 {
		t.Errorf("a small file: %d", code)
	}
	if _, code := ask("a", false, big); code != 0 {
		t.Errorf("real money keeps tests out: %d", code)
	}
	first()
	first()
	if _, code := ask("a", true, big); code != 0 {
		t.Errorf("one was read, and the next is refused: %d", code)
	}
	if _, code := ask("a", true, big); code != http.StatusTooManyRequests {
		t.Errorf("one that was read made room twice: %d", code)
	}
	for i := range 5 { // eight in all
		if _, code := ask(fmt.Sprint("b", i), true, big); code != 0 {
			t.Errorf("%d: %d", i, code)
		}
	}
	if _, code := ask("c", true, big); code != http.StatusServiceUnavailable {
		t.Errorf("the hall reads a ninth: %d", code)
	}
}

// paced notes until when its server waits for the next of a body.
type paced struct {
	*httptest.ResponseRecorder
	until time.Time
}

func (w *paced) SetReadDeadline(t time.Time) error { w.until = t; return nil }

// A big file has its time while it comes, and a minute where nothing of it does; what
// came may be worked on for as long as the file might have taken.
func TestStalledUploads(t *testing.T) {
	now := clock.NewManual(time.Unix(0, 0))
	begin := now.Now()
	p := payment.New(payment.Deps{Clock: now})
	in, out := io.Pipe()
	r := httptest.NewRequest("POST", "/v1/statements", in)
	r.ContentLength = -1
	w := &paced{ResponseRecorder: httptest.NewRecorder()}
	done, err := p.Upload(w, r, "a", true)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	for _, at := range []time.Duration{0, 10 * time.Minute, 4 * time.Minute, 40 * time.Second} {
		now.Advance(at)
		go out.Write([]byte("x"))
		if _, err := r.Body.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		want := now.Now().Add(time.Minute)
		if end := begin.Add(payment.UploadTime); want.After(end) {
			want = end
		}
		if !w.until.Equal(want) {
			t.Errorf("after %s: until %s", now.Now().Sub(begin), w.until.Sub(begin))
		}
	}
	out.Close()
	if _, err := r.Body.Read(make([]byte, 1)); err != io.EOF || !w.until.Equal(begin.Add(payment.UploadTime)) {
		t.Errorf("%v: until %s", err, w.until.Sub(begin))
	}
}
