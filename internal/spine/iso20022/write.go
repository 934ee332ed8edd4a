package iso20022

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"balai/internal/spine/clock"
	"balai/internal/spine/money"
)

// Lengths that the schemas allow, in characters.
const (
	maxID          = 35
	maxName        = 140
	maxAccount     = 34
	maxAccountName = 70
	maxRemittance  = 140
	maxInfo        = 500
)

// What the schemas ask of codes that are not ours.
var (
	ibanForm  = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}$`)
	bicForm   = regexp.MustCompile(`^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$`)
	uetrForm  = regexp.MustCompile(`^[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}$`)
	pageForm  = regexp.MustCompile(`^[0-9]{1,5}$`)
	countForm = regexp.MustCompile(`^[0-9]{1,15}$`)
)

// maxDigits is how many digits an amount may have.
const maxDigits = 18

// writer writes elements; the first thing that goes wrong ends it.
type writer struct {
	message string // such as "camt.053.001.08"
	out     *bufio.Writer
	open    []string
	entry   int64
	err     error
}

// newWriter begins the document of a message whose root element is named.
func newWriter(out io.Writer, message, root string) *writer {
	w := &writer{message: message, out: bufio.NewWriterSize(out, 64<<10)}
	w.raw(xml.Header + `<Document xmlns="` + schemas + message + `">`)
	w.begin(root)
	return w
}

// close ends what is open and gives the first error.
func (w *writer) close() error {
	for len(w.open) > 0 {
		w.end()
	}
	w.raw("</Document>\n")
	if err := w.out.Flush(); err != nil && w.err == nil {
		w.err = err
	}
	return w.err
}

// raw writes strings as they are. The buffer keeps its first error.
func (w *writer) raw(parts ...string) {
	if w.err != nil {
		return
	}
	for _, s := range parts {
		if _, err := w.out.WriteString(s); err != nil {
			w.err = err
		}
	}
}

func (w *writer) fail(element string, err error) {
	if w.err == nil {
		w.err = &PlaceError{Message: w.message, Entry: w.entry, Element: strings.Join(append(w.open[max(0, len(w.open)-2):], element), "/"), Err: err}
	}
}

func (w *writer) begin(name string) {
	w.open = append(w.open, name)
	w.raw("<", name, ">")
}

func (w *writer) end() {
	last := len(w.open) - 1
	w.raw("</", w.open[last], ">")
	w.open = w.open[:last]
}

// in writes an element with what f writes.
func (w *writer) in(name string, f func()) {
	w.begin(name)
	f()
	w.end()
}

// leaf writes a text; none for "".
func (w *writer) leaf(name, text string) {
	if text == "" || w.err != nil {
		return
	}
	w.raw("<", name, ">")
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`<>&'"`, r) }) {
		if w.err == nil {
			w.err = xml.EscapeText(w.out, []byte(text))
		}
	} else {
		w.raw(text)
	}
	w.raw("</", name, ">")
}

// id writes a text that must not be changed: one that is too long is an error.
func (w *writer) id(name, text string, most int) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n > most || !utf8.ValidString(text) {
		w.fail(name, fmt.Errorf("%w: %.50q has %d characters of at most %d", ErrValue, text, n, most))
	}
	w.leaf(name, text)
}

// must is an id that has to be there.
func (w *writer) must(name, text string, most int) {
	if strings.TrimSpace(text) == "" {
		w.fail(name, ErrMissing)
	}
	w.id(name, text, most)
}

// text writes words for people, cut where they are too long.
func (w *writer) text(name, text string, most int) { w.leaf(name, cut(text, most)) }

// cut is a text's first characters.
func cut(text string, most int) string {
	text = strings.ToValidUTF8(strings.TrimSpace(text), "\uFFFD")
	n := 0
	for i := range text {
		if n == most {
			return strings.TrimSpace(text[:i])
		}
		n++
	}
	return text
}

// form writes a text of a form.
func (w *writer) form(name, text string, form *regexp.Regexp) {
	if text != "" && !form.MatchString(text) {
		w.fail(name, fmt.Errorf("%w: %.40q", ErrValue, text))
	}
	w.leaf(name, text)
}

func (w *writer) flag(name string, is bool) { w.leaf(name, strconv.FormatBool(is)) }

// number writes a count; none for 0.
func (w *writer) number(name string, n int64) {
	if n != 0 {
		w.form(name, strconv.FormatInt(n, 10), countForm)
	}
}

// amount writes an amount that is not below zero.
func (w *writer) amount(name string, a money.Amount, currency string) {
	text := a.Decimal(currency)
	_, known := money.Exponent(currency)
	if a < 0 || !known || len(strings.Replace(text, ".", "", 1)) > maxDigits {
		w.fail(name, fmt.Errorf("%w: %s %.10q", money.ErrAmount, text, currency))
		return
	}
	w.raw("<", name, ` Ccy="`, currency, `">`, text, "</", name, ">")
}

func (w *writer) currency(name, code string) {
	if _, ok := money.Exponent(code); code != "" && !ok {
		w.fail(name, fmt.Errorf("%w: %.10q", ErrValue, code))
	}
	w.leaf(name, code)
}

// decimal writes an exact decimal, as a sum's.
func (w *writer) decimal(name, text string) {
	if _, ok := decimal(text); !ok || len(strings.Trim(text, "-"))-strings.Count(text, ".") > maxDigits {
		w.fail(name, fmt.Errorf("%w: %.40q", ErrValue, text))
	}
	w.leaf(name, text)
}

// sign writes a CdtDbtInd.
func (w *writer) sign(credit bool) {
	if credit {
		w.leaf("CdtDbtInd", "CRDT")
	} else {
		w.leaf("CdtDbtInd", "DBIT")
	}
}

// moment writes a time in Malaysia's, with its offset.
func (w *writer) moment(name string, at time.Time) {
	if !at.IsZero() {
		w.leaf(name, at.In(clock.Zone).Format(time.RFC3339Nano))
	}
}

// date writes a choice of a date and a time; none for neither.
func (w *writer) date(name, day string, at time.Time) {
	if day == "" && at.IsZero() {
		return
	}
	w.in(name, func() {
		if !at.IsZero() {
			w.moment("DtTm", at)
			return
		}
		w.day("Dt", day)
	})
}

func (w *writer) day(name, day string) {
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		w.fail(name, fmt.Errorf("%w: %.40q", ErrValue, day))
	}
	w.leaf(name, day)
}

// account writes an account; none for one without a number.
func (w *writer) account(name string, a Account) { w.accountWith(name, a, func() {}) }

// accountWith writes an account with more at its end.
func (w *writer) accountWith(name string, a Account, more func()) {
	if a.Number() == "" {
		return
	}
	w.in(name, func() {
		w.in("Id", func() {
			if a.IBAN != "" {
				w.form("IBAN", a.IBAN, ibanForm)
				return
			}
			w.in("Othr", func() { w.must("Id", a.Other, maxAccount) })
		})
		w.currency("Ccy", a.Currency)
		w.text("Nm", a.Name, maxAccountName)
		more()
	})
}

// agent writes a bank; none for the zero one.
func (w *writer) agent(name string, a Agent) {
	if a == (Agent{}) {
		return
	}
	w.in(name, func() { w.institution(a) })
}

func (w *writer) institution(a Agent) {
	w.in("FinInstnId", func() {
		w.form("BICFI", a.BIC, bicForm)
		if a.Member != "" {
			w.in("ClrSysMmbId", func() { w.must("MmbId", a.Member, maxID) })
		}
		w.text("Nm", a.Name, maxName)
	})
}

// remittance writes a RmtInf: free lines, and the creditor's references.
func (w *writer) remittance(free, reference string) {
	if free == "" && reference == "" {
		return
	}
	w.in("RmtInf", func() {
		for line := range strings.SplitSeq(free, "\n") {
			w.text("Ustrd", line, maxRemittance)
		}
		if reference == "" {
			return
		}
		for ref := range strings.SplitSeq(reference, "\n") {
			w.in("Strd", func() { w.in("CdtrRefInf", func() { w.must("Ref", ref, maxID) }) })
		}
	})
}
