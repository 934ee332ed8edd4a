package service

import (
	"balai/internal/domain/service/definition"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
)

// assured asks who acts, for themself or for somebody, to be known and signed
// in as well as the service wants; when a draft begins, so that nobody fills in
// a form in vain, and when it is sent. What the hall does by itself has no
// session to ask of.
func (p *Part) assured(tx *db.Tx, a actor.Actor, def *definition.Service) error {
	if p.Assurance == nil || a.Session == "" {
		return nil
	}
	return p.Assurance.Enough(tx, a, def.Assurance.Identity, def.Assurance.Authentication)
}
