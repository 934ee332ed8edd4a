package app

import (
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"balai/demo"
	"balai/internal/domain/service"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/locale"
	"gopkg.in/yaml.v3"
)

func searchPath(q, rest string) string { return "/search?q=" + url.QueryEscape(q) + rest }

// TestSearchPage: the page answers whatever is asked, in the page's language,
// and shows a question as text only.
func TestSearchPage(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for _, c := range []struct {
			q    string
			says []string // in English, then in Malay
			not  string
		}{
			{"", []string{"Choose by life event", "Pilih mengikut peristiwa hidup"}, "b-found"},
			{"birth certificate", []string{`href="/service/jpn/birth-registration"`, `href="/service/jpn/birth-registration"`}, "Choose by life event"},
			{"surat beranak", []string{`href="/service/jpn/birth-registration"`, "Boleh dibuat di sini"}, "Choose by life event"},
			{"bisiswa", []string{"<strong>biasiswa</strong>", "Carian dibuat untuk"}, "b-empty"},
			{"paspot anak", []string{"Done at the agency", "Dibuat di agensi"}, ""},
			{"banjir", []string{`href="/life/`, "Peristiwa hidup"}, ""},
			{"qqqqqqqqq zzzzzzzz", []string{"Nothing found for “qqqqqqqqq zzzzzzzz”", "Tiada hasil untuk “qqqqqqqqq zzzzzzzz”"}, `class="b-found"`},
			{"yang dan untuk", []string{"Nothing found", "Tiada hasil"}, `class="b-found"`},      // stop words only
			{"سورت برانق", []string{"Nothing found", "Tiada hasil"}, `class="b-found"`},          // Jawi, which is not understood yet
			{"\x00\x1b[31m\u202e\n", []string{"[31m", "[31m"}, "\u202e"},                         // control characters go
			{"\u202e\x00 ", []string{"Choose by life event", "Pilih mengikut"}, "Nothing found"}, // and where nothing is left, nothing was asked
			{`"><script>alert(1)</script>`, []string{"&lt;script&gt;", "&lt;script&gt;"}, "<script>alert"},
			{strings.Repeat("banjir ", 2000), []string{"nadma/flood-relief", "nadma/flood-relief"}, strings.Repeat("banjir ", 40)},
			{"bantuan\xff\xfebanjir", []string{"nadma/flood-relief", "nadma/flood-relief"}, "\xff"},
		} {
			for i, l := range []locale.Lang{locale.English, locale.Malay} {
				got := r.gets(200, "", "GET", searchPath(c.q, "&lang="+string(l)), nil)
				if !strings.Contains(got.body, c.says[i]) {
					t.Errorf("%.40q in %s does not say %q", c.q, l, c.says[i])
				}
				if c.not != "" && i == 0 && strings.Contains(got.body, c.not) {
					t.Errorf("%.40q in %s says %.60q", c.q, l, c.not)
				}
				if strings.Contains(got.body, "⟦") || strings.Count(got.body, "<h1") != 1 || !strings.Contains(got.body, `lang="`+string(l)+`"`) {
					t.Errorf("%.40q in %s: a sentence, the heading or the language is missing", c.q, l)
				}
			}
		}
		r.wants("a question twice", r.gets(200, "", "GET", "/search?q=banjir&q=biasiswa", nil).StatusCode, 200)
		r.gets(200, "m0", "GET", searchPath("banjir", ""), nil)
		r.gets(200, "salmah/post", "GET", searchPath("banjir", ""), nil)
	})
}

type foundList struct {
	Services []service.ServiceOut `json:"services"`
	Total    *int                 `json:"total"`
	Meant    string               `json:"did_you_mean"`
}

// TestServicesAPI is the contract's GET /api/v1/services?q=&lang=&limit=.
func TestServicesAPI(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ask := func(query string) (out foundList) {
			t.Helper()
			r.must(json.Unmarshal([]byte(r.gets(200, "", "GET", "/api/v1/services"+query, nil).body), &out))
			return out
		}
		all := ask("")
		if len(all.Services) != len(r.service().Services()) || all.Total != nil || all.Services == nil {
			t.Errorf("without a question %d services and a total of %v", len(all.Services), all.Total)
		}
		for _, empty := range []string{"?q=", "?q=%20%00%E2%80%AE", "?lang=en"} {
			if got := ask(empty); len(got.Services) != len(all.Services) {
				t.Errorf("%s gives %d services, not all", empty, len(got.Services))
			}
		}
		if got := ask("?limit=2"); len(got.Services) != 2 || *got.Total != len(all.Services) || got.Services[0].ID != all.Services[0].ID {
			t.Errorf("two of all: %d of %d", len(got.Services), *got.Total)
		}
		found := ask("?q=bantuan&limit=100")
		if *found.Total != len(found.Services) || *found.Total < 5 {
			t.Fatalf("bantuan: %d of %d", len(found.Services), *found.Total)
		}
		ids := func(l foundList) (out []string) {
			for _, s := range l.Services {
				out = append(out, s.ID)
			}
			return out
		}
		few := ask("?q=bantuan&limit=3")
		if !slices.Equal(ids(few), ids(found)[:3]) || *few.Total != *found.Total {
			t.Errorf("three of bantuan are %v of %d, not the first of %v", ids(few), *few.Total, ids(found))
		}
		if got := ask("?q=surat+beranak"); got.Services[0].ID != birth || got.Services[0].Phase != "live" || got.Services[0].Release != 1 {
			t.Errorf("surat beranak: %+v", got.Services[0])
		}
		if got := ask("?q=bisiswa&lang=ms"); got.Meant != "biasiswa" || got.Services[0].ID != "jpa/scholarship" {
			t.Errorf("bisiswa was understood as %q", got.Meant)
		}
		if got := ask("?q=lost+passport&lang=en").Services[0]; got.ID != "imigresen/lost-passport" || got.Phase != "listed" || got.Channel != "agency" || got.URL != "/service/"+got.ID || len(got.LifeEvents) == 0 {
			t.Errorf("a listing: %+v", got)
		}
		if got := ask("?q=qqqqqqqq"); got.Services == nil || len(got.Services) != 0 || *got.Total != 0 {
			t.Errorf("nothing found: %+v", got)
		}
		for query, location := range map[string]string{"?limit=0": "query.limit", "?limit=101": "query.limit", "?limit=-1": "query.limit", "?limit=2.5": "query.limit",
			"?limit=99999999999999999999": "query.limit", "?q=a&limit=x": "query.limit", "?lang=fr": "query.lang", "?lang=MS%00": "query.lang",
			"?q=" + strings.Repeat("a", 201): "query.q"} {
			got := r.gets(422, "", "GET", "/api/v1/services"+query, nil)
			if !strings.Contains(got.Header.Get("Content-Type"), "application/problem+json") || !strings.Contains(got.body, `"location":"`+location+`"`) {
				t.Errorf("%.30s: %s", query, got.body)
			}
		}
		if got := r.gets(422, "", "GET", "/api/v1/services?lang=fr&limit=0", nil); strings.Count(got.body, `"location"`) != 2 {
			t.Errorf("two faults, told as %s", got.body)
		}
	})
}

// TestLifeEventsAPI: a program learns what the page of a life event tells.
func TestLifeEventsAPI(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var out struct {
			Events []service.LifeEventOut `json:"life_events"`
		}
		r.must(json.Unmarshal([]byte(r.gets(200, "", "GET", "/api/v1/life-events", nil).body), &out))
		steps := map[string]service.StepOut{}
		for _, e := range out.Events {
			if len(e.Steps) < len(e.Services) || len(e.Steps) < 3 {
				t.Errorf("%s has %d steps", e.Slug, len(e.Steps))
			}
			page := r.gets(200, "", "GET", "/life/"+e.Slug, nil).body
			for _, s := range e.Steps {
				steps[e.Slug+" "+s.Service] = s
				for what, text := range map[string]locale.Text{"title": s.Title, "why": s.Why, "cost": s.Cost, "time": s.Time} {
					if text.MS == "" || text.EN == "" {
						t.Errorf("%s, %s: no %s", e.Slug, s.Service, what)
					}
				}
				if s.Online != slices.Contains(e.Services, s.Service) || s.Online != (s.Channel == nil) {
					t.Errorf("%s, %s: online is %t", e.Slug, s.Service, s.Online)
				}
				if !s.Online && s.Channel.Counter.MS == "" {
					t.Errorf("%s, %s: nowhere to go", e.Slug, s.Service)
				}
				if len(s.Places) == 0 || !strings.Contains(page, s.URL) {
					t.Errorf("%s, %s: no place, or not on the page", e.Slug, s.Service)
				}
			}
		}
		r.wants("life events", len(out.Events), 9)
		for name, holds := range map[string]func(s service.StepOut) bool{
			"birth-of-a-child jpn/birth-registration": func(s service.StepOut) bool { return s.Online && !slices.Contains(s.Places, "MY-13") },
			"birth-of-a-child jpn/birth-sarawak":      func(s service.StepOut) bool { return slices.Equal(s.Places, []string{"MY-13"}) },
			"birth-of-a-child jpn/mykid":              func(s service.StepOut) bool { return slices.Contains(s.After, birth) },
		} {
			if s, ok := steps[name]; !ok || !holds(s) {
				t.Errorf("%s: %+v", name, s)
			}
		}
		laws := map[string]int{}
		bodies := 0
		for _, s := range steps {
			laws[s.PersonalLaw]++
			bodies += len(s.Bodies)
		}
		if laws["muslim"] == 0 || laws["civil"] == 0 || bodies == 0 {
			t.Errorf("routes by law %v, and %d by place", laws, bodies)
		}
	})
}

// TestEveryListingHasItsPage: whatever a search or a life event leads to is
// there, in both languages, with a way on: none is a dead end.
func TestEveryListingHasItsPage(t *testing.T) {
	var file struct {
		Agencies []struct {
			ID, Level, Site string
			Name            locale.Text
		}
	}
	text, err := demo.Files.ReadFile("agency.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	r := newRigOf(t, dbtest.Open(t, "sqlite", migrations()...), func(h *Hall, tx *db.Tx) error {
		var s directory.Set
		for _, a := range file.Agencies {
			s.Agencies = append(s.Agencies, directory.Agency{ID: a.ID, Name: a.Name, Level: a.Level, Site: a.Site})
		}
		return h.directory.LoadTx(tx, s)
	})
	links := regexp.MustCompile(`href="(/[^"#?]*)`)
	asked := map[string]bool{"/journal": true} // which has no head before the sequencer has run
	follow := func(path string) {
		if !asked[path] && !strings.HasPrefix(path, "/static/") {
			asked[path] = true
			if got := r.ask("", "GET", path, nil); got.StatusCode >= 400 {
				t.Errorf("%s: %d", path, got.StatusCode)
			}
		}
	}
	for _, l := range r.service().Listings() {
		for _, lang := range locale.Langs {
			page := r.ask("", "GET", l.Href(), nil, "Accept-Language", string(lang))
			if page.StatusCode != 200 || !strings.Contains(page.body, html.EscapeString(l.Title.In(lang))) || strings.Contains(page.body, "⟦") {
				t.Errorf("%s in %s: %d, without its title or with a hole", l.ID, lang, page.StatusCode)
			}
			if l.Site != "" && !strings.Contains(page.body, `href="`+l.Site+`"`) || !strings.Contains(page.body, html.EscapeString(l.Counter.In(lang))) {
				t.Errorf("%s in %s does not say where to go", l.ID, lang)
			}
			if l.Checked != nil && strings.Contains(page.body, `href="`+html.EscapeString(l.Checked.Sources[0])+`"`) != l.Checked.Confirmed() {
				t.Errorf("%s in %s hides what it was checked against, or names who does not answer for it", l.ID, lang)
			}
			for _, link := range links.FindAllStringSubmatch(page.body, -1) {
				follow(html.UnescapeString(link[1]))
			}
		}
	}
	if len(asked) < len(r.service().Listings()) {
		t.Errorf("only %d links were followed", len(asked))
	}
}
