package backoffice

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

// columns are what a file's first row may name, in any order.
var columns = []string{"their_ref", "person", "title_ms", "title_en", "service", "state", "status_ms", "status_en", "question_ms", "question_en",
	"submitted_on", "due_on", "link", "version", "message_id", "message_ms", "message_en"}

// table is a file as it was read: some of its rows, and whether more follow.
type table struct {
	head []string
	rows []row
	more bool
}

// row is one line of a file: its number there, and its cells by their column,
// or why it cannot be read.
type row struct {
	line    int
	cells   map[string]string
	problem string // a text key
}

// unreadable is why a whole file is refused: a text key, and what it names.
type unreadable struct{ key, what string }

func (u unreadable) Error() string { return u.key + " " + u.what }

// readTable reads n rows of a file, after the first from, as a spreadsheet or a
// program writes it: UTF-8 with a mark or without, commas or semicolons, any
// line ends. Only those are held in memory. A file with too many rows, or too
// many cells in one, is refused before any of it is an act.
func readTable(data []byte, from, n int) (t table, err error) {
	if len(data) > dropMost {
		return t, unreadable{key: "big"}
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return t, unreadable{key: "encoding"}
	}
	if bytes.IndexByte(data, '\n') < 0 { // lines that end as on an old Macintosh
		data = bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
	}
	first, _, _ := bytes.Cut(data, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	for _, sep := range []rune{';', '\t'} {
		if bytes.ContainsRune(first, sep) && !bytes.ContainsRune(first, ',') {
			r.Comma = sep
		}
	}
	if tooWide(data, byte(r.Comma)) {
		return t, unreadable{"wide", thousands(cellsMost)}
	}
	head, err := r.Read()
	if head = filled(head); err != nil || len(head) == 0 {
		return t, unreadable{key: "empty"}
	}
	if err := checkHead(head); err != nil {
		return t, err
	}
	t.head, r.ReuseRecord = head, true
	for at := 0; ; at++ {
		cells, err := r.Read()
		for err == nil && len(filled(cells)) == 0 { // as spreadsheets write below a table
			cells, err = r.Read()
		}
		switch t.more = at >= from+n; {
		case err == io.EOF:
			t.more = at > from+n
			return t, nil
		case at == rowsMost:
			return table{}, unreadable{"rows", thousands(rowsMost)}
		case from > 0 && t.more: // they were counted with the first
			return t, nil
		}
		var parse *csv.ParseError
		if err != nil && !errors.As(err, &parse) {
			return t, err
		}
		if at >= from && !t.more {
			t.rows = append(t.rows, rowOf(r, head, cells, parse))
		}
		if parse != nil { // what follows cannot be told apart
			return t, nil
		}
	}
}

// checkHead makes the names in a file's first row plain, and says what is wrong
// with them.
func checkHead(head []string) error {
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		switch head[i] = name; {
		case !slices.Contains(columns, name):
			return unreadable{"column", brief(errors.New(name))}
		case slices.Contains(head[:i], name):
			return unreadable{"column_twice", name}
		}
	}
	for _, name := range []string{"their_ref", "person", "state"} {
		if !slices.Contains(head, name) {
			return unreadable{"column_missing", name}
		}
	}
	if !slices.Contains(head, "title_ms") && !slices.Contains(head, "title_en") {
		return unreadable{"column_missing", "title_ms"}
	}
	return nil
}

// thousands is a number of four digits or more, as both languages write it.
func thousands(n int) string { return fmt.Sprintf("%d,%03d", n/1000, n%1000) }

// tooWide tells whether a row has more cells than any spreadsheet would write.
// A quotation mark that does not match may mislead it about what follows, which
// is not read.
func tooWide(data []byte, comma byte) bool {
	n, quoted := 0, false
	for _, c := range data {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\n':
			n = 0
		case c == comma:
			if n++; n >= cellsMost {
				return true
			}
		}
	}
	return false
}

func rowOf(r *csv.Reader, head, cells []string, bad *csv.ParseError) row {
	if bad != nil {
		return row{line: bad.StartLine, problem: "quotes"}
	}
	line, _ := r.FieldPos(0)
	if len(cells) > len(head) && len(filled(cells)) <= len(head) {
		cells = cells[:len(head)] // blank ones beyond the last column
	}
	if len(cells) != len(head) {
		return row{line: line, problem: "cells"} // as at the end of a file that was cut short
	}
	one := row{line: line, cells: map[string]string{}}
	for i, c := range cells {
		one.cells[head[i]] = strings.TrimSpace(c)
	}
	return one
}

// filled is a row up to its last cell that is not blank.
func filled(cells []string) []string {
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}

// inert is a cell that no spreadsheet takes for a formula.
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// encodeTable writes rows as CSV that a spreadsheet reads and does not run.
func encodeTable(rows [][]string) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	for _, r := range rows {
		safe := make([]string, len(r))
		for i, c := range r {
			safe[i] = inert(c)
		}
		if err := w.Write(safe); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

// writeTable puts a whole file in its place in one step.
func writeTable(root *os.Root, name string, rows [][]string) error {
	data, err := encodeTable(rows)
	if err != nil {
		return err
	}
	f, err := openFile(root, name+".part", os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	_ = f.Chmod(dropMode) // as appendTable
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return root.Rename(name+".part", name)
}
