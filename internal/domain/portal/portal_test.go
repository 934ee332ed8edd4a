package portal

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/search"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// country is a shelf, a person's matters and a journal for tests.
type country struct {
	events []LifeEvent
	asked  []string // persons whose matters were read
	fails  bool
	home   string // of whoever is signed in
	mine   map[string]Progress
}

func (c *country) LifeEvents() []LifeEvent { return c.events }

func (c *country) Services() []Service { return c.those(true) }
func (c *country) Listings() []Service { return c.those(false) }

func (c *country) those(online bool) []Service {
	var all []Service
	for _, e := range c.events {
		for _, s := range e.Steps {
			if s.Service.Online == online {
				all = append(all, s.Service)
			}
		}
	}
	return all
}

var (
	jpn    = Agency{ID: "jpn", Level: "federal", Name: locale.Text{MS: "Jabatan", EN: "Department"}, Site: "https://www.jpn.example"}
	court  = Agency{ID: "court-12", Level: "state", State: "MY-12", Name: locale.Same("Mahkamah Sabah")}
	court2 = Agency{ID: "court-03", Level: "state", State: "MY-03", Name: locale.Same("Mahkamah Kelantan")}
	city   = Agency{ID: "city", Level: "local", State: "MY-12", Name: locale.Same("Dewan Bandaraya")}
)

func (c *country) Agencies() []Agency { return []Agency{jpn, court, court2, city} }

func (c *country) Home(_ context.Context, person string) (string, error) {
	c.asked = append(c.asked, person)
	return c.home, nil
}

func (c *country) Cases(_ context.Context, person, q string, _ locale.Lang) ([]Own, error) {
	c.asked = append(c.asked, person)
	return []Own{{Ref: "BLH-1", Href: "/case/BLH-1", Title: locale.Same("Own " + q), State: "checking"}}, nil
}

func (c *country) Progress(_ context.Context, a actor.Actor, _ []string) (map[string]Progress, error) {
	c.asked = append(c.asked, a.Person)
	if c.fails {
		return nil, errors.New("no database")
	}
	return c.mine, nil
}

func (c *country) Find(context.Context, search.Query) search.Result { return search.Result{} }

func (c *country) ForYou(_ context.Context, person string) ([]Item, error) {
	c.asked = append(c.asked, person)
	if c.fails {
		return nil, errors.New("no database")
	}
	return []Item{{Title: locale.Same("Bantuan untuk anak anda"), Href: "/me", Tone: "leaf"}}, nil
}

func (c *country) Looks(_ context.Context, person string, _ int) ([]Look, error) {
	c.asked = append(c.asked, person)
	return []Look{{At: 1795400000000000, Who: locale.Same("Pegawai Pendaftaran"), Why: locale.Same("Menyemak"), Href: "/proof"}}, nil
}

func (c *country) Checkpoint(context.Context) ([]byte, error) {
	return []byte("balai.example/journal\n48112\nROOT=\n\n— sig\n"), nil
}
func (c *country) VKey() string   { return "balai.example/journal+00+key" }
func (c *country) Origin() string { return "balai.example/journal" }

func places() (all []string) {
	for _, p := range directory.Places() {
		all = append(all, p.Code)
	}
	return all
}

func event(slug string) LifeEvent {
	register := Service{ID: "jpn/" + slug, Title: locale.Text{MS: "Daftar", EN: "Register"}, Agency: jpn, Online: true, Places: places()}
	return LifeEvent{Slug: slug, Title: locale.Text{MS: "Peristiwa " + slug, EN: "Event " + slug}, Pictogram: "birth", Steps: []Step{{Service: register}}}
}

func open(t *testing.T, c *country) (http.Handler, *locale.Catalog) {
	t.Helper()
	cat, err := locale.Load(ui.Texts, web.Texts, casework.Texts, Texts)
	if err != nil {
		t.Fatal(err)
	}
	x := New(Deps{Shelf: c, Mine: c, Record: c, Finder: c, BaseURL: "https://balai.example", LooksHref: "/me/looks"})
	mux := http.NewServeMux()
	for _, route := range x.Routes() {
		if route.Policy == "" {
			t.Errorf("%s has no policy", route.Pattern)
		}
		mux.HandleFunc(route.Method+" "+route.Pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := route.Handler(w, r); err != nil {
				w.WriteHeader(fault.Status(fault.CodeOf(err)))
			}
		})
	}
	return mux, cat
}

func get(h http.Handler, cat *locale.Catalog, path string, l locale.Lang, a actor.Actor) *httptest.ResponseRecorder {
	ctx := ui.WithSite(web.With(context.Background(), a, cat.For(l)), ui.Site{L: cat.For(l), Actor: a, Name: locale.Same("Balai Khidmat"), BaseURL: "https://balai.example"})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil).WithContext(ctx))
	return w
}

var (
	aisyah  = actor.Actor{Person: "aisyah", Name: "Nur Aisyah binti Rahman"}
	officer = actor.Actor{Person: "off", Name: "Pegawai", Post: "p1", Role: "jpn/registration-officer", Title: locale.Text{MS: "Pegawai Pendaftaran", EN: "Registration Officer"}}
)

var pages = []string{"/", "/life/birth", "/services", "/agencies", "/agency/jpn", "/agency/city", "/about", "/deadline", "/accessibility", "/privacy", "/journal", "/api"}

func TestPages(t *testing.T) {
	for _, events := range [][]LifeEvent{{event("birth")}, {event("birth"), event("work"), event("home")}} {
		h, cat := open(t, &country{events: events})
		for _, path := range pages {
			for _, l := range locale.Langs {
				for _, a := range []actor.Actor{{}, aisyah, officer} {
					w := get(h, cat, path, l, a)
					body := w.Body.String()
					if w.Code != http.StatusOK || strings.Count(body, "<h1") != 1 {
						t.Errorf("%s %s: %d with %d headings", path, l, w.Code, strings.Count(body, "<h1"))
					}
					if i := strings.Index(body, "⟦"); i >= 0 {
						t.Errorf("%s %s: a text is missing: %.60s", path, l, body[i:])
					}
					var packed bytes.Buffer
					z := gzip.NewWriter(&packed)
					_, _ = z.Write(w.Body.Bytes())
					_ = z.Close()
					if packed.Len() > 14<<10 {
						t.Errorf("%s: %d bytes packed; the budget is 14 KB", path, packed.Len())
					}
				}
			}
		}
	}
}

func TestPersonalContent(t *testing.T) {
	c := &country{events: []LifeEvent{event("birth")}}
	h, cat := open(t, c)
	for _, a := range []actor.Actor{{}, officer} {
		if body := get(h, cat, "/", locale.Malay, a).Body.String(); strings.Contains(body, "Bantuan untuk anak anda") || len(c.asked) > 0 {
			t.Errorf("personal content for %+v", a)
		}
	}
	body := get(h, cat, "/", locale.Malay, aisyah).Body.String()
	for _, want := range []string{"Bantuan untuk anak anda", "Pegawai Pendaftaran", `href="/proof"`, `href="/me/looks"`} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is not there", want)
		}
	}
	if i, j := strings.Index(body, "<h1"), strings.Index(body, `id="for-you"`); i < 0 || j < i || j > strings.Index(body, `id="promise"`) {
		t.Error("what concerns the person does not come right after the question")
	}
	if head, _, _ := strings.Cut(body, "</head>"); strings.Contains(head, "Aisyah") {
		t.Error("a person's name is in the page's head")
	}
	c.fails = true
	if w := get(h, cat, "/", locale.Malay, aisyah); w.Code != http.StatusInternalServerError {
		t.Errorf("a failed read answers %d", w.Code)
	}
}

func TestMissingEvent(t *testing.T) {
	h, cat := open(t, &country{events: []LifeEvent{event("birth")}})
	for _, path := range []string{"/life/nothing", "/life/..%2fbirth", "/nothing"} {
		if w := get(h, cat, path, locale.Malay, actor.Actor{}); w.Code != http.StatusNotFound {
			t.Errorf("%s answers %d", path, w.Code)
		}
	}
}

func TestJournalHead(t *testing.T) {
	h, cat := open(t, &country{})
	body := get(h, cat, "/journal", locale.English, actor.Actor{}).Body.String()
	for _, want := range []string{"48,112", "ROOT=", "balai.example/journal&#43;00&#43;key", "--url https://balai.example --key balai.example/journal&#43;00&#43;key"} {
		if !strings.Contains(body, want) && !strings.Contains(body, strings.ReplaceAll(want, "&#43;", "+")) {
			t.Errorf("%q is not there", want)
		}
	}
	if got := headOf([]byte("no note"), "o", "k"); got.Size != 0 || got.Root != "" {
		t.Errorf("got %+v from no note", got)
	}
}

func TestSitemap(t *testing.T) {
	h, cat := open(t, &country{events: []LifeEvent{event("birth")}})
	w := get(h, cat, "/sitemap.xml", locale.Malay, actor.Actor{})
	var set struct {
		URLs []struct {
			Loc string `xml:"loc"`
		} `xml:"url"`
	}
	if err := xml.Unmarshal(w.Body.Bytes(), &set); err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, u := range set.URLs {
		all[u.Loc] = true
	}
	for _, want := range []string{"https://balai.example/", "https://balai.example/life/birth", "https://balai.example/service/jpn/birth"} {
		if !all[want] {
			t.Errorf("%s is not in the sitemap", want)
		}
	}
	if body := get(h, cat, "/robots.txt", locale.Malay, actor.Actor{}).Body.String(); !strings.Contains(body, "Disallow: /me\n") {
		t.Errorf("robots may read personal pages:\n%s", body)
	}
	demo := httptest.NewRecorder()
	if err := New(Deps{Demo: true}).robots(demo, nil); err != nil || !strings.Contains(demo.Body.String(), "Disallow: /\n") {
		t.Errorf("the demo's robots.txt is %q", demo.Body)
	}
}

// TestAPIExplains: what a program must know stands on the page, and the API's
// first address leads there.
func TestAPIExplains(t *testing.T) {
	h, cat := open(t, &country{})
	for _, l := range locale.Langs {
		page := get(h, cat, "/api", l, actor.Actor{}).Body.String()
		for _, want := range []string{">q<", ">lang<", ">limit<", ">Idempotency-Key<", ">for<", "balai_session", "https://balai.example/v1"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: /api does not say %s", l, want)
			}
		}
	}
	w := get(h, cat, "/api/v1", locale.English, actor.Actor{})
	if body := w.Body.String(); w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" ||
		!strings.Contains(body, "https://balai.example/api/openapi.json") || !strings.Contains(body, "/api/v1/services") {
		t.Errorf("/api/v1: %d %s", w.Code, body)
	}
}

// Their own cases are shown to who is signed in as themselves, and nobody else.
func TestOwnCasesAreForTheirPerson(t *testing.T) {
	for name, c := range map[string]struct {
		who  actor.Actor
		sees bool
	}{
		"nobody": {actor.Actor{}, false}, "a citizen": {actor.Actor{Person: "aisyah"}, true},
		"an officer": {actor.Actor{Person: "aisyah", Post: "p"}, false}, "a carer": {actor.Actor{Person: "aisyah", For: actor.For{Person: "m0", As: actor.Carer}}, false},
	} {
		h, cat := open(t, &country{})
		page := get(h, cat, "/search?q=birth", locale.English, c.who).Body.String()
		if strings.Contains(page, `href="/case/BLH-1"`) != c.sees {
			t.Errorf("%s: own cases shown is not %v", name, c.sees)
		}
	}
}
