package op

import (
	"encoding/json"
	"net/http"

	"balai/internal/spine/web"
)

// discover is a provider's description of itself: the library's, with what the
// library does not know of (back-channel logout) and without what we refuse.
func (o *OP) discover(r realm) web.Handler {
	return func(w http.ResponseWriter, req *http.Request) error {
		held := &response{header: http.Header{}, status: http.StatusOK}
		o.handlers[r.name].ServeHTTP(held, below(req, r.prefix))
		var doc map[string]any
		if err := json.Unmarshal(held.body.Bytes(), &doc); err != nil {
			return err
		}
		doc["response_modes_supported"] = []string{"query"}
		doc["backchannel_logout_supported"], doc["backchannel_logout_session_supported"] = true, true
		names := []string{"sub", "iss", "acr", "amr", "auth_time", "sid", "act"}
		if r.fapi() {
			for _, s := range PersonScopes {
				names = append(names, claimsOf[s]...)
			}
			names = append(names, "company_number") // of who acts for a company
		} else {
			names = append(names, "name", "post", "role", "agency", "groups")
		}
		doc["claims_supported"] = names
		text, err := json.Marshal(doc)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		_, err = w.Write(text)
		return err
	}
}
