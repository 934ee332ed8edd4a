package scim

import (
	"embed"
	"encoding/json"
	"net/http"

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

// maxBody bounds one request: a group has one member, a user a few lines.
const maxBody = 256 << 10

// Routes is the part's map. The protocol's own router is behind one pattern.
func (p *Part) Routes() []web.Route {
	serve := http.StripPrefix("/scim", p.server)
	var out []web.Route
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		out = append(out, web.Route{Method: method, Pattern: "/scim/v2/{path...}", Policy: "scim.use", SignIn: true, Caller: p.Caller, MaxBody: maxBody,
			Handler: func(w http.ResponseWriter, r *http.Request) error {
				if r.PathValue("path") == "ServiceProviderConfig" && r.Method == http.MethodGet {
					return p.config(w)
				}
				serve.ServeHTTP(w, r)
				return nil
			}})
	}
	return out
}

// config says what is spoken here (RFC 7643, section 5).
func (p *Part) config(w http.ResponseWriter) error {
	yes, no := map[string]any{"supported": true}, map[string]any{"supported": false}
	w.Header().Set("Content-Type", "application/scim+json")
	return json.NewEncoder(w).Encode(map[string]any{
		"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"},
		"patch":   yes, "changePassword": no, "sort": no, "etag": yes,
		"bulk":   map[string]any{"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
		"filter": map[string]any{"supported": true, "maxResults": maxResults},
		"authenticationSchemes": []any{map[string]any{"type": "oauthbearertoken", "name": "Bearer key", "primary": true,
			"description": "The key that `balai identity scim-key AGENCY` prints"}},
	})
}
