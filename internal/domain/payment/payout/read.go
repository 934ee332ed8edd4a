package payout

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"strings"

	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"
)

// Formats of a file.
const (
	JSON = "json"
	CSV  = "csv"
	XML  = "pain.001"
)

// head is what a file says of the whole.
type head struct{ reference, description, message string }

// errEnough ends the reading of a file of which enough is wrong.
var errEnough = errors.New("payout: enough is wrong")

// A reader hands out a file's lines in their order. What is wrong in a line is
// told to the intake, which goes on; an error is of the file as a whole.
type reader func(in io.Reader, to *intake) error

var readers = map[string]reader{JSON: readJSON, CSV: readCSV, XML: readOrder}

// intake takes the lines of one file: it checks each, and hands them on in chunks
// while nothing is wrong.
type intake struct {
	from  string // the account that pays
	size  int    // of a chunk
	head  head
	known func(message string) error        // may end the reading once the file's id is read
	keep  func(c Chunk, lines []Line) error // takes a chunk, be it of a file that is wrong
	wrong []Wrong
	bad   int64 // how many there are, listed or not
	count int64
	total money.Amount
	twice map[[16]byte]int64 // references, by their hash: the line
	same  map[[16]byte]bool  // accounts with amounts
	again int64

	buffer []Line
	chunks []Chunk
	said   []string // each chunk's references as they are written, a line each
}

func newIntake(from string, size int) *intake {
	return &intake{from: from, size: size, twice: map[[16]byte]int64{}, same: map[[16]byte]bool{}}
}

// short is enough of a hash to tell a million texts apart for certain.
func short(text string) (out [16]byte) {
	sum := sha256.Sum256([]byte(text))
	copy(out[:], sum[:])
	return out
}

// no notes something that is wrong.
func (t *intake) no(w Wrong) {
	t.bad++
	if len(t.wrong) < listed {
		t.wrong = append(t.wrong, w)
	}
}

// line takes the next line; row is where it stands in the file.
func (t *intake) line(l Line, row int, wrong ...Wrong) error {
	t.count++
	if t.count > mostLines {
		t.no(Wrong{Why: "payout.wrong.many", Args: []any{"most", mostLines}})
		return errEnough
	}
	l.N, l.row, l.State = t.count, row, Waiting
	l.tidy()
	for _, w := range wrong { // what its reader saw: the rest says nothing new of the same field
		w.Line, w.Entry = row, l.N
		t.no(w)
	}
	for _, w := range l.check(t.from) {
		if w.Line = row; !has(wrong, w.Field) && !has(wrong, "") {
			t.no(w)
		}
	}
	if l.Reference != "" {
		key := short(folded(l.Reference))
		if first, is := t.twice[key]; is {
			t.no(l.twiceOf(first, t.reference(first)))
		} else {
			t.twice[key] = l.N
		}
	}
	if key := short(l.Account + "\t" + l.Amount.Decimal(money.MYR)); t.same[key] {
		l.Repeats = true
		t.again++
	} else {
		t.same[key] = true
	}
	if l.Amount > 0 && l.Amount <= most {
		t.total += l.Amount // mostLines times most is far from the end
	}
	t.buffer = append(t.buffer, l)
	if len(t.buffer) == t.size {
		return t.flush()
	}
	return nil
}

// reference is that of a line before the one that is read.
func (t *intake) reference(n int64) string {
	if i := int(n - t.count + int64(len(t.buffer))); i >= 0 {
		return t.buffer[i].Reference
	}
	list := strings.SplitN(t.said[(n-1)/int64(t.size)], "\n", t.size+1)
	return list[(n-1)%int64(t.size)]
}

func has(list []Wrong, field string) bool {
	for _, w := range list {
		if w.Field == field {
			return true
		}
	}
	return false
}

// flush hands a chunk on.
func (t *intake) flush() error {
	if len(t.buffer) == 0 {
		return nil
	}
	c := Chunk{No: int64(len(t.chunks)), First: t.buffer[0].N, Last: t.buffer[len(t.buffer)-1].N, State: chunkWaiting, Digest: digestOf(t.buffer)}
	var said strings.Builder
	for _, l := range t.buffer {
		c.Total += max(0, min(l.Amount, most))
		said.WriteString(l.Reference[:min(len(l.Reference), referenceMost)] + "\n") // a longer one is refused
	}
	t.said = append(t.said, said.String())
	lines := t.buffer
	t.buffer = make([]Line, 0, t.size)
	t.chunks = append(t.chunks, c)
	return t.keep(c, lines)
}

// read reads a whole file.
func (t *intake) read(format string, in io.Reader) error {
	read, ok := readers[format]
	if !ok {
		return errEnough
	}
	if err := read(in, t); err != nil {
		return err
	}
	if t.count == 0 && t.bad == 0 {
		t.no(Wrong{Why: "payout.wrong.empty"})
	}
	return t.flush()
}

// Sniff tells what a file is by its first letter: people do not know what their
// program wrote.
func Sniff(in io.Reader) (format string, out io.Reader) {
	b := bufio.NewReader(in)
	start, _ := b.Peek(512)
	if iso20022.IsXML(start) {
		return XML, b
	}
	if bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(start, []byte("\uFEFF")), " \t\r\n"), []byte("{")) {
		return JSON, b
	}
	return CSV, b
}

// summing counts and hashes what is read through it.
type summing struct {
	in  io.Reader
	sum hash.Hash
}

func (s *summing) Read(p []byte) (int, error) {
	n, err := s.in.Read(p)
	s.sum.Write(p[:n])
	return n, err
}
