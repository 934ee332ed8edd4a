// Package pdf reads a PDF that comes from elsewhere, within bounds, and tells
// what no reader should meet: what runs, opens, asks or hides, and a file that
// is cut off.
package pdf

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
	pdfPage = regexp.MustCompile(`/Type\s*/Page[^A-Za-z]`)
	// An object stream, as readers know one: they do not ask for its type.
	pdfHolder = regexp.MustCompile(`/(ObjStm|First)[^A-Za-z]`)
	// How one may be packed, so that unpacking it once shows what a reader sees.
	pdfPacked = regexp.MustCompile(`/Filter\s*(?:/FlateDecode|\[\s*/FlateDecode\s*\])\s*[/>]`)
	pdfFilter = regexp.MustCompile(`/(Filter|F|DecodeParms|DP)[^A-Za-z]`)
	// What runs, opens, asks or hides has no place on paper, and none on the
	// machine that prints it. A name may be written with #XX; see plainNames.
	pdfActive = regexp.MustCompile(`/(JavaScript|JS|Launch|EmbeddedFile|EmbeddedFiles|EF|FileAttachment|RichMedia|XFA|SubmitForm|ImportData|GoToR|GoToE|Encrypt)[^A-Za-z]`)
	pdfName   = regexp.MustCompile(`#[0-9A-Fa-f]{2}`)
	// A list of the files within that has none, as common writers leave in every
	// PDF. Its names are spelt out: a reader takes no #XX for a bracket.
	pdfNoFiles = regexp.MustCompile(`/EmbeddedFiles\s*<<\s*(?:/Names\s*\[\s*\]\s*)?>>`)
)

// A page to begin at, and what follows an event, are in many an ordinary file,
// and harm nobody who reads it; what they would run is among the others.
var pdfPrinted = regexp.MustCompile(`/(OpenAction|AA)[^A-Za-z]`)

// Printed is Read, for a file that goes on paper by another's machine, which has
// to do nothing but draw it.
func Printed(data []byte) (pages int, reason string) {
	return read(data, pdfPrinted, pdfActive)
}

// Read counts the pages of a PDF, or says why it is not printed. It reads
// the objects that stand in the open and those packed into object streams, and
// nothing of what they draw; that is for the printing house's own program.
func Read(data []byte) (pages int, reason string) { return read(data, pdfActive) }

func read(data []byte, never ...*regexp.Regexp) (pages int, reason string) {
	if !bytes.HasPrefix(data, []byte("%PDF-1.")) && !bytes.HasPrefix(data, []byte("%PDF-2.")) {
		return 0, "it does not begin as a PDF does"
	}
	tail := data[max(0, len(data)-1024):]
	if !bytes.Contains(tail, []byte("%%EOF")) || !bytes.Contains(tail, []byte("startxref")) {
		return 0, "it does not end as a PDF does"
	}
	all, reason := scanPDF(data)
	if reason == "" {
		reason = all.hides()
	}
	if reason != "" {
		return 0, reason
	}
	packed, reason := objects(all.streams)
	if reason != "" {
		return 0, reason
	}
	for _, part := range append([][]byte{all.open}, packed...) {
		part = plainNames(pdfNoFiles.ReplaceAll(part, []byte(" ")))
		for _, one := range never {
			if m := one.Find(append(part, ' ')); m != nil {
				return 0, "it holds " + string(m[:len(m)-1])
			}
		}
		pages += len(pdfPage.FindAll(append(part, ' '), -1))
	}
	if pages == 0 {
		return 0, "it has no page"
	}
	return pages, ""
}

// objects are the object streams of a PDF, unpacked.
func objects(streams []stream) (packed [][]byte, reason string) {
	total := 0
	for _, one := range streams {
		own := plainNames(one.own)
		if !pdfHolder.Match(own) {
			continue
		}
		switch filters := len(pdfFilter.FindAll(own, -1)); {
		case filters == 0:
			packed = append(packed, one.body)
			continue
		case filters > 1 || !pdfPacked.Match(own):
			return nil, "an object stream cannot be read"
		}
		text, err := unpack(one.body)
		if total += len(text); err != nil || total > unpackedAll {
			return nil, "an object stream cannot be read"
		}
		packed = append(packed, text)
	}
	return packed, ""
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
