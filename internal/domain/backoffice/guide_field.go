package backoffice

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// A field of what an agency's system sends, as the type says that reads it: the
// guide, the OpenAPI document and the check itself have their bounds from here.
type field struct {
	Name, Kind string // kinds: text, words, person, day, time, link, number, file
	Needed     bool
	Most       int // characters; 0 where the kind has a bound of its own
	Min, Max   string
	OneOf      []string
}

type fields []field

// fieldsOf reads a type's fields: their names from json or query, their bounds
// from maxLength, most (for a text in two languages), enum, minimum and maximum,
// and from as what a string holds.
func fieldsOf[T any]() (list fields) {
	t := reflect.TypeFor[T]()
	for i := range t.NumField() {
		at := t.Field(i)
		name, more, _ := strings.Cut(at.Tag.Get("json"), ",")
		f := field{Name: name, Kind: kindOf(at), Needed: more != "omitempty", Min: at.Tag.Get("minimum"), Max: at.Tag.Get("maximum")}
		if name == "" {
			f.Name, f.Needed = at.Tag.Get("query"), false
		}
		if f.Name == "" {
			continue
		}
		if enum := at.Tag.Get("enum"); enum != "" {
			f.OneOf = strings.Split(enum, ",")
		}
		for _, tag := range []string{"maxLength", "most"} {
			if n, err := strconv.Atoi(at.Tag.Get(tag)); err == nil {
				f.Most = n
			}
		}
		list = append(list, f)
	}
	return list
}

func kindOf(at reflect.StructField) string {
	switch reflect.New(at.Type).Interface().(type) {
	case *Words:
		return "words"
	case *Person:
		return "person"
	case *[]byte:
		return "file"
	case *int, *int64:
		return "number"
	}
	if as := at.Tag.Get("as"); as != "" {
		return as
	}
	return "text"
}

// most is how many characters a field may have.
func (list fields) most(name string) int {
	for _, f := range list {
		if f.Name == name && f.Most > 0 {
			return f.Most
		}
	}
	panic("backoffice: no bound for " + name)
}

// bounds adds what a schema does not tell of a text in one language or two.
func (list fields) bounds(s *huma.Schema) *huma.Schema {
	for _, f := range list {
		if p := s.Properties[f.Name]; p != nil && f.Kind == "words" {
			p.Description = strings.TrimPrefix(fmt.Sprintf("%s; at most %d characters", p.Description, f.Most), "; ")
		}
	}
	return s
}

// What each call takes.
var (
	caseFields     = fieldsOf[OfficeCase]()
	messageFields  = fieldsOf[OfficeMessage]()
	documentFields = fieldsOf[OfficeDocument]()
	holdingFields  = fieldsOf[OfficeHolding]()
	eventsFields   = fieldsOf[eventsIn]()
	webhookFields  = fieldsOf[OfficeWebhook]()
)

// TransformSchema tells the bounds of its texts.
func (OfficeCase) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return caseFields.bounds(s)
}

// TransformSchema tells the bounds of its texts.
func (OfficeMessage) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return messageFields.bounds(s)
}

// TransformSchema tells the bounds of its texts.
func (OfficeDocument) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return documentFields.bounds(s)
}

// TransformSchema tells the bounds of its texts.
func (OfficeHolding) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return holdingFields.bounds(s)
}
