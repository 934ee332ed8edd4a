package identity_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/internal/domain/identity"
	"balai/internal/domain/identity/authenticator"
	"balai/internal/domain/identity/delegation"
	"balai/internal/domain/identity/recovery"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
	"balai/internal/spine/policy"
	"balai/internal/spine/secret"
	"balai/internal/spine/web"
	"balai/internal/ui"
	"github.com/a-h/templ"
)

const base = "http://localhost:8080"

// A rig is the door behind a router, with one form behind it.
type rig struct {
	*identity.Identity
	t         *testing.T
	db        *db.DB
	clock     *clock.Manual
	sessions  *actor.Sessions
	directory *directory.Directory
	router    http.Handler
	mu        sync.Mutex
	leaves    []journal.Record
	received  []string // "person: body" of each form carried out
	told      []notify.Message
	away      error // what the register says, where it says nothing
}

// What counts is what was committed: an act may be run again before it is.
func (r *rig) Append(tx *db.Tx, rec journal.Record) (string, error) {
	tx.OnCommit(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.leaves = append(r.leaves, rec)
	})
	return "leaf", nil
}

func (r *rig) NameOf(_ *db.Tx, person string) (string, error) {
	if r.away != nil {
		return "", r.away
	}
	switch person {
	case "aisyah":
		return "Aisyah binti Abdul Rahman", nil
	case "farid", "siti":
		return strings.ToUpper(person), nil
	}
	return "", fault.New(fault.Missing, "web.error.missing")
}

// numbers are who has one: Farid is an officer from elsewhere.
var numbers = map[string]string{"900101145678": "aisyah", "880202105432": "siti"}

func (r *rig) ByIDNumber(_ *db.Tx, number string) (string, error) {
	if r.away != nil {
		return "", r.away
	}
	if person := numbers[strings.ReplaceAll(number, "-", "")]; person != "" {
		return person, nil
	}
	return "", fault.New(fault.Missing, "web.error.missing")
}

func (r *rig) NumberOf(_ *db.Tx, person string) (string, error) {
	for number, of := range numbers {
		if of == person {
			return number, nil
		}
	}
	return "", nil
}

// What a person was told.
func (r *rig) SendTx(tx *db.Tx, m notify.Message) error {
	tx.OnCommit(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.told = append(r.told, m)
	})
	return nil
}

// kinds are those of the leaves since the last call.
func (r *rig) kinds() (out []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.leaves {
		out = append(out, l.Kind)
	}
	r.leaves = nil
	return out
}

type demo struct{}

func (demo) Personas() []identity.Persona {
	return []identity.Persona{
		{ID: "aisyah", Name: "Aisyah binti Abdul Rahman", Story: locale.Text{MS: "Baru bersalin.", EN: "Just had a baby."}},
		{ID: "farid", Name: "Farid", Officer: true, Post: locale.Same("Pegawai"), Agency: locale.Same("JPN")},
	}
}

func (demo) Progress(context.Context) (int64, int64, error) { return 3, 1500, nil }

func newRig(t *testing.T, d *db.DB, baseURL string, country identity.Demo) *rig {
	t.Helper()
	r := &rig{t: t, db: d, clock: clock.NewManual(time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC))}
	ids := id.NewSource(r.clock, nil)
	r.directory = directory.New(d, r.clock)
	r.sessions = actor.NewSessions(d, r.clock, ids, r.directory)
	u, err := url.Parse(baseURL)
	if err != nil {
		t.Fatal(err)
	}
	box, err := secret.NewBox([]byte("a key of the hall's, of 32 bytes and more"), "authenticator")
	if err != nil {
		t.Fatal(err)
	}
	r.Identity, err = identity.New(identity.Options{
		DB: d, Clock: r.clock, IDs: ids, Sessions: r.sessions, Directory: r.directory, People: r, Journal: r,
		Notices: r, BaseURL: u, Box: box, Site: locale.Same("Balai Khidmat"), Demo: country,
		Keeps: func(path string) bool { return strings.HasPrefix(path, "/form?keeps") },
	})
	if err != nil {
		t.Fatal(err)
	}
	texts, err := locale.Load(web.Texts, ui.Texts, directory.Texts, identity.Texts, authenticator.Texts)
	if err != nil {
		t.Fatal(err)
	}
	policies, err := policy.Load(identity.Policy)
	if err != nil {
		t.Fatal(err)
	}
	form := web.Route{Method: "POST", Pattern: "/form", Policy: "identity.own", SignIn: true, Handler: func(w http.ResponseWriter, req *http.Request) error {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return err
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.received = append(r.received, web.ActorOf(req.Context()).Person+": "+req.Header.Get("Content-Type")+" "+req.URL.RawQuery+" "+string(body))
		return web.SeeOther(w, req, "/next-page")
	}}
	power := form // one that gives power over whoever sends it
	power.Pattern = "/me/mandates"
	strong := web.Route{Method: "POST", Pattern: "/strong", Policy: "identity.own", SignIn: true, Handler: func(w http.ResponseWriter, req *http.Request) error {
		if web.ActorOf(req.Context()).AAL < 2 {
			return fault.New(fault.SignedOut, "web.error.step_up", "aal", 2)
		}
		return form.Handler(w, req)
	}}
	router, err := web.New(web.Config{
		BaseURL: u, Sessions: r.sessions, Policies: policies, Texts: texts, Clock: r.clock, Log: slog.New(slog.DiscardHandler),
		Site: func(ctx context.Context, _ *http.Request) context.Context {
			return ui.WithSite(ctx, ui.Site{L: web.L(ctx), Actor: web.ActorOf(ctx), Name: locale.Same("Balai Khidmat"), BaseURL: baseURL})
		},
		ErrorPage: func(req *http.Request, status int, title, what, todo string) templ.Component {
			return ui.ErrorPage(ui.NewPage(req, title), status, title, what, todo)
		},
		SignIn: r.SignIn,
	}, append(r.Routes(), form, strong, power))
	if err != nil {
		t.Fatal(err)
	}
	r.router = router
	r.ReplayThrough(router)
	return r
}

func each(t *testing.T, country identity.Demo, fn func(t *testing.T, r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newRig(t, d, base, country)) }, migrations()...)
}

func migrations() []db.Migration {
	return []db.Migration{actor.Migration(), directory.Migration(), delegation.Migration(), identity.Migration(), authenticator.Migration(), recovery.Migration()}
}

// A browser keeps cookies and follows nothing by itself.
type browser struct {
	r       *rig
	cookies map[string]string
}

func (r *rig) browser() *browser { return &browser{r, map[string]string{}} }

func (b *browser) do(method, path, contentType, body string, headers ...string) *httptest.ResponseRecorder {
	return b.to(httptest.NewRequest(method, base+path, strings.NewReader(body)), contentType, headers...)
}

// at sends a form to the hall by another name.
func (b *browser) at(host, method, path, form string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, base+path, strings.NewReader(form))
	req.Host = host
	return b.to(req, urlencoded)
}

func (b *browser) to(req *http.Request, contentType string, headers ...string) *httptest.ResponseRecorder {
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	for k, v := range b.cookies {
		req.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	w := httptest.NewRecorder()
	b.r.router.ServeHTTP(w, req)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	return w
}

func (b *browser) get(path string) *httptest.ResponseRecorder { return b.do("GET", path, "", "") }

const urlencoded = "application/x-www-form-urlencoded"

func (b *browser) post(path string, form url.Values) *httptest.ResponseRecorder {
	return b.do("POST", path, urlencoded, form.Encode())
}

// person is who the browser's session is.
func (b *browser) person() string {
	b.r.t.Helper()
	a, err := b.r.sessions.Resolve(context.Background(), b.cookies[web.SessionCookie])
	if err != nil {
		b.r.t.Fatal(err)
	}
	return a.Person
}

func (b *browser) signIn(as string) string {
	b.r.t.Helper()
	w := b.post("/demo/sign-in", url.Values{"as": {as}})
	if w.Code != http.StatusSeeOther {
		b.r.t.Fatalf("sign in as %s: %d", as, w.Code)
	}
	return w.Header().Get("Location")
}

func (r *rig) post(post directory.Post, person string) {
	r.t.Helper()
	set := directory.Set{People: []directory.Person{{ID: person, Name: person}}, Holdings: []directory.Holding{{Post: post.ID, Person: person, From: 1}}}
	if person == "" { // nobody
		set = directory.Set{}
	}
	err := r.db.Write(context.Background(), func(tx *db.Tx) error {
		return r.directory.LoadTx(tx, directory.Set{
			Agencies: []directory.Agency{{ID: "jpn", Name: locale.Same("JPN"), Level: directory.Federal}},
			Units:    []directory.Unit{{ID: "jpn", Agency: "jpn", Name: locale.Same("JPN"), State: "MY-16"}},
			Posts:    []directory.Post{post},
			People:   set.People,
			Holdings: set.Holdings,
		})
	})
	if err != nil {
		r.t.Fatal(err)
	}
}
