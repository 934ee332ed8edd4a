package bank

import (
	"bytes"
	"net/http"
	"net/url"

	"balai/internal/spine/locale"
	"balai/internal/ui"
	"github.com/a-h/templ"
)

// view is what every page knows.
type view struct {
	L     locale.Printer
	Title string
	Path  string // where the page is to be had; its language is changed there
	Query url.Values
	Error bool // it shows what is wrong with a form
}

// places are where the menu leads.
var places = []struct{ href, key string }{{"/", "bank.home.nav"}, {"/phone", "bank.phone.nav"}, {"/faults", "bank.faults.nav"}}

func (v view) title() string {
	t := v.Title + " – " + v.L.T("bank.name")
	if v.Error {
		t = v.L.T("ui.error.prefix") + " " + t
	}
	return t
}

// in is the page in another language.
func (v view) in(l locale.Lang) string {
	q := url.Values{}
	for k, list := range v.Query {
		q[k] = list
	}
	q.Set("lang", string(l))
	return v.Path + "?" + q.Encode()
}

// view begins a page; path is where it is to be had by GET.
func (b *Bank) view(r *http.Request, title, path string) view {
	l := b.printer(r)
	v := view{L: l, Title: l.T(title), Path: path}
	if r.Method == http.MethodGet {
		v.Query = r.URL.Query()
	}
	return v
}

// show writes a page.
func (b *Bank) show(w http.ResponseWriter, r *http.Request, status int, v view, page templ.Component) error {
	var body bytes.Buffer
	ctx := ui.WithSite(r.Context(), ui.Site{L: v.L, Name: locale.Same(Name)})
	if err := page.Render(ctx, &body); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the client may be gone; nothing follows
	return nil
}

// refusePage says on a page why something was not done.
func (b *Bank) refusePage(w http.ResponseWriter, r *http.Request, err error) {
	no := b.asRefusal(r, err)
	v := b.view(r, "bank.refused", "/")
	v.Query = nil
	if err := b.show(w, r, no.status(), v, refused(v, b.sentence(r, no))); err != nil {
		b.o.Log.Error("the sandbox bank's page of a refusal", "error", err)
	}
}
