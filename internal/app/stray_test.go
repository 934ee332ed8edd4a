package app

import (
	"testing"
)

// TestStray: an address below /v1 that there is not, or is not asked so, is told to a
// program in its protocol, and to a person elsewhere on a page.
func TestStray(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for _, c := range []struct {
			method, path string
			status       int
			code         string
		}{{"GET", "/v1/nothing", 404, "P0004"}, {"POST", "/v1/payments/x/y/z", 404, "P0004"}, {"DELETE", "/v1/payments", 405, "P0005"}} {
			a := r.gets(c.status, "", c.method, c.path, nil)
			if out := a.json(t); out["code"] != c.code || out["description"] == "" || a.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%s %s: %s", c.method, c.path, a.body)
			}
		}
		if a := r.gets(404, "", "GET", "/v2x/nothing", nil); a.Header.Get("Content-Type") == "application/json" {
			t.Errorf("%s", a.body)
		}
	})
}
