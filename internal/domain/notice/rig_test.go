package notice

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"balai/internal/spine/blob"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/hook"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/meter"
	"balai/internal/spine/notify"
	"balai/internal/spine/outbox"
)

// A rig is the part on a database, with a sender that does as it is told.
type rig struct {
	*Part
	t    *testing.T
	now  *clock.Manual
	mux  *http.ServeMux
	jobs *outbox.Outbox

	mu     sync.Mutex
	fail   error // what the sender answers
	refuse error // what the journal answers
	mails  []notify.Mail
	texts  []notify.Text
	taken  []Sheet
	leaves int
}

func (r *rig) MailOut(_ context.Context, m notify.Mail, _ bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mails = append(r.mails, m)
	return r.fail
}

func (r *rig) TextOut(_ context.Context, t notify.Text) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.texts = append(r.texts, t)
	return r.fail
}

func (r *rig) DropOutTx(*db.Tx, string) error { return nil }
func (r *rig) From() string                   { return "hall@contoh.example" }
func (r *rig) DropTx(*db.Tx, string) error    { return nil }

func (r *rig) TakeTx(tx *db.Tx, s Sheet) error {
	tx.OnCommit(func() { r.mu.Lock(); defer r.mu.Unlock(); r.taken = append(r.taken, s) })
	return nil
}

func (r *rig) Print(context.Context, Sheet) ([]byte, int, error) { return []byte("%PDF-1.4"), 1, nil }

func (r *rig) Append(tx *db.Tx, rec journal.Record) (string, error) {
	if rec.Kind == "notice.accepted" {
		if r.refuse != nil {
			return "", r.refuse
		}
		tx.OnCommit(func() { r.mu.Lock(); defer r.mu.Unlock(); r.leaves++ })
	}
	return "leaf", nil
}

var start = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

const greeting = `name: {ms: Salam, en: Greeting}
type: email
subject: {ms: "Salam ((name))", en: "Hello ((name))"}
body: {ms: "Kepada ((name))", en: "To ((name))"}
`

// shelf is a catalogue with one template of each type.
func shelf() fstest.MapFS {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	return fstest.MapFS{
		"notice/jpn/greeting.yaml": file(greeting),
		"notice/jpn/note.yaml":     file("name: {ms: Nota, en: Note}\ntype: sms\nbody: {ms: \"Nota: ((text))\", en: \"Note: ((text))\"}\n"),
		"notice/jpn/page.yaml":     file("name: {ms: Surat, en: Letter}\ntype: letter\nsubject: {ms: Perkara, en: Matter}\nbody: {ms: Isi, en: Text}\n"),
		"notice/jkm/other.yaml":    file(greeting),
	}
}

func each(t *testing.T, limits Limits, fn func(t *testing.T, r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, clock.NewManual(start), limits)
		err := d.Write(context.Background(), func(tx *db.Tx) error {
			var s directory.Set
			for _, a := range []string{"jpn", "jkm"} {
				s.Agencies = append(s.Agencies, directory.Agency{ID: a, Name: locale.Same("Agensi " + a), Level: "federal"})
				s.Units = append(s.Units, directory.Unit{ID: a, Agency: a, Name: locale.Same("Pejabat " + a), State: "MY-16"})
			}
			return r.Directory.LoadTx(tx, s)
		})
		if err != nil {
			t.Fatal(err)
		}
		r.load(shelf())
		fn(t, r)
	}, outbox.Migration(), directory.Migration(), meter.Migration(), Migration())
}

func newRig(t *testing.T, d *db.DB, now *clock.Manual, limits Limits) *rig {
	t.Helper()
	r := &rig{t: t, now: now, mux: http.NewServeMux()}
	ids := id.NewSource(now, nil)
	r.jobs = outbox.New(d, now, ids, nil)
	texts, err := locale.Load(Texts)
	if err != nil {
		t.Fatal(err)
	}
	r.Part = New(Deps{DB: d, Clock: now, IDs: ids, Texts: texts, Jobs: r.jobs, Blobs: blob.Dir(t.TempDir()), Journal: r,
		Directory: directory.New(d, now), Sender: r, Post: r, BaseURL: "http://localhost:8080", Site: locale.Same("Balai"),
		Log: slog.New(slog.DiscardHandler), Meter: meter.New(d, now, ids), Hook: hook.New(now, true), Limits: limits})
	for _, route := range r.Routes() {
		r.mux.HandleFunc(route.Method+" "+route.Pattern, func(w http.ResponseWriter, q *http.Request) {
			if err := route.Handler(w, q); err != nil {
				t.Error(err)
			}
		})
	}
	return r
}

func (r *rig) load(fsys fs.FS) {
	r.t.Helper()
	if err := r.Load(context.Background(), fsys); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) key(agency, name string, kind Kind, guests ...string) Key {
	r.t.Helper()
	k, err := r.MakeKey(context.Background(), agency, name, kind, guests)
	if err != nil {
		r.t.Fatal(err)
	}
	return k
}

// sign is a token of a header, an issuer, a moment and a secret.
func sign(header, issuer string, at time.Time, secret string) string {
	enc := base64.RawURLEncoding
	text := enc.EncodeToString([]byte(header)) + "." + enc.EncodeToString([]byte(fmt.Sprintf(`{"iss":%q,"iat":%d}`, issuer, at.Unix())))
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(text))
	return "Bearer " + text + "." + enc.EncodeToString(h.Sum(nil))
}

const hs256 = `{"alg":"HS256","typ":"JWT"}`

// reply is an answer: its status, and its body as an object.
type reply struct {
	status int
	body   map[string]any
	raw    string
}

// errors are what an error document says.
func (a reply) errors() string {
	var p problem
	if json.Unmarshal([]byte(a.raw), &p) != nil || p.Status != a.status {
		return a.raw
	}
	var out []string
	for _, e := range p.Errors {
		out = append(out, e.Error+": "+e.Message)
	}
	return fmt.Sprint(a.status, " ", strings.Join(out, "; "))
}

func (r *rig) call(auth, method, path string, body any) (a reply) {
	r.t.Helper()
	var in bytes.Buffer
	switch b := body.(type) {
	case nil:
	case string:
		in.WriteString(b)
	default:
		if err := json.NewEncoder(&in).Encode(b); err != nil {
			r.t.Fatal(err)
		}
	}
	req := httptest.NewRequest(method, path, &in)
	if auth != "" {
		req.Header.Set("Authorization", auth)
	}
	w := httptest.NewRecorder()
	r.mux.ServeHTTP(w, req)
	a.status, a.raw = w.Code, w.Body.String()
	_ = json.Unmarshal(w.Body.Bytes(), &a.body) // a PDF is none
	return a
}

func (r *rig) as(k Key, method, path string, body any) reply {
	r.t.Helper()
	return r.call(sign(hs256, k.Service, r.now.Now(), k.Secret), method, path, body)
}

func templateID(slug string) string { return nameID("notice/jpn/" + slug) }

// mailTo asks for a greeting.
func (r *rig) mailTo(k Key, to string) reply {
	r.t.Helper()
	return r.as(k, "POST", "/v2/notifications/email", map[string]any{"email_address": to, "template_id": templateID("greeting"),
		"personalisation": map[string]any{"name": "Aisyah"}, "reference": "ref"})
}

func (r *rig) good(a reply) string {
	r.t.Helper()
	if a.status != http.StatusCreated {
		r.t.Fatal(a.errors())
	}
	return a.body["id"].(string)
}

func (r *rig) status(k Key, id string) string {
	r.t.Helper()
	return fmt.Sprint(r.as(k, "GET", "/v2/notifications/"+id, nil).body["status"])
}

func (r *rig) wants(what string, got, want any) {
	r.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		r.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func (r *rig) count(query string, args ...any) (n int) {
	r.t.Helper()
	err := r.DB.Read(context.Background(), func(tx *db.Tx) error { return tx.QueryRow(query, args...).Scan(&n) })
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}
