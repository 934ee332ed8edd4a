// Package webtest holds what programs are answered against what is published of
// it: kin-openapi reads the hall's own /api/openapi.json, and every answer that a
// test gets must be one of those that it promises.
package webtest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// ReadPublished is the policy by which a rig of one part alone lets its test read
// what is published.
const ReadPublished = `permit(principal, action == Action::"hall.read", resource);`

// TB is what a judge needs of a test, or of a property's.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Judge holds answers against what a router publishes of them.
type Judge struct {
	t      TB
	prefix string
	routes routers.Router
}

// NewJudge reads what a router publishes. Answers to paths below prefix are held
// against it; base is scheme and host of the requests.
func NewJudge(t TB, router http.Handler, base, prefix string) *Judge {
	t.Helper()
	w := httptest.NewRecorder()
	router.ServeHTTP(w, httptest.NewRequest(http.MethodGet, base+"/api/openapi.json", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("openapi.json: %d %s", w.Code, w.Body)
	}
	doc, err := openapi3.NewLoader().LoadFromData(w.Body.Bytes())
	if err != nil {
		t.Fatalf("kin-openapi: %v", err)
	}
	doc.Servers = openapi3.Servers{{URL: base}}
	routes, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatalf("kin-openapi: %v", err)
	}
	return &Judge{t, prefix, routes}
}

// With is the judge for another test, which has a router of the same routes.
func (j *Judge) With(t TB) *Judge { return &Judge{t, j.prefix, j.routes} }

// Held fails the test where an answer is not one that is published.
func (j *Judge) Held(req *http.Request, w *httptest.ResponseRecorder) {
	j.t.Helper()
	if !strings.HasPrefix(req.URL.Path, j.prefix) {
		return
	}
	route, params, err := j.routes.FindRoute(req)
	switch {
	case errors.Is(err, routers.ErrPathNotFound) && w.Code == http.StatusNotFound, errors.Is(err, routers.ErrMethodNotAllowed) && w.Code == http.StatusMethodNotAllowed:
		return // what there is not, is not published
	case err != nil:
		j.t.Errorf("%s %s is not published: %v", req.Method, req.URL.Path, err)
		return
	}
	in := &openapi3filter.ResponseValidationInput{Status: w.Code, Header: w.Header(), Body: io.NopCloser(bytes.NewReader(w.Body.Bytes())),
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route},
		Options:                &openapi3filter.Options{IncludeResponseStatus: true}}
	if err := openapi3filter.ValidateResponse(req.Context(), in); err != nil {
		j.t.Errorf("%s %s answers %d, which is not what is published: %v", req.Method, req.URL.Path, w.Code, err)
	}
}
