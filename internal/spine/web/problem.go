package web

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"balai/internal/spine/fault"
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

	after time.Duration // how long until it has sense to ask again
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

// GetHeaders makes huma say when to ask again.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.Code == string(fault.Busy) {
		h.Set("Retry-After", retryAfter(p.after))
	}
	return h
}

// retryAfter is a time in whole seconds; a hall that is busy is asked again in
// the next.
func retryAfter(d time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(d.Seconds()))))
}

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
		Type: "about:blank", Status: f.Status(), Code: string(f.Code),
		Title:  http.StatusText(f.Status()),
		Detail: l.T(f.Key, f.Args...),
		after:  f.After,
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

// reasons are the library's words for what is wrong with a value, by their
// beginning, and ours for them; what follows in its words is the bound.
var reasons = []struct{ starts, key string }{
	{"expected required property ", "web.field.required"},
	{"unexpected property", "web.field.unknown"},
	{"expected boolean", "web.field.boolean"},
	{"expected integer", "web.field.integer"},
	{"expected string to be base64", "web.field.base64"},
	{"illegal base64", "web.field.base64"},
	{"expected length >= ", "web.field.short"},
	{"expected length <= ", "web.field.long"},
	{"expected number >= ", "web.field.least"},
	{"expected number <= ", "web.field.most"},
	{"expected number", "web.field.number"},
	{"expected array length ", "web.field.count"},
	{"expected array", "web.field.list"},
	{"expected object", "web.field.object"},
	{"expected value to be one of ", "web.field.one_of"},
	{"expected string", "web.field.text"},
	{unfitStarts, "web.field.unfit"},
	{sprawling, "web.field.parts"},
	{"required ", "web.field.missing"},
}

// inWords is a person's sentence for a refusal of the library, whose own words
// are a decoder's and in English only.
func inWords(d *huma.ErrorDetail) (key string, args []any) {
	for _, r := range reasons {
		if rest, ok := strings.CutPrefix(d.Message, r.starts); ok {
			bound := strings.TrimSuffix(rest, " to be present")
			return r.key, []any{"bound", strings.ReplaceAll(strings.Trim(bound, `"`), `","`, ", ")}
		}
	}
	if d.Location == "body" {
		return "web.field.body", nil
	}
	return "web.field", nil
}

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
			if msg == "request body is required" { // the library names no place
				p.Detail = l.T("web.field.empty")
			}
			for _, err := range errs {
				if own, ok := err.(*Problem); ok {
					return own
				}
				if len(p.Errors) == placesMost { // who sent thousands reads no more
					break
				}
				if d, ok := err.(huma.ErrorDetailer); ok {
					detail := d.ErrorDetail()
					key, args := inWords(detail)
					if key == "web.field.required" { // the library names what it is missing from
						detail.Location += fmt.Sprint(".", args[1])
					}
					at, lost := strings.CutPrefix(detail.Message, unfitStarts)
					if !lost {
						at = detail.Location
					} else { // it can be read, so it is its content that is wrong
						p.Status, p.Title = http.StatusUnprocessableEntity, http.StatusText(http.StatusUnprocessableEntity)
					}
					p.Errors = append(p.Errors, ProblemField{Location: at, Code: key, Message: l.T(key, args...)})
				}
			}
			return p
		}
		huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
			return huma.NewErrorWithContext(nil, status, msg, errs...)
		}
	})
}
