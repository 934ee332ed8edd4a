package iso20022

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
)

// The scanner takes a narrow XML apart: elements, attributes, texts, CDATA,
// comments and processing instructions. A million entries have sixty
// million elements, and encoding/xml, which is the judge of its tests, takes a
// minute for them.

// maxToken is how many bytes a tag, a text or a comment may have: the longest
// text that the schemas know has 10,000 characters, a signature's.
const maxToken = 64 << 10

// maxNames is how many names are kept; the schemas know fewer.
const maxNames = 4 << 10

// kind is what a token is.
type kind int

const (
	begin kind = iota
	end
	chars
	over // the end of the file
)

// token is one step through a file. Its text is good until the next step.
type token struct {
	kind     kind
	name     string // local, of a begin
	currency string // the attribute Ccy
	space    string // the last namespace that it declares
	text     []byte
}

// named is a name with its prefix and without.
type named struct{ full, local string }

// tag is what the begin of an element with attributes was found to be.
type tag struct {
	*named
	currency string
}

// maxTag is how long a tag is that is kept whole: one that names a currency has
// less.
const maxTag = 40

type scanner struct {
	in    *counted
	r     *bufio.Reader // of in
	from  string        // the charset that the file came in
	open  []*named
	names map[string]*named
	tags  map[string]tag // whole ones, with their attributes
	text  []byte         // of the token
	long  []byte         // a tag that holds ">" in a value
	empty bool           // the begin just given is its own end
	first bool           // nothing has been read yet
	tagAt bool           // "<" has been taken
}

func newScanner(r io.Reader) *scanner {
	plain, from := plainXML(r)
	in := &counted{in: plain}
	return &scanner{in: in, from: from, r: bufio.NewReaderSize(in, maxToken), names: map[string]*named{}, tags: map[string]tag{}, first: true}
}

// next is the next token. Comments and processing instructions are passed over.
func (s *scanner) next() (token, error) {
	if s.empty {
		s.empty = false
		s.open = s.open[:len(s.open)-1]
		return token{kind: end}, nil
	}
	for {
		if !s.tagAt {
			t, some, err := s.chars()
			if some || err != nil {
				return t, err
			}
		}
		s.tagAt = false
		t, some, err := s.markup()
		if some || err != nil {
			return t, err
		}
	}
}

// slice is what stands up to a byte, with it.
func (s *scanner) slice(until byte) ([]byte, error) {
	b, err := s.r.ReadSlice(until)
	if err == bufio.ErrBufferFull {
		err = ErrSize
	}
	return b, err
}

// blanks are what XML takes for white space.
const blanks = " \t\r\n"

var newline = []byte{'\n'}

// chars takes a text and the "<" after it; some is false where there is none.
func (s *scanner) chars() (t token, some bool, err error) {
	b, err := s.slice('<')
	if s.first {
		b, s.first = bytes.TrimPrefix(b, []byte("\uFEFF")), false
	}
	switch {
	case err == nil:
		s.tagAt = true
		b = b[:len(b)-1]
	case err != io.EOF:
		return t, true, err
	case len(s.open) > 0:
		return t, true, ErrCut
	case len(b) == 0:
		return token{kind: over}, true, nil
	}
	if len(b) == 0 {
		return t, false, nil
	}
	if len(s.open) > 0 && simple(b) { // most texts are
		return token{kind: chars, text: b}, true, nil
	}
	s.text, err = plain(s.text[:0], b)
	if err == nil && len(s.open) == 0 && len(bytes.TrimSpace(b)) > 0 {
		err = fmt.Errorf("%w: text outside of the elements", ErrSyntax)
	}
	return token{kind: chars, text: s.text}, true, err
}

// markup takes what follows a "<".
func (s *scanner) markup() (t token, some bool, err error) {
	b, err := s.slice('>')
	if err == io.EOF {
		err = ErrCut
	}
	if err != nil {
		return t, true, err
	}
	switch b[0] {
	case '/':
		return token{kind: end}, true, s.end(b[1 : len(b)-1])
	case '!':
		return s.special(b)
	case '?':
		return t, false, s.instruction(b)
	}
	if n, ok := s.names[string(b[:len(b)-1])]; ok && len(s.open) < maxDepth { // most tags are but a name that was there before
		s.open = append(s.open, n)
		return token{kind: begin, name: n.local}, true, nil
	}
	if n, ok := s.tags[string(b[:len(b)-1])]; ok && len(s.open) < maxDepth {
		s.open = append(s.open, n.named)
		return token{kind: begin, name: n.local, currency: n.currency}, true, nil
	}
	// A value may hold ">": its tag goes on until the value has ended.
	if quote := unclosed(0, b); quote != 0 {
		done := len(b)
		b, err = s.until(b, func(b []byte) bool {
			quote, done = unclosed(quote, b[done:]), len(b)
			return quote == 0
		})
		if err != nil {
			return t, true, err
		}
	}
	t, err = s.begin(b[:len(b)-1])
	if err == nil && t.currency != "" && t.space == "" && !s.empty && len(b) <= maxTag && len(s.tags) < maxNames {
		s.tags[string(b[:len(b)-1])] = tag{s.open[len(s.open)-1], t.currency}
	}
	return t, true, err
}

// until is b with more of the file up to the first ">" that ends it.
func (s *scanner) until(b []byte, ends func([]byte) bool) ([]byte, error) {
	s.long = append(s.long[:0], b...)
	for !ends(s.long) {
		more, err := s.slice('>')
		if err == io.EOF {
			err = ErrCut
		}
		if err == nil && len(s.long)+len(more) > maxToken {
			err = ErrSize
		}
		if err != nil {
			return nil, err
		}
		s.long = append(s.long, more...)
	}
	return s.long, nil
}

// unclosed is the quote of a value that has not ended after b, 0 where each has;
// quote is that before b.
func unclosed(quote byte, b []byte) byte {
	for _, c := range b {
		switch {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		}
	}
	return quote
}

func (s *scanner) end(b []byte) error {
	last := len(s.open) - 1
	if last < 0 || string(b) != s.open[last].full && string(bytes.TrimRight(b, blanks)) != s.open[last].full {
		return fmt.Errorf("%w: </%.40s> ends what did not begin", ErrSyntax, strings.ToValidUTF8(string(b), "?"))
	}
	s.open = s.open[:last]
	return nil
}

// begin takes a tag without its brackets.
func (s *scanner) begin(b []byte) (t token, err error) {
	t.kind = begin
	if b, s.empty = bytes.CutSuffix(b, []byte("/")); len(s.open) == maxDepth {
		return t, ErrDepth
	}
	i := bytes.IndexAny(b, blanks)
	if i < 0 {
		i = len(b)
	}
	n, err := s.name(b[:i])
	if err != nil {
		return t, err
	}
	t.name = n.local
	s.open = append(s.open, n)
	if i == len(b) {
		return t, nil
	}
	err = s.attributes(b[i:], func(name string, value []byte) {
		switch {
		case name == "Ccy":
			t.currency = s.word(value)
		case name == "xmlns" || strings.HasPrefix(name, "xmlns:"):
			t.space = string(value)
		}
	})
	return t, err
}

// attributes takes what follows a tag's name. A value is good until the next.
func (s *scanner) attributes(b []byte, f func(name string, value []byte)) error {
	wrong := func() error { return fmt.Errorf("%w: attributes %.40q", ErrSyntax, b) }
	var seen []*named
	for {
		rest := bytes.TrimLeft(b, blanks)
		if len(rest) == 0 {
			return nil
		}
		key, value, is := bytes.Cut(rest, []byte("="))
		value = bytes.TrimLeft(value, blanks)
		if !is || len(rest) == len(b) || len(value) == 0 || value[0] != '"' && value[0] != '\'' {
			return wrong()
		}
		value, b, is = bytes.Cut(value[1:], value[:1])
		if !is || bytes.IndexByte(value, '<') >= 0 {
			return wrong()
		}
		n, err := s.name(bytes.TrimRight(key, blanks))
		if err != nil {
			return err
		}
		if slices.Contains(seen, n) {
			return wrong()
		}
		if seen = append(seen, n); len(seen) > maxDepth {
			return ErrSize
		}
		if s.text, err = plain(s.text[:0], value); err != nil {
			return err
		}
		f(n.full, s.text)
	}
}

// name keeps a name, so that it is made once.
func (s *scanner) name(b []byte) (*named, error) {
	if n, ok := s.names[string(b)]; ok {
		return n, nil
	}
	full := string(b)
	prefix, local, has := strings.Cut(full, ":")
	if !has {
		prefix, local = "x", full
	}
	if !isName(prefix) || !isName(local) {
		return nil, fmt.Errorf("%w: %.40q is no name", ErrSyntax, full)
	}
	n := &named{full, local}
	if len(s.names) < maxNames {
		s.names[full] = n
	}
	return n, nil
}

// word is a short text that comes again and again.
func (s *scanner) word(b []byte) string {
	if n, err := s.name(b); err == nil {
		return n.full
	}
	return string(b)
}

// isName allows ASCII only, of which all names of the schemas are.
func isName(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
		if !letter && (i == 0 || r != '-' && r != '.' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != ""
}

// special takes a comment or a CDATA section; a directive is refused.
func (s *scanner) special(b []byte) (t token, some bool, err error) {
	comment, data := bytes.HasPrefix(b, []byte("!--")), bytes.HasPrefix(b, []byte("![CDATA["))
	if !comment && !data {
		return t, true, ErrDirective
	}
	ends, from := "-->", len("!--")
	if data {
		ends, from = "]]>", len("![CDATA[")
	}
	b, err = s.until(b, func(b []byte) bool { return len(b) >= from+len(ends) && bytes.HasSuffix(b, []byte(ends)) })
	if err != nil {
		return t, true, err
	}
	inside := b[from : len(b)-len(ends)]
	if !data {
		if bytes.Contains(inside, []byte("--")) || bytes.HasSuffix(inside, []byte("-")) {
			return t, true, fmt.Errorf(`%w: "--" in a comment`, ErrSyntax)
		}
		return t, false, valid(inside)
	}
	if len(s.open) == 0 {
		return t, true, fmt.Errorf("%w: text outside of the elements", ErrSyntax)
	}
	s.text = unline(s.text[:0], inside)
	return token{kind: chars, text: s.text}, true, valid(inside)
}

// instruction takes a processing instruction. That at the file's begin may name
// the charset.
func (s *scanner) instruction(b []byte) error {
	b, err := s.until(b, func(b []byte) bool { return len(b) >= len("??>") && bytes.HasSuffix(b, []byte("?>")) })
	if err != nil {
		return err
	}
	b = b[1 : len(b)-len("?>")]
	i := bytes.IndexAny(b, blanks)
	if i < 0 {
		i = len(b)
	}
	if _, err := s.name(b[:i]); err != nil {
		return err
	}
	if string(b[:i]) != "xml" {
		return valid(b)
	}
	version, charset, odd := "1.0", s.from, ""
	err = s.attributes(b[i:], func(name string, value []byte) {
		switch name {
		case "version":
			version = string(value)
		case "encoding":
			charset = string(value)
		default:
			if name != "standalone" || string(value) != "yes" && string(value) != "no" {
				odd = name
			}
		}
	})
	switch {
	case err != nil:
		return err
	case odd != "":
		return fmt.Errorf("%w: %.40q in the declaration", ErrSyntax, odd)
	case version != "1.0":
		return fmt.Errorf("%w: version %.40q", ErrSyntax, version)
	case charsetOf(charset) == s.from:
		return nil
	case slices.Contains(charsets, charsetOf(charset)): // it is read, and this text is not of it
		return ErrCharset
	}
	return &CharsetError{charset}
}
