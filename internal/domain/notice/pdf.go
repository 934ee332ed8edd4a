package notice

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
)

// What reading a PDF may cost: a stream that unpacks without end is refused.
const (
	unpackedEach = 8 << 20
	unpackedAll  = 32 << 20
	streamsRead  = 2000
)

var (
	pdfPage   = regexp.MustCompile(`/Type\s*/Page[^A-Za-z]`)
	pdfHolder = regexp.MustCompile(`/Type\s*/ObjStm`)
	// What runs, opens, asks or hides has no place on paper, and none on the
	// machine that prints it. A name may be written with #XX; see plainNames.
	pdfActive = regexp.MustCompile(`/(JavaScript|JS|Launch|EmbeddedFile|EmbeddedFiles|RichMedia|XFA|SubmitForm|ImportData|GoToR|GoToE|OpenAction|AA|Encrypt)[^A-Za-z]`)
	pdfName   = regexp.MustCompile(`#[0-9A-Fa-f]{2}`)
	pdfStream = regexp.MustCompile(`stream\r?\n`)
)

// readPDF counts the pages of a PDF, or says why it is not printed. It reads
// the objects that stand in the open and those packed into object streams, and
// nothing of what they draw; that is for the printing house's own program.
func readPDF(data []byte) (pages int, reason string) {
	if !bytes.HasPrefix(data, []byte("%PDF-1.")) && !bytes.HasPrefix(data, []byte("%PDF-2.")) {
		return 0, "it does not begin as a PDF does"
	}
	tail := data[max(0, len(data)-1024):]
	if !bytes.Contains(tail, []byte("%%EOF")) || !bytes.Contains(tail, []byte("startxref")) {
		return 0, "it does not end as a PDF does"
	}
	open, packed, reason := objects(data)
	if reason != "" {
		return 0, reason
	}
	for _, part := range append([][]byte{open}, packed...) {
		part = plainNames(part)
		if m := pdfActive.Find(append(part, ' ')); m != nil {
			return 0, "it holds " + string(m[:len(m)-1])
		}
		pages += len(pdfPage.FindAll(append(part, ' '), -1))
	}
	if pages == 0 {
		return 0, "it has no page"
	}
	return pages, ""
}

// objects is a PDF without its streams, and the object streams unpacked.
func objects(data []byte) (open []byte, packed [][]byte, reason string) {
	total, rest := 0, data
	for n := 0; ; n++ {
		m := pdfStream.FindIndex(rest)
		if m == nil {
			return append(open, rest...), packed, ""
		}
		if n > streamsRead {
			return nil, nil, "it has too many streams"
		}
		head, body := rest[:m[0]], rest[m[1]:]
		open = append(open, head...)
		end := bytes.Index(body, []byte("endstream"))
		if end < 0 {
			return nil, nil, "a stream has no end"
		}
		// The stream's own dictionary is what stands after the last "obj".
		own := head[max(0, bytes.LastIndex(head, []byte("obj"))):]
		if pdfHolder.Match(plainNames(own)) {
			text, err := unpack(body[:end])
			if total += len(text); err != nil || total > unpackedAll {
				return nil, nil, "an object stream cannot be read"
			}
			packed = append(packed, text)
		}
		rest = body[end+len("endstream"):]
	}
}

// unpack reads a deflated stream up to its bound.
func unpack(data []byte) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(z, unpackedEach+1))
	if err == nil && len(text) > unpackedEach {
		err = io.ErrShortBuffer
	}
	return text, err
}

// plainNames writes the names of a PDF as they are read: /J#53 is /JS.
func plainNames(part []byte) []byte {
	return pdfName.ReplaceAllFunc(part, func(m []byte) []byte {
		return []byte{hexDigit(m[1])<<4 | hexDigit(m[2])}
	})
}

func hexDigit(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}
