package ui

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/locale"
	"github.com/a-h/templ"
)

// Texts holds the kit's own sentences.
//
//go:embed text.yaml
var Texts embed.FS

// Site is what every page of one request knows about the hall and who asks.
type Site struct {
	L       locale.Printer
	Actor   actor.Actor
	Name    locale.Text // the hall's public name
	BaseURL string      // scheme and host, no slash at the end
	Demo    bool
	Unread  int    // messages that wait for the person
	Now     string // today's civil date 2006-01-02, printed at a page's foot; may be empty
	Nav     []NavItem
	Footer  []NavItem
}

// NavItem is one entry of the header's menu or of the footer.
type NavItem struct {
	Text locale.Text
	Href string
	// Prefix marks the entry current for every path beneath it; empty means Href.
	Prefix string
}

type siteKey struct{}

// WithSite gives the request's context what the layout needs.
func WithSite(ctx context.Context, s Site) context.Context {
	return context.WithValue(ctx, siteKey{}, s)
}

// SiteOf is the context's site; the zero Site where there is none.
func SiteOf(ctx context.Context) Site {
	s, _ := ctx.Value(siteKey{}).(Site)
	return s
}

// word is a sentence of the kit in the request's language.
func word(ctx context.Context, key string, kv ...any) string {
	return SiteOf(ctx).L.T("ui."+key, kv...)
}

// Page is one page. NewPage fills what the request knows; a handler sets the rest.
type Page struct {
	L     locale.Printer
	Actor actor.Actor
	Title string // no person's name: a phone is shared
	Path  string // the request's path
	Query string // the request's query, without "?"

	formPath, formQuery string // the page that a form was sent from, where this answers one

	Demo    bool
	Site    locale.Text
	BaseURL string
	Unread  int
	Now     string // today's civil date
	Nav     []NavItem
	Foot    []NavItem

	Before templ.Component // breadcrumbs or back link, above main
	Hero   templ.Component // a band over the whole width, first in main
	Error  bool            // the page shows a form's problems; the title says so first
	Wide   bool            // officers' tables: the width of the window
	Paper  bool            // a document: header and footer are quiet, print is the aim
	Lead   string          // meta description; no personal content
	Public bool            // robots may keep the page
	Alone  bool            // an error page whose address must not be kept
}

// NewPage is the page of a request: everything but the title comes from the
// context that WithSite made.
func NewPage(r *http.Request, title string) Page {
	s := SiteOf(r.Context())
	p := Page{
		L: s.L, Actor: s.Actor, Title: title, Path: r.URL.Path, Query: r.URL.RawQuery,
		Demo: s.Demo, Site: s.Name, BaseURL: s.BaseURL, Unread: s.Unread, Now: s.Now, Nav: s.Nav, Foot: s.Footer,
	}
	if r.Method == http.MethodPost { // there may be no page at the address that a form is sent to
		if from, err := url.Parse(r.Referer()); err == nil && from.Host == r.Host && from.Path != "" {
			p.formPath, p.formQuery = from.Path, from.RawQuery
		}
	}
	return p
}

// FullTitle is the text of the browser's tab.
func (p Page) FullTitle() string {
	t := p.L.Pick(p.Site)
	if p.Title != "" && p.Title != t {
		t = p.Title + " – " + t
	}
	if p.Error {
		t = p.L.T("ui.error.prefix") + " " + t
	}
	return t
}

// In is this page's address in another language.
func (p Page) In(l locale.Lang) string {
	path, query := p.Path, p.Query
	if p.formPath != "" {
		path, query = p.formPath, p.formQuery
	}
	q, err := url.ParseQuery(query)
	if err != nil {
		q = url.Values{}
	}
	q.Set("lang", string(l))
	return path + "?" + q.Encode()
}

// current tells whether the entry is where the person is: "page" for the
// page itself, "true" for a page beneath it, "" elsewhere.
func (p Page) current(n NavItem) string {
	if p.Path == n.Href {
		return "page"
	}
	prefix := n.Prefix
	if prefix == "" {
		prefix = n.Href
	}
	if prefix != "/" && strings.HasPrefix(p.Path, strings.TrimSuffix(prefix, "/")+"/") {
		return "true"
	}
	return ""
}

// lineage are the words that end a given name in Malaysian names.
var lineage = map[string]bool{"bin": true, "binti": true, "bt": true, "a/l": true, "a/p": true, "s/o": true, "d/o": true, "anak": true, "@": true}

// finds tells whether the header has a search box: on citizens' pages, but for
// those that have a larger one of their own.
func (p Page) finds() bool {
	return !p.Actor.Officer() && p.Path != "/" && p.Path != "/search"
}

// shortName is what the header calls the person: the whole name where it is
// short, else the given name before the father's, at most two words of it.
func shortName(name string) string {
	f := strings.Fields(name)
	if len([]rune(name)) <= 14 {
		return strings.Join(f, " ")
	}
	n := 0
	for n < len(f) && n < 2 && !lineage[strings.ToLower(f[n])] {
		n++
	}
	return strings.Join(f[:n], " ")
}

// dateWord is a date field's label; a field of another name is called by it.
func dateWord(ctx context.Context, name string) string {
	switch name {
	case "day", "month", "year":
		return word(ctx, "date."+name)
	case "":
		return ""
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

func errorOf(p Page, title string) Page {
	p.Title, p.Alone = title, true
	return p
}

// signIn is where signing in begins; it leads back to the page it was asked
// from.
func signIn(p Page) string {
	if p.Alone || p.Path == "/" || p.Path == "/sign-in" || p.Path == "" {
		return "/sign-in"
	}
	next := p.Path
	if p.Query != "" {
		next += "?" + p.Query
	}
	return "/sign-in?" + url.Values{"next": {next}}.Encode()
}
