package iso20022

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/money"
)

// Bounds of what is read. The deepest element that the schemas know is at 20, and
// a transaction with all that they allow once has some hundred elements.
const (
	maxDepth = 48
	maxNodes = 16 << 10 // elements of one transaction
	// MaxDetails is how many transactions an entry may sum up.
	MaxDetails = 100_000
	// MaxStatements is how many statements a file may have, MaxBalances how many
	// balances one of them: they are kept until the file's end.
	MaxStatements = 10_000
	MaxBalances   = 1000
	maxWrong      = 1000 // what does not add up; the rest says nothing new
)

// schemas begins the namespaces of the standard's messages.
const schemas = "urn:iso:std:iso:20022:tech:xsd:"

// reader goes through one message. What goes wrong while an element is taken
// apart is kept in err, the first of it, and is looked at when that is done.
type reader struct {
	message string
	*scanner
	entry   int64
	nodes   []node // of the element being taken apart
	day     string // the last date alone that was read
	version string // the schema's name in the innermost namespace around the message
	err     error
}

func newReader(r io.Reader, message string) *reader {
	return &reader{message: message, scanner: newScanner(r)}
}

// at is err with the place where the reader stands.
func (r *reader) at(element string, err error) error {
	if err == nil {
		return nil
	}
	var placed *PlaceError
	if errors.As(err, &placed) {
		return err
	}
	return &PlaceError{Message: r.message, Line: r.line(), Entry: r.entry, Element: element, Err: err}
}

// fail keeps the first of what goes wrong, in an element within the open one.
func (r *reader) fail(element string, err error) {
	if r.err == nil {
		if last := len(r.open) - 1; last >= 0 {
			element = r.open[last].local + "/" + element
		}
		r.err = r.at(element, err)
	}
}

// within is the way from a node to one at a path.
func within(n *node, path []string) string {
	return strings.Join(append([]string{n.name}, path...), "/")
}

// path is the open elements' names, the last few of them.
func (r *reader) path() string {
	var names []string
	for _, n := range r.open[max(0, len(r.open)-3):] {
		names = append(names, n.local)
	}
	return strings.Join(names, "/")
}

// token is the next begin, end or text, or the end of a whole file.
func (r *reader) token() (token, error) {
	t, err := r.next()
	if err != nil {
		err = r.at(r.path(), err)
	}
	return t, err
}

// root finds the message, which may stand in a Document and that in an envelope.
func (r *reader) root(names ...string) (string, error) {
	for {
		t, err := r.token()
		if err != nil {
			return "", err
		}
		if t.kind == over {
			return "", r.at("", ErrMessage)
		}
		if v, is := strings.CutPrefix(t.space, schemas); is {
			r.version = v
		}
		if t.kind == begin && slices.Contains(names, t.name) {
			return t.name, nil
		}
	}
}

// finish reads what follows the message, which is nothing but ends.
func (r *reader) finish() error {
	for {
		t, err := r.token()
		switch {
		case err != nil:
			return err
		case t.kind == over:
			return nil
		case t.kind == begin:
			return r.at(t.name, ErrTwice)
		case t.kind == chars && len(bytes.TrimSpace(t.text)) > 0:
			return r.at("", fmt.Errorf("%w: text after the message", ErrSyntax))
		}
	}
}

// each calls f for each element within the open one, and f may take it whole.
// Those whose names are in once may be there once.
func (r *reader) each(once []string, f func(t token) error) error {
	var seen uint64 // a bit for each of once
	for {
		t, err := r.token()
		if err != nil {
			return err
		}
		switch t.kind {
		case end:
			return nil
		case begin:
			if i := slices.Index(once, t.name); i >= 0 {
				if seen&(1<<i) != 0 {
					return r.at(r.path(), ErrTwice)
				}
				seen |= 1 << i
			}
			depth := len(r.open)
			if err := f(t); err != nil {
				return r.at(t.name, err)
			}
			for len(r.open) >= depth { // f did not want it
				if _, err := r.token(); err != nil {
					return err
				}
			}
			if r.err != nil {
				return r.err
			}
		}
	}
}

// node is an element; those in it are a chain in the reader's nodes, by number.
type node struct {
	name, text, currency string
	kid, next            int // 0 for none: the first node is nobody's kid
}

// node takes the element that has just begun. It is good until the next is taken.
func (r *reader) node(t token) (*node, error) {
	r.nodes = append(r.nodes[:0], node{name: t.name, currency: t.currency})
	err := r.inside(0)
	return &r.nodes[0], err
}

// inside takes what is in the element of a number.
func (r *reader) inside(at int) error {
	last := 0
	var more []byte // of a text that comments part
	for {
		t, err := r.token()
		if err != nil {
			return err
		}
		switch t.kind {
		case end:
			n := &r.nodes[at]
			if len(more) > 0 {
				n.text += string(more)
			}
			n.text = strings.TrimSpace(n.text)
			return nil
		case chars:
			if n := &r.nodes[at]; n.text == "" {
				n.text = string(unblank(t.text))
			} else if more = append(more, t.text...); len(more) > maxToken {
				return r.at(r.path(), ErrSize)
			}
		case begin:
			i := len(r.nodes)
			if i == maxNodes {
				return r.at(r.path(), ErrSize)
			}
			r.nodes = append(r.nodes, node{name: t.name, currency: t.currency})
			if last == 0 {
				r.nodes[at].kid = i
			} else {
				r.nodes[last].next = i
			}
			last = i
			if err := r.inside(i); err != nil {
				return err
			}
		}
	}
}

// unblank is a text from its first character that is not white space.
func unblank(b []byte) []byte {
	for i, c := range b {
		if strings.IndexByte(blanks, c) < 0 {
			return b[i:]
		}
	}
	return nil
}

// kids goes through the elements in one.
func (r *reader) kids(n *node) iter.Seq[*node] {
	return func(yield func(*node) bool) {
		for i := n.kid; i != 0; i = r.nodes[i].next {
			if !yield(&r.nodes[i]) {
				return
			}
		}
	}
}

// one is the element at the end of a path, nil where there is none. Where one on
// the way is there twice the reader fails.
func (r *reader) one(n *node, path ...string) *node {
	from := n
	for i, name := range path {
		var found *node
		for kid := range r.kids(n) {
			if kid.name != name {
				continue
			}
			if found != nil {
				r.fail(within(from, path[:i+1]), ErrTwice)
				return nil
			}
			found = kid
		}
		if found == nil {
			return nil
		}
		n = found
	}
	return n
}

// all are the elements of a name in one.
func (r *reader) all(n *node, name string) (out []*node) {
	for kid := range r.kids(n) {
		if kid.name == name {
			out = append(out, kid)
		}
	}
	return out
}

// text is that of the element at a path, "" where there is none.
func (r *reader) text(n *node, path ...string) string {
	if n = r.one(n, path...); n != nil {
		return n.text
	}
	return ""
}

// choice is the text of an element that holds a Cd or a Prtry, or, as older
// versions have it, the code itself.
func (r *reader) choice(n *node, path ...string) string {
	if n = r.one(n, path...); n == nil {
		return ""
	}
	for _, name := range []string{"Cd", "Prtry"} {
		if kid := r.one(n, name); kid != nil {
			if id := r.one(kid, "Id"); id != nil {
				return id.text
			}
			return kid.text
		}
	}
	return n.text
}

// amount reads the element at a path; false where there is none.
func (r *reader) amount(n *node, path ...string) (a money.Amount, currency string, ok bool) {
	from := n
	if n = r.one(n, path...); n == nil {
		return 0, "", false
	}
	text := n.text
	if whole, part, point := strings.Cut(text, "."); point && part != "" {
		// The schema has room for five digits, and some programs fill it with zeros.
		if text = whole; strings.TrimRight(part, "0") != "" {
			text += "." + strings.TrimRight(part, "0")
		}
	}
	a, err := money.Parse(text, n.currency)
	if err != nil {
		r.fail(within(from, path), err)
	}
	return a, n.currency, true
}

// credit reads a CdtDbtInd, and is otherwise where there is none.
func (r *reader) credit(n *node, otherwise bool) bool {
	switch s := r.text(n, "CdtDbtInd"); s {
	case "CRDT":
		return true
	case "DBIT":
		return false
	case "":
	default:
		r.fail(n.name+"/CdtDbtInd", fmt.Errorf("%w: %.40q", ErrValue, s))
	}
	return otherwise
}

// flag reads an xs:boolean, false where there is none.
func (r *reader) flag(n *node, path ...string) bool {
	switch s := r.text(n, path...); s {
	case "true", "1":
		return true
	case "false", "0", "":
	default:
		r.fail(within(n, path), fmt.Errorf("%w: %.40q", ErrValue, s))
	}
	return false
}

// number reads a whole number, not below zero; 0 where there is none.
func (r *reader) number(n *node, path ...string) int64 {
	s := r.text(n, path...)
	if s == "" {
		return 0
	}
	i, err := strconv.ParseInt(s, 10, 64)
	if err != nil || i < 0 {
		r.fail(within(n, path), fmt.Errorf("%w: %.40q", ErrValue, s))
	}
	return i
}

// date reads an element that holds a date, or a Dt or DtTm with one. The date is
// the one written there, whatever the offset; at is zero for a date alone.
func (r *reader) date(n *node, path ...string) (day string, at time.Time) {
	from := n
	if n = r.one(n, path...); n == nil {
		return "", time.Time{}
	}
	for _, name := range []string{"Dt", "DtTm"} {
		if kid := r.one(n, name); kid != nil {
			n = kid
			break
		}
	}
	if r.day != "" && n.text == r.day { // most of a statement's are one
		return r.day, time.Time{}
	}
	day, at, err := parseDate(n.text)
	if err != nil {
		r.fail(within(from, path), err)
	} else if day == n.text {
		r.day = day
	}
	return day, at
}

// moment reads a time, zero where there is none.
func (r *reader) moment(n *node, path ...string) time.Time {
	day, at := r.date(n, path...)
	if day != "" && at.IsZero() {
		at, _ = clock.ParseDay(day)
	}
	return at
}

// parseDate reads an xs:date or an xs:dateTime, which is Malaysia's where it has
// no offset.
func parseDate(s string) (day string, at time.Time, err error) {
	if day, _, _ = strings.Cut(s, "T"); len(day) > len(time.DateOnly) { // the offset of a date says nothing that is used
		day = day[:len(time.DateOnly)]
	}
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return "", at, fmt.Errorf("%w: %.40q", ErrValue, s)
	}
	if !strings.Contains(s, "T") {
		return day, at, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if at, err := time.ParseInLocation(layout, s, clock.Zone); err == nil {
			return day, at.In(clock.Zone), nil
		}
	}
	return "", at, fmt.Errorf("%w: %.40q", ErrValue, s)
}
