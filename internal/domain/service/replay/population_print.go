package replay

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// Few is how many people a group must have to be shown by its number.
const Few = 10

// Group is what the change means for those who have something in common.
type Group struct {
	Label                      string
	Before, After, Gain, Loses int

	hidden bool // its change is shown as fewer than Few, or would tell of one that is
	veiled bool // so is how many there were
}

// people is how many the group has, before or after.
func (g Group) people() int { return g.Before + g.Gain }

func few(n int) bool { return n > 0 && n < Few }

// few tells whether one of its counts is of fewer than Few people.
func (g Group) few() bool {
	return few(g.Before) || few(g.After) || few(g.Gain) || few(g.Loses)
}

// All is everybody in one group, with the money in cents.
func (r *Reform) All() (g Group, money Sums) {
	for _, s := range r.shares {
		g.count(s)
		money.add(s.was, s.pays)
	}
	return g, money
}

func (g *Group) count(s *share) {
	if s.old {
		g.Before++
	}
	if s.new {
		g.After++
	}
	if s.new && !s.old {
		g.Gain++
	}
	if s.old && !s.new {
		g.Loses++
	}
}

// By groups the entitled. The total less what is shown must not tell of fewer
// than Few people, so that other groups, the smallest first, are hidden with
// those that have to be.
func (r *Reform) By(label func(Person) string) []Group {
	byLabel := map[string]*Group{}
	for _, s := range r.shares {
		l := label(s.person)
		if byLabel[l] == nil {
			byLabel[l] = &Group{Label: l}
		}
		byLabel[l].count(s)
	}
	var out []Group
	for _, l := range slices.Sorted(maps.Keys(byLabel)) {
		out = append(out, *byLabel[l])
	}
	for i := range out {
		out[i].hidden, out[i].veiled = out[i].few(), few(out[i].Before)
	}
	before, after := func(g Group) int { return g.Before }, func(g Group) int { return g.After }
	accompany(out, func(g *Group) *bool { return &g.hidden }, after, func(g Group) int { return g.Gain }, func(g Group) int { return g.Loses })
	accompany(out, func(g *Group) *bool { return &g.veiled }, before)
	return out
}

// accompany marks further groups until two are marked, where any is, and what
// the marked ones have together is of nobody or of Few people at least, in
// each column.
func accompany(groups []Group, mark func(*Group) *bool, columns ...func(Group) int) {
	next := func(size func(Group) int) bool { // the smallest that has any
		at := -1
		for i := range groups {
			if !*mark(&groups[i]) && size(groups[i]) > 0 && (at < 0 || size(groups[i]) < size(groups[at])) {
				at = i
			}
		}
		if at >= 0 {
			*mark(&groups[at]) = true
		}
		return at >= 0
	}
	if marked(groups, mark, func(Group) int { return 1 }) == 1 {
		next(Group.people)
	}
	for _, c := range columns {
		for few(marked(groups, mark, c)) && next(c) {
		}
	}
}

// marked is what the marked groups have together.
func marked(groups []Group, mark func(*Group) *bool, column func(Group) int) (n int) {
	for i := range groups {
		if *mark(&groups[i]) {
			n += column(groups[i])
		}
	}
	return n
}

// byState, byChildren and byIncome are how people are grouped.
func byState(p Person) string { return cmp.Or(p.State, "not known") }

func byChildren(p Person) string {
	switch {
	case p.Children < 0:
		return "not known"
	case p.Children >= 5:
		return "5 or more"
	}
	return fmt.Sprint(p.Children)
}

// bands are upper ends of a household's monthly income, in cents.
var bands = []int64{200000, 400000, 600000, 800000}

func byIncome(p Person) string {
	if p.Income < 0 {
		return "not known"
	}
	low := int64(0)
	for i, high := range bands {
		if p.Income < high {
			return fmt.Sprintf("%d: %s to below %s", i+1, english.Ringgit(low), english.Ringgit(high))
		}
		low = high
	}
	return fmt.Sprintf("%d: %s or more", len(bands)+1, english.Ringgit(low))
}

// Print writes what the reform means, without names.
func (r *Reform) Print(out io.Writer, already int) {
	p := r.pair
	fmt.Fprintf(out, "%s: release %d in force, against the changed definition %.12s, over everybody in the registers on %s\n", p.New.ID, p.Number, p.New.Digest, r.today)
	p.printChanges(out)
	g, money := r.All()
	t := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(out, "\n%s people looked at; %s are led elsewhere by both versions.\n", told(r.People), told(r.Stopped))
	fmt.Fprint(t, "\n\tbefore\tafter\tgain\tlose\t\n")
	g.Label = "entitled"
	g.hidden = g.few()
	g.print(t)
	t.Flush()
	if every := cmp.Or(p.New.Outcome.Pays.Often(), p.Old.Outcome.Pays.Often()); money.Cases > 0 {
		if g.hidden {
			fmt.Fprintln(out, "\nMoney is not shown: it would tell of fewer than 10 people.")
		} else {
			fmt.Fprintf(out, "\nMoney%s: %s before, %s after, %s\n", map[string]string{"month": " a month", "year": " a year", "once": ", paid once"}[every], english.Ringgit(money.Before), english.Ringgit(money.After), signed(money.Difference()))
			if every == "month" {
				fmt.Fprintf(out, "Money a year: %s before, %s after, %s\n", english.Ringgit(12*money.Before), english.Ringgit(12*money.After), signed(12*money.Difference()))
			}
		}
	}
	for _, by := range []struct {
		head  string
		label func(Person) string
	}{{"State", byState}, {"Children in the household", byChildren}, {"Household income a month", byIncome}} {
		printGroups(out, by.head, r.By(by.label))
	}
	r.printLimits(out, already)
}

func printGroups(out io.Writer, head string, groups []Group) {
	if len(groups) == 0 {
		return
	}
	t := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "\n%s\tbefore\tafter\tgain\tlose\t\n", head)
	for _, g := range groups {
		g.print(t)
	}
	t.Flush()
}

// print shows of a hidden group nothing from which its change could be told.
func (g Group) print(t io.Writer) {
	show := func(n int, hide bool) string {
		if hide && !few(n) {
			return "not shown"
		}
		return told(n)
	}
	after := show(g.After, g.hidden)
	if g.hidden { // with gain and loss it would tell how many there were
		after = "not shown"
	}
	fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t\n", g.Label, show(g.Before, g.veiled), after, show(g.Gain, g.hidden), show(g.Loses, g.hidden))
}

// told is how many people, where they are not few.
func told(n int) string {
	if few(n) {
		return "fewer than 10"
	}
	return english.Number(int64(n))
}

func (r *Reform) printLimits(out io.Writer, already int) {
	notes := []string{"Entitled is whom the table gives " + strings.Join(r.Verdicts(), " or ") + ": the verdicts that the service's own sample cases give at once. What only an application can tell is left out.",
		"What two people may apply for, such as parents for a child, counts once.",
		"A number from which fewer than 10 people could be told is not shown."}
	if already > 0 {
		notes = append(notes, told(already)+" have it by a case of this hall already; who has it is counted again only for something else.")
	}
	if r.Unknown > 0 {
		var why []string
		for _, name := range slices.Sorted(maps.Keys(r.Missing)) {
			why = append(why, fmt.Sprintf("%s (%s)", name, told(r.Missing[name])))
		}
		notes = append(notes, fmt.Sprintf("%s people cannot be worked out; no register has: %s.", told(r.Unknown), strings.Join(why, ", ")))
	}
	fmt.Fprintln(out)
	for _, n := range notes {
		fmt.Fprintln(out, n)
	}
}
