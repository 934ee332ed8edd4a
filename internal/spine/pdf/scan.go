package pdf

import (
	"bytes"
	"regexp"
)

// A reader of PDFs finds an object by its offset, or by looking for "1 0 obj".
// So what a scan passes over as a comment, a text or a stream must not begin an
// object: to a reader that comes from elsewhere it would be one.

var (
	pdfSpace  = `(?:[\x00\t\n\f\r ]|%[^\r\n]*[\r\n])+`
	pdfObject = regexp.MustCompile(`[0-9]` + pdfSpace + `[0-9]+` + pdfSpace + `obj`)
	// The names of pdfActive that are too long to stand in a stream's bytes by
	// chance.
	pdfHidden = regexp.MustCompile(`/(JavaScript|Launch|EmbeddedFile|EmbeddedFiles|FileAttachment|RichMedia|SubmitForm|ImportData|OpenAction|Encrypt|ObjStm)[^A-Za-z]`)
)

// stream is a stream's own dictionary, and its bytes as they stand in the file.
type stream struct{ own, body []byte }

// pieces are a PDF taken apart: what stands in the open, without the bytes of its
// streams; the streams; and everything that is passed over.
type pieces struct {
	open    []byte
	streams []stream
	passed  [][]byte
}

// scanPDF takes a PDF apart as its grammar says: a stream is what follows the
// keyword after a dictionary, and neither begins in a comment nor in a text.
func scanPDF(data []byte) (s pieces, reason string) {
	var dicts []int    // where each open dictionary begins
	own := []byte(nil) // the dictionary that has just ended, with nothing but blanks since
	from := 0          // where what is not yet in open begins
	owned := 0         // bytes of dictionaries that were a stream's own
	pass := func(i, end int) int {
		s.passed = append(s.passed, data[i:end])
		return end
	}
	for i := 0; i < len(data); {
		switch c := data[i]; {
		case isBlank(c):
			i++
		case c == '%':
			i = pass(i, lineEnd(data, i))
		case bytes.HasPrefix(data[i:], []byte("<<")):
			dicts, own = append(dicts, i), nil
			i += 2
		case bytes.HasPrefix(data[i:], []byte(">>")):
			if own = nil; len(dicts) > 0 {
				own, dicts = data[dicts[len(dicts)-1]:i+2], dicts[:len(dicts)-1]
			}
			i += 2
		case c == '(', c == '<':
			end := textEnd(data, i)
			if own = nil; end < 0 {
				return s, "a text in it has no end"
			}
			i = pass(i, end)
		case own != nil && isKeyword(data[i:], "stream"):
			if len(s.streams) >= streamsRead {
				return s, "it has too many streams"
			}
			if owned += len(own); owned > len(data) { // each would be read again with those around it
				return s, "its streams lie within each other"
			}
			begin := bodyBegin(data, i+len("stream"))
			n := bytes.Index(data[begin:], []byte("endstream"))
			if n < 0 {
				return s, "a stream has no end"
			}
			s.open = append(s.open, data[from:begin]...)
			s.streams = append(s.streams, stream{own, data[begin : begin+n]})
			i, own = pass(begin, begin+n), nil
			from = i
		default: // any other word, to its end
			own = nil
			for i++; i < len(data) && isRegular(data[i]) && isRegular(c); i++ {
			}
		}
	}
	s.open = append(s.open, data[from:]...)
	return s, ""
}

// hides says what a scan passed over that a reader might not pass over.
func (s pieces) hides() string {
	for _, part := range s.passed {
		if pdfObject.Match(part) {
			return "it hides an object"
		}
		if m := pdfHidden.Find(append(plainNames(part), ' ')); m != nil {
			return "it holds " + string(m[:len(m)-1])
		}
	}
	return ""
}

func isBlank(c byte) bool {
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' '
}

func isRegular(c byte) bool { return !isBlank(c) && !bytes.ContainsRune([]byte("()<>[]{}/%"), rune(c)) }

func isKeyword(data []byte, word string) bool {
	return bytes.HasPrefix(data, []byte(word)) && (len(data) == len(word) || !isRegular(data[len(word)]))
}

func lineEnd(data []byte, i int) int {
	if n := bytes.IndexAny(data[i:], "\r\n"); n >= 0 {
		return i + n
	}
	return len(data)
}

// bodyBegin is where a stream's bytes begin after its keyword.
func bodyBegin(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\t') {
		i++
	}
	if i < len(data) && data[i] == '\r' {
		i++
	}
	if i < len(data) && data[i] == '\n' {
		i++
	}
	return i
}

// textEnd is where a text in round or angle brackets ends, -1 for nowhere.
func textEnd(data []byte, i int) int {
	if data[i] == '<' {
		if n := bytes.IndexByte(data[i:], '>'); n >= 0 {
			return i + n + 1
		}
		return -1
	}
	for depth := 0; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}
