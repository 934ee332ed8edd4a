// Package web is the one way in: a flat list of routes, each with its policy;
// who acts, in which language; errors as pages or as problem+json; headers
// that keep a browser safe. Start at Router.
package web

import (
	"context"
	"net/http"

	"balai/internal/spine/actor"
	"balai/internal/spine/policy"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// Handler answers a request or returns an error, which the router turns into
// a page or a problem document.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Route is one line of the hall's map.
type Route struct {
	Method, Pattern string // net/http patterns
	Policy          string // the cedar action; a route without one is not served

	// Resource finds what the route is about; nil means the hall itself. A
	// missing object is a fault Missing.
	Resource func(r *http.Request) (policy.Resource, error)

	// Caller tells which program calls, by what the request itself proves: a
	// key, a signature. It is asked before anything is looked up or read, in
	// the place of a session, and may put a body that it has read back into r.
	Caller func(r *http.Request) (actor.Actor, error)

	// SignIn asks for a signed-in person before anything is looked up, so
	// that absent and forbidden cost the same. What the handler writes is
	// written only while the session lives.
	SignIn bool

	// Know is the action whose permission lets a person know that the
	// resource exists; without it, forbidden is answered as missing.
	Know string

	MaxBody int64 // bytes of a request body; 0 means DefaultMaxBody

	Handler Handler

	// CrossSite lets other sites' pages post here: a protocol asks for it, and
	// the handler does nothing for what was posted so but lead on.
	CrossSite bool

	// Refuse says a refusal as the route's own protocol does; nil as
	// everywhere, a page or a problem document.
	Refuse func(w http.ResponseWriter, r *http.Request, p *Problem)

	// Described puts a route with a protocol of another's into
	// /api/openapi.json; nil for a page.
	Described *Described

	api func(huma.API)
}

// DefaultMaxBody bounds a request body where a route does not say otherwise.
const DefaultMaxBody = 1 << 20

// APIRoute describes a JSON route; it appears in /api/openapi.json.
type APIRoute struct {
	Method, Path, Policy, Summary string
	Status                        int // of success; 0 means 200
	Resource                      func(r *http.Request) (policy.Resource, error)
	SignIn                        bool
	Know                          string
	MaxBody                       int64
	Caller                        func(r *http.Request) (actor.Actor, error) // as Route's
	Makes                         bool                                       // answers 201 where something is new, and Status where it is not
}

// How a program signs in, as /api/openapi.json says it: as the person or
// officer whose session it has, or, where it is an agency's own system, by its
// key.
const (
	sessionScheme   = "session"
	signatureScheme = "signature"
	keyScheme       = "key"
	tokenScheme     = "token"

	// PaymentScheme is the key of an agency's system for payments.
	PaymentScheme = "payment-key"

	signatureDoc = "An agency's system signs each request as Standard Webhooks 1.0 says, with its key: webhook-id, webhook-timestamp and " +
		"webhook-signature over id.timestamp.body, and Balai-Agency with the agency's id. A request without a body signs its path and query in the body's place."
	keyDoc = "A key that was made with --bearer may be sent alone."

	tokenDoc = "Below /v2, where the protocol is GOV.UK Notify's: a JSON web token, signed with HS256 by the key's secret (the last 36 characters of the key). " +
		"Its iss is the service's id (the 36 characters before the secret, without the hyphen between), its iat the time, at most 30 seconds off."

	paymentDoc = "Below /v1, where the protocol is GOV.UK Pay's: the key that `balai agency payments key` printed, as it is. " +
		"A key for tests reaches payments of the sandbox only, one made with --live real money."

	signInDoc = "A program acts as the person or officer who signed in, with that session's cookie, " + SessionCookie + ". " +
		"Sign in at /sign-in in a browser and send the cookie with each request; officers choose the post they act in at /me/posts. " +
		"In the demo country, POST /demo/sign-in with the form field as=ID, such as as=aisyah, answers with the cookie. " +
		"A session ends at sign-out, and after seven days at the latest. Operations without a security requirement need no session."
)

// JSON makes a route from a typed function. I holds path, query, header and
// Body fields as huma reads them; O holds a Body and headers.
func JSON[I, O any](r APIRoute, fn func(ctx context.Context, in *I) (*O, error)) Route {
	return Route{
		Method: r.Method, Pattern: r.Path, Policy: r.Policy, Resource: r.Resource,
		SignIn: r.SignIn, Know: r.Know, MaxBody: r.MaxBody, Caller: r.Caller,
		api: func(api huma.API) {
			op := huma.Operation{
				OperationID: r.Policy + " " + r.Method + " " + r.Path, Method: r.Method, Path: r.Path,
				Summary: r.Summary, DefaultStatus: r.Status, MaxBodyBytes: r.MaxBody,
				Tags: []string{"balai"},
			}
			if r.Caller != nil {
				op.Security = []map[string][]string{{signatureScheme: {}}, {keyScheme: {}}}
			} else if r.SignIn {
				op.Security = []map[string][]string{{sessionScheme: {}}}
			}
			if op.MaxBodyBytes == 0 {
				op.MaxBodyBytes = DefaultMaxBody
			}
			op.Responses = map[string]*huma.Response{}
			defer func() {
				if usual := op.Responses["200"]; r.Makes && usual != nil {
					made := *usual
					made.Description = http.StatusText(http.StatusCreated)
					op.Responses["201"] = &made
				}
			}()
			huma.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
				out, err := fn(ctx, in)
				if err != nil {
					return nil, problemOf(ctx, err)
				}
				return out, nil
			})
		},
	}
}

// adapter hands huma's handlers to the router, which puts the route's policy
// in front of them.
type adapter struct {
	handle func(op *huma.Operation, h http.HandlerFunc)
	mux    http.Handler
}

func (a adapter) Handle(op *huma.Operation, handler func(huma.Context)) {
	a.handle(op, func(w http.ResponseWriter, r *http.Request) { handler(humago.NewContext(op, r, w)) })
}

func (a adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }
