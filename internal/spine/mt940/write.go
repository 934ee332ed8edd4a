package mt940

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"
)

// NoReference stands in :61: where a payer gives no reference.
const NoReference = "NONREF"

// SWIFT's lengths, in characters.
const (
	maxReference  = 16
	maxAccount    = 35
	maxSupplement = 34
	maxInfoLine   = 65
	maxInfoLines  = 6
	maxAmount     = 15
)

// Writer writes one statement.
type Writer struct {
	out     *bufio.Writer
	s       iso20022.Statement
	entries int64
	booked  money.Amount
	err     error
}

// NewWriter begins a statement, which must have its opening and its closing
// balance. Entry follows for each entry, and Close ends it.
func NewWriter(out io.Writer, s iso20022.Statement) *Writer {
	w := &Writer{out: bufio.NewWriterSize(out, 64<<10), s: s}
	w.field("20", w.must("20", s.ID, maxReference))
	w.field("25", w.must("25", s.Account.Number(), maxAccount))
	if s.Sequence < 0 || s.Sequence > 99999 || s.Page > 99999 {
		w.fail("28C", iso20022.ErrValue)
	}
	w.field("28C", fmt.Sprintf("%d/%d", s.Sequence, max(1, s.Page)))
	if b, ok := s.Opening(); ok {
		w.balance("60", b)
	} else {
		w.fail("60", iso20022.ErrMissing)
	}
	return w
}

// Entry writes one entry. Its Info is cut where it has more than six lines of 65
// characters, and what SWIFT does not write is written near to it.
func (w *Writer) Entry(e iso20022.Entry) error {
	w.entries++
	sign := "D"
	if e.Credit {
		sign = "C"
	}
	if e.Reversal { // RD takes a debit back
		sign = map[bool]string{true: "RD", false: "RC"}[e.Credit]
	}
	value, booked := e.Value, e.Booked
	if value == "" {
		value = booked
	}
	if booked == "" {
		booked = value
	}
	code := e.Code
	if len(code) != 4 || latin(code) != code {
		code = "NTRF"
	}
	if e.Currency != w.s.Currency() {
		w.fail("61", fmt.Errorf("%w: %s in a statement of %s", iso20022.ErrValue, e.Currency, w.s.Currency()))
	}
	reference := w.reference(e.Reference)
	if reference == "" {
		reference = NoReference
	}
	text := w.day(value)
	if month := w.day(booked); len(month) == 6 {
		text += month[2:]
	}
	text += sign + w.amount("61", e.Amount, e.Currency) + code + reference
	if bank := w.reference(e.Bank); bank != "" {
		text += "//" + bank
	}
	w.field("61", text)
	if len(e.Details) == 1 && e.Details[0].Info != "" {
		w.line(cut(guarded(strings.ReplaceAll(latin(e.Details[0].Info), "\n", " ")), maxSupplement))
	}
	w.info(e.Info)
	var err error
	if w.booked, err = money.Add(w.booked, e.Signed()); err != nil {
		w.fail("61", err)
	}
	return w.err
}

// Close ends the statement. It is an error where the entries do not lead from
// the opening balance to the closing one.
func (w *Writer) Close() error {
	w.entries = 0
	opening, _ := w.s.Opening()
	closing, ok := w.s.Closing()
	if !ok {
		w.fail("62", iso20022.ErrMissing)
	}
	if sum, err := money.Add(opening.Amount, w.booked); err != nil || sum != closing.Amount {
		w.fail("62", fmt.Errorf("%w: %s is said of %s", iso20022.ErrValue, closing.Amount.Decimal(closing.Currency), sum.Decimal(closing.Currency)))
	}
	w.balance("62", closing)
	for _, b := range w.s.Balances {
		if b.Code == iso20022.Available {
			w.balance("64", b)
		}
	}
	w.info(w.s.Info)
	w.line("-")
	if err := w.out.Flush(); err != nil && w.err == nil {
		w.err = err
	}
	return w.err
}

// Write writes a statement with its entries.
func Write(out io.Writer, s iso20022.Statement, entries []iso20022.Entry) error {
	w := NewWriter(out, s)
	for _, e := range entries {
		if err := w.Entry(e); err != nil {
			return err
		}
	}
	return w.Close()
}

func (w *Writer) fail(tag string, err error) {
	if w.err == nil {
		w.err = &iso20022.PlaceError{Message: "mt940", Entry: w.entries, Element: ":" + tag + ":", Err: err}
	}
}

func (w *Writer) line(text string) {
	if w.err == nil {
		_, w.err = w.out.WriteString(text + "\r\n")
	}
}

func (w *Writer) field(tag, text string) { w.line(":" + tag + ":" + text) }

// must is an id that is written as it is or not at all.
func (w *Writer) must(tag, text string, most int) string {
	if text == "" || len(text) > most || latin(text) != text {
		w.fail(tag, fmt.Errorf("%w: %.50q", iso20022.ErrValue, text))
	}
	return text
}

// reference is a reference of an entry: one that does not fit is left out, as a
// part of it would be another's. The Info can carry it.
func (w *Writer) reference(text string) string {
	if len(text) > maxReference || latin(text) != text || strings.Contains(text, "//") || strings.HasPrefix(text, "/") || strings.HasSuffix(text, "/") {
		return ""
	}
	return text
}

func (w *Writer) balance(tag string, b iso20022.Balance) {
	sign := "C"
	if b.Amount < 0 {
		sign = "D"
	}
	kind := ""
	if tag != "64" {
		kind = map[bool]string{true: "M", false: "F"}[b.Sub == iso20022.Interim]
	}
	w.field(tag+kind, sign+w.day(b.Date)+b.Currency+w.amount(tag, max(b.Amount, -b.Amount), b.Currency))
}

func (w *Writer) amount(tag string, a money.Amount, currency string) string {
	text := strings.Replace(a.Decimal(currency), ".", ",", 1)
	if !strings.Contains(text, ",") {
		text += ","
	}
	if _, ok := money.Exponent(currency); a < 0 || !ok || len(text) > maxAmount {
		w.fail(tag, fmt.Errorf("%w: %s %.10q", money.ErrAmount, text, currency))
	}
	return text
}

// day writes YYMMDD.
func (w *Writer) day(text string) string {
	d, err := time.Parse(time.DateOnly, text)
	if err != nil || d.Year() < 1980 || d.Year() > 2079 {
		w.fail("", fmt.Errorf("%w: %.20q is no day", iso20022.ErrValue, text))
	}
	return d.Format("060102")
}

// info writes a field 86. A line of it may not look like a field or an end.
func (w *Writer) info(text string) {
	var lines []string
	for _, part := range strings.Split(latin(text), "\n") {
		for part = strings.TrimSpace(part); part != ""; {
			part = guarded(part)
			piece := cut(part, maxInfoLine)
			lines = append(lines, piece)
			part = strings.TrimSpace(part[len(piece):])
		}
	}
	if len(lines) > 0 {
		w.field("86", strings.Join(lines[:min(len(lines), maxInfoLines)], "\r\n"))
	}
}

// guarded is a line that is not taken for a field or an end.
func guarded(line string) string {
	if strings.HasPrefix(line, ":") || strings.HasPrefix(line, "-") {
		return "." + line
	}
	return line
}

// cut is a text's first characters, which latin made bytes.
func cut(text string, most int) string { return text[:min(len(text), most)] }
