package app

import (
	"context"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/db"
)

// mostPeople are enough for made cases to differ.
const mostPeople = 500

// somePeople are what registers hold of some people, as far as a service may
// read it.
func (h *Hall) somePeople(ctx context.Context, def *definition.Service) (out []map[string]any, err error) {
	err = h.db.Read(ctx, func(tx *db.Tx) error {
		out = nil
		people, err := h.register.People(tx, "", mostPeople)
		if err != nil {
			return err
		}
		for _, person := range people {
			held, err := h.register.Facts(tx, person, def.Registers())
			if err != nil {
				return err
			}
			facts := map[string]any{}
			for name, v := range held {
				facts[name] = v.V
			}
			out = append(out, facts)
		}
		return nil
	})
	return out, err
}
