package insight

import (
	"context"

	"balai/internal/spine/db"
)

type teamIn struct {
	Agency  string `path:"agency" maxLength:"60"`
	Service string `path:"service" maxLength:"80"`
}

type teamOut struct {
	Body struct {
		Service  string   `json:"service"`
		Releases []Report `json:"releases" doc:"Oldest first"`
	}
}

func (x *Insight) apiTeam(ctx context.Context, in *teamIn) (*teamOut, error) {
	s, err := x.service(ctx, in.Agency, in.Service)
	if err != nil {
		return nil, err
	}
	out := &teamOut{}
	out.Body.Service = s.ID
	err = x.db.Read(ctx, func(tx *db.Tx) error {
		for _, rel := range s.Releases {
			r, err := x.report(tx, s.ID, rel.Number)
			if err != nil {
				return err
			}
			out.Body.Releases = append(out.Body.Releases, r)
		}
		return nil
	})
	return out, err
}
