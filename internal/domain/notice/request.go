package notice

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"balai/internal/spine/db"
)

// request is a body, field by field, with what is wrong with it.
type request struct {
	fields map[string]json.RawMessage
	bad    []string
}

// readBody reads a JSON object; a field that is not allowed is a fault.
func readBody(r *http.Request, allowed ...string) (*request, *problem) {
	data, err := io.ReadAll(r.Body)
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return nil, &problem{http.StatusRequestEntityTooLarge, []NotifyError{{"BadRequestError", "The request is too large"}}}
	}
	q := &request{}
	if err != nil || !utf8.Valid(data) || json.Unmarshal(data, &q.fields) != nil || q.fields == nil {
		return nil, badRequest("Invalid JSON supplied in POST data")
	}
	for _, name := range slices.Sorted(maps.Keys(q.fields)) {
		if !slices.Contains(allowed, name) {
			q.wrong("Additional properties are not allowed (%s was unexpected)", brief(json.RawMessage(name)))
		}
	}
	return q, nil
}

func (q *request) wrong(format string, args ...any) {
	q.bad = append(q.bad, fmt.Sprintf(format, args...))
}

func (q *request) problem() *problem { return invalid(q.bad...) }

func (q *request) has(name string) bool {
	raw, ok := q.fields[name]
	return ok && string(raw) != "null"
}

// text is a field of at most limit characters.
func (q *request) text(name string, required bool, limit int) (s string) {
	if !q.has(name) {
		if required {
			q.wrong("%s is a required property", name)
		}
		return ""
	}
	if json.Unmarshal(q.fields[name], &s) != nil {
		q.wrong("%s %s is not of type string", name, brief(q.fields[name]))
		return ""
	}
	if utf8.RuneCountInString(s) > limit {
		q.wrong("%s %s is too long", name, brief(q.fields[name]))
	}
	if slices.Contains([]byte(s), 0) {
		q.wrong("%s must not contain a NUL character", name)
	}
	return s
}

func (q *request) uuid(name string, required bool) string {
	if !q.has(name) {
		q.text(name, required, 36)
		return ""
	}
	var s string
	if json.Unmarshal(q.fields[name], &s) != nil || !isUUID(s) {
		q.wrong("%s is not a valid UUID", name)
		return ""
	}
	return lower(s)
}

// later is the moment for which a message is asked, within the next day.
func (q *request) later(now time.Time) (at time.Time) {
	s := q.text("scheduled_for", false, 40)
	if s == "" {
		return at
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, s, time.UTC); err == nil {
			at = t
		}
	}
	switch {
	case at.IsZero():
		q.wrong("scheduled_for datetime format is invalid. It must be a valid ISO8601 date time format, https://en.wikipedia.org/wiki/ISO_8601")
	case at.Before(now):
		q.wrong("scheduled_for datetime can not be in the past")
	case at.After(now.Add(24 * time.Hour)):
		q.wrong("scheduled_for datetime can only be 24 hours in the future")
	}
	return at
}

// fits finds the template that a message is made of, and fills it in.
func (p *Part) fits(r *http.Request, c caller, id string, of Type, v values) (t Template, f filled, bad *problem, err error) {
	t, err = p.standing.newest(r.Context(), p, c.Agency, id)
	switch {
	case errors.Is(err, db.ErrNoRows):
		return t, f, badRequest("Template not found"), nil
	case err != nil:
		return t, f, nil, err
	case t.EndedAt != 0:
		return t, f, badRequest("Template has been deleted"), nil
	case t.Type != of:
		return t, f, badRequest("%s template is not suitable for %s notification", t.Type, of), nil
	}
	if lack := v.missing(t); len(lack) > 0 {
		return t, f, badRequest("Missing personalisation: %s", joined(lack)), nil
	}
	return t, fill(t, v), nil, nil
}
