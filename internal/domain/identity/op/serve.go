package op

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"

	"balai/internal/spine/web"
	"balai/internal/ui"
	"github.com/luikyv/go-oidc/pkg/goidc"
)

// Kinds of endpoints: pages are for people; programs' answers are held until what
// they stand on is known; and those that gather write at their end, see work.
type endpoint int

const (
	page endpoint = iota
	program
	gathering
)

// serve hands a request to a provider.
func (o *OP) serve(r realm, kind endpoint) web.Handler {
	return func(w http.ResponseWriter, req *http.Request) error {
		if req.Method == http.MethodPost {
			if err := req.ParseForm(); err != nil {
				return badAnswer(w, http.StatusBadRequest, "invalid_request", "the form cannot be read")
			}
		}
		if req.PathValue("callback") == "" && (twice(req.PostForm) || twice(req.URL.Query())) {
			return badAnswer(w, http.StatusBadRequest, "invalid_request", "a parameter is there twice")
		}
		if req.Method == http.MethodGet && req.PathValue("callback") == "" {
			if to, err := o.reopened(req, r); err != nil || to != "" {
				if err != nil {
					return err
				}
				return web.SeeOther(w, req, to)
			}
		}
		if strings.HasSuffix(req.URL.Path, "/oidc/jwks") {
			o.lookAgain(r)
		}
		if kind == page && req.PathValue("callback") == "" && o.cross.Check(req) != nil {
			// Another site's form, which both protocols allow (RP-Initiated Logout 1.0, 2; OpenID Connect Core 1.0,
			// 3.1.2.1). It comes without the person's session, and does no more than a link.
			return web.SeeOther(w, req, req.URL.EscapedPath()+"?"+req.PostForm.Encode())
		}
		decoded(req)
		job := o.newWork(r, req, kind)
		if kind == page && strings.HasSuffix(req.URL.Path, "/oidc/end-session") {
			if err := o.aged(req, r, job); err != nil {
				return err
			}
		}
		var failed pageFault
		ctx := context.WithValue(context.WithValue(req.Context(), workKey{}, job), faultKey{}, &failed)
		in := below(req.WithContext(ctx), r.prefix)
		if kind != page {
			held := &response{header: w.Header(), status: http.StatusOK}
			o.handlers[r.name].ServeHTTP(held, in)
			o.rest(req.Context(), job)
			if job.failed {
				return badAnswer(w, http.StatusServiceUnavailable, "temporarily_unavailable", "what was asked for could not be read; ask again")
			}
			if job.hasty && bytes.Contains(held.body.Bytes(), []byte(goidc.ErrorCodeAuthPending)) {
				return badAnswer(w, http.StatusBadRequest, string(goidc.ErrorCodeSlowDown), "the answer is not there yet, and this was asked less than an interval ago")
			}
			w.WriteHeader(held.status)
			_, _ = w.Write(held.body.Bytes()) // a program that has gone
			return nil
		}
		o.handlers[r.name].ServeHTTP(w, in)
		if failed.refused {
			l := web.L(req.Context())
			if strings.HasSuffix(in.URL.Path, "/oidc/end-session") {
				return web.Render(w, req, http.StatusBadRequest, leaveView(ui.NewPage(req, l.T("op.out.title")), web.ActorOf(req.Context()).SignedIn() && r.name != Sandbox))
			}
			title := l.T("op.refused.title")
			return web.Render(w, req, http.StatusBadRequest, ui.ErrorPage(ui.NewPage(req, title), http.StatusBadRequest, title, l.T("op.refused.what"), l.T("op.refused.do")))
		}
		return failed.err
	}
}

// decoded makes a client's name and secret in the header what they are: they are
// sent form-encoded (RFC 6749, 2.3.1), and the library reads them as they come.
func decoded(r *http.Request) {
	id, secret, ok := r.BasicAuth()
	if !ok {
		return
	}
	plainID, err := url.QueryUnescape(id)
	plain, err2 := url.QueryUnescape(secret)
	if err == nil && err2 == nil {
		r.Header = r.Header.Clone()
		r.SetBasicAuth(plainID, plain)
	}
}

// below is the request as its provider knows it: the library puts the issuer in
// front of the path when it checks which address a proof was made for, and a
// proof is made for an address without its query (RFC 9449, 4.2).
func below(r *http.Request, prefix string) *http.Request {
	u := *r.URL
	u.Path = strings.TrimPrefix(u.Path, prefix)
	u.RawPath = ""
	r.URL = &u
	r.RequestURI = (&url.URL{Path: u.Path}).EscapedPath()
	return r
}

// A response is an answer that is kept until it may go.
type response struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *response) Header() http.Header         { return r.header }
func (r *response) WriteHeader(status int)      { r.status = status }
func (r *response) Write(b []byte) (int, error) { return r.body.Write(b) }

// twice tells whether a parameter stands more than once, which OAuth forbids
// (RFC 6749, 3.1 and 3.2): who checks one may use the other.
func twice(v url.Values) bool {
	for _, list := range v {
		if len(list) > 1 {
			return true
		}
	}
	return false
}

// badAnswer is an error in the protocol's words.
func badAnswer(w http.ResponseWriter, status int, code, what string) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, err := w.Write([]byte(`{"error":"` + code + `","error_description":"` + what + `"}`))
	return err
}
