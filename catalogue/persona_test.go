package catalogue_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"balai/catalogue"
	"balai/internal/domain/service/definition"

	"gopkg.in/yaml.v3"
)

// persona is as much of demo/persona as the services ask of registers.
type persona struct {
	ID       string
	Person   map[string]any
	Husband  map[string]any
	Notice   map[string]any
	Children []map[string]any
	Wife     map[string]any
	Father   map[string]any
	Mother   map[string]any
	House    map[string]any `yaml:"household"`
	Bank     map[string]any
	Holds    []struct {
		Register, Of string
		Values       map[string]any
	}
}

func personas(t *testing.T) map[string]persona {
	t.Helper()
	files, _ := filepath.Glob("../demo/persona/*.yaml")
	out := map[string]persona{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var p persona
		if err := yaml.Unmarshal(raw, &p); err != nil {
			t.Fatal(err)
		}
		out[p.ID] = p
	}
	return out
}

// facts is what the registers answer for a persona, worked out here from the
// persona's own text.
func (p persona) facts(groups map[string][]string) map[string]any {
	out := map[string]any{}
	put := func(group string, from map[string]any) {
		for k, v := range from {
			out[group+"."+k] = v
		}
	}
	put("applicant", p.Person)
	mother, father := p.Person, p.Husband
	if p.Person["sex"] == "male" {
		mother, father = p.Wife, p.Person
	}
	if mother != nil {
		out["marriage.registered"] = father != nil
		put("mother", mother)
		put("father", father)
	}
	put("household", p.House)
	if p.Notice != nil {
		put("birth_notice", p.Notice)
		state := p.Notice["state"].(string)
		out["birth_notice.region"] = map[string]string{"MY-12": "sabah", "MY-15": "sabah", "MY-13": "sarawak"}[state]
		if out["birth_notice.region"] == "" {
			out["birth_notice.region"] = "peninsular"
		}
		as, renamed := p.Notice["mother_name"]
		same := !renamed || as == p.Person["name"]
		if out["birth_notice.matches"] = same; !same {
			out["birth_notice.mother_written"] = as
		}
	}
	if n := len(p.Children); n > 0 {
		c := p.Children[n-1]
		put("child", c)
		out["child.id_number"] = fmt.Sprintf("yymmdd(%s)-00-%s", c["born_on"], c["serial"])
	}
	for i := range p.Children { // the oldest who enters Year One this year or next
		c := p.Children[i]
		var ago int
		if _, err := fmt.Sscanf(fmt.Sprint(c["born_on"]), "today-%dd", &ago); err != nil {
			continue
		}
		now := time.Now()
		if born := now.AddDate(0, 0, -ago).Year(); born == now.Year()-7 || born == now.Year()-6 {
			put("pupil", c)
			out["pupil.id_number"] = fmt.Sprintf("yymmdd(%s)-00-%s", c["born_on"], c["serial"])
			break
		}
	}
	nth := map[string]int{}
	for _, h := range p.Holds {
		if h.Of == "child" { // of somebody for whom the persona acts
			continue
		}
		// Of several entries of one register each is the next of its groups.
		at := nth[h.Register]
		nth[h.Register]++
		if at >= len(groups[h.Register]) {
			continue
		}
		group := groups[h.Register][at]
		put(group, h.Values)
		if group == "death_notice" {
			dead := map[string]map[string]any{"husband": p.Husband, "wife": p.Wife, "father": p.Father, "mother": p.Mother}[h.Of]
			put("deceased", dead)
			out["deceased.sex"] = map[string]string{"husband": "male", "father": "male", "wife": "female", "mother": "female"}[h.Of]
			out["deceased.relation"] = map[string]string{"husband": "spouse", "wife": "spouse", "father": "child", "mother": "child"}[h.Of]
		}
		if state, ok := h.Values["state"].(string); ok {
			out[group+".region"] = definition.RegionOf(state)
		}
	}
	if account, ok := p.Bank["account"].(string); ok {
		out["bank.name"], out["bank.account_tail"] = p.Bank["name"], account[len(account)-4:]
	}
	return out
}

// A sample case that names a persona assumes exactly what the registers of the
// demo hold about that persona, so that the persona can really send it.
func TestSampleCasesAgreeWithThePersonas(t *testing.T) {
	people := personas(t)
	c, problems := definition.Load(catalogue.FS)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	groups := map[string][]string{}
	for _, g := range c.Registers.Groups {
		if g.Of != "" {
			groups[g.From] = append(groups[g.From], g.Name)
		}
	}
	seen := map[string]bool{}
	for _, s := range c.Services {
		for _, sample := range s.Cases {
			if sample.Person == "" {
				continue
			}
			p, ok := people[sample.Person]
			if !ok {
				t.Errorf("%s: there is no persona %q", sample.Source, sample.Person)
				continue
			}
			seen[sample.Person] = true
			held := p.facts(groups)
			for _, f := range s.FactFields() {
				assumed, does := sample.Facts[f]
				want, has := held[f]
				if fmt.Sprint(assumed) != fmt.Sprint(want) || does != has {
					t.Errorf("%s: %s: the case assumes %s = %v, the persona has %v", sample.Source, sample.Person, f, assumed, want)
				}
			}
		}
	}
	for id := range people {
		if !seen[id] {
			t.Errorf("no sample case is %s's", id)
		}
	}
}

// A file that the embedding pattern misses would be missing from the binary.
func TestEveryFileIsEmbedded(t *testing.T) {
	files, _ := filepath.Glob("*/*/cases/*.yaml")
	more, _ := filepath.Glob("*/*/*.yaml")
	for _, f := range append(files, more...) {
		if _, err := catalogue.FS.ReadFile(filepath.ToSlash(f)); err != nil || strings.Contains(f, " ") {
			t.Errorf("%s: %v", f, err)
		}
	}
}

// A dispute goes to the owner of the register: each has a post that decides.
func TestEveryRegisterHasAnOwnerWhoDecides(t *testing.T) {
	var bodies struct {
		Agencies []struct{ ID string }
		Posts    []struct{ Role string }
	}
	raw, err := os.ReadFile("../demo/agency.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(raw, &bodies); err != nil {
		t.Fatal(err)
	}
	held := map[string]bool{}
	for _, p := range bodies.Posts {
		held[p.Role] = true
	}
	v, problems := definition.ReadVocabulary(catalogue.FS)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, g := range v.Groups {
		if g.Law == "" {
			t.Errorf("%s does not say under which law it is kept", g.From)
		}
		if !held[g.Owner+"/records-officer"] {
			t.Errorf("%s is %s's, which has no records officer in the demo", g.From, g.Owner)
		}
	}
}
