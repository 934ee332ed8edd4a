package replay

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"
)

// Table writes every changed case as a line of CSV, and those that could not be
// replayed; the caller flushes it at the end.
type Table struct{ *csv.Writer }

// NewTable writes the heading.
func NewTable(out io.Writer) Table {
	t := Table{csv.NewWriter(out)}
	_ = t.Write([]string{"reference", "made_up", "sent_on", "office", "change", "old_standing", "old_rule", "old_verdict", "old_pay_cents", "old_fee_cents",
		"old_working_days", "new_standing", "new_rule", "new_verdict", "new_pay_cents", "new_fee_cents", "new_working_days", "not_known"}) // Flush tells of it
	return t
}

// Add writes a case, unless nothing changes in it.
func (t Table) Add(c Change) error {
	kind := string(c.Kind)
	if c.Gone != "" {
		kind = "not replayed: " + string(c.Gone)
	}
	if kind == "" {
		return nil
	}
	row := []string{c.Ref, strconv.FormatBool(c.Made), c.SentOn, c.State, kind}
	for _, d := range []Side{c.Old, c.New} {
		row = append(row, string(d.Standing), strconv.Itoa(d.Rule), d.Verdict, strconv.FormatInt(d.PayCents, 10),
			strconv.FormatInt(d.FeeCents, 10), strconv.Itoa(d.Days))
	}
	row = append(row, strings.Join(c.New.Missing, " "))
	for i, cell := range row {
		row[i] = inert(cell)
	}
	return t.Write(row)
}

// inert keeps a spreadsheet from taking a text for a formula.
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+@\t\r", rune(s[0])) || len(s) > 1 && s[0] == '-' && (s[1] < '0' || s[1] > '9') {
		return "'" + s
	}
	return s
}

// Stream writes every changed case as JSON with its traces, one a line, and at
// the end what it all comes to: {"cases": […], "report": {…}}.
type Stream struct {
	out *bufio.Writer
	any bool
}

// NewStream begins the list.
func NewStream(out io.Writer) *Stream {
	s := &Stream{out: bufio.NewWriter(out)}
	_, _ = s.out.WriteString("{\"cases\":[") // End tells of it
	return s
}

// Add writes a case, unless nothing changes in it.
func (s *Stream) Add(c Change) error {
	if c.Kind == "" && c.Gone == "" {
		return nil
	}
	if s.any {
		_ = s.out.WriteByte(',')
	}
	s.any = true
	_ = s.out.WriteByte('\n')
	return s.put(c)
}

func (s *Stream) put(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = s.out.Write(text)
	return err
}

// End writes what it all comes to.
func (s *Stream) End(r *Report) error {
	_, _ = s.out.WriteString("\n],\n\"report\":")
	if err := s.put(r); err != nil {
		return err
	}
	_ = s.out.WriteByte('}')
	_ = s.out.WriteByte('\n')
	return s.out.Flush()
}
