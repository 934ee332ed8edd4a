package catalogue_test

import (
	"os"
	"testing"

	"balai/catalogue"
	"balai/internal/domain/service/definition"

	"gopkg.in/yaml.v3"
)

// Whoever a listing sends a person to is a body of the demo country, with a
// page of its own; that page leads to the listing, so that each is reachable.
func TestListingsNameBodiesOfTheDemo(t *testing.T) {
	var bodies struct {
		Agencies []struct{ ID, Level, Seat string }
	}
	raw, err := os.ReadFile("../demo/agency.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(raw, &bodies); err != nil {
		t.Fatal(err)
	}
	seat := map[string]string{}
	federal := map[string]bool{}
	for _, a := range bodies.Agencies {
		if seat[a.ID] != "" {
			t.Errorf("%s stands twice", a.ID)
		}
		seat[a.ID], federal[a.ID] = a.Seat, a.Level == "federal"
	}
	c, problems := definition.Load(catalogue.FS)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if len(c.Listings) < 80 || len(bodies.Agencies) < 60 {
		t.Errorf("%d listings of %d bodies", len(c.Listings), len(bodies.Agencies))
	}
	for _, l := range c.Listings {
		if seat[l.Agency] == "" {
			t.Errorf("%s: there is no agency %s", l.ID, l.Agency)
		}
		for state, ids := range l.Bodies {
			for _, id := range ids {
				if seat[id] == "" {
					t.Errorf("%s: there is no agency %s", l.ID, id)
				} else if !federal[id] && seat[id] != state {
					t.Errorf("%s: %s is of %s, not of %s", l.ID, id, seat[id], state)
				}
			}
		}
	}
	if len(c.LifeEvents) != 9 {
		t.Errorf("%d life events", len(c.LifeEvents))
	}
	for _, e := range c.LifeEvents {
		if len(e.Services) < 8 {
			t.Errorf("%s lists only %d services", e.Slug, len(e.Services))
		}
	}
}
