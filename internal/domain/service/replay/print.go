package replay

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/locale"
)

// english prints numbers and money, which need no catalogue of sentences.
var english = (*locale.Catalog)(nil).For(locale.English)

// Print writes the summary that a person reads first, then the changed cases
// that the report keeps: with the trace under both versions, or a line each.
func (r *Report) Print(out io.Writer, p Pair, inLines bool) {
	fmt.Fprintf(out, "%s: release %d in force, against the changed definition %.12s\n", r.Service, r.Number, r.Digest)
	p.printChanges(out)
	r.printCounts(out)
	r.printMoney(out)
	r.printPlaces(out)
	r.printNotes(out, p)
	if len(r.Examples) == 0 {
		return
	}
	fmt.Fprintf(out, "\n%s of %s changed cases\n", english.Number(int64(len(r.Examples))), english.Number(int64(r.Changed.All())))
	if inLines {
		r.printLines(out)
		return
	}
	for _, c := range r.Examples {
		fmt.Fprintf(out, "  %s, sent %s%s: %s\n", c.Ref, c.SentOn, where(c.State), words[c.Kind])
		c.Old.print(out, "was", len(p.Old.Table.Rules))
		c.New.print(out, "now", len(p.New.Table.Rules))
	}
}

func where(state string) string {
	if state == "" {
		return ""
	}
	return ", " + state
}

// mostWords bounds what is printed of a cell.
const mostWords = 160

func (p Pair) printChanges(out io.Writer) {
	changes := definition.Changes(p.Old, p.New)
	if len(changes) == 0 {
		fmt.Fprintln(out, "\nThe folder changes nothing.")
		return
	}
	fmt.Fprintln(out, "\nWhat the folder changes")
	for _, c := range changes {
		c.Old, c.New = cell(c.Old), cell(c.New)
		fmt.Fprintf(out, "  %s: %s\n", c.Part, strings.ReplaceAll(c.String(), "\n", "\n  "))
	}
}

func cell(s string) string {
	if r := []rune(strings.Join(strings.Fields(s), " ")); len(r) > mostWords {
		return string(r[:mostWords]) + "…"
	}
	return s
}

func (r *Report) printCounts(out io.Writer) {
	t := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	line := func(words string, c Count) {
		fmt.Fprintf(t, "%s\t%s\t%s\t\n", words, english.Number(int64(c.Past)), english.Number(int64(c.Made)))
	}
	fmt.Fprintln(out)
	fmt.Fprint(t, "Cases\tpast\tmade up\t\n")
	line("replayed", r.Replayed)
	line("the same", r.Same)
	line("changed", r.Changed)
	for _, k := range Kinds {
		if c := r.ByKind[k]; c != nil {
			line(words[k], *c)
		}
	}
	if n := r.Lost(); n > 0 {
		line("could not be replayed", Count{Past: n})
	}
	t.Flush()
}

func (r *Report) printMoney(out io.Writer) {
	t := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out)
	fmt.Fprint(t, "Money\tcases\tbefore\tafter\tdifference\t\n")
	for _, row := range []struct {
		words string
		Sums
	}{{"paid by a yes at once", r.AtOnce}, {"paid if officers say yes", r.IfYes}, {"fees", r.Fees}} {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t\n", row.words, english.Number(int64(row.Cases)), english.Ringgit(row.Before), english.Ringgit(row.After), signed(row.Difference()))
	}
	t.Flush()
}

func signed(cents int64) string {
	if cents > 0 {
		return "+" + english.Ringgit(cents)
	}
	return english.Ringgit(cents)
}

func (r *Report) printPlaces(out io.Writer) {
	if r.Changed.All() == 0 {
		return
	}
	t := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out)
	fmt.Fprint(t, "Office in\treplayed\tchanged\t\n")
	for _, p := range r.Places {
		name := p.State
		if name == "" {
			name = "not known"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t\n", name, english.Number(int64(p.Replayed)), english.Number(int64(p.Changed)))
	}
	t.Flush()
}

var lost = map[Gone]string{Erased: "their content was erased", Unreadable: "their record cannot be read", Failed: "an expression failed"}

func (r *Report) printNotes(out io.Writer, p Pair) {
	var notes []string
	for _, g := range []Gone{Erased, Unreadable, Failed} {
		if n := r.Gone[g]; n > 0 {
			says := lost[g]
			if g == Failed {
				says += " (" + r.Failure + ")"
			}
			notes = append(notes, fmt.Sprintf("%s could not be replayed: %s.", cases(n), says))
		}
	}
	if fields := p.Fields(); len(fields) > 0 {
		notes = append(notes, "The changed version reads what no past case recorded: "+strings.Join(fields, ", ")+".")
	}
	for _, name := range slices.Sorted(maps.Keys(r.Missing)) {
		notes = append(notes, fmt.Sprintf("%s cannot be told without %s.", cases(r.Missing[name]), name))
	}
	if r.Earlier > 0 {
		notes = append(notes, fmt.Sprintf("%s ran on an earlier release; of these, %s come out otherwise by that in force.", cases(r.Earlier), english.Number(int64(r.Differs))))
	}
	if r.Drifted > 0 {
		notes = append(notes, fmt.Sprintf("%s were corrected since: what is recorded now gives another verdict than was recorded then.", cases(r.Drifted)))
	}
	if r.Replayed.Made > 0 {
		notes = append(notes, "Made-up cases come from the service's sample cases and from people in the registers, with other amounts; nobody sent them.")
	}
	if len(notes) > 0 {
		fmt.Fprintln(out)
	}
	for _, n := range notes {
		fmt.Fprintln(out, n)
	}
}

func cases(n int) string {
	if n == 1 {
		return "1 case"
	}
	return english.Number(int64(n)) + " cases"
}

func (r *Report) printLines(out io.Writer) {
	t := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprint(t, "  reference\tsent\toffice\twas\tnow\tpaid\n")
	for _, c := range r.Examples {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\t%s > %s\n", c.Ref, c.SentOn, c.State, c.Old.short(), c.New.short(), english.Ringgit(c.Old.PayCents), english.Ringgit(c.New.PayCents))
	}
	t.Flush()
}

// short is the standing with the row of the table: "yes (6 eligible)".
func (d Side) short() string { return fmt.Sprintf("%s (%d %s)", d.Standing, d.Rule, d.Verdict) }

var standings = map[Standing]string{Yes: "a yes at once", Officer: "an officer decides", No: "stopped", Open: "cannot be told"}

func (d Side) print(out io.Writer, when string, rules int) {
	fmt.Fprintf(out, "    %s  %s", when, standings[d.Standing])
	if d.Rule > 0 {
		fmt.Fprintf(out, "; rule %d of %d gives %s: %s", d.Rule, rules, d.Verdict, d.Says.EN)
	}
	fmt.Fprintln(out)
	const in = "         "
	if looked := d.looked(); looked != "" {
		fmt.Fprintf(out, "%slooked at %s\n", in, looked)
	}
	for _, c := range d.Lacks {
		name := "not met"
		if c.Number > 0 {
			name = fmt.Sprintf("condition %d of work.automatic not met", c.Number)
		}
		fmt.Fprintf(out, "%s%s: %s\n", in, name, c.Says.EN)
	}
	if len(d.Missing) > 0 {
		fmt.Fprintf(out, "%snot known: %s\n", in, strings.Join(d.Missing, ", "))
	}
	if d.PayCents != 0 || d.FeeCents != 0 || d.Days != 0 {
		fmt.Fprintf(out, "%spays %s, fee %s, %d working days\n", in, english.Ringgit(d.PayCents), english.Ringgit(d.FeeCents), d.Days)
	}
}

func (d Side) looked() string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(d.Looked)) {
		out = append(out, name+" "+printed(name, d.Looked[name]))
	}
	return strings.Join(out, ", ")
}

func printed(name string, v any) string {
	n, ok := number(v)
	switch {
	case v == nil:
		return "not known"
	case ok && strings.HasSuffix(name, "_cents"):
		return english.Ringgit(n)
	}
	return fmt.Sprint(v)
}
