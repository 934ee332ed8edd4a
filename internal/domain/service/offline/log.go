package offline

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxLine    = 256 << 10 // of a log
	maxEntries = 100000    // of a log, and of what is missing from a file
)

// The forms in which the hall itself writes these; nothing else is believed,
// shown on a terminal or used as a key.
var (
	logForm  = regexp.MustCompile(`^[0-9a-f]{8}$`)
	packForm = regexp.MustCompile(`^[0-9A-Z-]{1,20}$`)
	keyForm  = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)
)

// sound tells whether an entry could have been written by a filler.
func (e Entry) sound() bool {
	return logForm.MatchString(e.Log) && packForm.MatchString(e.Pack) && keyForm.MatchString(e.Key) && e.N >= 1 && e.N <= maxEntries &&
		e.Number == NumberOf(e.Pack, e.Log, e.N)
}

// sound tells whether the end of a log could have been written by a filler.
func (c Close) sound() bool {
	return logForm.MatchString(c.Log) && c.Count >= 0 && c.Count <= maxEntries
}

// Entry is one form as it was filled in. Values are as a browser posts them;
// the hall reads them with the pack's own definition.
type Entry struct {
	Pack     string              `json:"pack"`
	Log      string              `json:"log"` // one for each device and start; eight signs
	N        int                 `json:"n"`   // from 1 in its log, without a gap
	Number   string              `json:"number"`
	Key      string              `json:"key"` // one entry makes one case
	At       string              `json:"at"`  // RFC 3339, by the device's clock
	Officer  string              `json:"officer"`
	Name     string              `json:"name"`
	IDNumber string              `json:"id_number"`
	Values   map[string][]string `json:"values"`
	Prev     string              `json:"prev"` // hash of the entry before; "" for the first
}

// line is how an entry, or the end of a log, is written. Entry is text, so that
// the hash is over the very bytes that were written.
type line struct {
	Entry string `json:"entry,omitempty"`
	Hash  string `json:"hash,omitempty"`
	Close *Close `json:"close,omitempty"`
}

// Close is the last line of a log: whoever holds it knows that nothing is
// missing behind.
type Close struct {
	Log   string `json:"log"`
	Count int    `json:"count"`
	Last  string `json:"last"`
}

// NumberOf is the number that the person is given on paper.
func NumberOf(pack, log string, n int) string { return fmt.Sprintf("%s-%s-%03d", pack, log, n) }

// Line is an entry as a log holds it, and its hash.
func (e Entry) Line() (text []byte, hash string) {
	body, err := json.Marshal(e)
	if err != nil {
		panic("offline: " + err.Error()) // text and whole numbers only
	}
	hash = sum(body)
	return written(line{Entry: string(body), Hash: hash}), hash
}

// Line is the last line of a log.
func (c Close) Line() []byte { return written(line{Close: &c}) }

func written(l line) []byte {
	b, err := json.Marshal(l)
	if err != nil {
		panic("offline: " + err.Error())
	}
	return append(b, '\n')
}

// Read is an entry of a file, and what is to be said of its line.
type Read struct {
	Entry
	Row   int  // of the file, from 1
	Loose bool // the entry before it, by its hash, is not in the file
}

// Log is what a file holds: its sound entries, the numbers that must have been
// there, and the rows that cannot be read.
type Log struct {
	Entries []Read
	Missing []string // numbers
	Damaged []int    // rows
	Open    []string // logs without their last line: what came later is not known
}

// ReadLog reads a file of one or more logs. A file that was cut, or in which
// something was changed, gives what is sound and says what is not.
func ReadLog(r io.Reader) (Log, error) {
	var out Log
	in := bufio.NewReaderSize(r, maxLine)
	hashes, closed := map[string]bool{}, map[string]int{}
	for row := 1; ; row++ {
		text, err := in.ReadSlice('\n')
		if err == bufio.ErrBufferFull { // no entry is so long; what follows may be sound
			out.Damaged = append(out.Damaged, row)
			for err == bufio.ErrBufferFull {
				_, err = in.ReadSlice('\n')
			}
			text = nil
		}
		if err != nil && err != io.EOF {
			return out, err
		}
		if text = bytes.TrimSpace(text); len(text) > 0 {
			out.take(row, text, hashes, closed)
		}
		if err == io.EOF {
			break
		}
	}
	out.gaps(closed)
	for i := range out.Entries {
		e := &out.Entries[i]
		e.Loose = e.Prev != "" && !hashes[e.Prev]
	}
	return out, nil
}

func (l *Log) take(row int, text []byte, hashes map[string]bool, closed map[string]int) {
	var x line
	if !utf8.Valid(text) || json.Unmarshal(text, &x) != nil {
		l.Damaged = append(l.Damaged, row)
		return
	}
	if x.Close != nil && !x.Close.sound() {
		l.Damaged = append(l.Damaged, row)
		return
	}
	if x.Close != nil {
		closed[x.Close.Log] = max(closed[x.Close.Log], x.Close.Count)
		return
	}
	var e Entry
	if sum([]byte(x.Entry)) != x.Hash || json.Unmarshal([]byte(x.Entry), &e) != nil || !e.sound() ||
		strings.Contains(x.Entry, `\u0000`) { // which no database keeps as text
		l.Damaged = append(l.Damaged, row)
		return
	}
	if hashes[x.Hash] { // the same line twice is one entry
		return
	}
	hashes[x.Hash] = true
	l.Entries = append(l.Entries, Read{Entry: e, Row: row})
}

// gaps names what the numbering says is missing.
func (l *Log) gaps(closed map[string]int) {
	type seen struct {
		pack string
		top  int
		have map[int]bool
	}
	logs := map[string]*seen{}
	var order []string
	for _, e := range l.Entries {
		s := logs[e.Log]
		if s == nil {
			s = &seen{pack: e.Pack, have: map[int]bool{}}
			logs[e.Log], order = s, append(order, e.Log)
		}
		s.have[e.N], s.top = true, max(s.top, e.N)
	}
	for _, id := range order {
		s := logs[id]
		count, ended := closed[id]
		top := max(count, s.top)
		if lost := top - len(s.have); !ended || count < s.top || lost > maxEntries-len(l.Missing) {
			l.Open = append(l.Open, id) // also where more is missing than anybody can name
			top = s.top
		}
		for n := 1; n <= top && len(l.Missing) < maxEntries; n++ {
			if !s.have[n] {
				l.Missing = append(l.Missing, NumberOf(s.pack, id, n))
			}
		}
	}
	slices.Sort(l.Missing)
}
