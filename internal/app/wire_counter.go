package app

import (
	"context"

	"balai/internal/domain/counter"
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
	return x.h.delegation.For(ctx, a, person)
}
