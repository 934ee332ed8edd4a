package mt940

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"
)

// Bounds: SWIFT's own are 65 characters a line and 2,000 a message, which banks
// that send files do not keep.
const (
	maxLine  = 1 << 10
	maxField = 64 // lines
)

// tag begins a field.
var tag = regexp.MustCompile(`^:([0-9]{2}[A-Z]?):`)

// balance is that of the fields 60, 62, 64 and 65.
var balance = regexp.MustCompile(`^([CD])([0-9]{6})([A-Z]{3})([0-9,]{1,15})$`)

// line is the field 61: value date, entry date, sign, funds code, amount, type
// and the references, the owner's and, after "//", the bank's.
var line = regexp.MustCompile(`^([0-9]{6})([0-9]{4})?(C|D|RC|RD)([A-Z])?([0-9,]{1,15})([A-Z][A-Z0-9]{3})(.*)$`)

// field is one field with its lines.
type field struct {
	tag   string
	lines []string
	at    int // the first line's number in the file
}

// Read reads a file with statements. entry is called for each entry in turn, with
// what stands before it in its statement: the closing balance comes later. An
// error of entry's ends the reading and is given back. Keep nothing of what was
// handed out until there was no error.
func Read(in io.Reader, entry func(*iso20022.Statement, iso20022.Entry) error) ([]iso20022.Statement, error) {
	in, _ = iso20022.FromUTF16(in)
	r := &reader{in: bufio.NewReaderSize(in, maxLine), entry: entry}
	for {
		f, err := r.field()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = r.take(f)
		}
		if err != nil {
			return nil, r.at(f, err)
		}
	}
	err := r.finish()
	if err == nil && r.block {
		err = iso20022.ErrCut
	}
	if err != nil {
		return nil, r.at(field{}, err)
	}
	if len(r.out) == 0 {
		return nil, r.at(field{}, iso20022.ErrMessage)
	}
	return r.out, nil
}

// reader goes through a file.
type reader struct {
	in      *bufio.Reader
	number  int    // of lines read
	ahead   string // a line that begins the next field
	has     bool
	block   bool // a block 4 is open: its end must come
	entries int64
	entry   func(*iso20022.Statement, iso20022.Entry) error

	out     []iso20022.Statement
	now     *iso20022.Statement // being read
	pending *iso20022.Entry     // an entry whose field 86 may follow
	booked  money.Amount
	seen    map[string]bool // the fields of the statement
}

// stopped is an error of the caller's, which gets no place.
type stopped struct{ err error }

func (s *stopped) Error() string { return s.err.Error() }

func (r *reader) at(f field, err error) error {
	var mine *stopped
	if errors.As(err, &mine) {
		return mine.err
	}
	p := &iso20022.PlaceError{Message: "mt940", Line: f.at, Entry: r.entries, Err: err}
	if p.Line == 0 {
		p.Line = r.number
	}
	if f.tag != "" {
		p.Element = ":" + f.tag + ":"
	}
	return p
}

// read is the next line, without its end.
func (r *reader) read() (string, error) {
	if r.has {
		r.has = false
		return r.ahead, nil
	}
	b, err := r.in.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		return "", iso20022.ErrSize
	}
	if err != nil && (err != io.EOF || len(b) == 0) {
		return "", err
	}
	r.number++
	if bytes.IndexByte(b, 0) >= 0 {
		return "", iso20022.ErrCharset
	}
	b = bytes.TrimRight(b, "\r\n")
	if err == io.EOF { // as old systems end a file
		b = bytes.TrimRight(b, "\x1a")
	}
	if r.number == 1 {
		b = bytes.TrimPrefix(b, []byte("\ufeff"))
	}
	if utf8.Valid(b) {
		return string(b), nil
	}
	runes := make([]rune, len(b)) // some banks write ISO 8859-1
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes), nil
}

// field is the next field. What stands around messages is passed over: blank
// lines, the blocks 1 to 3 and 5, and the "-" at a message's end.
func (r *reader) field() (f field, err error) {
	for {
		text, err := r.read()
		if err != nil {
			if err == io.EOF && f.tag != "" {
				return f, nil
			}
			return f, err
		}
		if strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "{5:") {
			r.block = true
			if begin := strings.LastIndex(text, "{4:"); begin >= 0 {
				text = text[begin+len("{4:"):]
			}
		}
		m := tag.FindStringSubmatch(text)
		ends := strings.HasPrefix(text, "-}") || text == "-" && !r.block
		if (m != nil || ends) && f.tag != "" {
			r.ahead, r.has = text, true
			return f, nil
		}
		switch {
		case m != nil:
			f = field{tag: m[1], lines: []string{text[len(m[0]):]}, at: r.number}
		case ends:
			r.block = false
			if err := r.finish(); err != nil {
				return f, err
			}
		case f.tag != "":
			if len(f.lines) == maxField {
				return f, iso20022.ErrSize
			}
			f.lines = append(f.lines, text)
		case strings.TrimSpace(text) != "" && !strings.HasPrefix(text, "{"):
			return f, fmt.Errorf("%w: %.40q is in no field", iso20022.ErrMessage, text)
		}
	}
}

// take adds a field to the statement.
func (r *reader) take(f field) error {
	if f.tag == "20" {
		if err := r.finish(); err != nil {
			return err
		}
		if len(r.out) == iso20022.MaxStatements {
			return iso20022.ErrSize
		}
		r.now = &iso20022.Statement{Kind: iso20022.EndOfDay, Page: 1, Last: true}
		r.booked, r.seen = 0, map[string]bool{}
	}
	if r.now == nil {
		return fmt.Errorf("%w: a statement begins with the tag 20", iso20022.ErrMessage)
	}
	if f.tag != "86" {
		if err := r.give(); err != nil {
			return err
		}
	}
	if kind := f.tag[:2]; kind != "61" && kind != "86" && kind != "65" {
		if r.seen[kind] {
			return iso20022.ErrTwice
		}
		r.seen[kind] = true
	}
	text := strings.TrimSpace(f.lines[0])
	s := r.now
	switch f.tag {
	case "20":
		s.ID, s.Message = text, text
	case "25", "25P":
		s.Account.Other = text
	case "28", "28C":
		number, page, has := strings.Cut(text, "/")
		var err error
		if s.Sequence, err = count(number); err != nil {
			return err
		}
		if has {
			if s.Page, err = count(page); err != nil {
				return err
			}
		}
	case "60F", "60M":
		return r.balance(iso20022.Opening, f)
	case "62F", "62M":
		s.Last = f.tag == "62F"
		return r.balance(iso20022.Closing, f)
	case "64":
		return r.balance(iso20022.Available, f)
	case "61":
		if !r.seen["60"] || r.seen["62"] {
			return fmt.Errorf("%w: the tag 61 stands between 60 and 62", iso20022.ErrMessage)
		}
		return r.line(f)
	case "86":
		info := strings.TrimSpace(strings.Join(f.lines, "\n"))
		if r.pending != nil {
			r.pending.Info = info
		} else {
			s.Info = info
		}
		return r.give()
	}
	return nil
}

func count(s string) (int64, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 31)
	if err != nil {
		return 0, fmt.Errorf("%w: %.40q", iso20022.ErrValue, s)
	}
	return int64(n), nil
}

// balance reads the fields 60, 62 and 64.
func (r *reader) balance(code string, f field) error {
	m := balance.FindStringSubmatch(strings.TrimSpace(f.lines[0]))
	if m == nil {
		return fmt.Errorf("%w: %.60q", iso20022.ErrValue, f.lines[0])
	}
	b := iso20022.Balance{Code: code, Currency: m[3]}
	var err error
	if b.Date, err = date(m[2]); err != nil {
		return err
	}
	if b.Amount, err = amount(m[4], b.Currency); err != nil {
		return err
	}
	if m[1] == "D" {
		b.Amount = -b.Amount
	}
	if strings.HasSuffix(f.tag, "M") {
		b.Sub = iso20022.Interim
	}
	s := r.now
	if s.Account.Currency == "" {
		s.Account.Currency = b.Currency
	}
	if b.Currency != s.Account.Currency {
		return fmt.Errorf("%w: %s in a statement of %s", iso20022.ErrValue, b.Currency, s.Account.Currency)
	}
	s.Balances = append(s.Balances, b)
	return nil
}

// line reads the field 61.
func (r *reader) line(f field) error {
	r.entries++
	m := line.FindStringSubmatch(f.lines[0])
	if m == nil {
		return fmt.Errorf("%w: %.60q", iso20022.ErrValue, f.lines[0])
	}
	reference, bank, _ := strings.Cut(m[7], "//")
	e := &iso20022.Entry{
		Currency: r.now.Account.Currency, Status: iso20022.Booked, Code: m[6],
		Reference: strings.TrimSpace(reference), Bank: strings.TrimSpace(bank),
		// RC takes a credit back and so is a debit; RD likewise.
		Credit: m[3] == "C" || m[3] == "RD", Reversal: len(m[3]) == 2,
	}
	var err error
	if e.Value, err = date(m[1]); err != nil {
		return err
	}
	if e.Booked, err = near(e.Value, m[2]); err != nil {
		return err
	}
	if e.Amount, err = amount(m[5], e.Currency); err != nil {
		return err
	}
	if len(f.lines) > 1 {
		e.Details = []iso20022.Detail{{Amount: e.Amount, Currency: e.Currency, Credit: e.Credit, Info: strings.TrimSpace(f.lines[1])}}
	}
	r.pending = e
	return nil
}

// give hands out the entry that waited for its field 86.
func (r *reader) give() (err error) {
	e := r.pending
	if e == nil {
		return nil
	}
	r.pending = nil
	if err := r.now.Totals.Add(*e); err != nil {
		return err
	}
	if r.booked, err = money.Add(r.booked, e.Signed()); err != nil {
		return err
	}
	if err := r.entry(r.now, *e); err != nil {
		return &stopped{err}
	}
	return nil
}

// finish ends a statement: one without its closing balance was cut.
func (r *reader) finish() error {
	if r.now == nil {
		return nil
	}
	if err := r.give(); err != nil {
		return err
	}
	for _, must := range []string{"25", "28", "60", "62"} {
		if !r.seen[must] {
			return fmt.Errorf("%w: %w: the tag %s", iso20022.ErrCut, iso20022.ErrMissing, must)
		}
	}
	opening, _ := r.now.Opening()
	closing, _ := r.now.Closing()
	found, err := money.Add(opening.Amount, r.booked)
	if err != nil || found != closing.Amount {
		r.now.Wrong = append(r.now.Wrong, iso20022.Mismatch{
			Element: ":62:", Said: closing.Amount.Decimal(closing.Currency), Found: found.Decimal(closing.Currency),
		})
	}
	r.out = append(r.out, *r.now)
	r.now = nil
	return nil
}

// amount reads "1234,56": the comma is always there, digits after it may not be.
func amount(s, currency string) (money.Amount, error) {
	whole, part, comma := strings.Cut(s, ",")
	if !comma {
		return 0, fmt.Errorf("%w: %.20q has no comma", money.ErrAmount, s)
	}
	if part != "" {
		whole += "." + part
	}
	return money.Parse(whole, currency)
}

// date reads YYMMDD; years below 80 are of this century.
func date(s string) (string, error) {
	century := "20"
	if s >= "80" {
		century = "19"
	}
	day, err := time.Parse("20060102", century+s)
	if err != nil {
		return "", fmt.Errorf("%w: %.20q is no day", iso20022.ErrValue, s)
	}
	return day.Format(time.DateOnly), nil
}

// near is the day MMDD that is nearest to a date; the date itself for "".
func near(day, monthDay string) (string, error) {
	if monthDay == "" {
		return day, nil
	}
	value, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return "", err
	}
	best, gap := "", time.Duration(1<<62)
	for year := value.Year() - 1; year <= value.Year()+1; year++ {
		d, err := time.Parse("20060102", fmt.Sprintf("%04d%s", year, monthDay))
		if err != nil {
			continue // the 29th of February is not in each
		}
		if g := d.Sub(value).Abs(); g < gap {
			best, gap = d.Format(time.DateOnly), g
		}
	}
	if best == "" {
		return "", fmt.Errorf("%w: %.20q is no day", iso20022.ErrValue, monthDay)
	}
	return best, nil
}
