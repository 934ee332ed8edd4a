package app

import (
	"errors"
	"io/fs"
	"net/url"
	"slices"
	"strings"

	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// sentence is an error for whoever runs the command: the fault's text, and its
// cause where there is one.
func sentence(err error) string {
	f, ok := fault.As(err)
	if !ok {
		return plain(err)
	}
	texts, lerr := loadTexts()
	if lerr != nil {
		return err.Error()
	}
	l := texts.For(locale.English)
	s := l.T(f.Key, f.Args...)
	whole := s
	for _, field := range f.Fields {
		if says := l.T(field.Key, field.Args...); says != whole {
			s += " " + field.Location + ": " + says
		}
	}
	if _, told := fault.As(f.Err); told { // in words of its own, and of the same thing
		return s
	}
	if f.Err != nil {
		s += " (" + once(plain(f.Err)) + ")"
	}
	return s
}

// plain is an error of the file system or of a server in words.
func plain(err error) string {
	s := err.Error()
	var file *fs.PathError
	if errors.As(err, &file) {
		why := file.Err.Error()
		switch {
		case errors.Is(err, fs.ErrNotExist):
			why = "there is no such file or folder"
		case errors.Is(err, fs.ErrPermission):
			why = "this user may not open it"
		}
		s = strings.Replace(s, file.Error(), file.Path+": "+why, 1)
	}
	var server *url.Error
	if errors.As(err, &server) {
		s = strings.Replace(s, server.Error(), server.URL+" does not answer ("+server.Err.Error()+")", 1)
	}
	return s
}

// once leaves out the lines that were said before: a driver tries a server
// twice, and tells of both.
func once(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, " ")
}
