package web

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"

	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"github.com/danielgtaylor/huma/v2"
)

// Problem is RFC 9457's problem document with the hall's code.
type Problem struct {
	Type   string         `json:"type"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Code   string         `json:"code" enum:"invalid,signed_out,denied,missing,conflict,busy,internal"`
	Detail string         `json:"detail" doc:"What happened and what to do, in the asked language"`
	Errors []ProblemField `json:"errors,omitempty"`
}

// ProblemField is one wrong place in the input.
type ProblemField struct {
	Location string `json:"location" example:"answers.child_name"`
	Code     string `json:"code"`
	Message  string `json:"message"`
}

func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus makes huma answer with the problem's status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType makes huma label it as RFC 9457 says.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

func (p *Problem) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may be gone; nothing follows
}

func problemOf(ctx context.Context, err error) *Problem {
	f, ok := fault.As(err)
	if !ok {
		f = fault.New(fault.Internal, "web.error.internal")
	}
	l := L(ctx)
	p := &Problem{
		Type: "about:blank", Status: fault.Status(f.Code), Code: string(f.Code),
		Title:  http.StatusText(fault.Status(f.Code)),
		Detail: l.T(f.Key, f.Args...),
	}
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, ProblemField{Location: field.Location, Code: field.Key, Message: l.T(field.Key, field.Args...)})
	}
	if f.Code == fault.Internal && f.Err == nil {
		p.Detail = l.T("web.error.internal")
	}
	return p
}

// codeOfStatus reads back the code of huma's own refusals, which come before
// any handler of ours.
func codeOfStatus(status int) fault.Code {
	switch status {
	case http.StatusUnauthorized:
		return fault.SignedOut
	case http.StatusForbidden:
		return fault.Denied
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return fault.Missing
	case http.StatusConflict:
		return fault.Conflict
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return fault.Busy
	}
	if status >= 500 {
		return fault.Internal
	}
	return fault.Invalid
}

var problems sync.Once

// useProblems gives huma's own validation errors the hall's shape. huma keeps
// the constructors in package variables; this is the one place that sets them.
func useProblems() {
	problems.Do(func() {
		huma.NewErrorWithContext = func(hc huma.Context, status int, msg string, errs ...error) huma.StatusError {
			ctx := context.Background()
			if hc != nil {
				ctx = hc.Context()
			}
			l := L(ctx)
			code := codeOfStatus(status)
			p := &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: string(code),
				Detail: l.T("web.error." + string(code))}
			for _, err := range errs {
				if own, ok := err.(*Problem); ok {
					return own
				}
				if d, ok := err.(huma.ErrorDetailer); ok {
					detail := d.ErrorDetail()
					message := l.T("web.field")
					if l.Lang() == locale.English { // the library's reason is in English only
						message += " (" + detail.Message + ")"
					}
					p.Errors = append(p.Errors, ProblemField{Location: detail.Location, Code: "web.field", Message: message})
				}
			}
			return p
		}
		huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
			return huma.NewErrorWithContext(nil, status, msg, errs...)
		}
	})
}
