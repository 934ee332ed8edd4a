package app

import (
	"slices"

	"balai/internal/domain/service"
	"balai/internal/spine/db"
	"balai/internal/spine/locale"
)

// elsewhere shows the service part what agencies keep in systems of their own.
type elsewhere struct{ h *Hall }

func (e elsewhere) Cases(tx *db.Tx, person string) ([]service.Kept, error) {
	list, err := e.h.office.Mine(tx, person)
	out := make([]service.Kept, len(list))
	for i, c := range list {
		out[i] = service.Kept{Ref: c.Ref, TheirRef: c.TheirRef, Service: c.Service, Agency: e.name(tx, c.Agency), Title: c.Title,
			Word: c.Word(), Class: c.TagClass(), Asks: c.Asks(), At: c.MadeAt}
	}
	return out, err
}

func (e elsewhere) Held(tx *db.Tx, person string) ([]service.KeptFact, error) {
	list, err := e.h.office.Held(tx, person)
	out := make([]service.KeptFact, len(list))
	for i, f := range list {
		out[i] = service.KeptFact{Agency: f.Agency, From: e.name(tx, f.Agency), Name: f.Name, Label: f.Label, Value: f.Value, AsOf: f.AsOf,
			Basis: f.Basis, Disputed: f.DisputedAt > 0}
	}
	return out, err
}

// AppliedTx tells nobody of the demo's past.
func (e elsewhere) AppliedTx(tx *db.Tx, agency, ref, id string, at int64) error {
	if e.h.lane != "" {
		return nil
	}
	return e.h.office.AppliedTx(tx, agency, ref, id, at)
}

func (e elsewhere) name(tx *db.Tx, agency string) locale.Text {
	if a, err := e.h.directory.Agency(tx, agency); err == nil {
		return a.Name
	}
	return locale.Same(agency)
}

// DoneBy tells whether an agency does what another's page lists.
func (e elsewhere) DoneBy(id, agency string) bool {
	for _, l := range e.h.service.Listings() {
		for _, bodies := range l.Bodies {
			if l.ID == id && slices.Contains(bodies, agency) {
				return true
			}
		}
	}
	return false
}
