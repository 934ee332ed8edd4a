package operating

import "balai/internal/spine/web"

// Routes is the part's map.
func (x *Operating) Routes() []web.Route {
	return []web.Route{
		{Method: "GET", Pattern: "/status", Policy: "operating.read", Handler: x.statusShow},
		web.JSON(web.APIRoute{Method: "GET", Path: "/api/v1/status", Policy: "operating.read", Summary: "How the hall itself is doing"}, x.apiStatus),
	}
}
