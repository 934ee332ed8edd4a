package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func newAgency(t *testing.T) *agency {
	t.Helper()
	h := &hall{BaseURL: "http://localhost:8080"}
	h.Key.Agency, h.Key.Secret, h.Key.API = "jpj", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
	b, err := openBook(filepath.Join(t.TempDir(), "agency.json"), "a hall", "2026-11-23")
	if err != nil {
		t.Fatal(err)
	}
	return &agency{hall: h, book: b}
}

// tell posts to the hook as the hall would.
func (a *agency) tell(secret, id string, at time.Time, body string) int {
	r := httptest.NewRequest("POST", "http://127.0.0.1:8090/hook", strings.NewReader(body))
	r.Header.Set("webhook-id", id)
	r.Header.Set("webhook-timestamp", fmt.Sprint(at.Unix()))
	r.Header.Set("webhook-signature", "v1,AAAA "+sign(secret, id, at.Unix(), []byte(body)))
	w := httptest.NewRecorder()
	a.handler().ServeHTTP(w, r)
	return w.Code
}

func TestSignIsStandardWebhooks(t *testing.T) {
	got := sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, []byte(`{"test": 2432232314}`))
	if got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Error(got)
	}
}

func TestHookHearsTheHallOnceAndNobodyElse(t *testing.T) {
	a := newAgency(t)
	body := `{"type":"case.replied","data":{"their_ref":"LM-2026-10077","id":"r1","text":"Bila <b>siap</b>?"}}`
	now := time.Now()
	for name, c := range map[string]struct {
		secret string
		at     time.Time
		want   int
	}{
		"another's secret": {"whsec_AAAA", now, http.StatusUnauthorized}, "an old one": {a.hall.Key.Secret, now.Add(-6 * time.Minute), http.StatusUnauthorized},
		"one to come": {a.hall.Key.Secret, now.Add(6 * time.Minute), http.StatusUnauthorized},
	} {
		if got := a.tell(c.secret, "e0", c.at, body); got != c.want {
			t.Errorf("%s: %d", name, got)
		}
	}
	for range 3 {
		if got := a.tell(a.hall.Key.Secret, "e1", now, body); got != http.StatusNoContent {
			t.Errorf("heard: %d", got)
		}
	}
	a.tell(a.hall.Key.Secret, "e2", now, `{"type":"case.withdrawn","data":{"their_ref":"LM-2026-10077","reason":""}}`)
	a.tell(a.hall.Key.Secret, "e3", now, `{"type":"holding.disputed","data":{"name":"licence-points","text":"Dua"}}`)
	again, err := openBook(a.book.path, "a hall", "2026-11-23")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range again.list() {
		if c.Ref == "LM-2026-10077" && (len(c.Messages) != 2 || !c.Withdrawn) {
			t.Errorf("kept %+v", c)
		}
	}
	w := httptest.NewRecorder()
	a.handler().ServeHTTP(w, httptest.NewRequest("GET", "http://localhost:8090/?lang=en", nil))
	for _, text := range []string{"Bila &lt;b&gt;siap&lt;/b&gt;?", "Withdrawn by the person", "licence-points"} {
		if !strings.Contains(w.Body.String(), text) {
			t.Errorf("the officer's page does not say %q", text)
		}
	}
}

// Another site cannot post the officer's form.
func TestFormIsTheOfficersOwn(t *testing.T) {
	a := newAgency(t)
	r := httptest.NewRequest("POST", "http://127.0.0.1:8090/case", strings.NewReader(url.Values{"ref": {"LM-2026-10077"}, "state": {"refused"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	if a.handler().ServeHTTP(w, r); w.Code != http.StatusForbidden {
		t.Errorf("%d", w.Code)
	}
}

// What was not kept was not heard: the hall tells it again, and then it is there.
func TestWhatIsNotKeptIsNotHeard(t *testing.T) {
	a := newAgency(t)
	body := `{"type":"case.replied","data":{"their_ref":"LM-2026-10077","id":"r1","text":"Bila siap?"}}`
	path := a.book.path
	a.book.path = filepath.Join(filepath.Dir(path), "gone", "agency.json") // a disk that takes nothing
	if got := a.tell(a.hall.Key.Secret, "e1", time.Now(), body); got != http.StatusInternalServerError {
		t.Errorf("not kept, and answered %d", got)
	}
	if _, err := a.book.change("LM-2026-10077", func(c *record) { c.State = "refused" }); err == nil {
		t.Error("a change that was not kept")
	}
	a.book.path = path
	if got := a.tell(a.hall.Key.Secret, "e1", time.Now(), body); got != http.StatusNoContent {
		t.Errorf("told again: %d", got)
	}
	again, err := openBook(path, "a hall", "2026-11-23")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range again.list() {
		if c.Ref == "LM-2026-10077" && (len(c.Messages) != 1 || c.State != "checking") {
			t.Errorf("kept %+v", c)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}

// Another key or another hall begins anew, and what was there is kept beside.
func TestAnotherHallLosesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agency.json")
	for _, hall := range []string{"one", "one", "two"} {
		if _, err := openBook(path, hall, "2026-11-23"); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := filepath.Glob(path + ".before-*")
	if err != nil || len(kept) != 1 {
		t.Fatalf("%v, %v", kept, err)
	}
	if text, err := os.ReadFile(kept[0]); err != nil || !strings.Contains(string(text), `"Hall": "one"`) {
		t.Errorf("%.100s, %v", text, err)
	}
}

// A secret that is none lets nobody in, also not who signs with it; nor does a
// name of another site that leads to this machine.
func TestStrangersAreKeptOut(t *testing.T) {
	a := newAgency(t)
	for _, secret := range []string{"", "whsec_", "whsec_AAAA", "%"} {
		a.hall.Key.Secret = secret
		if got := a.tell(secret, "e1", time.Now(), `{"type":"case.withdrawn","data":{"their_ref":"LM-2026-10077"}}`); got != http.StatusUnauthorized {
			t.Errorf("the secret %q: %d", secret, got)
		}
	}
	for host, want := range map[string]int{"evil.example:8090": http.StatusMisdirectedRequest, "127.0.0.1.evil.example": http.StatusMisdirectedRequest,
		"127.0.0.1:8090": http.StatusOK, "[::1]:8090": http.StatusOK, "localhost:8090": http.StatusOK} {
		w := httptest.NewRecorder()
		a.handler().ServeHTTP(w, httptest.NewRequest("GET", "http://"+host+"/", nil))
		if w.Code != want {
			t.Errorf("asked as %s: %d", host, w.Code)
		}
	}
}

func TestLetter(t *testing.T) {
	if p := pdf("a (b)", `c\d`); !bytes.HasPrefix(p, []byte("%PDF-1.4")) || !bytes.Contains(p, []byte(`(a \(b\)) Tj`)) || !bytes.HasSuffix(p, []byte("%%EOF\n")) {
		t.Errorf("%s", p)
	}
}
