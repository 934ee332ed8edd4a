package certificate

import (
	"embed"
	"net/http"
	"strings"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/policy"
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
func (x *Certificates) Routes() []web.Route {
	return []web.Route{
		{Method: "GET", Pattern: "/verify", Policy: "certificate.verify", Handler: x.verifyForm},
		{Method: "GET", Pattern: "/verify/{code}", Policy: "certificate.verify", Handler: x.verifyCode},
		web.JSON(web.APIRoute{Method: "GET", Path: "/api/v1/verify/{code}", Policy: "certificate.verify", Summary: "Whether a certificate stands"}, x.verifyAPI),
		{Method: "GET", Pattern: "/certificate/keys.json", Policy: "certificate.verify", Handler: x.keys},
		// One pattern serves the page and, with .pdf, the file: a pattern
		// cannot end inside a segment.
		{Method: "GET", Pattern: "/certificate/{code}", Policy: "certificate.read", Resource: x.resource, SignIn: true, Handler: x.show},
	}
}

// resource is the certificate of the path's code.
func (x *Certificates) resource(r *http.Request) (policy.Resource, error) {
	code, _ := codeOf(r)
	var c Certificate
	err := x.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		c, err = x.Get(tx, code)
		return err
	})
	if fault.CodeOf(err) == fault.Missing {
		// In the words in which the router refuses a stranger: absent and
		// forbidden are one answer.
		err = fault.New(fault.Missing, "web.error.missing").Wrap(err)
	}
	return policy.Resource{Type: "Certificate", ID: code, Attrs: map[string]any{"applicant": c.Applicant, "agency": c.Agency}}, err
}

// codeOf is the path's code and whether its file is asked for.
func codeOf(r *http.Request) (code string, pdf bool) {
	code, pdf = strings.CutSuffix(r.PathValue("code"), ".pdf")
	return normal(code), pdf
}
