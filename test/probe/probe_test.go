package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sound is a page that meets every criterion of a page.
const sound = `<!doctype html><html lang="%s"><head><title>%[3]s</title><meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><a href="#main-content">skip</a><a href="?lang=%[2]s">language</a><form action="/search"><label for="q">Search</label><input id="q" name="q"></form>
<main id="main-content"><h1>%[3]s</h1><img src="/a.svg" alt=""><a href="/other">on</a>%[4]s</main></body></html>`

// site answers every path with a page, spoilt where spoil says so.
func site(t *testing.T, spoil func(path, lang, page string) (string, int)) *crawler {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lang := r.URL.Query().Get("lang")
		page := fmt.Sprintf(sound, lang, map[string]string{"ms": "en", "en": "ms"}[lang], "page in "+lang, "")
		status := http.StatusOK
		if spoil != nil {
			page, status = spoil(r.URL.Path, lang, page)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(page))
	}))
	t.Cleanup(s.Close)
	c, err := newCrawler(s.URL, 40)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.crawl(context.Background(), "/"); err != nil {
		t.Fatal(err)
	}
	return c
}

// of judges only what every page has to have.
func of(c *crawler) map[string]bool {
	j := &judging{ctx: context.Background(), c: c}
	j.links()
	j.mobile()
	j.languages()
	j.accessible()
	j.home()
	out := map[string]bool{}
	for _, r := range j.list {
		out[r.name] = r.met
	}
	return out
}

// TestProbeFinds: a sound site meets every criterion of its pages, and each
// fault is found by the criterion that is about it and by no other.
func TestProbeFinds(t *testing.T) {
	for name, met := range of(site(t, nil)) {
		if !met {
			t.Errorf("a sound site does not meet %q", name)
		}
	}
	replace := func(old, new string) func(path, lang, page string) (string, int) {
		return func(path, lang, page string) (string, int) {
			if path == "/other" {
				page = strings.Replace(page, old, new, 1)
			}
			return page, http.StatusOK
		}
	}
	for _, c := range []struct {
		criterion string
		spoil     func(path, lang, page string) (string, int)
	}{
		{"Active hyperlinks, inside", replace("</main>", `<a href="/gone">gone</a></main>`)},
		{"Active hyperlinks, inside", replace("</main>", `<a href="http://%zz">wrong</a></main>`)},
		{"Hyperlinks to other sites, by their form", replace("</main>", `<a href="mailto:nobody">mail</a></main>`)},
		{"Hyperlinks to other sites, by their form", replace("</main>", `<a href="https://user:secret@agency.example/">site</a></main>`)},
		{"Mobile web", replace("width=device-width", "width=1024")},
		{"Multi-language", replace(`<html lang="en"`, `<html lang="ms"`)},
		{"Multi-language", replace("?lang=ms", "?")},
		{"Multi-language", func(path, _, page string) (string, int) {
			return strings.ReplaceAll(page, "page in en", "page in ms"), http.StatusOK
		}},
		{"W3C accessibility, by machine", replace(` alt=""`, "")},
		{"W3C accessibility, by machine", replace(`<label for="q">`, "<label>")},
		{"W3C accessibility, by machine", replace("</h1>", "</h1><h1>again</h1>")},
		{"W3C accessibility, by machine", replace(`href="#main-content"`, `href="#"`)},
		{"Home page length", func(path, _, page string) (string, int) {
			if path == "/" {
				page = strings.Replace(page, "</main>", strings.Repeat("word ", homeWords)+"</main>", 1)
			}
			return page, http.StatusOK
		}},
	} {
		gone := c.spoil
		results := of(site(t, func(path, lang, page string) (string, int) {
			if path == "/gone" {
				return "", http.StatusNotFound
			}
			return gone(path, lang, page)
		}))
		for name, met := range results {
			if met == (name == c.criterion) {
				t.Errorf("a fault of %q: %q is met %v", c.criterion, name, met)
			}
		}
	}
}

// TestProbeIsBounded: a site that never ends is left, and not passed.
func TestProbeIsBounded(t *testing.T) {
	c := site(t, func(path, _, page string) (string, int) {
		return strings.Replace(page, "/other", path+"x/", 1), http.StatusOK
	})
	if len(c.pages) != 40 || of(c)["Active hyperlinks, inside"] {
		t.Errorf("%d pages read, links met %v", len(c.pages), of(c)["Active hyperlinks, inside"])
	}
}

// TestTableIsWritten: the document keeps what stands around its table.
func TestTableIsWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "probe.md")
	if err := os.WriteFile(file, []byte("before\n"+begin+"old\n"+end+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	list := []result{{"One | two", "a\nb", "/", true}, {"Three", "c", "/", false}}
	if err := rewrite(file, markdown(list)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"before\n" + begin, `| Three | **no** | c | / |`, "| a b |", "1 of 2 met.", end + "after\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the document lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "old") || metAll(list) || !metAll(slices.DeleteFunc(list, func(r result) bool { return !r.met })) {
		t.Error("the old table stands, or a criterion that is not met passes")
	}
	if err := os.WriteFile(file, []byte("no marks"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := rewrite(file, "x"); err == nil {
		t.Error("a document without marks was overwritten")
	}
}
