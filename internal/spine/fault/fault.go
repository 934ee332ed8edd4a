// Package fault is the one error type of the hall: a code for programs, a
// locale key for people, and the cause for the log.
//
// Every part returns *Error where a person or a program must be told what
// happened; any other error is Internal and its text never leaves the log.
package fault

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Code is what a program can act on. The set is closed.
type Code string

const (
	Invalid   Code = "invalid"    // the input is wrong; say where
	SignedOut Code = "signed_out" // somebody must sign in first
	Denied    Code = "denied"     // known, but not allowed
	Missing   Code = "missing"    // not there, or not to be known of
	Conflict  Code = "conflict"   // true of an older state of the world
	Busy      Code = "busy"       // try again shortly
	Internal  Code = "internal"   // our fault
)

// Error carries a code, a locale key with its arguments (name, value pairs)
// and the fields that are wrong. After is of a Busy that is the asker's own
// doing: how long until asking again has sense, 0 where the hall is busy itself.
type Error struct {
	Code   Code
	Key    string
	Args   []any
	Fields []Field
	Err    error
	After  time.Duration
}

// Field is one wrong place in an input, such as "answers.child_name".
type Field struct {
	Location string
	Key      string
	Args     []any
}

// New makes an error whose message is the locale text key with args.
func New(code Code, key string, args ...any) *Error {
	return &Error{Code: code, Key: key, Args: args}
}

// TooMuch makes the error of somebody who asked for more than they may, until
// that much time has passed.
func TooMuch(after time.Duration, key string, args ...any) *Error {
	return &Error{Code: Busy, Key: key, Args: args, After: max(after, time.Second)}
}

// With returns a copy that names wrong fields.
func (e *Error) With(f ...Field) *Error {
	c := *e
	c.Fields = append(append([]Field(nil), e.Fields...), f...)
	return &c
}

// Wrap returns a copy that carries err for the log.
func (e *Error) Wrap(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

func (e *Error) Error() string {
	s := string(e.Code) + " " + e.Key
	for i := 0; i+1 < len(e.Args); i += 2 {
		s += fmt.Sprintf(" %v=%v", e.Args[i], e.Args[i+1])
	}
	for _, f := range e.Fields {
		s += " [" + f.Location + ": " + f.Key + "]"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// As finds the fault in err's chain.
func As(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// CodeOf is "" for nil and Internal for anything that is not a fault.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := As(err); ok {
		return e.Code
	}
	return Internal
}

// Status is the error's HTTP status.
func (e *Error) Status() int {
	if e.Code == Busy && e.After > 0 {
		return http.StatusTooManyRequests
	}
	return Status(e.Code)
}

// Status is the HTTP status of a code; nowhere else are the two joined.
func Status(c Code) int {
	switch c {
	case Invalid:
		return http.StatusUnprocessableEntity
	case SignedOut:
		return http.StatusUnauthorized
	case Denied:
		return http.StatusForbidden
	case Missing:
		return http.StatusNotFound
	case Conflict:
		return http.StatusConflict
	case Busy:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}
