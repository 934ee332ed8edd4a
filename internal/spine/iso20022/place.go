package iso20022

import (
	"errors"
	"fmt"
	"strings"
)

// What a reader refuses; each comes in a *PlaceError.
var (
	ErrMessage   = errors.New("this is not the message that was expected")
	ErrSyntax    = errors.New("this is no well-formed XML")
	ErrCut       = errors.New("the file ends early")
	ErrDirective = errors.New("a directive such as DOCTYPE is not allowed")
	ErrCharset   = errors.New("the text is not of its charset")
	ErrDepth     = errors.New("the elements are too deep")
	ErrSize      = errors.New("the element is too large")
	ErrTwice     = errors.New("the element is there twice")
	ErrMissing   = errors.New("the element is missing")
	ErrValue     = errors.New("the value is none that the element may have")
)

// PlaceError says where in a message something is wrong.
type PlaceError struct {
	Message string // such as "camt.053"
	Line    int    // of the file, from 1; 0 where it is being written
	Entry   int64  // the entry's or transfer's number in the file, from 1; 0 outside of them
	Element string // such as "Ntry/Amt"
	Err     error
}

// Error names the place first, as people look for it.
func (e *PlaceError) Error() string {
	var place []string
	if e.Line > 0 {
		place = append(place, fmt.Sprintf("line %d", e.Line))
	}
	if e.Entry > 0 {
		place = append(place, fmt.Sprintf("entry %d", e.Entry))
	}
	if e.Element != "" {
		place = append(place, e.Element)
	}
	return e.Message + ": " + strings.Join(append(place, e.Err.Error()), ": ")
}

// Unwrap is what is wrong.
func (e *PlaceError) Unwrap() error { return e.Err }

// Mismatch is something that a message says of itself and that is not so.
type Mismatch struct {
	Element     string // such as "GrpHdr/CtrlSum"
	Said, Found string
}

// String is the mismatch in one line, for a log.
func (m Mismatch) String() string {
	return fmt.Sprintf("%s says %s, and it is %s", m.Element, m.Said, m.Found)
}
