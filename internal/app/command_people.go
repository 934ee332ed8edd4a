package app

import (
	"context"
	"slices"

	"balai/internal/domain/register"
	"balai/internal/domain/service/definition"
	"balai/internal/domain/service/replay"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
)

// mostPeople are enough for made cases to differ.
const mostPeople = 500

// peoplePage is how many people one read takes.
const peoplePage = 200

// somePeople are what registers hold of some people, as far as a service may
// read it.
func (h *Hall) somePeople(ctx context.Context, def *definition.Service) (out []map[string]any, err error) {
	err = h.db.Read(ctx, func(tx *db.Tx) error {
		out = nil
		ids, err := h.register.People(tx, "", mostPeople)
		if err != nil {
			return err
		}
		people, err := h.factsOf(tx, ids, def.Registers())
		for _, p := range people {
			out = append(out, p.Facts)
		}
		return err
	})
	return out, err
}

// factsOf reads what registers hold of people.
func (h *Hall) factsOf(tx *db.Tx, ids, registers []string) ([]replay.Person, error) {
	out := make([]replay.Person, 0, len(ids))
	for _, id := range ids {
		held, err := h.register.Facts(tx, id, registers)
		if err != nil {
			return nil, err
		}
		p := replay.Person{Facts: make(map[string]any, len(held)), Children: -1, Income: -1}
		for name, v := range held {
			p.Facts[name] = v.V
		}
		p.State, _ = p.Facts["applicant.state"].(string)
		if n, ok := p.Facts["household.children"].(int64); ok {
			p.Children = n
		}
		if n, ok := p.Facts["household.monthly_income_cents"].(int64); ok {
			p.Income = n
		}
		out = append(out, p)
	}
	return out, nil
}

// everybody hands out the living people of the registers, a few at a time.
func (h *Hall) everybody(registers []string) func(context.Context, func(replay.People) error) error {
	return func(ctx context.Context, emit func(replay.People) error) error {
		after := ""
		for {
			var ids []string
			err := h.db.Read(ctx, func(tx *db.Tx) (err error) {
				ids, err = h.register.People(tx, after, peoplePage)
				return err
			})
			if err != nil || len(ids) == 0 {
				return err
			}
			after = ids[len(ids)-1]
			err = emit(func() (people []replay.Person, err error) {
				err = h.db.Read(ctx, func(tx *db.Tx) (err error) {
					people, err = h.factsOf(tx, ids, registers)
					return err
				})
				return people, err
			})
			if err != nil {
				return err
			}
		}
	}
}

// replayPopulation works everybody in the registers out by both versions.
func (h *Hall) replayPopulation(ctx context.Context, pair replay.Pair, std Std) error {
	registers := slices.Concat(pair.Old.Registers(), pair.New.Registers(), []string{register.PathPerson, register.PathHousehold})
	slices.Sort(registers)
	reform := replay.NewReform(pair, clock.Day(h.clock.Now()))
	shown := newProgress(std, h.clock)
	err := reform.Run(ctx, h.everybody(slices.Compact(registers)), func() { shown.step("people") })
	shown.end()
	if err != nil {
		return err
	}
	already, err := h.service.Standing(ctx, pair.New.ID)
	if err != nil {
		return err
	}
	reform.Print(std.Out, already)
	all, money := reform.All()
	if err := h.service.Replayed(ctx, pair.New.Agency, map[string]any{"service": pair.New.ID, "digest": pair.New.Digest, "people": reform.People}); err != nil {
		return err
	}
	if all.Gain+all.Loses > 0 || money.Difference() != 0 {
		return exit(changes)
	}
	return nil
}
