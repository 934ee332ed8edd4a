package payment_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"balai/internal/domain/payment"
	"balai/internal/spine/fault"
)

// Few big files are read at once, of an agency and of all; what is small is never
// refused, and a file that was read makes room once.
func TestUploadsAtOnce(t *testing.T) {
	p := payment.New(payment.Deps{})
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
