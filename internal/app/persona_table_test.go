package app

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"balai/demo/country"
	"balai/internal/domain/certificate"
	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

var update = flag.Bool("update", false, "write the goldens anew")

// Every persona completes every service meant for them: each sample case that
// names one is really sent, lived through by the officers whose posts it needs,
// and ends with its certificate. docs/persona.md is the table of it.
func TestEveryPersonaCompletesEveryService(t *testing.T) {
	land, err := country.Generate(1, morning.Format(time.DateOnly))
	if err != nil {
		t.Fatal(err)
	}
	r := newRigOf(t, dbtest.Open(t, "sqlite", migrations()...), func(h *Hall, tx *db.Tx) error {
		return land.Load(tx, h.register, h.directory, journal.By{Agency: "balai"})
	})
	const file = "../../docs/persona.md"
	doc, err := os.ReadFile(file)
	r.must(err)
	const begin, end = "<!-- made by go test ./internal/app -run Persona -update -->\n", "<!-- end -->\n"
	head, rest, ok := strings.Cut(string(doc), begin)
	was, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", file)
	}
	table := personaTable(r, land)
	if *update {
		r.must(os.WriteFile(file, []byte(head+begin+table+end+tail), 0o644))
		return
	}
	if table != was {
		t.Errorf("%s is stale; run with -update if that was meant:\n%s", file, table)
	}
}

func personaTable(r *rig, land *country.Country) string {
	var b strings.Builder
	b.WriteString("| persona | service | verdict | decided by | certificate | fee | working days |\n|---|---|---|---|---|---|---|\n")
	done := map[string]bool{}
	for _, p := range land.Personas {
		for _, rel := range r.Hall.service.Services() {
			for _, example := range rel.Def.Examples(morning.Format(time.DateOnly)) {
				if example.Person != p.ID {
					continue
				}
				done[p.ID] = true
				body := map[string]any{"answers": example.Answers, "facts_accepted": example.FactsAccepted, "files": example.Files}
				if example.Files == nil {
					body["files"] = map[string]any{}
				}
				r.now.Set(morning)
				sent := r.gets(201, p.ID, "POST", "/api/v1/services/"+rel.Service+"/applications", body, "Idempotency-Key", "persona-"+p.ID+"-"+rel.Service)
				ref := fmt.Sprint(sent.json(r.t)["ref"])
				r.drain()
				c := finish(r, land, ref)
				paper := paperOf(r, ref)
				if c.Outcome != casework.OutcomeApproved || paper == "" {
					r.t.Errorf("%s does not complete %s: %s, %s", p.ID, rel.Service, c.State, c.Outcome)
				}
				by, fee, days := "officers", "none", c.BudgetDays
				if c.Automatic {
					by, days = "rules", 0
				}
				if c.FeeCents > 0 {
					fee = fmt.Sprintf("RM %d.%02d", c.FeeCents/100, c.FeeCents%100)
				}
				fmt.Fprintf(&b, "| %s: %s | %s | %s | %s | %s | %s | %d |\n", p.Name, p.Role.EN, rel.Service, example.Expect.Verdict, by, paper, fee, days)
			}
		}
		if !done[p.ID] {
			r.t.Errorf("no service is meant for %s", p.ID)
		}
	}
	return b.String()
}

// finish lets the officers whose posts a case needs say yes to it.
func finish(r *rig, land *country.Country, ref string) casework.Case {
	c := r.get(ref)
	yes := []locale.Text{locale.Same("Teratur.")}
	course := country.Course{}
	course.Say.Approve, course.Say.Check, course.Say.Audit = yes, yes, yes
	l := &life{pastHall: &pastHall{Hall: r.Hall, now: r.now}, e: country.Past{Service: c.Kind, Person: c.Applicant, Lang: locale.Malay},
		course: course, rng: rand.New(rand.NewPCG(1, 1)), who: actor.Actor{Person: c.Applicant}, end: morning.AddDate(1, 0, 0)}
	r.must(l.work(context.Background(), ref))
	r.drain()
	return r.get(ref)
}

// paperOf is the title of a case's certificate, "" without one that is ready.
func paperOf(r *rig, ref string) (title string) {
	r.read(func(tx *db.Tx) error {
		list, err := r.certificate.ForCase(tx, ref)
		for _, c := range list {
			if c.State == certificate.Issued && c.Ready() {
				title = c.Title.EN
			}
		}
		return err
	})
	return title
}
