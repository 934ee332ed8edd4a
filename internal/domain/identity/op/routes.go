package op

import (
	"embed"
	"net/http"
	"strings"

	"balai/internal/spine/web"
)

// Texts are this part's sentences.
//
//go:embed text.yaml
var Texts embed.FS

// Policy is this part's cedar text.
//
//go:embed policy.cedar
var Policy string

// formMost bounds what a program sends: assertions and keys are small.
const formMost = 64 << 10

// Routes is the part's map: the endpoints of each provider, and what a person
// has agreed to.
func (o *OP) Routes() []web.Route {
	routes := []web.Route{
		{Method: "GET", Pattern: "/me/consents", Policy: "op.own", SignIn: true, Handler: o.consentsPage},
		{Method: "POST", Pattern: "/me/consents/{client}/withdraw", Policy: "op.own", SignIn: true, Handler: o.consentWithdraw},
		{Method: "GET", Pattern: "/me/calls", Policy: "op.own", SignIn: true, Handler: o.callsPage},
		{Method: "POST", Pattern: "/me/calls/{id}", Policy: "op.own", SignIn: true, Handler: o.callAnswer},
	}
	for _, r := range o.realms {
		add := func(method, path string, kind endpoint) {
			routes = append(routes, web.Route{Method: method, Pattern: r.prefix + path, Policy: "op.provider", MaxBody: formMost, Handler: o.serve(r, kind),
				CrossSite: kind == page && method == http.MethodPost && !strings.HasSuffix(path, "{callback}")})
		}
		routes = append(routes, web.Route{Method: "GET", Pattern: r.prefix + "/.well-known/openid-configuration", Policy: "op.provider", Handler: o.discover(r)})
		add(http.MethodGet, "/oidc/jwks", program)
		add(http.MethodPost, "/oidc/token", gathering)
		for _, path := range []string{"/oidc/introspect", "/oidc/revoke"} {
			add(http.MethodPost, path, program)
		}
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			for _, path := range []string{"/oidc/authorize", "/oidc/authorize/{callback}", "/oidc/end-session", "/oidc/end-session/{callback}"} {
				add(method, path, page)
			}
			add(method, "/oidc/userinfo", program)
		}
		if r.fapi() {
			add(http.MethodPost, "/oidc/par", gathering)
			add(http.MethodPost, "/oidc/bc-authorize", gathering)
		}
	}
	return routes
}
