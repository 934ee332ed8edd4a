package service

import (
	"context"
	"encoding/hex"
	"strings"
	"time"

	"balai/internal/domain/service/definition"
	"balai/internal/domain/service/offline"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

const (
	packLife    = 90 * 24 * time.Hour
	packEntries = 500
)

// MakePack makes the offline pack of a service for an office: the release in
// force, numbers, and nothing about anybody.
func (p *Part) MakePack(ctx context.Context, service, unit, signer, vkey string) ([]byte, offline.Manifest, error) {
	rel, err := p.Current(service)
	if fault.CodeOf(err) == fault.Missing {
		return nil, offline.Manifest{}, fault.New(fault.Missing, "service.offline.no_service", "service", service,
			"services", strings.Join(p.packable(), ", "))
	}
	if err != nil {
		return nil, offline.Manifest{}, err
	}
	if !packs(rel.Def) {
		return nil, offline.Manifest{}, fault.New(fault.Conflict, "service.offline.not_this", "services", strings.Join(p.packable(), ", "))
	}
	now := p.Clock.Now()
	m := offline.Manifest{Pack: "PKT-" + strings.ToUpper(hex.EncodeToString(p.IDs.Bytes(4))), Service: service, Title: rel.Def.Title,
		Release: rel.Number, Digest: rel.Def.Digest, Unit: unit, MadeAt: now.Format(time.RFC3339),
		Until: now.Add(packLife).Format(time.RFC3339), Entries: packEntries}
	var files []byte
	err = p.DB.Write(ctx, func(tx *db.Tx) error {
		u, err := p.Directory.Unit(tx, unit)
		if err != nil {
			return fault.New(fault.Missing, "service.offline.no_unit", "unit", unit)
		}
		a, err := p.Directory.Agency(tx, u.Agency)
		if err != nil {
			return err
		}
		m.Agency, m.Office = a.Name, u.Name
		if files, err = releaseFiles(tx, service, rel.Number); err != nil {
			return err
		}
		if err := insertPack(tx, packRow{ID: m.Pack, Service: service, Number: rel.Number, Unit: unit, Entries: packEntries,
			MadeAt: clock.Micro(now), UntilAt: clock.Micro(now.Add(packLife))}); err != nil {
			return err
		}
		_, err = p.Journal.Append(tx, journal.Record{Kind: "offline.packed", By: journal.ByActor(actor.System(rel.Def.Agency)), Basis: rel.Def.Law,
			Why:  locale.Text{MS: "Pek kaunter luar talian disediakan", EN: "An offline counter pack was made"},
			Data: map[string]any{"pack": m.Pack, "service": service, "release": rel.Number, "unit": unit, "entries": packEntries}})
		return err
	})
	if err != nil {
		return nil, m, err
	}
	data, err := offline.Build(m, files, rel.Def, p.Texts, signer, vkey)
	return data, m, err
}

// packs tells whether a service can be done at a counter without a network.
func packs(def *definition.Service) bool {
	return def.Phase != definition.PhaseRetired && def.Channel != "digital-only" && (len(def.Evidence) == 0 || !allEvidence(def))
}

// packable are the ids of the services of which packs can be made.
func (p *Part) packable() (ids []string) {
	for _, r := range p.Services() {
		if packs(r.Def) {
			ids = append(ids, r.Service)
		}
	}
	return ids
}

// allEvidence tells whether nobody can apply without a paper.
func allEvidence(def *definition.Service) bool {
	for _, f := range def.Form.Pages[0].Fields {
		if f.Type == "file" && f.Required {
			return true
		}
	}
	return false
}
