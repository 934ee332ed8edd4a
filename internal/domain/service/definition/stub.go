package definition

import (
	"errors"
	"io/fs"

	"balai/internal/spine/locale"
)

type engine struct{}

var errSoon = errors.New("definition: in work")

func (s *Service) evaluate(in Input, only bool) (Result, error) { return Result{}, errSoon }
func (s *Service) certify(in Input, entry map[string]any) (Certificate, error) {
	return Certificate{}, errSoon
}
func load(fsys fs.FS) (*Catalogue, []Problem) { return &Catalogue{}, nil }

// AnswersSchema is the JSON Schema 2020-12 of `answers`.
func (s *Service) AnswersSchema() map[string]any { return nil }

// Examples are the sample cases with `today-5d` resolved.
func (s *Service) Examples(today string) []SampleCase { return nil }

// Label names an answer, fact, value or parameter for a trace.
func (s *Service) Label(name string) locale.Text { return locale.Text{} }

// Show prints a value of an answer, fact or value: dates in words, options by
// their labels, money in ringgit.
func (s *Service) Show(l locale.Lang, name string, v any) string { return "" }
