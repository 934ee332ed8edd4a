package scim

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/elimity-com/scim/schema"
)

// enterprise is the standard's extension of a user; nothing of it is held here.
const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

// unheld tells whether an attribute path is of a standard attribute that the
// hall does not hold, such as a title. Directories send all that they know, in
// one request with what matters: a leaver must not stay for a telephone number.
func unheld(path string) bool {
	if strings.HasPrefix(strings.ToLower(path), strings.ToLower(enterprise)) {
		return true
	}
	path = strings.TrimPrefix(path, "urn:ietf:params:scim:schemas:core:2.0:User:")
	if i := strings.IndexAny(path, ".["); i >= 0 {
		path = path[:i]
	}
	_, standard := attribute(schema.CoreUserSchema().Attributes, path)
	_, held := attribute(userSchema().Attributes, path)
	return standard && !held
}

// chosenPart is a filter on a part of those values of a list that another
// filter chooses, emails[type eq "work"].value eq "x". RFC 7644 has no such
// form, and one directory asks by it.
var chosenPart = regexp.MustCompile(`(?i)\b(\w+)\[([^\[\]]*)\]\.(\w+)\s+(eq|ne|co|sw|ew|gt|ge|lt|le)\s+("(?:[^"\\]|\\.)*"|[^\s()]+)`)

// joinFilter writes such a filter as the protocol has it.
func joinFilter(r *http.Request) {
	q := r.URL.Query()
	if f := q.Get("filter"); chosenPart.MatchString(f) {
		q.Set("filter", chosenPart.ReplaceAllString(f, "$1[$2 and $3 $4 $5]"))
		u := *r.URL
		u.RawQuery = q.Encode()
		r.URL = &u
	}
}

// leaveOut takes out of a user's PATCH what the hall does not hold, as POST and
// PUT leave it out. A request of which nothing remains reads the user.
func leaveOut(r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	type operation struct {
		Op    string `json:"op"`
		Path  string `json:"path,omitempty"`
		Value any    `json:"value,omitempty"`
	}
	var sent struct {
		Schemas    []string    `json:"schemas"`
		Operations []operation `json:"Operations"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(&sent) != nil || len(sent.Operations) == 0 {
		return nil // the protocol's reader says what is wrong with it
	}
	kept := sent.Operations[:0]
	for _, o := range sent.Operations {
		values, whole := o.Value.(map[string]any)
		if o.Path != "" && unheld(o.Path) {
			continue
		}
		if whole && o.Path == "" && len(values) > 0 {
			for name := range values {
				if unheld(name) {
					delete(values, name)
				}
			}
			if len(values) == 0 {
				continue
			}
		}
		kept = append(kept, o)
	}
	if sent.Operations = kept; len(kept) == 0 {
		r.Method = http.MethodGet
		return nil
	}
	body, err = json.Marshal(sent)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return err
}
