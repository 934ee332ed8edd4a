package payout

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"
)

// columns are the words for each field in the first row of a sheet, in Malay and
// in English.
var columns = map[string][]string{
	"account":     {"akaun", "no akaun", "no. akaun", "nombor akaun", "account", "account no", "account number", "iban"},
	"bank":        {"bank", "kod bank", "bank code", "bic", "swift"},
	"name":        {"nama", "nama penerima", "penerima", "name", "payee", "payee name", "recipient"},
	"amount":      {"amaun", "jumlah", "amaun (rm)", "jumlah (rm)", "amount", "amount (rm)", "rm"},
	"reference":   {"rujukan", "no rujukan", "no. rujukan", "reference", "ref", "reference no"},
	"description": {"butiran", "catatan", "keterangan", "description", "details", "note"},
	"currency":    {"mata wang", "currency"},
}

var (
	errCharset = errors.New("payout: the file is not UTF-8")
	errRow     = errors.New("payout: a row is too long")
)

// rowMost is how many bytes one row may have: a quote that is never closed would
// take the whole file into memory.
const rowMost = 1 << 16

// guard ends a row that does not end.
type guard struct {
	in          io.Reader
	read, start int64
}

func (g *guard) Read(p []byte) (int, error) {
	if g.read-g.start > rowMost {
		return 0, errRow
	}
	n, err := g.in.Read(p[:min(len(p), 4096)])
	g.read += int64(n)
	return n, err
}

// readCSV reads a sheet: with commas, semicolons or tabs, quoted or not, with a
// byte order mark or without.
func readCSV(in io.Reader, t *intake) error {
	in, _ = iso20022.FromUTF16(in) // as a spreadsheet's "Unicode text"
	b := bufio.NewReaderSize(in, rowMost)
	mark, _ := b.Peek(3)
	if string(mark) == "\uFEFF" {
		_, _ = b.Discard(3)
	}
	if bytes.IndexByte(mark, 0) >= 0 {
		return errCharset // UTF-16 without its mark: no name of a column would be known
	}
	first, _ := b.Peek(rowMost)
	if end := bytes.IndexByte(first, '\n'); end >= 0 {
		first = first[:end]
	}
	g := &guard{in: b}
	r := csv.NewReader(g)
	r.Comma, r.FieldsPerRecord, r.ReuseRecord, r.TrimLeadingSpace = parted(string(first)), -1, true, true
	names, err := r.Read()
	if err != nil {
		return rowError(err, t)
	}
	place := map[string]int{}
	for i, name := range names {
		name = strings.ToLower(one(name))
		for field, words := range columns {
			if !slices.Contains(words, name) {
				continue
			}
			if first, is := place[field]; is { // whose account would be paid?
				t.no(Wrong{Line: 1, Field: field, Why: "payout.wrong.column.twice", Args: []any{"first", first + 1, "second", i + 1}})
				continue
			}
			place[field] = i
		}
	}
	for _, field := range []string{"account", "bank", "name", "amount", "reference"} {
		if _, is := place[field]; !is {
			t.no(Wrong{Line: 1, Field: field, Why: "payout.wrong.column", Args: []any{"words", strings.Join(columns[field], ", ")}})
		}
	}
	if t.bad > 0 {
		return nil
	}
	for {
		g.start = r.InputOffset()
		row, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return rowError(err, t)
		}
		if strings.Join(row, "") == "" {
			continue
		}
		at, _ := r.FieldPos(0)
		l, wrong, err := lineOf(row, place)
		if err == nil {
			l, wrong = counted(l, wrong, row, len(names), place)
		}
		if err != nil {
			return err
		}
		if err := t.line(l, at, wrong...); err != nil {
			return err
		}
	}
}

// lineOf reads a row.
func lineOf(row []string, place map[string]int) (l Line, wrong []Wrong, err error) {
	cell := func(field string) string {
		if i, is := place[field]; is && i < len(row) {
			return strings.Clone(strings.TrimSpace(row[i]))
		}
		return ""
	}
	for _, text := range row {
		if !utf8.ValidString(text) {
			return l, nil, errCharset
		}
	}
	// A sheet keeps a number's zeros where an apostrophe stands before it.
	l = Line{Account: strings.TrimPrefix(cell("account"), "'"), Bank: cell("bank"), Name: cell("name"), Reference: strings.TrimPrefix(cell("reference"), "'"), Note: cell("description")}
	if text := cell("amount"); text != "" {
		if l.Amount, err = money.Typed(text); err != nil {
			wrong = append(wrong, Wrong{Field: "amount", Why: "payout.wrong.amount", Args: []any{"text", clip(text)}})
		}
	}
	if c := strings.ToUpper(cell("currency")); c != "" && c != "MYR" && c != "RM" {
		wrong = append(wrong, Wrong{Field: "currency", Why: "payout.wrong.currency"})
	}
	return l, wrong, nil
}

// thousands and sen are what stands before and after the comma of an amount that
// was not quoted.
var (
	thousands = regexp.MustCompile(`^(?i:RM|MYR)? ?[0-9]{1,3}$`)
	sen       = regexp.MustCompile(`^[0-9]{3}\.[0-9]{2}$`)
)

// counted refuses a row that has not its header's cells: a comma that was to part
// thousands parts cells, and each cell after it is another's. Where a cell at the
// end is left out as well the count is right, and the sen tell it.
func counted(l Line, wrong []Wrong, row []string, cells int, place map[string]int) (Line, []Wrong) {
	if len(row) != cells {
		return Line{}, []Wrong{{Why: "payout.wrong.cells", Args: []any{"row", len(row), "header", cells}}}
	}
	for _, at := range place { // a column that is not ours may hold what it likes
		if at == place["amount"]+1 && thousands.MatchString(strings.TrimSpace(row[at-1])) && sen.MatchString(strings.TrimSpace(row[at])) {
			wrong = append(wrong, Wrong{Field: "amount", Why: "payout.wrong.thousands", Args: []any{"text", clip(strings.TrimSpace(row[at]))}})
		}
	}
	if code := strings.ToUpper(one(l.Bank)); code != "" && !codeForm.MatchString(code) {
		wrong = append(wrong, Wrong{Field: "bank", Why: "payout.wrong.bank.bic"})
	}
	return l, wrong
}

// clip is a text short enough to be said again.
func clip(text string) string {
	if r := []rune(text); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return text
}

// parted is what parts a sheet's columns, by its first row.
func parted(first string) rune {
	best, most := ',', 0
	for _, r := range []rune{',', ';', '\t'} {
		if n := strings.Count(first, string(r)); n > most {
			best, most = r, n
		}
	}
	return best
}

// rowError is what is wrong with a sheet that cannot be read on.
func rowError(err error, t *intake) error {
	var at *csv.ParseError
	switch {
	case errors.Is(err, errRow):
		return errRow
	case errors.As(err, &at):
		t.no(Wrong{Line: at.Line, Why: "payout.wrong.quote"})
		return nil
	case errors.Is(err, io.EOF):
		return nil
	}
	return err
}
