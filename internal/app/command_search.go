package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"balai/catalogue"
	"balai/demo"
	"balai/internal/domain/service/definition"
	"balai/internal/spine/locale"
	"balai/internal/spine/search"
	"gopkg.in/yaml.v3"
)

// leastShare is the share of questions that must be answered in the top three.
const leastShare = 0.95

// runSearch is `balai search eval`: 0 good enough, 1 not.
func runSearch(_ context.Context, args, _ []string, std Std) error {
	args, err := only(args, "eval")
	if err != nil {
		return err
	}
	part, rest := takeFlag(args, "part")
	if part != "" && part != "tuned" && part != "held-out" {
		return misused("--part %q is neither tuned nor held-out", part)
	}
	if err := words(rest, 1, 1, "the file of questions"); err != nil {
		return err
	}
	text, err := os.ReadFile(rest[0])
	if err != nil {
		return err
	}
	questions, err := search.ReadQuestions(text)
	if err != nil {
		return err
	}
	index, known, err := catalogueIndex()
	if err != nil {
		return err
	}
	var asked []search.Question
	for _, q := range questions {
		for _, id := range q.Want {
			if !known[id] {
				return fmt.Errorf("%q wants %s, which the catalogue does not have", q.Text, id)
			}
		}
		if part == "" || q.HeldOut == (part == "held-out") {
			asked = append(asked, q)
		}
	}
	verdicts := search.Judge(asked, asking(index))
	if printShares(std.Out, verdicts) < leastShare {
		fmt.Fprintf(std.Out, "\nbelow %.0f %%\n", leastShare*100)
		return exit(1)
	}
	return nil
}

// asking asks an index as the list of services does.
func asking(x *search.Index) func(search.Question) []string {
	return func(q search.Question) []string {
		var out []string
		for _, h := range x.Find(search.Query{Text: q.Text, Lang: q.Lang, Limit: search.InTop, Kinds: []string{foundService, foundListing}}).Hits {
			out = append(out, h.ID)
		}
		return out
	}
}

// catalogueIndex indexes the binary's own catalogue under the demo country's
// names of agencies, with the ids of all that can be found.
func catalogueIndex() (*search.Index, map[string]bool, error) {
	docs, synonyms, err := catalogueDocs()
	if err != nil {
		return nil, nil, err
	}
	known := map[string]bool{}
	for _, d := range docs {
		known[d.ID] = true
	}
	return search.New(docs, synonyms), known, nil
}

func catalogueDocs() ([]search.Doc, *search.Synonyms, error) {
	cat, problems := definition.Load(catalogue.FS)
	if len(problems) > 0 {
		return nil, nil, fmt.Errorf("catalogue: %s", problems[0])
	}
	text, err := demo.Files.ReadFile("agency.yaml")
	if err != nil {
		return nil, nil, err
	}
	var file struct {
		Agencies []struct {
			ID   string      `yaml:"id"`
			Name locale.Text `yaml:"name"`
		} `yaml:"agencies"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, nil, err
	}
	names := map[string]locale.Text{}
	for _, a := range file.Agencies {
		names[a.ID] = a.Name
	}
	synonyms, err := synonymsOf(catalogue.FS)
	return offeredBy(cat, names).docs(), synonyms, err
}

// printShares prints how many questions were answered, then each that was
// not, and returns the share of all.
func printShares(out io.Writer, verdicts []search.Verdict) float64 {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "language\tquestions\ttop three\ttuned\theld out\t")
	all := 0.0
	for _, l := range append([]locale.Lang{""}, locale.Langs...) {
		share := func(only func(search.Verdict) bool) (string, int, float64) {
			found, n := search.Share(verdicts, func(v search.Verdict) bool { return (l == "" || v.Lang == l) && only(v) })
			if n == 0 {
				return "-", 0, 0
			}
			return fmt.Sprintf("%.1f %%", 100*float64(found)/float64(n)), n, float64(found) / float64(n)
		}
		whole, n, value := share(func(search.Verdict) bool { return true })
		tuned, _, _ := share(func(v search.Verdict) bool { return !v.HeldOut })
		held, _, _ := share(func(v search.Verdict) bool { return v.HeldOut })
		name := string(l)
		if l == "" {
			name, all = "all", value
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t\n", name, n, whole, tuned, held)
	}
	_ = w.Flush() // the command's own output; nothing is left to do about it
	for _, v := range verdicts {
		if !v.Found() {
			found := "nothing"
			if len(v.Got) > 0 {
				found = strings.Join(v.Got, ", ")
			}
			fmt.Fprintf(out, "missed %s %q: wants %s, found %s\n", v.Lang, v.Text, strings.Join(v.Want, " or "), found)
		}
	}
	return all
}
