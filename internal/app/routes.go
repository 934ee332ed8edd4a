package app

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"text/tabwriter"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/web"
	"balai/internal/ui"
	"balai/internal/ui/kit"
	"github.com/a-h/templ"
)

// open makes the router over every part's routes.
func (h *Hall) open() (err error) {
	h.metrics = newMetrics(h)
	site := h.site()
	h.router, err = web.New(web.Config{
		BaseURL: h.base, Sessions: h.sessions, Policies: h.policies, Texts: h.texts, Clock: h.clock, Log: h.log, Version: Version,
		Site: func(ctx context.Context, r *http.Request) context.Context {
			a := web.ActorOf(ctx)
			s := ui.Site{L: web.L(ctx), Actor: a, Name: site, BaseURL: h.cfg.Get("base-url"), Demo: h.cfg.Demo,
				Now: clock.Day(h.clock.Now()), Nav: h.nav(a), Footer: h.footer()}
			if a.SignedIn() && !a.Acting() && r.Method == http.MethodGet {
				// The count is a courtesy: a page without it is still right.
				_ = h.db.Read(ctx, func(tx *db.Tx) (err error) {
					s.Unread, err = h.notify.Unread(tx, a.Person)
					return err
				})
			}
			return ui.WithSite(ctx, s)
		},
		ErrorPage: func(r *http.Request, status int, title, what, todo string) templ.Component {
			return ui.ErrorPage(ui.NewPage(r, title), status, title, what, todo)
		},
		Refuse:  payment.Stray,
		SignIn:  h.identity.SignIn,
		Observe: h.metrics.observe,
		Trace: func(r *http.Request) (*http.Request, func(string, int)) {
			if h.tracer == nil {
				return r, func(string, int) {}
			}
			return h.tracer.begin(r)
		},
	}, h.routes())
	if err != nil {
		return err
	}
	h.identity.ReplayThrough(h.router)
	return nil
}

// hallRoutes are those of no part: health, metrics, the journal's tiles and
// the style sheet.
func (h *Hall) hallRoutes() []web.Route {
	journal, static := h.journal.Handler(), ui.Static()
	handler := func(x http.Handler) web.Handler {
		return func(w http.ResponseWriter, r *http.Request) error { x.ServeHTTP(w, r); return nil }
	}
	routes := []web.Route{
		{Method: "GET", Pattern: "/healthz", Policy: "hall.read", Handler: h.healthz},
		{Method: "GET", Pattern: "/readyz", Policy: "hall.read", Handler: h.readyz},
		{Method: "GET", Pattern: "/metrics", Policy: "hall.measure", Handler: h.measure},
		{Method: "GET", Pattern: "/journal/checkpoint", Policy: "hall.read", Handler: handler(journal)},
		{Method: "GET", Pattern: "/journal/tile/{path...}", Policy: "hall.read", Handler: handler(journal)},
		{Method: "GET", Pattern: "/static/{file}", Policy: "hall.read", Handler: handler(static)},
	}
	if h.cfg.Demo {
		routes = append(routes, web.Route{Method: "GET", Pattern: "/demo/kit", Policy: "hall.read", Handler: kitShow})
	}
	return routes
}

// kitShow draws every component in every state, for who builds pages.
func kitShow(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, kit.Page(ui.NewPage(r, web.L(r.Context()).T("kit.title"))))
}

func (h *Hall) healthz(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := fmt.Fprintln(w, "ok")
	return err
}

// readyz tells whether the hall can do its work: the database answers.
func (h *Hall) readyz(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if err := h.db.Ping(ctx); err != nil {
		h.log.Error("not ready", "error", err)
		w.WriteHeader(http.StatusServiceUnavailable)
		_, err := fmt.Fprintln(w, "the database does not answer")
		return err
	}
	_, err := fmt.Fprintln(w, "ready")
	return err
}

// runRoutes prints the map of the hall.
func runRoutes(ctx context.Context, args, environ []string, std Std) error {
	fs := flag.NewFlagSet("balai routes", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	asJSON := fs.Bool("json", false, "print JSON")
	demo := fs.Bool("demo", false, "with the demo's own routes")
	if err := fs.Parse(args); err != nil {
		return misuse{reason: err.Error(), line: true}
	}
	if err := words(fs.Args(), 0, 0, ""); err != nil {
		return err
	}
	h, done, err := scratch(ctx, *demo)
	if err != nil {
		return err
	}
	defer done()
	if *asJSON {
		type line struct {
			Method   string `json:"method"`
			Pattern  string `json:"pattern"`
			Policy   string `json:"policy"`
			SignIn   bool   `json:"sign_in"`
			Resource bool   `json:"resource"`
		}
		var all []line
		for _, r := range h.router.Routes() {
			all = append(all, line{r.Method, r.Pattern, r.Policy, r.SignIn, r.Resource != nil})
		}
		enc := json.NewEncoder(std.Out)
		enc.SetIndent("", "  ")
		return enc.Encode(all)
	}
	w := tabwriter.NewWriter(std.Out, 0, 4, 2, ' ', 0)
	for _, r := range h.router.Routes() {
		about := ""
		if r.Resource != nil {
			about = "resource"
		}
		if r.SignIn {
			about += " signed in"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.Method, r.Pattern, r.Policy, about)
	}
	return w.Flush()
}
