package letter

import (
	"net/http"
	"strings"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/policy"
	"balai/internal/spine/web"
)

// Routes is the part's map. Who may see what a case is about may print what was written
// about it.
func (x *Letters) Routes() []web.Route {
	routes := []web.Route{
		{Method: "GET", Pattern: "/letter/{code}", Policy: "letter.check", Handler: x.letterCheck},
		{Method: "GET", Pattern: "/me/contact", Policy: "me.read", SignIn: true, Handler: x.contactShow},
		{Method: "POST", Pattern: "/me/contact", Policy: "me.write", SignIn: true, Handler: x.contactChoose},
		{Method: "GET", Pattern: "/letters", Policy: "letter.office", SignIn: true, Handler: x.batchList},
		{Method: "GET", Pattern: "/letters/batch/{day}", Policy: "letter.office", SignIn: true, Handler: x.batchShow},
		{Method: "POST", Pattern: "/letters/returned", Policy: "letter.office", SignIn: true, Handler: x.letterReturn},
		{Method: "GET", Pattern: "/letters/unreached", Policy: "letter.unreached", SignIn: true, Handler: x.unreachedList},
		{Method: "GET", Pattern: "/letters/case/{ref}", Policy: "case.see", SignIn: true, Resource: x.ofCase, Handler: x.caseShow},
		{Method: "GET", Pattern: "/letters/case/{ref}/certificate/{code}", Policy: "case.see", SignIn: true, Resource: x.ofCase, Handler: x.paperPrint},
		// One pattern serves the page and, with .pdf, the file.
		{Method: "GET", Pattern: "/letters/{code}", Policy: "case.see", SignIn: true, Resource: x.resource, Handler: x.letterShow},
		{Method: "POST", Pattern: "/letters/{code}/hand", Policy: "letter.hand", SignIn: true, Resource: x.resource, Know: "case.see",
			Handler: x.letterHand},
	}
	if x.Demo {
		routes = append(routes, web.Route{Method: "GET", Pattern: "/demo/letters", Policy: "letter.check", Handler: x.demoShow})
	}
	return routes
}

// ofCase is the case in the path.
func (x *Letters) ofCase(r *http.Request) (policy.Resource, error) {
	return x.Guard.CaseResource(r, r.PathValue("ref"))
}

// resource is the case of the letter in the path. One that does not exist, or
// that is about no case, costs the look-up of a case that does not exist.
func (x *Letters) resource(r *http.Request) (policy.Resource, error) {
	var l Letter
	code, _ := codeOf(r)
	err := x.DB.Read(r.Context(), func(tx *db.Tx) (err error) { l, err = x.Get(tx, code); return err })
	if err != nil && fault.CodeOf(err) != fault.Missing {
		return policy.Resource{}, err
	}
	return x.Guard.CaseResource(r, l.Case)
}

// codeOf is the path's code, and whether its file is asked for.
func codeOf(r *http.Request) (code string, pdf bool) {
	code, pdf = strings.CutSuffix(r.PathValue("code"), ".pdf")
	return id.NormalRef(code), pdf
}
