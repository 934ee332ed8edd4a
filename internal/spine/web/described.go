package web

import (
	"net/http"
	"reflect"
	"regexp"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// Described is what /api/openapi.json says of a route that speaks another's
// protocol. Its values are of the types that the route reads and writes.
type Described struct {
	Summary   string
	Tag       string
	Query     any      // fields with query tags; nil for none
	Once      bool     // an Idempotency-Key makes it one request, however often it is sent
	Bodies    []any    // what may be sent, one of them; nil for no body
	Status    int      // of success
	Answers   []any    // what success answers, one of them
	Scheme    string   // how a caller proves itself, tokenScheme where it is empty
	MediaType string   // of success, where it is not JSON
	Files     []string // other media types of success, by the Accept header
	Takes     []string // other media types of what may be sent
	Also      []int    // other statuses of success, with the same answer
	Problem   any      // what every refusal answers
	Refusals  []int    // its statuses
}

var pathName = regexp.MustCompile(`\{([^}.]+)[^}]*\}`)

// operation is the route in the document's words.
func (d Described) operation(r Route, reg huma.Registry) *huma.Operation {
	if d.Scheme == "" {
		d.Scheme = tokenScheme
	}
	op := &huma.Operation{OperationID: r.Policy + " " + r.Method + " " + r.Pattern, Method: r.Method, Path: r.Pattern, Summary: d.Summary,
		Tags: []string{d.Tag}, Security: []map[string][]string{{d.Scheme: {}}}, Responses: map[string]*huma.Response{}}
	for _, m := range pathName.FindAllStringSubmatch(r.Pattern, -1) {
		op.Parameters = append(op.Parameters, &huma.Param{Name: m[1], In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}})
	}
	if d.Query != nil {
		t := reflect.TypeOf(d.Query)
		for i := range t.NumField() {
			f := t.Field(i)
			op.Parameters = append(op.Parameters, &huma.Param{Name: f.Tag.Get("query"), In: "query", Description: f.Tag.Get("doc"),
				Schema: huma.SchemaFromField(reg, f, "")})
		}
	}
	if d.Once {
		op.Parameters = append(op.Parameters, &huma.Param{Name: "Idempotency-Key", In: "header", Description: "One key, one effect; 409 where the request is another",
			Schema: &huma.Schema{Type: huma.TypeString, MinLength: new(1), MaxLength: new(255)}})
	}
	if d.Bodies != nil {
		op.RequestBody = &huma.RequestBody{Required: true, Content: content(reg, "application/json", d.Bodies)}
	}
	if d.Takes != nil {
		if op.RequestBody == nil {
			op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
		}
		files(reg, op.RequestBody.Content, d.Takes)
	}
	kind := d.MediaType
	if kind == "" {
		kind = "application/json"
	}
	done := &huma.Response{Description: http.StatusText(d.Status)}
	if d.Status != http.StatusNoContent {
		done.Content = content(reg, kind, d.Answers)
		files(reg, done.Content, d.Files)
	}
	for _, status := range d.Also {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status), Content: done.Content}
	}
	op.Responses[strconv.Itoa(d.Status)] = done
	for _, status := range d.Refusals {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status), Content: content(reg, "application/json", []any{d.Problem})}
	}
	return op
}

// files adds media types whose content is a file.
func files(reg huma.Registry, to map[string]*huma.MediaType, kinds []string) {
	for _, kind := range kinds {
		to[kind] = content(reg, kind, nil)[kind]
	}
}

// content is a body of one of some types; of none, a file.
func content(reg huma.Registry, kind string, list []any) map[string]*huma.MediaType {
	s := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	switch {
	case len(list) == 1:
		s = reg.Schema(reflect.TypeOf(list[0]), true, "")
	case len(list) > 1:
		s = &huma.Schema{}
		for _, one := range list {
			s.OneOf = append(s.OneOf, reg.Schema(reflect.TypeOf(one), true, ""))
		}
	}
	return map[string]*huma.MediaType{kind: {Schema: s}}
}
