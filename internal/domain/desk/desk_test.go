package desk

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	country "balai/demo/calendar"
	"balai/internal/spine/actor"
	"balai/internal/spine/blob"
	"balai/internal/spine/casework"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
	"balai/internal/spine/outbox"
	"balai/internal/spine/policy"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// A rig is the desk over a real engine; the service part is played by the rig.
type rig struct {
	*Desk
	t      *testing.T
	looks  []string
	files  []casework.Evidence
	router http.Handler
	who    actor.Actor
	sealed []string // refs
	unseen []string // refs

	unreached string
}

// applicantName is what a list shows to nobody who has not opened the case.
const applicantName = "Aisyah binti Hassan"

const secret = "Nur Aisyah binti Hafiz"

func (r *rig) Content(*db.Tx, actor.Actor, casework.Case) (casework.Content, error) {
	return casework.Content{Files: r.files, Sections: []casework.Section{{Title: locale.Same("Answers"),
		Rows: []casework.Row{{Field: "child_name", Label: locale.Same("Name"), Answer: locale.Same(secret)}}}}}, nil
}
func (r *rig) Look(_ context.Context, a actor.Actor, ref string) error {
	r.looks = append(r.looks, a.Person+" "+ref)
	return nil
}
func (r *rig) CaseResource(_ *http.Request, ref string) (policy.Resource, error) {
	return policy.Resource{Type: "Case", ID: ref}, nil
}
func (r *rig) Act(ctx context.Context, by actor.Actor, ref, kind string, version int, data map[string]any) (c casework.Case, err error) {
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		c, err = r.Cases.ActTx(tx, by, ref, version, casework.Act{Kind: kind, Data: data})
		return err
	})
	return c, err
}
func (r *rig) Fields(casework.Case) ([]Field, error)         { return nil, nil }
func (r *rig) Needed(*db.Tx, casework.Case) ([]Field, error) { return nil, nil }
func (r *rig) Typed(casework.Case, url.Values) (map[string]any, []fault.Field, error) {
	return nil, nil, nil
}
func (r *rig) LangOf(*db.Tx, string) (locale.Lang, error) { return locale.Malay, nil }
func (r *rig) NameOf(_ *db.Tx, person string) (string, error) {
	return map[string]string{"aisyah": applicantName}[person], nil
}
func (r *rig) Reach(*db.Tx, string) (notify.Reach, error) {
	return notify.Reach{Problem: r.unreached}, nil
}
func (r *rig) Sees(_ *db.Tx, _ actor.Actor, c casework.Case) (bool, error) {
	return !slices.Contains(r.unseen, c.Ref), nil
}
func (r *rig) Named(_ *db.Tx, text string) ([]string, error) {
	if text == applicantName {
		return []string{"aisyah"}, nil
	}
	return nil, nil
}
func (r *rig) Sealed(_ *db.Tx, _ actor.Actor, c casework.Case) (bool, error) {
	return slices.Contains(r.sealed, c.Ref), nil
}
func (r *rig) ServicesOf(string) []ServiceName {
	return []ServiceName{{Kind: "jpn/birth", Title: locale.Same("Birth")}}
}
func (r *rig) Resolve(context.Context, string) (actor.Actor, error) { return r.who, nil }
func (r *rig) AliveTx(*db.Tx, string) (bool, error)                 { return true, nil }
func (r *rig) Approved(*db.Tx, casework.Case, casework.Act) error   { return nil }
func (r *rig) Refused(*db.Tx, casework.Case, casework.Act) error    { return nil }
func (r *rig) Revoked(*db.Tx, casework.Case, casework.Act) error    { return nil }
func (r *rig) Withdrawn(*db.Tx, casework.Case, casework.Act) error  { return nil }
func (r *rig) Replied(*db.Tx, casework.Case, casework.Act) error    { return nil }
func (r *rig) Corrected(*db.Tx, casework.Case, casework.Act) error  { return nil }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newRig(t *testing.T, d *db.DB) *rig {
	r := &rig{t: t}
	now := clock.NewManual(time.Date(2026, 11, 23, 10, 0, 0, 0, clock.Zone))
	ids := id.NewSource(now, nil)
	key, _, err := journal.LoadKey(filepath.Join(t.TempDir(), "key"), "test.example/journal")
	must(t, err)
	j, err := journal.New(d, now, ids, "test.example/journal", key)
	must(t, err)
	cals, err := calendar.Load(country.Files)
	must(t, err)
	engine, err := casework.New(d, now, ids, j, outbox.New(d, now, ids, nil), cals)
	must(t, err)
	engine.Handle("jpn/", r)
	texts, err := locale.Load(web.Texts, ui.Texts, blob.Texts, casework.Texts, directory.Texts, Texts)
	must(t, err)
	set, err := policy.Load(Policy, `permit(principal, action, resource is Case);`)
	must(t, err)
	r.Desk = New(Deps{DB: d, Clock: now, Cases: engine, Calendars: cals, Directory: directory.New(d, now),
		Blobs: blob.Dir(t.TempDir()), Texts: texts, Service: r, Forms: r, People: r, Finder: r, Seal: r, Reach: r, Names: r, Journal: j, IDs: ids})
	base, _ := url.Parse("http://localhost:8080")
	r.router, err = web.New(web.Config{BaseURL: base, Sessions: r, Policies: set, Texts: texts, Clock: now, Log: slog.New(slog.DiscardHandler),
		Site: func(ctx context.Context, _ *http.Request) context.Context {
			return ui.WithSite(ctx, ui.Site{L: web.L(ctx), Actor: web.ActorOf(ctx), BaseURL: base.String()})
		}}, r.Routes())
	must(t, err)
	return r
}

func (r *rig) open() (c casework.Case) {
	r.t.Helper()
	must(r.t, r.DB.Write(context.Background(), func(tx *db.Tx) (err error) {
		c, err = r.Cases.OpenTx(tx, casework.Opening{Kind: "jpn/birth", Release: "jpn/birth@1", Title: locale.Same("Birth"), Applicant: "aisyah",
			By: actor.Actor{Person: "aisyah"}, Agency: "jpn", Unit: "u", Calendar: "MY-03", Subjects: []string{"hafiz"}, Plan: []casework.Step{
				{Name: casework.StepCheck, Role: "jpn/reg", WithinDays: 1},
				{Name: casework.StepDecide, Role: "jpn/asst", WithinDays: 1, NotSameAs: casework.StepCheck}}})
		return err
	}))
	return c
}

func officer(person, role string) actor.Actor {
	return actor.Actor{Person: person, Post: "post-" + person, Role: role, Agency: "jpn", Unit: "u", State: "MY-03", Title: locale.Same("Officer")}
}

func (r *rig) do(as actor.Actor, method, path string, form url.Values) *httptest.ResponseRecorder {
	r.who = as
	req := httptest.NewRequest(method, "http://localhost:8080"+path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept-Language", "en")
	req.AddCookie(&http.Cookie{Name: web.SessionCookie, Value: "x"})
	w := httptest.NewRecorder()
	r.router.ServeHTTP(w, req)
	if body := w.Body.String(); strings.Contains(body, "⟦") {
		r.t.Errorf("%s %s: a text is missing: %.80s", method, path, body[strings.Index(body, "⟦"):])
	}
	return w
}

func (r *rig) expect(w *httptest.ResponseRecorder, status int, has ...string) {
	r.t.Helper()
	if w.Code != status {
		r.t.Fatalf("%d, want %d", w.Code, status)
	}
	for _, s := range has {
		if !strings.Contains(w.Body.String(), s) {
			r.t.Errorf("the page lacks %q", s)
		}
	}
}

func TestDesk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		c := r.open()
		reg, asst := officer("salmah", "jpn/reg"), officer("rahman", "jpn/asst")
		list := r.do(reg, "GET", "/desk", nil)
		r.expect(list, 200, c.Ref)
		if strings.Contains(list.Body.String(), secret) || len(r.looks) > 0 {
			t.Error("a list shows what a case is about")
		}
		if s := r.do(officer("ali", "jpn/other"), "GET", "/desk", nil).Body.String(); strings.Contains(s, c.Ref) {
			t.Error("another post's queue names the case")
		}
		r.expect(r.do(reg, "GET", "/desk/"+c.Ref, nil), 200, secret, `action="/desk/`+c.Ref+`/check"`)
		if len(r.looks) != 1 {
			t.Errorf("looks %v", r.looks)
		}
		seen := strconv.Itoa(c.Version)
		r.expect(r.do(reg, "POST", "/desk/"+c.Ref+"/check", url.Values{"version": {seen}, "finding": {"not_in_order"}}), 422, "check-note-error")
		r.expect(r.do(reg, "POST", "/desk/"+c.Ref+"/check", url.Values{"version": {seen}, "finding": {"in_order"}}), 303)
		// The decider opened the page before that and asks: nothing typed is lost.
		stale := r.do(asst, "POST", "/desk/"+c.Ref+"/ask", url.Values{"version": {seen}, "question": {"Where was the child born?"}, "due_in_days": {"9"}})
		r.expect(stale, 409, "Where was the child born?", `value="9"`, `id="changed"`, "An officer checked the application")
		both := asst
		both.Person = reg.Person
		r.expect(r.do(both, "GET", "/desk/"+c.Ref, nil), 200, "A different officer must take this step")

		n := strconv.Itoa(c.Version + 1)
		r.expect(r.do(asst, "POST", "/desk/"+c.Ref+"/decide", url.Values{"version": {n}, "verdict": {"refuse"}, "phrase-refuse": {"no_evidence"}, "confirmed": {"yes"}}), 303)
		r.expect(r.do(asst, "GET", "/desk/"+c.Ref, nil), 200, "The evidence needed was not received.")
	}, casework.Migration(), journal.Migration(), outbox.Migration(), directory.Migration(), Migration())
}

func TestOwnMatter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		c := r.open()
		w := r.do(officer("hafiz", "jpn/reg"), "GET", "/desk/"+c.Ref, nil)
		r.expect(w, 200, "You are personally concerned")
		if strings.Contains(w.Body.String(), secret) || strings.Contains(w.Body.String(), "<form method=\"post\" action=\"/desk/") {
			t.Error("an officer is shown a case of their own")
		}
	}, casework.Migration(), journal.Migration(), outbox.Migration(), directory.Migration(), Migration())
}

// Beside a case stand the applicant's other cases that this officer may see,
// and that the applicant cannot be told where no channel works.
func TestBeside(t *testing.T) {
	eachDesk(t, func(t *testing.T, r *rig) {
		c, other, foreign, sealed := r.open(), r.open(), r.open(), r.open()
		r.unseen, r.sealed = []string{foreign.Ref}, []string{sealed.Ref}
		page := r.do(officer("salmah", "jpn/reg"), "GET", "/desk/"+c.Ref, nil)
		r.expect(page, 200, applicantName, "/desk/"+other.Ref+`"`)
		for _, ref := range []string{foreign.Ref, sealed.Ref} {
			if strings.Contains(page.Body.String(), ref) {
				t.Error("the page names a case that this officer may not see")
			}
		}
		if strings.Contains(page.Body.String(), `id="unreached"`) {
			t.Error("who can be reached is said not to be")
		}
		r.unreached = notify.NoAddress
		r.expect(r.do(officer("salmah", "jpn/reg"), "GET", "/desk/"+c.Ref, nil), 200, `id="unreached"`, "No channel carries")
	})
}
