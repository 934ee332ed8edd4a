package app

import (
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// sentence is an error for whoever runs the command: the fault's text, and its
// cause where there is one.
func sentence(err error) string {
	f, ok := fault.As(err)
	if !ok {
		return err.Error()
	}
	texts, lerr := loadTexts()
	if lerr != nil {
		return err.Error()
	}
	l := texts.For(locale.English)
	s := l.T(f.Key, f.Args...)
	for _, field := range f.Fields {
		s += " " + field.Location + ": " + l.T(field.Key, field.Args...)
	}
	if f.Err != nil {
		s += " (" + f.Err.Error() + ")"
	}
	return s
}
