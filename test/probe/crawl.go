package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"
)

// langs are those in which every page has to be.
var langs = []string{"ms", "en"}

// mostBytes bounds one answer.
const mostBytes = 8 << 20

// crawler reads pages as a visitor who has not signed in.
type crawler struct {
	base   *url.URL
	client *http.Client
	most   int

	pages    []*page
	dead     map[string]string // internal address: why, and where it stood
	external map[string]string // address: where it stood
	header   http.Header       // of the front page
	cut      bool              // there were more pages than most
}

func newCrawler(base string, most int) (*crawler, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%q is no address of a hall", base)
	}
	c := &crawler{base: u, most: most, dead: map[string]string{}, external: map[string]string{}}
	c.client = c.visitor() // the language that somebody chose goes with them to the door
	return c, nil
}

// visitor is a client of its own, with cookies.
func (c *crawler) visitor() *http.Client {
	jar, _ := cookiejar.New(nil) // never an error without options
	return &http.Client{Timeout: 30 * time.Second, Jar: jar}
}

// crawl reads every page that a link leads to from start, in each language.
func (c *crawler) crawl(ctx context.Context, start string) error {
	from := map[string]string{start: ""}
	todo := []string{start}
	for len(todo) > 0 {
		path := todo[0]
		todo = todo[1:]
		for _, lang := range langs {
			if len(c.pages) >= c.most {
				c.cut = true
				return nil
			}
			p, err := c.get(ctx, path, lang)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil || p.status != http.StatusOK {
				why := fmt.Sprint(err)
				if err == nil {
					why = fmt.Sprint("status ", p.status)
				}
				c.dead[path] = why + ", on " + from[path]
				break
			}
			c.pages = append(c.pages, p)
			for _, l := range p.links {
				next, ok := c.follow(path, l)
				if _, seen := from[next]; ok && !seen {
					from[next] = path
					todo = append(todo, next)
				}
			}
			if !p.html {
				break // a file is in no language
			}
		}
	}
	return nil
}

// follow is the path of an internal link; others are noted.
func (c *crawler) follow(on, link string) (path string, ok bool) {
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil {
		c.dead[link] = "no address, on " + on
		return "", false
	}
	at := c.base.ResolveReference(&url.URL{Path: on}).ResolveReference(u)
	switch {
	case at.Scheme == "data" || link == "":
		return "", false
	case at.Host != c.base.Host || at.Scheme != c.base.Scheme:
		if _, known := c.external[at.String()]; !known {
			c.external[at.String()] = on
		}
		return "", false
	}
	q := at.Query()
	q.Del("lang")
	if strings.HasPrefix(at.Path, "/sign-in") {
		q.Del("next") // one page, whatever comes after it
	}
	path = at.Path
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return path, true
}

// get reads one page in a language.
func (c *crawler) get(ctx context.Context, path, lang string) (*page, error) {
	u := c.base.ResolveReference(&url.URL{})
	rel, err := url.Parse(path)
	if err != nil {
		return nil, err
	}
	u.Path, u.RawQuery = rel.Path, rel.RawQuery
	q := u.Query()
	q.Set("lang", lang)
	u.RawQuery = q.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	res, err := c.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, mostBytes))
	if err != nil {
		return nil, err
	}
	p := &page{path: path, lang: lang, status: res.StatusCode, took: time.Since(began), kind: res.Header.Get("Content-Type")}
	if path == "/" {
		c.header = res.Header
	}
	return p, p.read(body)
}

// at is a page that was read, nil where none was.
func (c *crawler) at(path, lang string) *page {
	i := slices.IndexFunc(c.pages, func(p *page) bool { return p.path == path && p.lang == lang })
	if i < 0 {
		return nil
	}
	return c.pages[i]
}

// under are the pages below a path, in Malay.
func (c *crawler) under(prefix string) (out []*page) {
	for _, p := range c.pages {
		if strings.HasPrefix(p.path, prefix) && p.lang == "ms" {
			out = append(out, p)
		}
	}
	return out
}

// malformed are external links that no browser could follow.
func (c *crawler) malformed() (out []string) {
	for _, link := range slices.Sorted(maps.Keys(c.external)) {
		u, err := url.Parse(link)
		good := err == nil
		switch {
		case !good:
		case u.Scheme == "mailto":
			_, domain, ok := strings.Cut(u.Opaque, "@")
			good = ok && strings.Contains(domain, ".")
		case u.Scheme == "tel":
			good = len(u.Opaque) > 2 && strings.Trim(u.Opaque, "+0123456789-") == ""
		default:
			good = (u.Scheme == "https" || u.Scheme == "http") && strings.Contains(u.Hostname(), ".") && u.User == nil
		}
		if !good {
			out = append(out, link+" on "+c.external[link])
		}
	}
	return out
}
