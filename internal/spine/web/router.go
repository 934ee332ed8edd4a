package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/policy"
	"github.com/a-h/templ"
	"github.com/danielgtaylor/huma/v2"
)

// SessionCookie carries the session token, LangCookie the chosen language.
const (
	SessionCookie = "balai_session"
	LangCookie    = "balai_lang"
)

// Config is what the router needs of the rest of the hall.
type Config struct {
	BaseURL  *url.URL // scheme and host of the hall's one address
	Sessions interface {
		Resolve(ctx context.Context, token string) (actor.Actor, error)
		AliveTx(tx *db.Tx, session string) (bool, error)
	}
	Policies *policy.Set
	Texts    *locale.Catalog
	Clock    clock.Clock
	Log      *slog.Logger
	Version  string

	// Site decorates the request's context for the pages' layout.
	Site func(ctx context.Context, r *http.Request) context.Context
	// ErrorPage draws a fault for a person.
	ErrorPage func(r *http.Request, status int, title, what, todo string) templ.Component
	// Refuse answers as another's protocol does, at an address that is of one; false
	// where it is not.
	Refuse func(w http.ResponseWriter, r *http.Request, p *Problem) bool
	// SignIn is where somebody who must sign in is sent; it may keep a posted
	// form so that nothing typed is lost.
	SignIn func(w http.ResponseWriter, r *http.Request) (location string, err error)
	// Observe is told of each request once it is answered.
	Observe func(pattern string, status int, took time.Duration)
	// Trace begins a span of the request and gives what ends it; nil traces nothing.
	Trace func(r *http.Request) (*http.Request, func(pattern string, status int))
}

// Router serves the routes. Make it with New.
type Router struct {
	cfg    Config
	mux    *http.ServeMux
	routes []Route
	cross  *http.CrossOriginProtection
	csp    string
}

// New registers every route; one without a policy or a handler is an error.
func New(cfg Config, routes []Route) (*Router, error) {
	rt := &Router{cfg: cfg, mux: http.NewServeMux(), routes: routes, cross: http.NewCrossOriginProtection()}
	if err := rt.cross.AddTrustedOrigin(cfg.BaseURL.Scheme + "://" + cfg.BaseURL.Host); err != nil {
		return nil, fmt.Errorf("web: base URL: %w", err)
	}
	rt.csp = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; " +
		"connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
	useProblems()
	var current Route
	ad := adapter{mux: rt.mux}
	ad.handle = func(op *huma.Operation, h http.HandlerFunc) {
		rt.mux.Handle(op.Method+" "+op.Path, rt.guard(current, func(w http.ResponseWriter, r *http.Request) error {
			h(w, r)
			return nil
		}))
	}
	hc := huma.DefaultConfig("Balai", cfg.Version)
	hc.OpenAPIPath, hc.DocsPath, hc.SchemasPath, hc.CreateHooks = "", "", "", nil
	hc.Formats = formats()
	hc.Servers = []*huma.Server{{URL: cfg.BaseURL.String()}}
	hc.Info.Description = signInDoc
	hc.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		sessionScheme:   {Type: "apiKey", In: "cookie", Name: SessionCookie, Description: signInDoc},
		signatureScheme: {Type: "apiKey", In: "header", Name: "webhook-signature", Description: signatureDoc},
		keyScheme:       {Type: "http", Scheme: "bearer", Description: keyDoc},
		PaymentScheme:   {Type: "http", Scheme: "bearer", Description: paymentDoc},
		tokenScheme:     {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: tokenDoc}}
	api := huma.NewAPI(hc, ad)
	for _, r := range routes {
		if r.Policy == "" {
			return nil, fmt.Errorf("web: %s %s has no policy", r.Method, r.Pattern)
		}
		if r.CrossSite {
			rt.cross.AddInsecureBypassPattern(r.Method + " " + r.Pattern)
		}
		switch current = r; {
		case r.api != nil:
			r.api(api)
		case r.Handler != nil:
			rt.mux.Handle(r.Method+" "+r.Pattern, rt.guard(r, r.Handler))
			if r.Described != nil {
				api.OpenAPI().AddOperation(r.Described.operation(r, api.OpenAPI().Components.Schemas))
			}
		default:
			return nil, fmt.Errorf("web: %s %s has no handler", r.Method, r.Pattern)
		}
	}
	doc, err := api.OpenAPI().MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("web: openapi: %w", err)
	}
	open := Route{Method: "GET", Pattern: "/api/openapi.json", Policy: "hall.read"}
	rt.routes = append(rt.routes, open)
	rt.mux.Handle("GET "+open.Pattern, rt.guard(open, func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		_, err := w.Write(doc)
		return err
	}))
	return rt, nil
}

// Routes lists what is served, in order of registration.
func (rt *Router) Routes() []Route { return rt.routes }

// ServeHTTP is the way of every request: host, headers, language, who acts,
// cross-site check, route.
func (rt *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := rt.cfg.Clock.Now()
	rec := &recorder{ResponseWriter: w}
	info := &info{lang: rt.cfg.Texts.For(locale.Malay)}
	r = r.WithContext(context.WithValue(r.Context(), infoKey{}, info))
	ended := func(string, int) {}
	if rt.cfg.Trace != nil {
		r, ended = rt.cfg.Trace(r)
	}
	defer func() {
		if v := recover(); v != nil {
			if v == http.ErrAbortHandler {
				panic(v)
			}
			rt.cfg.Log.Error("panic", "pattern", info.pattern, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			if !rec.wrote {
				rt.fail(rec, r, fault.New(fault.Internal, "web.error.internal"))
			}
		}
		took := rt.cfg.Clock.Now().Sub(start)
		if rt.cfg.Observe != nil {
			rt.cfg.Observe(info.pattern, rec.status, took)
		}
		ended(info.pattern, rec.status)
		level := slog.LevelInfo
		if quiet(info.pattern) {
			level = slog.LevelDebug
		}
		// The route and not the address, which may name a person.
		rt.cfg.Log.Log(r.Context(), level, "request", "method", r.Method, "route", info.pattern, "status", rec.status, "took", took)
	}()
	if !rt.ownHost(r) {
		http.Redirect(rec, r, rt.cfg.BaseURL.Scheme+"://"+rt.cfg.BaseURL.Host+r.URL.RequestURI(), http.StatusTemporaryRedirect)
		return
	}
	rt.headers(rec.Header())
	info.lang = rt.cfg.Texts.For(rt.chooseLang(rec, r))
	if c, err := r.Cookie(SessionCookie); err == nil && !strings.HasPrefix(r.URL.Path, "/static/") {
		a, err := rt.cfg.Sessions.Resolve(r.Context(), c.Value)
		if err != nil {
			rt.fail(rec, r, err)
			return
		}
		info.actor = a
	}
	if rt.cfg.Site != nil {
		r = r.WithContext(rt.cfg.Site(r.Context(), r))
	}
	if err := rt.cross.Check(r); err != nil {
		rt.fail(rec, r, fault.New(fault.Denied, "web.error.cross_site").Wrap(err))
		return
	}
	h, pattern := rt.mux.Handler(r)
	info.pattern = pattern
	if pattern == "" {
		rt.unrouted(rec, r, h)
		return
	}
	rt.mux.ServeHTTP(rec, r)
}

// quiet are routes that programs ask for all the time.
func quiet(pattern string) bool {
	switch pattern {
	case "GET /static/{file}", "GET /healthz", "GET /readyz", "GET /metrics":
		return true
	}
	return false
}

// unrouted answers for paths and methods that no route has; the mux knows
// which methods a path allows.
func (rt *Router) unrouted(w http.ResponseWriter, r *http.Request, h http.Handler) {
	probe := &recorder{ResponseWriter: discard{http.Header{}}}
	h.ServeHTTP(probe, r)
	switch {
	case probe.status == http.StatusMethodNotAllowed:
		w.Header().Set("Allow", probe.Header().Get("Allow"))
		rt.failAs(w, r, http.StatusMethodNotAllowed, fault.New(fault.Missing, "web.error.method"))
	case probe.status/100 == 3:
		h.ServeHTTP(w, r)
	case strings.HasSuffix(r.URL.Path, "/") && r.URL.Path != "/":
		rt.untrail(w, r)
	default:
		rt.fail(w, r, fault.New(fault.Missing, "web.error.missing"))
	}
}

// untrail sends a path without its last slash, still escaped and with its
// query: a browser drops a bare tab from "/<tab>/host" and would leave the hall.
func (rt *Router) untrail(w http.ResponseWriter, r *http.Request) {
	to := "/" + strings.Trim(r.URL.EscapedPath(), "/\\")
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	if SafeNext(to, "") == "" {
		rt.fail(w, r, fault.New(fault.Missing, "web.error.missing"))
		return
	}
	http.Redirect(w, r, to, http.StatusPermanentRedirect)
}

// ownHost tells whether the request came to the hall's own address. Programs
// that name the machine otherwise still reach the API, health and journal.
func (rt *Router) ownHost(r *http.Request) bool {
	if strings.EqualFold(r.Host, rt.cfg.BaseURL.Host) {
		return true
	}
	for _, open := range []string{"/api/", "/v2/", "/journal/", "/healthz", "/readyz", "/metrics", "/certificate/keys.json"} {
		if strings.HasPrefix(r.URL.Path, open) {
			return true
		}
	}
	return false
}

func (rt *Router) headers(h http.Header) {
	h.Set("Content-Security-Policy", rt.csp)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Vary", "Cookie, Accept-Language")
	h.Set("Cache-Control", "no-store")
	if rt.cfg.BaseURL.Scheme == "https" {
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
}

// chooseLang: ?lang, then the cookie, then Accept-Language, then Malay.
func (rt *Router) chooseLang(w http.ResponseWriter, r *http.Request) locale.Lang {
	if q := r.URL.Query().Get("lang"); q != "" {
		if l, ok := locale.ParseLang(q); ok {
			http.SetCookie(w, &http.Cookie{Name: LangCookie, Value: string(l), Path: "/", MaxAge: 365 * 24 * 3600,
				SameSite: http.SameSiteLaxMode, Secure: rt.cfg.BaseURL.Scheme == "https", HttpOnly: true})
			return l
		}
	}
	if c, err := r.Cookie(LangCookie); err == nil {
		if l, ok := locale.ParseLang(c.Value); ok {
			return l
		}
	}
	return acceptLang(r.Header.Get("Accept-Language"))
}

// acceptLang picks the offered language with the highest weight (RFC 9110,
// 12.5.4); Malay where none of ours is asked for.
func acceptLang(header string) locale.Lang {
	best, weight := locale.Malay, 0.0
	for _, part := range strings.Split(header, ",") {
		tag, params, _ := strings.Cut(part, ";")
		l, ok := locale.ParseLang(tag)
		if !ok {
			continue
		}
		q := 1.0
		if v, has := strings.CutPrefix(strings.TrimSpace(params), "q="); has {
			if f, err := strconv.ParseFloat(v, 64); err == nil {
				q = f
			}
		}
		if q > weight {
			best, weight = l, q
		}
	}
	return best
}

// guard puts sign-in, resource and policy in front of a handler.
func (rt *Router) guard(route Route, next Handler) http.Handler {
	maxBody := route.MaxBody
	if maxBody == 0 {
		maxBody = DefaultMaxBody
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if route.Caller != nil {
			a, err := route.Caller(r)
			if err != nil {
				rt.refuseAs(route, w, r, err)
				return
			}
			infoOf(r.Context()).actor = a
		}
		if err := rt.permit(route, r); err != nil {
			rt.refuseAs(route, w, r, err)
			return
		}
		plain := r.Context()
		if a := ActorOf(plain); route.SignIn && a.Session != "" {
			r = r.WithContext(db.OnlyIf(plain, func(tx *db.Tx) error { return rt.lives(tx, a.Session) }))
		}
		if err := next(w, r); err != nil {
			r = r.WithContext(plain)
			if errors.Is(err, errEnded) { // from here on as one that came too late
				infoOf(plain).actor = actor.Actor{}
			}
			rt.refuseAs(route, w, r, err)
		}
	})
}

var errEnded = fault.New(fault.SignedOut, "web.error.signed_out")

// lives refuses what a session writes that is over. Who acts is asked before the
// body of a request is read, and a body can be held back for as long as it takes
// its owner to end the session: that is asked again in each commit.
func (rt *Router) lives(tx *db.Tx, session string) error {
	alive, err := rt.cfg.Sessions.AliveTx(tx, session)
	if err == nil && !alive {
		err = errEnded
	}
	return err
}

// refuseAs refuses as the route's own protocol does, where it has one.
func (rt *Router) refuseAs(route Route, w http.ResponseWriter, r *http.Request, err error) {
	if route.Refuse == nil || r.Context().Err() != nil {
		rt.refuse(w, r, err)
		return
	}
	p := problemOf(r.Context(), err)
	if p.Status >= 500 && fault.CodeOf(err) != fault.Busy {
		rt.cfg.Log.Error("request failed", "method", r.Method, "pattern", infoOf(r.Context()).pattern, "error", err)
	}
	if f, ok := fault.As(err); ok && f.Code == fault.Busy {
		w.Header().Set("Retry-After", retryAfter(f.After))
	}
	route.Refuse(w, r, p)
}

func (rt *Router) permit(route Route, r *http.Request) error {
	a := ActorOf(r.Context())
	if route.SignIn && !a.SignedIn() {
		return fault.New(fault.SignedOut, "web.error.signed_out")
	}
	if route.SignIn && a.For.Over && !rt.cfg.Policies.Allow(a, route.Policy, policy.Hall()) {
		return fault.New(fault.Denied, "web.error.acting_over")
	}
	res := policy.Hall()
	if route.Resource != nil {
		found, err := route.Resource(r)
		if err != nil {
			return err
		}
		res = found
	}
	if rt.cfg.Policies.Allow(a, route.Policy, res) {
		return nil
	}
	switch {
	case route.Resource == nil && a.Acting():
		return fault.New(fault.Denied, "web.error.acting")
	case !a.SignedIn():
		return fault.New(fault.SignedOut, "web.error.signed_out")
	case route.Resource == nil, route.Know != "" && rt.cfg.Policies.Allow(a, route.Know, res):
		return fault.New(fault.Denied, "web.error.denied")
	default:
		return fault.New(fault.Missing, "web.error.missing")
	}
}

// asking adds what the sign-in has to be, where one is not enough: the error's
// aal, ial and fresh.
func asking(to string, err error) string {
	f, ok := fault.As(err)
	if !ok || f.Key != "web.error.step_up" {
		return to
	}
	q := url.Values{}
	for i := 0; i+1 < len(f.Args); i += 2 {
		q.Set(fmt.Sprint(f.Args[i]), fmt.Sprint(f.Args[i+1]))
	}
	sep := "?"
	if strings.Contains(to, "?") {
		sep = "&"
	}
	return to + sep + q.Encode()
}

// refuse sends a signed-out person to the sign-in page and everybody else an
// error.
func (rt *Router) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if fault.CodeOf(err) == fault.SignedOut && !wantsJSON(r) && rt.cfg.SignIn != nil {
		to, err2 := rt.cfg.SignIn(w, r)
		if err2 == nil {
			http.Redirect(w, r, asking(to, err), http.StatusSeeOther)
			return
		}
		err = err2
	}
	rt.fail(w, r, err)
}

func (rt *Router) fail(w http.ResponseWriter, r *http.Request, err error) {
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		rt.failAs(w, r, http.StatusRequestEntityTooLarge, fault.New(fault.Invalid, "web.error.too_big").Wrap(err))
		return
	}
	status := fault.Status(fault.CodeOf(err))
	if f, ok := fault.As(err); ok {
		status = f.Status()
	}
	rt.failAs(w, r, status, err)
}

func (rt *Router) failAs(w http.ResponseWriter, r *http.Request, status int, err error) {
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return // nobody is listening
	}
	if rec, is := w.(*recorder); is && rec.wrote {
		// An error's page has no place behind what was sent. Mostly whoever asked is gone.
		level := slog.LevelError
		if r.Context().Err() != nil {
			level = slog.LevelDebug
		}
		rt.cfg.Log.Log(r.Context(), level, "an answer was cut off", "method", r.Method, "pattern", infoOf(r.Context()).pattern, "error", err)
		return
	}
	if status >= 500 && fault.CodeOf(err) != fault.Busy {
		rt.cfg.Log.Error("request failed", "method", r.Method, "pattern", infoOf(r.Context()).pattern, "error", err)
	}
	if f, ok := fault.As(err); ok && f.Code == fault.Busy {
		w.Header().Set("Retry-After", retryAfter(f.After))
	}
	if own := rt.cfg.Refuse; own != nil && own(w, r, &Problem{Status: status, Code: string(fault.CodeOf(err))}) {
		return
	}
	if wantsJSON(r) || rt.cfg.ErrorPage == nil {
		problem := problemOf(r.Context(), err)
		problem.Status, problem.Title = status, http.StatusText(status)
		problem.write(w)
		return
	}
	l := L(r.Context())
	f, ok := fault.As(err)
	if !ok {
		f = fault.New(fault.Internal, "web.error.internal")
	}
	what := l.T(f.Key, f.Args...)
	for _, field := range f.Fields {
		what += " " + l.T(field.Key, field.Args...)
	}
	says := string(f.Code)
	switch f.Key {
	case "web.error.acting_over", "web.error.acting", "web.error.method": // who serves somebody is told what became of that
		says = strings.TrimPrefix(f.Key, "web.error.")
	}
	page := rt.cfg.ErrorPage(r, status, l.T("web.title."+says), what, l.T("web.todo."+says))
	if err := Render(w, r, status, page); err != nil {
		rt.cfg.Log.Error("error page", "error", err)
	}
}

// wantsJSON: programs ask under /api/ or say so.
func wantsJSON(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, "/scim/") || strings.HasPrefix(r.URL.Path, "/v2/") || strings.Contains(r.Header.Get("Accept"), "json")
}

// Render writes a page whole or not at all.
func Render(w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	var b bytes.Buffer
	if err := c.Render(r.Context(), &b); err != nil {
		return fmt.Errorf("web: render: %w", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", string(L(r.Context()).Lang()))
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, err := w.Write(b.Bytes())
	return err
}

// SeeOther redirects after a post.
func SeeOther(w http.ResponseWriter, r *http.Request, to string) error {
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}
