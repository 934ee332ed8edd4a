package app

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// openAPI is the OpenAPI document, which is the same for every hall.
type openAPI struct {
	once  sync.Once
	paths map[string]map[string]struct{ Responses map[string]any }
	mux   *http.ServeMux // finds a request's address in it
}

var document openAPI

func (d *openAPI) read(r *rig) *openAPI {
	d.once.Do(func() {
		w := httptest.NewRecorder()
		r.router.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost:8080/api/openapi.json", nil))
		var doc struct {
			Paths map[string]map[string]struct{ Responses map[string]any }
		}
		r.must(json.Unmarshal(w.Body.Bytes(), &doc))
		d.paths, d.mux = doc.Paths, http.NewServeMux()
		for path, list := range doc.Paths {
			for method := range list {
				d.mux.Handle(strings.ToUpper(method)+" "+path, http.NotFoundHandler())
			}
		}
	})
	return d
}

// listed insists that a success is answered with a status that the document
// has for the call, whatever a test asks for.
func (r *rig) listed(req *http.Request, status int) {
	r.t.Helper()
	if status >= 300 || !strings.HasPrefix(req.URL.Path, "/api/v1/") && !strings.HasPrefix(req.URL.Path, "/v2/") {
		return
	}
	d := document.read(r)
	_, pattern := d.mux.Handler(req)
	method, path, _ := strings.Cut(pattern, " ")
	if one, known := d.paths[path][strings.ToLower(method)]; known && one.Responses[strconv.Itoa(status)] == nil {
		r.t.Errorf("%s %s answers %d, which /api/openapi.json does not list", req.Method, path, status)
	}
}

// Every address for programs is in the document, those of Notify's among them.
func TestOpenAPIHasEveryProgramsAddress(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		paths, n := document.read(r).paths, 0
		for _, route := range r.router.Routes() {
			if !strings.HasPrefix(route.Pattern, "/api/v1/") && !strings.HasPrefix(route.Pattern, "/v2/") {
				continue
			}
			n++
			if _, is := paths[route.Pattern][strings.ToLower(route.Method)]; !is {
				t.Errorf("%s %s is not in /api/openapi.json", route.Method, route.Pattern)
			}
		}
		if n < 40 {
			t.Errorf("%d addresses", n)
		}
	})
}
