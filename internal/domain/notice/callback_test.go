package notice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"balai/internal/spine/fault"
	"balai/internal/spine/outbox"
)

// ear is an agency's system that is told.
type ear struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	heard  []map[string]any
	bearer []string
}

func newEar(t *testing.T) *ear {
	e := &ear{status: http.StatusOK}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		defer e.mu.Unlock()
		var body map[string]any
		if json.Unmarshal(data, &body) != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s", r.Method, data)
		}
		e.heard, e.bearer = append(e.heard, body), append(e.bearer, r.Header.Get("Authorization"))
		w.WriteHeader(e.status)
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *ear) answers(status int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.status = status
}

func (r *rig) told(agency, url string) (token string) {
	r.t.Helper()
	token, err := r.SetCallback(context.Background(), agency, url)
	if err != nil {
		r.t.Fatal(err)
	}
	return token
}

// A service is told once what became of each message, as Notify tells it.
func TestCallback(t *testing.T) {
	each(t, Limits{}, func(t *testing.T, r *rig) {
		k, e := r.key("jpn", "one", Normal), newEar(t)
		r.good(r.mailTo(k, "before@contoh.example"))
		r.drain()
		token := r.told("jpn", e.URL+"/hook?x=1")
		id := r.good(r.mailTo(k, "Aisyah@contoh.example"))
		r.drain()
		r.drain()
		if len(e.heard) != 1 {
			t.Fatalf("told %d times", len(e.heard))
		}
		now := wireTime(r.now.Now().UnixMicro())
		want := map[string]any{"id": id, "reference": "ref", "to": "Aisyah@contoh.example", "status": "delivered", "created_at": now, "completed_at": now,
			"sent_at": now, "notification_type": "email", "template_id": templateID("greeting"), "template_version": 1.0}
		r.wants("body", e.heard[0], want)
		r.wants("bearer", e.bearer[0], "Bearer "+token)

		r.fail = outbox.Cancel(errors.New("no such number"))
		r.good(r.as(k, "POST", "/v2/notifications/sms", map[string]any{"phone_number": "012-345 6789", "template_id": templateID("note"),
			"personalisation": map[string]any{"text": "x"}}))
		r.drainAny()
		r.fail = nil
		r.wants("a refused text", fmt.Sprint(e.heard[1]["status"], e.heard[1]["notification_type"], e.heard[1]["reference"], e.heard[1]["to"]), "permanent-failuresms<nil>012-345 6789")
		r.good(r.mailTo(r.key("jpn", "test", Test), "temp-fail@simulator.notify"))
		r.drain()
		r.wants("of a test key", e.heard[2]["id"] != nil, true)
		r.good(r.as(k, "POST", "/v2/notifications/letter", map[string]any{"template_id": templateID("page"),
			"personalisation": map[string]any{"address_line_1": "Aisyah", "address_line_2": "1 Jalan", "address_line_3": "16100 Kota Bharu"}}))
		r.drain()
		r.wants("a letter, and another agency's", len(e.heard), 3)

		// A new address has a new token; the old one hears no more.
		other := newEar(t)
		if next := r.told("jpn", other.URL); next == token {
			t.Error("the token is the old one")
		}
		r.good(r.mailTo(k, "a@contoh.example"))
		r.drain()
		r.told("jpn", "")
		r.good(r.mailTo(k, "a@contoh.example"))
		r.drain()
		r.wants("old, new", fmt.Sprint(len(e.heard), len(other.heard)), "3 1")
		r.wants("jobs of nobody who listens", r.count(`select count(*) from outbox_job where kind = 'notice.callback'`), 4)
	})
}

// drainAny runs what may run now; a job that fails is the test's own doing.
func (r *rig) drainAny() { _ = r.jobs.Drain(context.Background()) }

// An address that fails is tried again and then given up, without its token or
// its query in an error, and a message is told of with its status or not at all.
func TestCallbackIsTriedAgain(t *testing.T) {
	each(t, Limits{}, func(t *testing.T, r *rig) {
		k, e := r.key("jpn", "one", Normal), newEar(t)
		r.told("jpn", e.URL+"/hook?secret=tok-7731")
		e.answers(http.StatusInternalServerError)
		r.good(r.mailTo(k, "a@contoh.example"))
		r.drainAny()
		e.answers(http.StatusNoContent)
		r.now.Advance(outbox.Backoff(1))
		r.drain()
		r.wants("until it is taken", len(e.heard), 2)
		r.wants("the same again", fmt.Sprint(e.heard[0]), fmt.Sprint(e.heard[1]))

		e.answers(http.StatusFound)
		r.good(r.mailTo(k, "a@contoh.example"))
		for n := range outbox.Attempts {
			r.drainAny()
			r.now.Advance(outbox.Backoff(n + 1))
		}
		r.wants("given up", len(e.heard), 2+callbackTries)
		r.wants("errors", r.count(`select count(*) from outbox_job where kind = 'notice.callback' and state = 'cancelled' and error like '%hook?…%'
			and error not like '%tok-7731%'`), 1)

		if _, err := r.SetCallback(context.Background(), "jkm", e.URL); fault.CodeOf(err) != fault.Missing {
			t.Errorf("an agency without a key: %v", err)
		}
		r.Hook.Loopback = false
		for _, url := range []string{e.URL, "https://10.0.0.1/", "http://jpn.contoh.example/", "https://169.254.169.254/", "file:///etc/passwd"} {
			if _, err := r.SetCallback(context.Background(), "jpn", url); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%s: %v", url, err)
			}
		}
		heard := len(e.heard) // set before the address came to lead inside
		r.good(r.mailTo(k, "a@contoh.example"))
		r.drainAny()
		r.wants("told inside", len(e.heard), heard)
	})
}

// What an agency's system has not taken is listed with its last answer, and is
// told once more on request: once, and never to another agency.
func TestCallbackGivenUp(t *testing.T) {
	each(t, Limits{}, func(t *testing.T, r *rig) {
		ctx := context.Background()
		k, e := r.key("jpn", "one", Normal), newEar(t)
		r.key("jkm", "other", Normal)
		r.told("jpn", e.URL+"/hook?secret=tok-7731")
		lists := func(agency string) (out string) {
			list, err := r.Untold(ctx, agency, 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range list {
				if strings.Contains(u.Error, "tok-7731") {
					t.Errorf("the list tells a token: %s", u.Error)
				}
				out += fmt.Sprint(u.Agency, " ", u.Notification, " ", u.Type, " ", u.Ended, " ", u.Tries, " ", u.Status, " ", u.EndedAt > 0, "\n")
			}
			return out
		}
		givesUp := func() {
			for n := range callbackTries {
				r.drainAny()
				r.now.Advance(outbox.Backoff(n + 1))
			}
		}
		again := func(agency, id string, want int, missing bool) {
			t.Helper()
			if n, err := r.Replay(ctx, agency, id); n != want || (fault.CodeOf(err) == fault.Missing) != missing || err != nil && !missing {
				t.Errorf("told again of %q for %q: %d, %v", id, agency, n, err)
			}
		}
		e.answers(http.StatusBadGateway)
		id := r.good(r.mailTo(k, "a@contoh.example"))
		r.drainAny()
		r.wants("after one try", lists("jpn"), "jpn "+id+" email delivered 1 502 false\n")
		again("", id, 0, true) // it is told again by itself
		givesUp()
		r.wants("given up", lists(""), "jpn "+id+" email delivered 10 502 true\n")
		r.wants("another agency's", lists("jkm"), "")
		again("jkm", id, 0, true)
		r.now.Advance(callbackFor) // somebody looks the day after

		heard := len(e.heard)
		again("jpn", "", 1, false)
		again("jpn", "", 0, false) // already on its way
		givesUp()
		r.wants("tried as often again", len(e.heard)-heard, callbackTries)
		r.wants("given up again", lists("jpn"), "jpn "+id+" email delivered 20 502 true\n")
		e.answers(http.StatusOK)
		again("", id, 1, false)
		r.drain()
		r.wants("told", len(e.heard)-heard, callbackTries+1)
		r.wants("taken", lists(""), "")

		e.answers(http.StatusGone)
		r.good(r.mailTo(k, "b@contoh.example"))
		givesUp()
		r.told("jpn", "")
		if _, err := r.Replay(ctx, "jpn", ""); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("told nowhere: %v", err)
		}
		r.now.Advance(week + 1)
		if err := r.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		r.wants("of what was destroyed", lists(""), "")
	})
}
