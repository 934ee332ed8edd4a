package iso20022

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// entities are those that XML knows without a directive.
var entities = map[string]string{"amp": "&", "lt": "<", "gt": ">", "quot": `"`, "apos": "'"}

// ordinary are the characters that stand for themselves wherever they are.
var ordinary = func() (is [256]bool) {
	for c := byte(' '); c <= '~'; c++ {
		is[c] = c != '&' && c != ']' && c != '<'
	}
	is['\n'], is['\t'] = true, true
	return is
}()

// simple tells whether a text is what plain would make of it.
func simple(b []byte) bool {
	for _, c := range b {
		if !ordinary[c] {
			return false
		}
	}
	return true
}

// plain adds a text to out with its references put in and its line ends made one.
func plain(out, b []byte) ([]byte, error) {
	if err := valid(b); err != nil {
		return out, err
	}
	if bytes.Contains(b, []byte("]]>")) {
		return out, fmt.Errorf(`%w: "]]>" in a text`, ErrSyntax)
	}
	for {
		i := bytes.IndexByte(b, '&')
		if i < 0 {
			return unline(out, b), nil
		}
		out = unline(out, b[:i])
		name, rest, is := bytes.Cut(b[i+1:], []byte(";"))
		text, known := entities[string(name)]
		if number, is := strings.CutPrefix(string(name), "#"); is {
			text, known = reference(number)
		}
		if !is || !known {
			return out, fmt.Errorf("%w: there is no entity &%.20s;", ErrSyntax, name)
		}
		out, b = append(out, text...), rest
	}
}

// reference is the character that "65" or "x41" means.
func reference(number string) (string, bool) {
	base := 10
	if hex, is := strings.CutPrefix(number, "x"); is {
		number, base = hex, 16
	}
	n, err := strconv.ParseUint(number, base, 31)
	return string(rune(n)), err == nil && isChar(rune(n))
}

// unline adds b to out with each line end as "\n".
func unline(out, b []byte) []byte {
	for {
		i := bytes.IndexByte(b, '\r')
		if i < 0 {
			return append(out, b...)
		}
		out = append(append(out, b[:i]...), '\n')
		b = bytes.TrimPrefix(b[i+1:], newline)
	}
}

// valid tells whether all are characters that XML allows.
func valid(b []byte) error {
	for i := 0; i < len(b); {
		if c := b[i]; c < utf8.RuneSelf {
			if c < ' ' && c != '\n' && c != '\t' && c != '\r' {
				return fmt.Errorf("%w: the character %#U", ErrSyntax, rune(c))
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return ErrCharset
		}
		if !isChar(r) {
			return fmt.Errorf("%w: the character %#U", ErrSyntax, r)
		}
		i += n
	}
	return nil
}

// isChar is XML 1.0's Char.
func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
}
