package backoffice

import (
	"net/http"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/policy"
	"balai/internal/spine/web"
)

// Routes is the part's map.
func (b *BackOffice) Routes() []web.Route {
	system := func(method, path, policy, summary string) web.APIRoute {
		return web.APIRoute{Method: method, Path: "/api/v1/back-office" + path, Policy: policy, Summary: summary, SignIn: true, Caller: b.Caller}
	}
	about := func(method, path, policy string, h web.Handler) web.Route {
		return web.Route{Method: method, Pattern: "/office/{ref}" + path, Policy: policy, SignIn: true, Resource: b.caseResource, Handler: h}
	}
	makes := func(r web.APIRoute) web.APIRoute {
		r.Makes = true
		return r
	}
	document := system("POST", "/cases/{their_ref}/documents", "office.write", "Put a document into a case, as JSON or as a form with a file")
	document.MaxBody = maxDocumentBody
	seen := web.APIRoute{Method: "GET", Path: "/api/v1/office-cases/{ref}", Policy: "office.see", SignIn: true, Resource: b.caseResource,
		Summary: "A case that an agency keeps in its own system, as its person sees it"}
	return []web.Route{
		web.JSON(makes(system("PUT", "/cases/{their_ref}", "office.write", "Hand in a case, or how it stands now")), b.apiPutCase),
		web.JSON(system("GET", "/cases/{their_ref}", "office.fetch", "A case as the hall has it, with what the person wrote"), b.apiGetCase),
		web.JSON(makes(system("POST", "/cases/{their_ref}/messages", "office.write", "Write to the person")), b.apiMessage),
		web.JSON(makes(document), b.apiDocument),
		web.JSON(makes(system("PUT", "/holdings/{name}", "office.write", "Say what the agency holds about a person")), b.apiHolding),
		web.JSON(system("GET", "/events", "office.fetch", "What happened here, in order; for what a webhook missed"), b.apiEvents),
		web.JSON(system("POST", "/events/{id}/replay", "office.write", "Send an event again, under its old id"), b.apiReplay),
		web.JSON(system("PUT", "/webhook", "office.write", "Say where this key's events go"), b.apiWebhook),
		web.JSON(web.APIRoute{Method: "GET", Path: "/api/v1/me/office-cases", Policy: "office.mine", SignIn: true,
			Summary: "My cases that agencies keep in their own systems"}, b.apiMine),
		web.JSON(seen, b.apiSee),
		{Method: "GET", Pattern: "/api/back-office", Policy: "hall.read", Handler: b.guideShow},
		about("GET", "", "office.see", b.caseShow),
		about("POST", "/reply", "office.reply", b.replySave),
		about("GET", "/withdraw", "office.withdraw", b.withdrawShow),
		about("POST", "/withdraw", "office.withdraw", b.withdrawSave),
		about("GET", "/file/{id}", "office.see", b.documentShow),
		{Method: "GET", Pattern: "/me/held/office/{agency}/{name}", Policy: "office.mine", SignIn: true, Handler: b.disputeShow},
		{Method: "POST", Pattern: "/me/held/office/{agency}/{name}", Policy: "office.mine", SignIn: true, Handler: b.disputeSave},
	}
}

// caseResource is the case named in the path, for the policies.
func (b *BackOffice) caseResource(r *http.Request) (policy.Resource, error) {
	var c Case
	err := b.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		c, err = caseByRef(tx, id.NormalRef(r.PathValue("ref")))
		return err
	})
	if err != nil && fault.CodeOf(err) != fault.Missing {
		return policy.Resource{}, err
	}
	// A case that is not there is nobody's: the same look-up, the same answer.
	return policy.Resource{Type: "OfficeCase", ID: c.Ref, Attrs: map[string]any{"person": c.Person, "service": c.Service, "agency": c.Agency}}, nil
}
