package app

import (
	"context"

	"balai/internal/domain/counter"
	"balai/internal/domain/identity"
	"balai/internal/domain/register"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/policy"
)

// standing finds for a counter who stands there.
type standing struct{ *register.Register }

func (s standing) Found(tx *db.Tx, number, name, bornOn string) (counter.Person, error) {
	k, err := s.Find(tx, number, name, bornOn)
	return counter.Person(k), err
}

func (s standing) Known(tx *db.Tx, person string) (counter.Person, error) {
	k, err := s.KnownAs(tx, person)
	return counter.Person(k), err
}

// acting finds by what right a program's actor applies for a person.
type acting struct{ h *Hall }

func (x acting) For(ctx context.Context, a actor.Actor, person string) (actor.For, error) {
	if x.h.policies.Allow(a, "counter.serve", policy.Hall()) {
		return x.h.counter.For(ctx, a, person)
	}
	return x.h.identity.MandateFor(ctx, a, person)
}

// titles names the services that a mandate can be for.
type titles struct{ h *Hall }

func (t titles) Titles() []identity.ServiceTitle {
	var out []identity.ServiceTitle
	for _, r := range t.h.service.Services() {
		out = append(out, identity.ServiceTitle{ID: r.Service, Title: r.Def.Title})
	}
	return out
}
