package service

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io/fs"

	"balai/internal/domain/service/definition"
	"balai/internal/domain/service/replay"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// pastPage is how many past applications one read takes.
const pastPage = 500

// Past hands out a service's past applications since a moment, each on what it
// was decided on. What the registers hold now is not looked at.
func (p *Part) Past(service string, since int64) replay.Source {
	return func(ctx context.Context, emit func(replay.Batch) error) error {
		after := ""
		for {
			var rows []pastRow
			err := p.DB.Read(ctx, func(tx *db.Tx) (err error) {
				rows, err = pastOf(tx, service, since, after, pastPage)
				return err
			})
			if err != nil || len(rows) == 0 {
				return err
			}
			after = rows[len(rows)-1].Ref
			err = emit(func() []replay.Case {
				out := make([]replay.Case, len(rows))
				for i, r := range rows {
					out[i] = r.past()
				}
				return out
			})
			if err != nil {
				return err
			}
		}
	}
}

// past is the application as it was decided. One without facts, not even none,
// has lost its content.
func (r pastRow) past() replay.Case {
	c := replay.Case{Ref: r.Ref, Number: r.Number, SentOn: clock.Day(clock.FromMicro(r.SentAt)), Verdict: r.Verdict}
	if r.Answers == "" || r.Facts == "" || r.Answers == "null" || r.Facts == "null" {
		c.Gone = replay.Erased
		return c
	}
	a := Application{SentAt: r.SentAt}
	var e [5]error
	a.Answers, e[0] = decode[map[string]any](r.Answers)
	a.Facts, e[1] = decode[map[string]Fact](r.Facts)
	c.Accepted, e[2] = decode[[]string](r.Accepted)
	a.Disputed, e[3] = decode[[]Dispute](r.Disputed)
	a.Files, e[4] = decode[map[string][]File](r.Files)
	if errors.Join(e[:]...) != nil {
		c.Gone = replay.Unreadable
		return c
	}
	for name, v := range a.Answers {
		a.Answers[name] = whole(v)
	}
	for name, f := range a.Facts {
		f.Value = whole(f.Value)
		a.Facts[name] = f
	}
	c.Input = a.input()
	return c
}

// Pair is a definition beside the one in force, and the releases before it.
func (p *Part) Pair(def *definition.Service) (replay.Pair, error) {
	r, err := p.Current(def.ID)
	if err != nil {
		return replay.Pair{}, err
	}
	return replay.Pair{Old: r.Def, New: def, Number: r.Number, Own: func(number int64) *definition.Service {
		if own, err := p.At(def.ID, number); err == nil {
			return own.Def
		}
		return nil
	}}, nil
}

// Standing counts who has what a service gives by a case of this hall.
func (p *Part) Standing(ctx context.Context, service string) (n int, err error) {
	err = p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		n, err = standing(tx, service)
		return err
	})
	return n, err
}

// Files are those of the release in force, with the shared ones beside them.
func (p *Part) Files(ctx context.Context, service string) (files fs.FS, err error) {
	r, err := p.Current(service)
	if err != nil {
		return nil, err
	}
	var packed []byte
	err = p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		packed, err = releaseFiles(tx, service, r.Number)
		return err
	})
	if err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
}

// Replayed puts on record that what the hall holds was worked through, for
// what and over how many; it concerns nobody by name.
func (p *Part) Replayed(ctx context.Context, agency string, data map[string]any) error {
	by := actor.System(agency)
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := p.Journal.Append(tx, journal.Record{Kind: "service.replayed", By: journal.ByActor(by),
			Why:  locale.Text{MS: "Perubahan takrif diuji pada rekod lalu, tanpa nama", EN: "A changed definition was tried on what is on record, without names"},
			Data: data})
		return err
	})
}
