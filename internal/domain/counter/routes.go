package counter

import "balai/internal/spine/web"

// Routes is the part's map. A visit is ended where every acting is: see the
// identity part's /acting/end.
func (c *Counter) Routes() []web.Route {
	page := func(method, path string, h web.Handler) web.Route {
		return web.Route{Method: method, Pattern: "/counter" + path, Policy: "counter.serve", SignIn: true, Handler: h}
	}
	return []web.Route{
		page("GET", "", c.counterShow),
		page("POST", "/find", c.personFind),
		page("GET", "/found/{find}", c.foundShow),
		page("POST", "/visits", c.visitBegin),
	}
}
