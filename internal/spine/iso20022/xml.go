package iso20022

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"balai/internal/spine/clock"
	"balai/internal/spine/money"
)

// Bounds of what is read. The deepest element that the schemas know is at 20, the
// longest text has 10,000 characters (a signature's), and a transaction with all
// that the schemas allow once has some hundred elements.
const (
	maxDepth = 48
	maxText  = 64 << 10 // bytes of a tag or a text
	maxNodes = 16 << 10 // elements of one transaction
	// MaxDetails is how many transactions an entry may sum up.
	MaxDetails = 100_000
)

// schemas begins the namespaces of the standard's messages.
const schemas = "urn:iso:std:iso:20022:tech:xsd:"

// source gives the decoder no more than is left, which is set anew for each token.
type source struct {
	r    *bufio.Reader
	left int
}

func (s *source) ReadByte() (byte, error) {
	if s.left == 0 {
		return 0, ErrSize
	}
	s.left--
	return s.r.ReadByte()
}

// Read is there because a Decoder asks for an io.Reader; it takes single bytes.
func (s *source) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := s.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	return 1, nil
}

// reader goes through one message. What goes wrong while an element is taken
// apart is kept in err, the first of it, and is looked at when that is done.
type reader struct {
	message string
	src     *source
	d       *xml.Decoder
	open    []xml.Name
	entry   int64
	nodes   int
	version string // the schema's name in the innermost namespace around the message
	err     error
}

func newReader(r io.Reader, message string) *reader {
	src := &source{r: bufio.NewReaderSize(r, 64<<10)}
	d := xml.NewDecoder(src)
	d.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("%w: %.40q", ErrCharset, charset)
	}
	return &reader{message: message, src: src, d: d}
}

// at is err with the place where the reader stands.
func (r *reader) at(element string, err error) error {
	var placed *PlaceError
	if err == nil || errors.As(err, &placed) {
		return err
	}
	line, _ := r.d.InputPos()
	return &PlaceError{Message: r.message, Line: line, Entry: r.entry, Element: element, Err: err}
}

// fail keeps the first of what goes wrong, in an element within the open one.
func (r *reader) fail(element string, err error) {
	if r.err == nil {
		if last := len(r.open) - 1; last >= 0 {
			element = r.open[last].Local + "/" + element
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
		names = append(names, n.Local)
	}
	return strings.Join(names, "/")
}

// token is the next begin, end or text. At the end of a whole file it is io.EOF.
func (r *reader) token() (xml.Token, error) {
	for {
		r.src.left = maxText
		t, err := r.d.RawToken()
		if err != nil {
			return nil, r.broken(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if len(r.open) == maxDepth {
				return nil, r.at(r.path(), ErrDepth)
			}
			r.open = append(r.open, t.Name)
			return t, nil
		case xml.EndElement:
			last := len(r.open) - 1
			if last < 0 || r.open[last] != t.Name {
				return nil, r.at(r.path(), fmt.Errorf("%w: </%.40s> ends what did not begin", ErrSyntax, t.Name.Local))
			}
			r.open = r.open[:last]
			return t, nil
		case xml.CharData:
			return t, nil
		case xml.Directive:
			return nil, r.at(r.path(), ErrDirective)
		}
	}
}

// broken says what the decoder's error means. Its syntax errors and the end of
// the file come in one type.
func (r *reader) broken(err error) error {
	var syntax *xml.SyntaxError
	switch {
	case err == io.EOF && len(r.open) == 0:
		return io.EOF
	case err == io.EOF || errors.As(err, &syntax) && syntax.Msg == "unexpected EOF":
		err = ErrCut
	case errors.As(err, &syntax) && strings.Contains(syntax.Msg, "invalid UTF-8"):
		err = ErrCharset
	case errors.As(err, &syntax):
		err = fmt.Errorf("%w: %s", ErrSyntax, syntax.Msg)
	case strings.Contains(err.Error(), ErrCharset.Error()): // the decoder keeps only the text
		err = ErrCharset
	}
	return r.at(r.path(), err)
}

// root finds the message, which may stand in a Document and that in an envelope.
func (r *reader) root(names ...string) (string, error) {
	for {
		t, err := r.token()
		if err == io.EOF {
			return "", r.at("", ErrMessage)
		}
		if err != nil {
			return "", err
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range start.Attr {
			if v, is := strings.CutPrefix(a.Value, schemas); is {
				r.version = v
			}
		}
		if slices.Contains(names, start.Name.Local) {
			return start.Name.Local, nil
		}
	}
}

// end reads what follows the message, which is nothing but ends.
func (r *reader) end() error {
	for {
		t, err := r.token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			return r.at(t.Name.Local, ErrTwice)
		case xml.CharData:
			if strings.TrimSpace(string(t)) != "" {
				return r.at("", fmt.Errorf("%w: text after the message", ErrSyntax))
			}
		}
	}
}

// each calls f for each element within the open one, and f takes it whole. Those
// whose names are in once may be there once.
func (r *reader) each(once []string, f func(t xml.StartElement) error) error {
	var seen []string
	for {
		t, err := r.token()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.EndElement:
			return nil
		case xml.StartElement:
			name := t.Name.Local
			if slices.Contains(seen, name) {
				return r.at(r.path(), ErrTwice)
			}
			if slices.Contains(once, name) {
				seen = append(seen, name)
			}
			depth := len(r.open)
			if err := f(t); err != nil {
				return r.at(name, err)
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

// node is an element with all that is in it.
type node struct {
	name, text, currency string
	kids                 []node
}

// node takes the element that has just begun.
func (r *reader) node(start xml.StartElement) (node, error) {
	r.nodes = 0
	return r.nodeWithin(start)
}

func (r *reader) nodeWithin(start xml.StartElement) (node, error) {
	n := node{name: start.Name.Local}
	if r.nodes++; r.nodes > maxNodes {
		return n, r.at(r.path(), ErrSize)
	}
	for _, a := range start.Attr {
		if a.Name.Local == "Ccy" {
			n.currency = a.Value
		}
	}
	for {
		t, err := r.token()
		if err != nil {
			return n, err
		}
		switch t := t.(type) {
		case xml.EndElement:
			n.text = strings.TrimSpace(n.text)
			return n, nil
		case xml.CharData:
			if n.text == "" {
				n.text = string(t)
			} else if n.text += string(t); len(n.text) > maxText { // parted by comments
				return n, r.at(r.path(), ErrSize)
			}
		case xml.StartElement:
			kid, err := r.nodeWithin(t)
			if err != nil {
				return n, err
			}
			n.kids = append(n.kids, kid)
		}
	}
}

// one is the element at the end of a path, nil where there is none. Where one on
// the way is there twice the reader fails.
func (r *reader) one(n *node, path ...string) *node {
	from := n
	for i, name := range path {
		var found *node
		for j := range n.kids {
			if n.kids[j].name != name {
				continue
			}
			if found != nil {
				r.fail(within(from, path[:i+1]), ErrTwice)
				return nil
			}
			found = &n.kids[j]
		}
		if found == nil {
			return nil
		}
		n = found
	}
	return n
}

// all are the elements of a name.
func (n *node) all(name string) (out []*node) {
	for i := range n.kids {
		if n.kids[i].name == name {
			out = append(out, &n.kids[i])
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
	a, err := money.Parse(n.text, n.currency)
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
	day, at, err := parseDate(n.text)
	if err != nil {
		r.fail(within(from, path), err)
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
	wrong := fmt.Errorf("%w: %.40q", ErrValue, s)
	if len(s) < len(time.DateOnly) || !utf8.ValidString(s) {
		return "", at, wrong
	}
	day = s[:len(time.DateOnly)]
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return "", at, wrong
	}
	rest := s[len(day):]
	if !strings.HasPrefix(rest, "T") { // the offset of a date says nothing that is used
		return day, at, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if at, err := time.ParseInLocation(layout, s, clock.Zone); err == nil {
			return day, at.In(clock.Zone), nil
		}
	}
	return "", at, wrong
}

// account reads an Acct.
func (r *reader) account(n *node) (a Account) {
	if n == nil {
		return a
	}
	a = Account{IBAN: r.text(n, "Id", "IBAN"), Name: r.text(n, "Nm"), Currency: r.text(n, "Ccy")}
	if a.IBAN == "" {
		a.Other = r.text(n, "Id", "Othr", "Id")
	}
	return a
}

// agent reads what holds a FinInstnId.
func (r *reader) agent(n *node) Agent {
	if n == nil {
		return Agent{}
	}
	if n = r.one(n, "FinInstnId"); n == nil {
		return Agent{}
	}
	bic := r.text(n, "BICFI")
	if bic == "" {
		bic = r.text(n, "BIC") // as older versions call it
	}
	return Agent{BIC: bic, Member: r.text(n, "ClrSysMmbId", "MmbId"), Name: r.text(n, "Nm")}
}

// remittance reads a RmtInf: what is free, and the creditor's references.
func (r *reader) remittance(n *node) (free, reference string) {
	if n == nil {
		return "", ""
	}
	var lines, references []string
	for _, u := range n.all("Ustrd") {
		lines = append(lines, u.text)
	}
	for _, s := range n.all("Strd") {
		if ref := r.text(s, "CdtrRefInf", "Ref"); ref != "" {
			references = append(references, ref)
		}
		for _, more := range s.all("AddtlRmtInf") {
			lines = append(lines, more.text)
		}
	}
	return strings.Join(lines, "\n"), strings.Join(references, "\n")
}
