package directory

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Sheet is one uploaded CSV file. What it holds is told by its first line; see
// Template for the columns. Commas, semicolons and tabs divide cells.
type Sheet struct {
	Name string
	Data []byte
}

// Kinds of sheets, in the order in which they build on each other.
const (
	KindAgency = "agency"
	KindUnit   = "unit"
	KindPost   = "post"
	KindPerson = "person" // people in posts
)

// Plan is what an import would do. While it has problems it cannot be done.
type Plan struct {
	Sheets   []SheetPlan
	Changes  []Change
	Problems []Problem
	Ends     []Holding // holdings that end because somebody follows
	Digest   string    // of the changes: what was shown is what is done
	set      Set
}

// SheetPlan counts the rows of one sheet.
type SheetPlan struct {
	Name, Kind         string
	New, Changed, Same int
}

// Change is one row that is not so yet. Before is "" for a new one.
type Change struct {
	Kind, ID      string
	Before, After string
}

// Problem is one thing that must be put right, in words (a locale key with its
// arguments). Line is 0 where the whole file is meant.
type Problem struct {
	Sheet  string
	Line   int
	Column string
	Key    string
	Args   []any
}

// Limits of a sheet.
const (
	maxBytes    = 2 << 20
	maxRows     = 20000
	maxCell     = 300
	maxProblems = 50 // more help nobody
)

var columnsOf = map[string][]string{
	KindAgency: {"id", "name_ms", "name_en", "level", "state", "site"},
	KindUnit:   {"id", "agency", "name_ms", "name_en", "state"},
	KindPost:   {"id", "unit", "role", "title_ms", "title_en"},
	KindPerson: {"post", "person", "name", "mail", "from", "until"},
}

var kinds = []string{KindAgency, KindUnit, KindPost, KindPerson}

// Template is an example of a kind of sheet, with its header.
func Template(kind string) []byte {
	example := map[string]string{
		KindAgency: "jpn,Jabatan Pendaftaran Negara,National Registration Department,federal,,https://www.jpn.gov.my",
		KindUnit:   "jpn-03,jpn,\"Jabatan Pendaftaran Negara, Kelantan\",\"National Registration Department, Kelantan\",MY-03",
		KindPost:   "jpn-03-reg,jpn-03,jpn/registration-officer,\"Pegawai Pendaftaran, Kelantan\",\"Registration officer, Kelantan\"",
		KindPerson: "jpn-03-reg,nik-azman,Nik Azman bin Nik Ismail,nik.azman@contoh.example,2026-01-01,",
	}
	return []byte(strings.Join(columnsOf[kind], ",") + "\n" + example[kind] + "\n")
}

// line is one row of a sheet: its cells by column.
type line struct {
	sheet string
	n     int
	cells map[string]string
}

// problems gathers what is wrong, up to a number that a person can read.
type problems struct{ list []Problem }

func (p *problems) add(sheet string, n int, column, key string, args ...any) {
	if len(p.list) < maxProblems {
		p.list = append(p.list, Problem{sheet, n, column, "directory.import." + key, args})
	}
}

func (p *problems) at(l line, column, key string, args ...any) {
	p.add(l.sheet, l.n, column, key, args...)
}

// readSheets turns files into lines by kind.
func readSheets(sheets []Sheet, p *problems) map[string][]line {
	out := map[string][]line{}
	for _, s := range sheets {
		kind, lines := readSheet(s, p)
		if kind != "" {
			out[kind] = append(out[kind], lines...)
		}
	}
	return out
}

func readSheet(s Sheet, p *problems) (kind string, lines []line) {
	data := bytes.TrimPrefix(s.Data, []byte("\ufeff"))
	switch {
	case len(data) > maxBytes:
		p.add(s.Name, 0, "", "too_large", "limit", maxBytes>>20)
		return "", nil
	case !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0:
		p.add(s.Name, 0, "", "not_utf8")
		return "", nil
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma = divider(data)
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil {
		p.add(s.Name, 0, "", "empty")
		return "", nil
	}
	for i := range head {
		head[i] = strings.ToLower(strings.TrimSpace(head[i]))
	}
	if kind = kindOf(head); kind == "" {
		p.add(s.Name, 1, "", "unknown_sheet", "columns", strings.Join(head, ", "))
		return "", nil
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return kind, lines
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			p.add(s.Name, bad.Line, "", "quotes")
			return kind, lines
		}
		n, _ := r.FieldPos(0)
		if len(lines) == maxRows {
			p.add(s.Name, n, "", "too_many", "limit", maxRows)
			return kind, lines
		}
		l := line{s.Name, n, map[string]string{}}
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue // a row of empty cells, as spreadsheets leave at the end
		}
		if len(cells) != len(head) {
			p.at(l, "", "cells", "want", len(head), "got", len(cells))
			continue
		}
		for i, c := range cells {
			l.cells[head[i]] = tidy(c)
		}
		lines = append(lines, l)
	}
}

// divider is what stands most often in the first line.
func divider(data []byte) rune {
	first, _, _ := bytes.Cut(data, []byte("\n"))
	best, most := ',', bytes.Count(first, []byte(","))
	for _, c := range ";\t" {
		if n := bytes.Count(first, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

// kindOf tells a sheet by its columns: all of one kind's, each once, no other.
func kindOf(head []string) string {
	sorted := slices.Sorted(slices.Values(head))
	for _, k := range kinds {
		if slices.Equal(sorted, slices.Sorted(slices.Values(columnsOf[k]))) {
			return k
		}
	}
	return ""
}

func digest(changes []Change, ends []Holding) string {
	h := sha256.New()
	for _, c := range changes {
		fmt.Fprintf(h, "%q %q %q %q\n", c.Kind, c.ID, c.Before, c.After)
	}
	for _, e := range ends {
		fmt.Fprintf(h, "end %q %q %d %d\n", e.Post, e.Person, e.From, e.Until)
	}
	return hex.EncodeToString(h.Sum(nil))
}
