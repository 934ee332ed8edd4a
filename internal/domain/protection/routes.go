package protection

import (
	"net/http"

	"balai/internal/spine/policy"
	"balai/internal/spine/web"
)

// Routes is the part's map.
func (p *Protection) Routes() []web.Route {
	manage := func(method, path string, h web.Handler) web.Route {
		return web.Route{Method: method, Pattern: "/protection" + path, Policy: "protection.manage", SignIn: true, Handler: h}
	}
	ask := func(method string, h web.Handler) web.Route {
		return web.Route{Method: method, Pattern: "/desk/{ref}/protected", Policy: "protection.ask", SignIn: true, Know: "case.read",
			Resource: func(r *http.Request) (policy.Resource, error) { return p.CaseResource(r, r.PathValue("ref")) }, Handler: h}
	}
	return []web.Route{
		manage("GET", "", p.orderList),
		manage("GET", "/new", p.orderForm),
		manage("POST", "/new", p.orderMake),
		manage("GET", "/order/{id}", p.orderShow),
		manage("POST", "/order/{id}/lift", p.orderLift),
		manage("GET", "/request/{id}", p.openingShow),
		manage("POST", "/request/{id}", p.openingDecide),
		ask("GET", p.askShow),
		ask("POST", p.askSave),
		{Method: "GET", Pattern: "/me/protection", Policy: "protection.own", SignIn: true, Handler: p.mineShow},
	}
}
