package replay

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"time"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/clock"
)

// madeBatch is how many made cases one core works through at a time.
const madeBatch = 256

// madeMonths is how far back made cases were sent.
const madeMonths = 12

// Maker makes up past cases from a service's own sample cases and from what
// registers hold about people, in amounts and days that differ. The same seed
// makes the same cases.
type Maker struct {
	def    *definition.Service
	seed   uint64
	days   []string
	sample [][]definition.SampleCase // of each day
	people []map[string]any          // facts by their dotted names
	types  map[string]string
}

// NewMaker makes one as of a day; people may be none.
func NewMaker(def *definition.Service, seed uint64, today string, people []map[string]any) (*Maker, error) {
	m := &Maker{def: def, seed: seed, people: people, types: map[string]string{}}
	at, err := clock.ParseDay(today)
	if err != nil {
		return nil, err
	}
	for i := range madeMonths {
		day := at.AddDate(0, -i, 0).Format(time.DateOnly)
		if list := def.Examples(day); len(list) > 0 {
			m.days, m.sample = append(m.days, day), append(m.sample, list)
		}
	}
	for _, f := range def.Facts {
		m.types[f.Field] = f.Type
	}
	if len(m.days) == 0 {
		return nil, fmt.Errorf("%s has no sample case that can be sent, so none can be made from them", def.ID)
	}
	return m, nil
}

// Source hands out n made cases.
func (m *Maker) Source(n int) Source {
	return func(_ context.Context, emit func(Batch) error) error {
		for from := 0; from < n; from += madeBatch {
			err := emit(func() []Case {
				out := make([]Case, 0, madeBatch)
				for i := from; i < min(n, from+madeBatch); i++ {
					out = append(out, m.Case(i))
				}
				return out
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// Case is the i-th made case.
func (m *Maker) Case(i int) Case {
	rng := rand.New(rand.NewPCG(m.seed, uint64(i)))
	at := rng.IntN(len(m.days))
	sample := m.sample[at][rng.IntN(len(m.sample[at]))]
	c := Case{Ref: fmt.Sprintf("MADE-%06d", i+1), SentOn: m.days[at], Made: true, Accepted: sample.FactsAccepted, Input: sample.Input(m.days[at])}
	as := c
	c.instead, c.Accepted = func() Case { return as }, nil
	c.Input.Facts = m.facts(rng, c.Input.Facts, c.SentOn)
	return c
}

// facts are a sample's, for two in three with those of somebody in a register
// in their place, and with other amounts.
func (m *Maker) facts(rng *rand.Rand, sample map[string]any, day string) map[string]any {
	facts := maps.Clone(sample)
	if len(m.people) > 0 && rng.IntN(3) > 0 {
		facts = adopt(facts, m.people[rng.IntN(len(m.people))])
	}
	for _, f := range m.def.Facts { // in the definition's order, so that chance falls alike
		v, has := facts[f.Field]
		if !has || rng.IntN(2) == 0 {
			continue
		}
		switch m.types[f.Field] {
		case "money":
			if n, ok := number(v); ok {
				facts[f.Field] = n * int64(50+rng.IntN(101)) / 100 / 5000 * 5000
			}
		case "int":
			if n, ok := number(v); ok {
				facts[f.Field] = max(1, n+int64(rng.IntN(3))-1)
			}
		case "date":
			if d, err := clock.ParseDay(fmt.Sprint(v)); err == nil {
				if moved := d.AddDate(0, 0, -rng.IntN(200)).Format(time.DateOnly); moved <= day {
					facts[f.Field] = moved
				}
			}
		}
	}
	return facts
}

// adopt puts the groups of facts that a person has in the place of a sample's.
func adopt(facts, person map[string]any) map[string]any {
	groups := map[string]bool{}
	for name := range person {
		group, _, _ := strings.Cut(name, ".")
		groups[group] = true
	}
	out := map[string]any{}
	for name, v := range facts {
		if group, _, _ := strings.Cut(name, "."); !groups[group] {
			out[name] = v
		}
	}
	for name, v := range person {
		group, _, _ := strings.Cut(name, ".")
		if _, had := facts[name]; had || groupIn(facts, group) {
			out[name] = v
		}
	}
	return out
}

func groupIn(facts map[string]any, group string) bool {
	for name := range facts {
		if strings.HasPrefix(name, group+".") {
			return true
		}
	}
	return false
}

func number(v any) (int64, bool) {
	switch n := v.(type) {
	case int64:
		return n, true
	case int:
		return int64(n), true
	}
	return 0, false
}
