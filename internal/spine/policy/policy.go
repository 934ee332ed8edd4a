// Package policy decides who may do what, from cedar policies that each part
// keeps as text beside its code (policy.cedar). What no policy permits is
// forbidden.
package policy

import (
	"fmt"

	"balai/internal/spine/actor"
	"github.com/cedar-policy/cedar-go"
)

// Resource is the thing an action is done to. Attrs may be string, bool,
// int64 or []string.
type Resource struct {
	Type, ID string
	Attrs    map[string]any
}

// Hall is the resource of a route that has none of its own.
func Hall() Resource { return Resource{Type: "Hall", ID: "hall"} }

// Set is every part's policies, joined. It does not change once loaded.
type Set struct{ policies *cedar.PolicySet }

// Load parses policy texts; the error names the text's number and line.
func Load(texts ...string) (*Set, error) {
	all := cedar.NewPolicySet()
	for i, text := range texts {
		ps, err := cedar.NewPolicyListFromBytes(fmt.Sprintf("policy %d", i), []byte(text))
		if err != nil {
			return nil, fmt.Errorf("policy: text %d: %w", i, err)
		}
		for j, p := range ps {
			all.Add(cedar.PolicyID(fmt.Sprintf("%d.%d", i, j)), p)
		}
	}
	return &Set{all}, nil
}

// Allow tells whether a may do action to res. A policy that fails to evaluate
// (a resource without the attribute it asks for) permits nothing.
//
// Who acts for somebody has none of their own rights meanwhile: policies see
// nobody, in no post, with acts_for.
func (s *Set) Allow(a actor.Actor, action string, res Resource) bool {
	request, entities := Ask(a, action, res)
	ok, _ := cedar.Authorize(s.policies, entities, request)
	return ok == cedar.Allow
}

// Ask is what the policies are asked about a doing action to res, and what they
// may know for it.
func Ask(a actor.Actor, action string, res Resource) (cedar.Request, cedar.EntityMap) {
	if a.Acting() {
		a = actor.Actor{For: a.For}
	}
	who := cedar.NewEntityUID("Person", cedar.String(a.Person))
	what := cedar.NewEntityUID(cedar.EntityType(res.Type), cedar.String(res.ID))
	entities := cedar.EntityMap{
		who: cedar.Entity{UID: who, Attributes: cedar.NewRecord(cedar.RecordMap{
			"signed_in": cedar.Boolean(a.SignedIn()),
			"officer":   cedar.Boolean(a.Officer()),
			"person":    cedar.String(a.Person),
			"post":      cedar.String(a.Post),
			"role":      cedar.String(a.Role),
			"agency":    cedar.String(a.Agency),
			"unit":      cedar.String(a.Unit),
			"state":     cedar.String(a.State),
			// Acting for somebody: acts_for is nobody once it is over.
			"acting":        cedar.Boolean(a.Acting()),
			"acts_as":       cedar.String(a.For.As),
			"acts_for":      cedar.String(actsFor(a)),
			"acts_all":      cedar.Boolean(a.For.Services == nil),
			"acts_services": words(a.For.Services),
		})},
		what: cedar.Entity{UID: what, Attributes: record(res.Attrs)},
	}
	return cedar.Request{Principal: who, Action: cedar.NewEntityUID("Action", cedar.String(action)), Resource: what}, entities
}

func actsFor(a actor.Actor) string {
	if a.For.Over {
		return ""
	}
	return a.For.Person
}

func words(list []string) cedar.Set {
	set := make([]cedar.Value, len(list))
	for i, s := range list {
		set[i] = cedar.String(s)
	}
	return cedar.NewSet(set...)
}

func record(attrs map[string]any) cedar.Record {
	m := make(cedar.RecordMap, len(attrs))
	for k, v := range attrs {
		switch v := v.(type) {
		case string:
			m[cedar.String(k)] = cedar.String(v)
		case bool:
			m[cedar.String(k)] = cedar.Boolean(v)
		case int64:
			m[cedar.String(k)] = cedar.Long(v)
		case []string:
			m[cedar.String(k)] = words(v)
		default:
			panic(fmt.Sprintf("policy: attribute %s is a %T", k, v))
		}
	}
	return cedar.NewRecord(m)
}
