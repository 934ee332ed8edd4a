package desk

import (
	"net/http"

	"balai/internal/spine/casework"
	"balai/internal/spine/policy"
	"balai/internal/spine/web"
)

// Routes is the part's map.
func (d *Desk) Routes() []web.Route {
	about := func(method, path, policy string, h web.Handler) web.Route {
		return web.Route{Method: method, Pattern: "/desk/{ref}" + path, Policy: policy, SignIn: true, Resource: d.resource,
			Know: "case.read", Handler: h}
	}
	act := func(kind, path string) web.Route { return about("POST", "/"+path, "case."+kind, d.act(kind)) }
	return []web.Route{
		{Method: "GET", Pattern: "/desk", Policy: "desk.read", SignIn: true, Handler: d.queueShow},
		web.JSON(web.APIRoute{Method: "GET", Path: "/api/v1/desk", Policy: "desk.read", SignIn: true,
			Summary: "The officer's queue by remaining working time"}, d.apiQueue),
		{Method: "GET", Pattern: "/desk/find", Policy: "desk.work", SignIn: true, Handler: d.findShow},
		{Method: "POST", Pattern: "/desk/find", Policy: "desk.work", SignIn: true, Handler: d.findDo},
		web.JSON(web.APIRoute{Method: "POST", Path: "/api/v1/desk/find", Policy: "desk.work", SignIn: true,
			Summary: "A person's cases in the officer's queue, by whole name or identity number; recorded with the reason"}, d.apiFind),
		{Method: "POST", Pattern: "/desk/bulk", Policy: "desk.work", SignIn: true, Handler: d.bulkSave},
		{Method: "GET", Pattern: "/desk/head", Policy: "desk.head", SignIn: true, Handler: d.headShow},
		{Method: "GET", Pattern: "/desk/leave", Policy: "desk.work", SignIn: true, Handler: d.leaveShow},
		{Method: "POST", Pattern: "/desk/leave", Policy: "desk.work", SignIn: true, Handler: d.leaveSave},
		{Method: "POST", Pattern: "/desk/leave/{leave}/end", Policy: "desk.work", SignIn: true, Handler: d.leaveEnd},
		{Method: "GET", Pattern: "/desk/phrases", Policy: "desk.phrase", SignIn: true, Handler: d.phraseShow},
		{Method: "POST", Pattern: "/desk/phrases", Policy: "desk.phrase", SignIn: true, Handler: d.phraseSave},
		{Method: "POST", Pattern: "/desk/phrases/{phrase}/change", Policy: "desk.phrase", SignIn: true, Handler: d.phraseSave},
		{Method: "POST", Pattern: "/desk/phrases/{phrase}/remove", Policy: "desk.phrase", SignIn: true, Handler: d.phraseRemove},
		{Method: "POST", Pattern: "/desk/phrases/{phrase}/restore", Policy: "desk.phrase", SignIn: true, Handler: d.phraseRestore},
		about("GET", "", "case.read", d.caseShow),
		about("GET", "/file/{file}", "case.see", d.fileShow),
		about("GET", "/evidence/{file}", "case.see", d.evidenceShow),
		act(casework.Take, "take"),
		about("GET", "/hand-over", "case.hand_over", d.handOverShow),
		about("POST", "/hand-over", "case.hand_over", d.handOverSave),
		act(casework.Check, "check"),
		act(casework.Ask, "ask"),
		act(casework.Fee, "fee"),
		act(casework.Decide, "decide"),
		act(casework.AuditFind, "audit-find"),
		act(casework.Correct, "correct"),
		act(casework.Revoke, "revoke"),
		act(casework.Message, "message"),
		act(casework.Recuse, "recuse"),
		act(casework.Rejoin, "rejoin"),
	}
}

// resource is the case named in the path, for the policies.
func (d *Desk) resource(r *http.Request) (policy.Resource, error) {
	return d.Service.CaseResource(r, r.PathValue("ref"))
}
