package hook

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"balai/internal/spine/clock"
)

// An address that answers at once and never comes to its answer's end has kept
// its caller waiting as one that does not answer at all.
func TestAnswerWithoutEnd(t *testing.T) {
	ended := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
		case <-ended:
		}
	}))
	defer srv.Close()
	defer close(ended)
	c := New(clock.NewManual(time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)), true)
	c.Patience = 50 * time.Millisecond
	status, wait, err := c.Post(context.Background(), srv.URL, http.Header{}, nil)
	if status != http.StatusOK || wait != 0 || err != nil {
		t.Fatal(status, wait, err)
	}
	if _, wait, _ := c.Post(context.Background(), srv.URL, http.Header{}, nil); wait < silence {
		t.Errorf("it may keep the next one waiting at once: %v", wait)
	}
}

// Where an address sends the hall on to, it does not go: a public one would lead
// it into its own network.
func TestNothingIsFollowed(t *testing.T) {
	followed := false
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	defer inside.Close()
	for _, status := range []int{http.StatusMovedPermanently, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		srv := httptest.NewServer(http.RedirectHandler(inside.URL, status))
		c := New(clock.NewManual(time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)), true)
		if got, _, err := c.Post(context.Background(), srv.URL, http.Header{}, []byte("secret")); got != status || err != nil || followed {
			t.Errorf("%d: answered %d, followed %v, %v", status, got, followed, err)
		}
		srv.Close()
	}
}
