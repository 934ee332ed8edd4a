package delegation

import (
	"embed"

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

// Routes is the part's map. What ends at /acting/end is every right, a
// counter's visit among them.
func (x *Delegations) Routes() []web.Route {
	return []web.Route{
		{Method: "GET", Pattern: "/acting", Policy: "delegation.choose", SignIn: true, Handler: x.actingPage},
		{Method: "POST", Pattern: "/acting/end", Policy: "identity.rest", SignIn: true, Handler: x.actingEnd},
		{Method: "POST", Pattern: "/acting/start", Policy: "mandate.use", SignIn: true, Handler: x.actingStart},
		{Method: "GET", Pattern: "/acting/company/{number}", Policy: "delegation.choose", SignIn: true, Handler: x.companyPage},
		{Method: "POST", Pattern: "/acting/company/{number}", Policy: "delegation.choose", SignIn: true, Handler: x.staffName},
		{Method: "GET", Pattern: "/me/mandates", Policy: "mandate.own", SignIn: true, Handler: x.grantsPage},
		{Method: "POST", Pattern: "/me/mandates", Policy: "mandate.own", SignIn: true, Handler: x.grantGive},
		{Method: "POST", Pattern: "/me/mandates/{id}/end", Policy: "mandate.own", SignIn: true, Handler: x.grantEnd},
		{Method: "POST", Pattern: "/me/mandates/{id}/answer", Policy: "mandate.answer", SignIn: true, Handler: x.grantAnswer},
		{Method: "GET", Pattern: "/helper", Policy: "helper.read", SignIn: true, Handler: x.helperPage},
		{Method: "GET", Pattern: "/delegation/orders", Policy: "delegation.order", SignIn: true, Handler: x.ordersPage},
		{Method: "POST", Pattern: "/delegation/orders", Policy: "delegation.order", SignIn: true, Handler: x.orderEnter},
		{Method: "POST", Pattern: "/delegation/orders/{id}", Policy: "delegation.order", SignIn: true, Handler: x.orderDecide},
	}
}
