package insight

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"
	"pgregory.net/rapid"

	country "balai/demo/calendar"
	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"
	"balai/internal/spine/policy"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

const birth = "jpn/birth-registration"

// hall stands in for the service part and the case engine.
type hall struct {
	cases   map[string]casework.Case
	acts    map[string][]casework.Act
	overdue int
	asked   int // how often for the services
}

func (h *hall) Get(_ *db.Tx, ref string) (casework.Case, error) {
	c, ok := h.cases[ref]
	if !ok {
		return c, fault.New(fault.Missing, "web.error.missing")
	}
	return c, nil
}

func (h *hall) Acts(_ *db.Tx, ref string) ([]casework.Act, error) { return h.acts[ref], nil }

var calendars = sync.OnceValue(func() *calendar.Set {
	set, err := calendar.Load(country.Files)
	if err != nil {
		panic(err)
	}
	return set
})

// Deadline is two working days of Kuala Lumpur.
func (h *hall) Deadline(_ *db.Tx, c casework.Case) (calendar.Deadline, error) {
	cal, err := calendars().State("MY-14")
	return calendar.Deadline{Budget: c.BudgetDays, Calendar: cal, Spans: []calendar.Span{{Start: c.ReceivedAt}}}, err
}

func (h *hall) Counts(_ *db.Tx, f casework.Filter) (casework.Counts, error) {
	if f.Kind != birth || len(f.States) != 4 {
		return casework.Counts{}, fmt.Errorf("counts of %+v", f)
	}
	return casework.Counts{Open: 3, Overdue: h.overdue}, nil
}

func (h *hall) Of(_ context.Context, agency string) ([]Service, error) {
	h.asked++
	if agency != "jpn" && agency != "" {
		return nil, nil
	}
	pages := []Page{{"name", locale.Text{MS: "Nama anak", EN: "The child's name"}}, {"late", locale.Text{MS: "Sebab lewat", EN: "Why late"}}}
	return []Service{{ID: birth, Agency: "jpn", Title: locale.Text{MS: "Daftar kelahiran", EN: "Register a birth"},
		AgencyName: locale.Text{MS: "Jabatan", EN: "Department"}, Promise: locale.Text{MS: "Dua hari", EN: "Two days"},
		Counter: Counter{Minutes: 20, Fields: 31, Visits: 1, Source: locale.Same("Piagam")},
		Releases: []Release{{Number: 1, At: clock.Micro(start), Notes: locale.Same("One"), Pages: pages},
			{Number: 2, At: clock.Micro(start), Notes: locale.Same("Two"), Answers: locale.Same("The name was asked twice"), Pages: pages}}}}, nil
}

var start = time.Date(2026, 11, 2, 2, 0, 0, 0, time.UTC)

type rig struct {
	*Insight
	t    testing.TB
	c    *clock.Manual
	hall *hall
}

func newRig(t testing.TB, d *db.DB) *rig {
	c := clock.NewManual(start)
	h := &hall{cases: map[string]casework.Case{}, acts: map[string][]casework.Act{}}
	x := New(d, c, outbox.New(d, c, id.NewSource(c, nil), nil), h, h)
	x.Wire()
	return &rig{x, t, c, h}
}

// event is something told, at a time after the start.
type event struct {
	after time.Duration
	name  string
	args  any
}

func (r *rig) tell(events ...event) {
	r.t.Helper()
	for _, e := range events {
		r.c.Set(start.Add(e.after))
		if err := r.db.Write(context.Background(), func(tx *db.Tx) error { return r.outbox.Emit(tx, e.name, e.args) }); err != nil {
			r.t.Fatal(err)
		}
	}
	r.c.Set(start.Add(21 * 24 * time.Hour))
}

func (r *rig) drain() {
	r.t.Helper()
	if err := r.outbox.Drain(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) get(release int64) (out Report) {
	r.t.Helper()
	err := r.db.Read(context.Background(), func(tx *db.Tx) (err error) {
		out, err = r.report(tx, birth, release)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

type m = map[string]any

// story is a release's life: a draft sent and decided at once, one that an
// officer refused, one given up, one still warm, and an offer accepted.
func (r *rig) story(release int64) []event {
	of := func(draft string, more m) m {
		more["draft"], more["service"], more["release"] = draft, birth, release
		return more
	}
	name := func(s string) string { return fmt.Sprint(s, release) }
	at := func(d time.Duration) int64 { return clock.Micro(start.Add(d)) }
	decided := func(ref string, automatic bool, outcome string, acts ...casework.Act) {
		r.hall.cases[ref] = casework.Case{Ref: ref, Kind: birth, Release: fmt.Sprint(birth, "@", release), Automatic: automatic,
			BudgetDays: 2, Outcome: outcome, ReceivedAt: acts[0].At, DecidedAt: acts[len(acts)-1].At}
		r.hall.acts[ref] = acts
	}
	officer := journal.By{Person: "o", Post: "p"}
	decided(name("a"), true, casework.OutcomeApproved, casework.Act{Kind: casework.Receive, At: at(2 * time.Minute)}, casework.Act{Kind: casework.Decide, At: at(2 * time.Minute)})
	decided(name("b"), false, casework.OutcomeRefused, casework.Act{Kind: casework.Receive, At: at(time.Hour)},
		casework.Act{Kind: casework.Check, At: at(30 * time.Hour), By: officer}, casework.Act{Kind: casework.Reply, At: at(40 * time.Hour)},
		casework.Act{Kind: casework.Decide, At: at(73 * time.Hour), By: officer}, casework.Act{Kind: casework.Message, At: at(80 * time.Hour), By: officer})
	decided(name("c"), false, casework.OutcomeWithdrawn, casework.Act{Kind: casework.Receive, At: at(3 * time.Hour)}, casework.Act{Kind: casework.Withdraw, At: at(5 * time.Hour)})
	told := func(ref, kind string) m { return m{"ref": ref, "kind": birth, "act": 2} }
	return []event{
		{0, "draft.started", of(name("1"), m{})},
		{time.Minute, "draft.page", of(name("1"), m{"page": "name", "typed": 1, "ms": 20000})},
		{2 * time.Minute, "application.sent", of(name("1"), m{"ref": name("a"), "screens": 3, "typed": 1, "held": 24, "seconds": 120, "automatic": true})},
		{2 * time.Minute, "case.decide", told(name("a"), "")},
		{time.Minute, "draft.started", of(name("2"), m{})},
		{2 * time.Minute, "draft.page", of(name("2"), m{"page": "name", "typed": 1, "ms": 40000})},
		{3 * time.Minute, "draft.page", of(name("2"), m{"page": "late", "typed": 2, "ms": 1 << 40})},
		{time.Hour, "application.sent", of(name("2"), m{"ref": name("b"), "screens": 5, "typed": 3, "held": 20, "seconds": 600, "automatic": false})},
		{73 * time.Hour, "case.decide", told(name("b"), "")},
		{time.Minute, "draft.started", of(name("3"), m{})},
		{2 * time.Minute, "draft.page", of(name("3"), m{"page": "name", "typed": 1, "ms": 60000})},
		{time.Minute, "draft.started", of(name("4"), m{})},
		{21*24*time.Hour - time.Hour, "draft.started", of(name("5"), m{})},
		{3 * time.Hour, "application.sent", of("", m{"ref": name("c"), "screens": 0, "typed": 0, "held": 22, "seconds": 0, "automatic": false})},
		{5 * time.Hour, "case.withdraw", told(name("c"), "")},
		{75 * time.Hour, "case.rated", m{"ref": name("b"), "service": birth, "release": release, "level": 2, "text": "Terlalu <b>lama</b>"}},
		{3 * time.Minute, "case.rated", m{"ref": name("a"), "service": birth, "release": release, "level": 5, "text": ""}},
	}
}

func TestReport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.tell(r.story(1)...)
		r.drain()
		got := r.get(1)
		weeks := got.Weeks
		got.Weeks = nil
		want := Report{Release: 1, First: got.First, Started: 5, Open: 1, Dropped: 2, Finished: 2, Sent: 3, NoDraft: 1,
			Decided: 2, Automatic: 1, Approved: 1, Refused: 1, Withdrawn: 1, Actions: 2, MedianDays: 3, P90Days: 3,
			Charter: Charter{Promised: 2, Median: 3, P90: 3, Kept: 1},
			Effort:  Effort{Typed: 1, Held: 22, Screens: 5, Seconds: 600}, Levels: [5]int64{0, 1, 0, 0, 1},
			Ratings: []Rating{{2, "Terlalu <b>lama</b>", clock.Micro(start.Add(75 * time.Hour))}},
			Stops:   []Stop{{"late", 1, 0, 2, 1800}, {"name", 3, 1, 1, 40}, {"", 0, 1, 0, 0}}}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		if got.First < clock.Micro(start) || since(Release{At: got.First + 1}, got) != got.First || since(Release{At: 1}, got) != 1 {
			t.Errorf("the first application came at %d", got.First)
		}
		if n := len(weeks); n != 26 || weeks[n-4] != (Week{"2026-11-02", 4, 3, 2, 1}) || weeks[n-1] != (Week{"2026-11-23", 1, 0, 0, 0}) {
			t.Errorf("%+v", weeks)
		}
		empty := r.get(2)
		empty.Weeks = nil
		if !reflect.DeepEqual(empty, Report{Release: 2}) {
			t.Errorf("%+v", empty)
		}
	}, outbox.Migration(), Migration())
}

// Events come in any order; the numbers do not depend on it.
func TestOrderDoesNotMatter(t *testing.T) {
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			d := dbtest.Open(t, engine, outbox.Migration(), Migration())
			release := int64(0)
			rapid.Check(t, func(rt *rapid.T) {
				release++
				r := newRig(t, d)
				story := r.story(release)
				for _, i := range rapid.Permutation(indices(len(story))).Draw(rt, "order") {
					r.tell(story[i])
					if rapid.IntRange(0, 5).Draw(rt, "drain") == 0 {
						r.drain()
					}
				}
				r.drain()
				got := r.get(release)
				if got.Started != 5 || got.Finished != 2 || got.Dropped != 2 || got.Open != 1 || got.Sent != 3 || got.NoDraft != 1 || got.Decided != 2 || got.Automatic != 1 ||
					got.Withdrawn != 1 || got.Actions != 2 || got.MedianDays != 3 || got.Effort != (Effort{1, 22, 5, 600}) ||
					fmt.Sprint(got.Stops) != "[{late 1 0 2 1800} {name 3 1 1 40} { 0 1 0 0}]" {
					rt.Fatalf("%+v", got)
				}
			})
		})
	}
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// posts are sessions whose token is the post's role.
type posts struct{}

func (posts) Resolve(_ context.Context, token string) (actor.Actor, error) {
	agency, _, officer := strings.Cut(token, "+")
	if !officer {
		return actor.Actor{Person: token, Name: token}, nil
	}
	return actor.Actor{Person: "o", Name: "O", Post: "p", Agency: agency, Role: strings.Replace(token, "+", "/", 1)}, nil
}

func (posts) AliveTx(*db.Tx, string) (bool, error) { return true, nil }

func (r *rig) router() http.Handler {
	r.t.Helper()
	texts, err := locale.Load(web.Texts, ui.Texts, Texts)
	if err != nil {
		r.t.Fatal(err)
	}
	policies, err := policy.Load(Policy)
	if err != nil {
		r.t.Fatal(err)
	}
	const base = "http://balai.example"
	u, err := url.Parse(base)
	if err != nil {
		r.t.Fatal(err)
	}
	h, err := web.New(web.Config{
		BaseURL: u, Sessions: posts{}, Policies: policies, Texts: texts, Clock: r.c, Log: slog.New(slog.DiscardHandler),
		Site: func(ctx context.Context, _ *http.Request) context.Context {
			return ui.WithSite(ctx, ui.Site{L: web.L(ctx), Actor: web.ActorOf(ctx), Name: locale.Same("Balai Khidmat"), BaseURL: base})
		},
		ErrorPage: func(req *http.Request, status int, title, what, todo string) templ.Component {
			return ui.ErrorPage(ui.NewPage(req, title), status, title, what, todo)
		},
		SignIn: func(http.ResponseWriter, *http.Request) (string, error) { return "/sign-in", nil },
	}, r.Routes())
	if err != nil {
		r.t.Fatal(err)
	}
	return h
}

func ask(h http.Handler, path, as string) *httptest.ResponseRecorder {
	req := httptest.NewRequest("GET", "http://balai.example"+path, nil)
	if as != "" {
		req.AddCookie(&http.Cookie{Name: web.SessionCookie, Value: as})
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func TestPages(t *testing.T) {
	r := newRig(t, dbtest.Open(t, "sqlite", outbox.Migration(), Migration()))
	h := r.router()
	const team = "jpn+service-team"
	look := func(state string) {
		for _, path := range []string{"/team", "/team/" + birth, "/team/" + birth + "?release=1", "/team/" + birth + "?release=2&beside=2", "/team/" + birth + "?release=x&beside=-1"} {
			for _, lang := range []string{"ms", "en"} {
				sep := "?"
				if strings.Contains(path, "?") {
					sep = "&"
				}
				w := ask(h, path+sep+"lang="+lang, team)
				if w.Code != http.StatusOK || strings.Contains(w.Body.String(), "⟦") || strings.Contains(w.Body.String(), "%!") {
					t.Errorf("%s %s %s: %d %s", state, path, lang, w.Code, w.Body)
				}
			}
		}
	}
	look("empty")
	r.tell(r.story(1)...)
	r.tell(r.story(2)...)
	r.drain()
	look("filled")
	page := ask(h, "/team/"+birth+"?lang=en", team).Body.String()
	for _, want := range []string{"Terlalu &lt;b&gt;lama&lt;/b&gt;", "Release 2", "Release 1", "The name was asked twice", "3 days", "The child&#39;s name", "20 minutes", "50%", "Before the first page was answered"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if w := ask(h, "/api/v1/team/"+birth, team); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"fields_typed":1`) {
		t.Error(w.Code, w.Body)
	}
}

func TestOnlyItsTeam(t *testing.T) {
	r := newRig(t, dbtest.Open(t, "sqlite", outbox.Migration(), Migration()))
	h := r.router()
	for _, c := range []struct {
		as, path string
		want     int
	}{
		{"jkm+service-team", "/team/" + birth, http.StatusNotFound},
		{"jpn+registration-officer", "/team/" + birth, http.StatusNotFound},
		{"aisyah", "/team/" + birth, http.StatusNotFound},
		{"jpn+service-team", "/team/jpn/nothing", http.StatusNotFound},
		{"jkm+service-team", "/team", http.StatusOK},
		{"jpn+service-team", "/team/" + birth, http.StatusOK},
	} {
		for _, prefix := range []string{"", "/api/v1"} {
			if c.path == "/team" && prefix != "" {
				continue
			}
			if w := ask(h, prefix+c.path, c.as); w.Code != c.want {
				t.Errorf("%s %s%s: %d, want %d", c.as, prefix, c.path, w.Code, c.want)
			}
		}
	}
	if w := ask(h, "/team", "aisyah"); w.Code == http.StatusOK {
		t.Error("a citizen saw the teams' list")
	}
	if w := ask(h, "/team", ""); w.Code == http.StatusOK {
		t.Error("who is signed out saw the teams' list")
	}
}

func TestSpan(t *testing.T) {
	texts, err := locale.Load(Texts)
	if err != nil {
		t.Fatal(err)
	}
	l := texts.For(locale.English)
	for seconds, want := range map[float64]string{0: "0 seconds", 1: "1 second", 59: "59 seconds", 60: "1 minute", 90: "1.5 minutes", 5400: "1.5 hours", 3 * daySeconds: "3 days", 1234.5 * daySeconds: "1,234.5 days"} {
		if got := span(l, seconds); got != want {
			t.Errorf("%v: %q, want %q", seconds, got, want)
		}
	}
}
