package party

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

// Routes is the part's map.
func (p *Party) Routes() []web.Route {
	team := func(method, pattern, action string, h web.Handler) web.Route {
		return web.Route{Method: method, Pattern: pattern, Policy: action, SignIn: true, Handler: h}
	}
	return []web.Route{
		team("GET", "/apps", "party.read", p.list),
		team("GET", "/apps/new", "party.write", p.newPage),
		team("POST", "/apps", "party.write", p.register),
		team("GET", "/apps/{app}", "party.read", p.show),
		team("GET", "/apps/{app}/change", "party.write", p.changePage),
		team("POST", "/apps/{app}", "party.write", p.change),
		team("POST", "/apps/{app}/ask", "party.write", p.ask),
		team("POST", "/apps/{app}/approve", "party.approve", p.approve),
		team("POST", "/apps/{app}/return", "party.approve", p.giveBack),
		team("POST", "/apps/{app}/discard", "party.write", p.discard),
		team("POST", "/apps/{app}/suspend", "party.read", p.suspend),
		team("POST", "/apps/{app}/resume", "party.approve", p.resume),

		web.JSON(web.APIRoute{Method: "GET", Path: "/api/v1/apps", Policy: "party.read", SignIn: true, Summary: "The agency's programs that sign people in"}, p.apiList),
		web.JSON(web.APIRoute{Method: "POST", Path: "/api/v1/apps", Policy: "party.write", SignIn: true, Status: 201, Summary: "Register a program; the sandbox serves it at once"}, p.apiRegister),
		web.JSON(web.APIRoute{Method: "GET", Path: "/api/v1/apps/{app}", Policy: "party.read", SignIn: true, Summary: "One program, and what it lacks before it may go live"}, p.apiShow),
		web.JSON(web.APIRoute{Method: "PUT", Path: "/api/v1/apps/{app}", Policy: "party.write", SignIn: true, Summary: "Change a program; what is live stays until it is approved anew"}, p.apiChange),
		web.JSON(web.APIRoute{Method: "POST", Path: "/api/v1/apps/{app}/ask", Policy: "party.write", SignIn: true, Summary: "Ask that a program goes live"}, p.apiAsk),
		web.JSON(web.APIRoute{Method: "POST", Path: "/api/v1/apps/{app}/approve", Policy: "party.approve", SignIn: true, Summary: "Let a program go live"}, p.apiApprove),
		web.JSON(web.APIRoute{Method: "POST", Path: "/api/v1/apps/{app}/return", Policy: "party.approve", SignIn: true, Summary: "Send a program back to its team, with a reason"}, p.apiReturn),
		web.JSON(web.APIRoute{Method: "POST", Path: "/api/v1/apps/{app}/discard", Policy: "party.write", SignIn: true, Summary: "Drop the changes of a live program that are not approved"}, p.apiDiscard),
		web.JSON(web.APIRoute{Method: "POST", Path: "/api/v1/apps/{app}/suspend", Policy: "party.read", SignIn: true, Summary: "Stop a program at once"}, p.apiSuspend),
	}
}
