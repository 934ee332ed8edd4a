package payment

import (
	"encoding/json"
	"net/http"
)

// problem is GOV.UK Pay's error document. Its sentences are English, as the
// protocol's are: a programmer reads them, and no citizen does.
type problem struct {
	status int

	Field       string `json:"field,omitempty"`
	Code        string `json:"code,omitempty"`
	Description string `json:"description"`
	Header      string `json:"header,omitempty"`
}

// PayProblem is every refusal of /v1, as its document has it.
type PayProblem problem

var unauthorised = &problem{status: http.StatusUnauthorized, Code: "P0002", Description: "Credentials are required to access this resource"}

func missing(code string) *problem {
	return &problem{status: http.StatusNotFound, Code: code, Description: "Not found"}
}

func lacks(code, field string) *problem {
	return &problem{status: http.StatusBadRequest, Field: field, Code: code, Description: "Missing mandatory attribute: " + field}
}

func invalid(code, field, why string) *problem {
	return &problem{status: http.StatusUnprocessableEntity, Field: field, Code: code, Description: "Invalid attribute value: " + field + ". " + why}
}

func (b *problem) write(w http.ResponseWriter) error {
	if b.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="payments"`)
	}
	return answer(w, b.status, b)
}

func answer(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // the client may be gone; nothing follows
	return nil
}
