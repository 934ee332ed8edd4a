package notice

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// NotifyError is one error as Notify's clients read it.
type NotifyError struct {
	Error   string `json:"error"`
	Message string `json:"message"`
}

// problem is Notify's error document. Its sentences are English, as the
// protocol's are: a programmer reads them, and no citizen does.
type problem struct {
	Status int           `json:"status_code"`
	Errors []NotifyError `json:"errors"`
}

func badRequest(format string, args ...any) *problem {
	return &problem{http.StatusBadRequest, []NotifyError{{"BadRequestError", fmt.Sprintf(format, args...)}}}
}

// invalid is a problem for each message; nil where there is none.
func invalid(messages ...string) *problem {
	if len(messages) == 0 {
		return nil
	}
	p := &problem{Status: http.StatusBadRequest}
	for _, m := range messages {
		p.Errors = append(p.Errors, NotifyError{"ValidationError", m})
	}
	return p
}

func notFound() *problem {
	return &problem{http.StatusNotFound, []NotifyError{{"NoResultFound", "No result found"}}}
}

func answer(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // the client may be gone; nothing follows
	return nil
}

func (b *problem) write(w http.ResponseWriter) error { return answer(w, b.Status, b) }
