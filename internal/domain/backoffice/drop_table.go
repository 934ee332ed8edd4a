package backoffice

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

// columns are what a file's first row may name, in any order.
var columns = []string{"their_ref", "person", "title_ms", "title_en", "service", "state", "status_ms", "status_en", "question_ms", "question_en",
	"submitted_on", "due_on", "link", "version", "message_id", "message_ms", "message_en"}

// table is a file as it was read.
type table struct {
	head []string
	rows []row
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

// readTable reads a file as a spreadsheet or a program writes it: UTF-8 with a
// mark or without, commas or semicolons, any line ends.
func readTable(data []byte) (t table, err error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return t, unreadable{key: "encoding"}
	}
	first, _, _ := bytes.Cut(data, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	for _, sep := range []rune{';', '\t'} {
		if bytes.ContainsRune(first, sep) && !bytes.ContainsRune(first, ',') {
			r.Comma = sep
		}
	}
	head, err := r.Read()
	if err != nil {
		return t, unreadable{key: "empty"}
	}
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		switch head[i] = name; {
		case !slices.Contains(columns, name):
			return t, unreadable{"column", brief(errors.New(name))}
		case slices.Contains(head[:i], name):
			return t, unreadable{"column_twice", name}
		}
	}
	for _, name := range []string{"their_ref", "person", "state"} {
		if !slices.Contains(head, name) {
			return t, unreadable{"column_missing", name}
		}
	}
	if !slices.Contains(head, "title_ms") && !slices.Contains(head, "title_en") {
		return t, unreadable{"column_missing", "title_ms"}
	}
	t.head = head
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return t, nil
		}
		line, _ := r.FieldPos(0)
		one := row{line: line}
		var parse *csv.ParseError
		switch {
		case errors.As(err, &parse):
			one.line, one.problem = parse.StartLine, "quotes"
		case err != nil:
			return t, err
		case len(cells) != len(head):
			one.problem = "cells" // as at the end of a file that was cut short
		default:
			one.cells = map[string]string{}
			for i, c := range cells {
				one.cells[head[i]] = strings.TrimSpace(c)
			}
		}
		t.rows = append(t.rows, one)
		if one.problem == "quotes" { // what follows cannot be told apart
			return t, nil
		}
	}
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
	if err := root.WriteFile(name+".part", data, 0o660); err != nil {
		return err
	}
	return root.Rename(name+".part", name)
}
