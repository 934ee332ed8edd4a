package scim

import (
	"embed"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

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
		out = append(out, web.Route{Method: method, Pattern: "/scim/v2/{path...}", Policy: "scim.use", SignIn: true, Caller: p.Caller, MaxBody: maxBody, Refuse: refuse,
			Handler: func(w http.ResponseWriter, r *http.Request) error {
				if r.PathValue("path") == "ServiceProviderConfig" && r.Method == http.MethodGet {
					return p.config(w)
				}
				joinFilter(r)
				if r.Method == http.MethodPatch && strings.HasPrefix(r.PathValue("path"), "Users/") {
					if err := leaveOut(r); err != nil {
						return err
					}
				}
				serve.ServeHTTP(w, r)
				return nil
			}})
	}
	return out
}

// refuse says a refusal in the protocol's words (RFC 7644, section 3.12), and
// to a key that does not hold what would (RFC 6750, section 3).
func refuse(w http.ResponseWriter, r *http.Request, p *web.Problem) {
	if p.Status == http.StatusUnauthorized {
		challenge := `Bearer realm="balai"`
		if r.Header.Get("Authorization") != "" {
			challenge += `, error="invalid_token"`
		}
		w.Header().Set("WWW-Authenticate", challenge)
	}
	w.Header().Set("Content-Type", "application/scim+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(map[string]any{ // the program may be gone; nothing follows
		"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:Error"}, "status": strconv.Itoa(p.Status), "detail": p.Detail})
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
