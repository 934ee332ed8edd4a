package iso20022

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// CharsetError is a charset that is not read, by its name; it is an ErrCharset.
type CharsetError struct{ Name string }

// Error names it.
func (e *CharsetError) Error() string { return fmt.Sprintf("the charset %.40q is not read", e.Name) }

// Unwrap is ErrCharset.
func (e *CharsetError) Unwrap() error { return ErrCharset }

// The charsets that are read.
const (
	charsetUTF8    = "UTF-8"
	charsetASCII   = "US-ASCII"
	charsetLatin   = "ISO-8859-1"
	charsetWindows = "WINDOWS-1252"
	charsetUTF16   = "UTF-16"
)

var charsets = []string{charsetUTF8, charsetASCII, charsetLatin, charsetWindows, charsetUTF16}

// otherNames are by which files call them too.
var otherNames = map[string]string{"ASCII": charsetASCII, "LATIN1": charsetLatin, "CP1252": charsetWindows, "UTF-16LE": charsetUTF16, "UTF-16BE": charsetUTF16}

// charsetOf is a charset by the name that we have for it.
func charsetOf(name string) string {
	name = strings.ToUpper(name)
	if ours, is := otherNames[name]; is {
		return ours
	}
	return name
}

// IsXML tells whether a file begins as XML does, in whatever charset, be it one that
// is not read: its reader names it.
func IsXML(start []byte) bool {
	if bytes.HasPrefix(start, ebcdic) {
		return true
	}
	for _, mark := range []string{"\ufeff", "\xff\xfe", "\xfe\xff"} {
		start = bytes.TrimPrefix(start, []byte(mark))
	}
	return bytes.HasPrefix(bytes.TrimLeft(start, " \t\r\n\x00"), []byte("<"))
}

// ebcdic is "<?xm" in that charset.
var ebcdic = []byte{0x4C, 0x6F, 0xA7, 0x94}

// sniffed is how many bytes of a file are looked at for its charset.
const sniffed = 1 << 10

// encodingIs finds what an XML declaration says, where a letter is a byte.
var encodingIs = regexp.MustCompile(`^(?:\x{FEFF})?<\?xml\s[^>]*?\bencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']`)

// FromUTF16 gives a file that begins as UTF-16 does, with a byte order mark or
// with the "<" of XML, in UTF-8 and as a stream; any other as it is. is tells
// which. What is no UTF-16 further on is an ErrCharset.
func FromUTF16(in io.Reader) (out io.Reader, is bool) {
	b := bufio.NewReaderSize(in, maxToken)
	head, err := b.Peek(4)
	if err != nil && err != io.EOF {
		return broken{err}, false
	}
	switch {
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE, 0, 0}), bytes.HasPrefix(head, []byte{0, 0, 0xFE, 0xFF}):
		return broken{&CharsetError{"UTF-32"}}, false
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}), bytes.Equal(head, []byte{'<', 0, '?', 0}):
		return &narrow{in: b, low: 0, high: 1}, true
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}), bytes.Equal(head, []byte{0, '<', 0, '?'}):
		return &narrow{in: b, low: 1, high: 0}, true
	}
	return struct{ io.Reader }{b}, false // whose buffer is no other reader's
}

// plainXML gives an XML file in UTF-8, and the charset that it came in.
func plainXML(in io.Reader) (io.Reader, string) {
	in, is := FromUTF16(in)
	if is {
		return in, charsetUTF16
	}
	b := bufio.NewReaderSize(in, maxToken)
	head, err := b.Peek(sniffed)
	if err != nil && err != io.EOF {
		return broken{err}, charsetUTF8
	}
	if bytes.HasPrefix(head, ebcdic) {
		return broken{&CharsetError{"EBCDIC"}}, charsetUTF8
	}
	said := encodingIs.FindSubmatch(head)
	if said == nil {
		return b, charsetUTF8
	}
	switch name := charsetOf(string(said[1])); name {
	case charsetASCII:
		return seven{b}, name
	case charsetLatin:
		return charmap.ISO8859_1.NewDecoder().Reader(b), name
	case charsetWindows:
		return charmap.Windows1252.NewDecoder().Reader(b), name
	}
	return b, charsetUTF8
}

// broken is a file that cannot be read.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// seven is a file of ASCII, and refuses what is none.
type seven struct{ in io.Reader }

func (s seven) Read(p []byte) (int, error) {
	n, err := s.in.Read(p)
	for i, c := range p[:n] {
		if c >= utf8.RuneSelf {
			return i, ErrCharset
		}
	}
	return n, err
}

// narrow makes UTF-8 of UTF-16. Half a letter is refused, and not made a sign for
// what is not known: it may stand in a name or a reference.
type narrow struct {
	in        *bufio.Reader
	low, high int    // which byte of two is which
	out       []byte // of buffer, not read yet
	buffer    []byte
	err       error
}

func (n *narrow) Read(p []byte) (int, error) {
	if len(n.out) == 0 {
		n.fill()
	}
	if len(n.out) == 0 && len(p) > 0 {
		return 0, n.err
	}
	got := copy(p, n.out)
	n.out = n.out[got:]
	return got, nil
}

// fill reads some letters on.
func (n *narrow) fill() {
	n.buffer = n.buffer[:0]
	for n.err == nil && len(n.buffer) < maxToken/2 {
		var r rune
		if r, n.err = n.unit(); n.err != nil {
			break
		}
		if utf16.IsSurrogate(r) {
			next, err := n.unit()
			if errors.Is(err, io.EOF) {
				err = ErrCharset
			}
			if r = utf16.DecodeRune(r, next); err == nil && r == utf8.RuneError {
				err = ErrCharset
			}
			if n.err = err; err != nil {
				break
			}
		}
		n.buffer = utf8.AppendRune(n.buffer, r)
	}
	n.out = n.buffer
}

// unit is the next two bytes.
func (n *narrow) unit() (rune, error) {
	var two [2]byte
	var err error
	if two[0], err = n.in.ReadByte(); err != nil {
		return 0, err
	}
	if two[1], err = n.in.ReadByte(); err == io.EOF {
		err = ErrCharset
	}
	return rune(two[n.high])<<8 | rune(two[n.low]), err
}
