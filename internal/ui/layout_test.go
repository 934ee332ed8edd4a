package ui

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/locale"
	"github.com/a-h/templ"
)

// render draws a component.
func render(t *testing.T, ctx context.Context, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func page(t *testing.T, l locale.Lang, url string, change func(*Site)) (context.Context, Page) {
	t.Helper()
	s := SiteOf(testContext(t, l))
	s.Nav = []NavItem{{Text: locale.Text{MS: "Perkhidmatan", EN: "Services"}, Href: "/services", Prefix: "/service"}}
	s.Footer = []NavItem{{Text: locale.Text{MS: "Privasi", EN: "Privacy"}, Href: "/privacy"}}
	if change != nil {
		change(&s)
	}
	ctx := WithSite(context.Background(), s)
	r := httptest.NewRequest(http.MethodGet, url, nil).WithContext(ctx)
	return ctx, NewPage(r, "Tajuk")
}

var inline = regexp.MustCompile(`(?i)<[^>]+\s(style|on[a-z]+)=|<script(?:>|\s[^>]*>)[^<]`)

func TestLayout(t *testing.T) {
	signedIn := actor.Actor{Person: "p", Name: "Nur Aisyah binti Rahman"}
	cases := map[string]struct {
		site func(*Site)
		page func(*Page)
		want []string
		not  []string
	}{
		"signed out": {want: []string{`href="/sign-in?next=%2Fservices%3Fq%3D1"`}, not: []string{"/sign-out", "/demo"}},
		"signed in": {site: func(s *Site) { s.Actor = signedIn; s.Unread = 2 },
			want: []string{"/sign-out", "Nur Aisyah", `method="post"`}, not: []string{"/sign-in", "Rahman"}},
		"demo":       {site: func(s *Site) { s.Demo = true }, want: []string{`href="/demo"`}},
		"problem":    {page: func(p *Page) { p.Error = true }, want: []string{"<title>"}},
		"public":     {page: func(p *Page) { p.Public = true }, want: []string{`hreflang="ms"`, `hreflang="en"`}, not: []string{"noindex"}},
		"private":    {want: []string{"noindex"}},
		"above main": {page: func(p *Page) { p.Before = BackLink(BackLinkProps{Href: "/x"}) }, want: []string{`class="govuk-back-link"`}},
	}
	for name, c := range cases {
		for _, l := range locale.Langs {
			t.Run(name+" "+string(l), func(t *testing.T) {
				ctx, p := page(t, l, "/services?q=1", c.site)
				if c.page != nil {
					c.page(&p)
				}
				got := render(t, ctx, Layout(p))
				if strings.Contains(got, "⟦") {
					t.Errorf("a text is missing:\n%s", got)
				}
				if !strings.Contains(got, `<html lang="`+string(l)+`"`) {
					t.Error("the page does not say its language")
				}
				if m := inline.FindString(got); m != "" {
					t.Errorf("inline script or style: %s", m)
				}
				for _, w := range c.want {
					if !strings.Contains(got, w) {
						t.Errorf("%q is not there:\n%s", w, got)
					}
				}
				for _, w := range c.not {
					if strings.Contains(got, w) {
						t.Errorf("%q is there", w)
					}
				}
			})
		}
	}
}

func TestLanguageKeepsTheAddress(t *testing.T) {
	_, p := page(t, locale.Malay, "/life/x?q=a%26b&lang=ms", nil)
	if got, want := p.In(locale.English), "/life/x?lang=en&q=a%26b"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The answer to a form stands at an address that may have no page: the other
// language is that of the page it was sent from.
func TestLanguageOfAnAnsweredForm(t *testing.T) {
	for from, want := range map[string]string{
		"http://hall.example/counter?x=1": "/counter?lang=en&x=1",
		"http://evil.example/x":           "/counter/find?lang=en",
		"":                                "/counter/find?lang=en",
	} {
		r := httptest.NewRequest("POST", "http://hall.example/counter/find", nil)
		r.Header.Set("Referer", from)
		if got := NewPage(r, "").In(locale.English); got != want {
			t.Errorf("from %q: got %s, want %s", from, got, want)
		}
	}
}

func TestCurrentEntry(t *testing.T) {
	n := NavItem{Href: "/services", Prefix: "/service"}
	for path, want := range map[string]string{"/services": "page", "/service/jpn/x": "true", "/": "", "/servicesx": ""} {
		if got := (Page{Path: path}).current(n); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

func TestShortName(t *testing.T) {
	for name, want := range map[string]string{
		"Nur Aisyah binti Rahman": "Nur Aisyah", "Kavitha a/p Subramaniam": "Kavitha", "Lim Siew Hua": "Lim Siew Hua", "Suria": "Suria", "": "",
		"Jennifer anak Gunting": "Jennifer", "Muhammad Aiman Hakim bin Razif": "Muhammad Aiman", "Tan Mei  Ling": "Tan Mei Ling", "bin Abdullah bin Ahmad": "",
	} {
		if got := shortName(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestHostileText puts markup and script addresses into every open door.
func TestHostileText(t *testing.T) {
	evil := `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	ctx, p := page(t, locale.Malay, "/", func(s *Site) { s.Actor = actor.Actor{Person: "p", Name: evil} })
	p.Title, p.Query, p.Path, p.Lead = evil, "q="+evil, "/"+evil, evil
	all := []templ.Component{
		Layout(p), ErrorPage(p, 500, evil, evil, evil),
		Input(InputProps{Name: evil, Value: evil, Label: Label(evil), Hint: Hint(evil), ErrorMessage: Err(evil)}),
		Textarea(TextareaProps{Name: "x", Value: "</textarea>" + evil}),
		Notice(NoticeProps{Title: evil, Text: evil, Href: "javascript:alert(1)"}),
		Button(ButtonProps{Text: evil, Href: "javascript:alert(1)"}),
		Problems(Problem{Href: "javascript:alert(1)", Text: evil}),
		Timeline([]TimelineItem{{Title: evil, Text: evil, By: evil, When: evil, Exact: evil}}),
		Speech(SpeechProps{Who: evil, Text: evil}), Sourced(evil, evil), Reference(evil),
		Trace([]TraceRow{{Text: evil, Note: evil, Rule: evil}}),
	}
	for _, c := range all {
		got := render(t, ctx, c)
		if strings.Contains(got, "<script>alert") || strings.Contains(got, "<img") || strings.Contains(got, `href="javascript:`) {
			t.Errorf("markup came through:\n%s", got)
		}
	}
}

func TestDeadlineBar(t *testing.T) {
	ctx := testContext(t, locale.English)
	due := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		p    DeadlineProps
		want string
	}{
		"runs":   {DeadlineProps{Used: 3, Budget: 5, Due: due}, "You will have a decision by Thursday 26 November 2026, 5:00pm."},
		"paying": {DeadlineProps{Used: 3, Budget: 5, Paused: true, Paying: true}, "The clock is stopped until the payment comes."},
		"paused": {DeadlineProps{Used: 3, Budget: 5, Paused: true}, "The clock is stopped while we wait for your answer."},
		"late":   {DeadlineProps{Used: 6, Budget: 5}, "This is 1 working day late."},
		"over":   {DeadlineProps{Used: 2, Budget: 5, Over: true}, "A decision was made. The clock has ended."},
		"after":  {DeadlineProps{Budget: 5, Over: true, Days: []Day{{Day: "2026-11-26", Kind: "future", N: 3}}}, "after the decision; not counted"},
	} {
		if got := render(t, ctx, DeadlineBar(c.p)); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q is not in\n%s", name, c.want, got)
		}
	}
	days := []Day{{Day: "2026-11-22", Kind: "event"}, {Day: "2026-11-23", Kind: "holiday", Name: "Deepavali", Estimated: true}, {Day: "2026-11-24", Kind: "future", N: 1, Due: true}}
	got := render(t, ctx, DeadlineBar(DeadlineProps{Budget: 1, Days: days, Due: due}))
	for _, want := range []string{"23 November 2026: public holiday, Deepavali", "(estimated date)", "will be working day 1; last day", "Not counted"} {
		if !strings.Contains(strings.Join(strings.Fields(got), " "), want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

func TestStatic(t *testing.T) {
	a := load(fstest.MapFS{})
	if a.err == nil || !strings.Contains(a.err.Error(), "make assets") {
		t.Errorf("a kit without assets does not say what to do: %v", a.err)
	}
	if err := Built(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"balai.css", "balai.js"} {
		r := httptest.NewRequest(http.MethodGet, Asset(name), nil)
		r.Header.Set("Accept-Encoding", "gzip")
		w := httptest.NewRecorder()
		Static().ServeHTTP(w, r)
		size, _ := io.Copy(io.Discard, w.Body)
		if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Header().Get("Content-Encoding") != "gzip" {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
		if size > 24<<10 {
			t.Errorf("%s is %d bytes packed; the budget is 24 KB", name, size)
		}
	}
	w := httptest.NewRecorder()
	Static().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/static/../ui.go", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("a file outside the kit answers %d", w.Code)
	}
}
