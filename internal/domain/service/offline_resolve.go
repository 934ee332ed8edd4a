package service

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"balai/internal/domain/service/offline"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
)

// What an officer can do with an entry that could not be read in.
const (
	ResolveMake = "make" // it is another matter than the household's: its case is opened
	ResolveJoin = "join" // it is the same: the other's case answers it
	ResolveDrop = "drop" // nothing comes of it
)

// OpenEntry is an entry that waits for an officer, with what was typed.
type OpenEntry struct {
	OfflineEntry
	Pack  packRow
	Typed offline.Entry
}

// openEntry finds an entry of a pack, settled or not.
func (p *Part) openEntry(tx *db.Tx, pack, key string) (o OpenEntry, err error) {
	if o.Pack, err = packByID(tx, pack); err != nil {
		return o, fault.New(fault.Missing, "web.error.missing").Wrap(err)
	}
	var was bool
	if o.OfflineEntry, was, err = offlineEntry(tx, pack, key); err == nil && !was {
		err = fault.New(fault.Missing, "web.error.missing")
	}
	if err == nil && o.Content != "" {
		err = json.Unmarshal([]byte(o.Content), &o.Typed)
	}
	if err == nil && o.Person == "" && o.Typed.IDNumber != "" { // what was refused kept nobody, and somebody may have come into the register since
		if o.Person, err = p.Registers.ByIDNumber(tx, o.Typed.IDNumber); fault.CodeOf(err) == fault.Missing {
			err = nil
		}
	}
	return o, err
}

// impartial refuses an officer who is close to the person of an entry or of the
// household's other case, or whom an order that protects them names.
func (p *Part) impartial(tx *db.Tx, by actor.Actor, o OpenEntry) error {
	near, err := p.Registers.Related(tx, by.Person)
	if err != nil {
		return err
	}
	people := []string{o.Person}
	if o.Other != "" {
		c, err := p.Cases.Get(tx, o.Other)
		if err != nil && fault.CodeOf(err) != fault.Missing {
			return err
		}
		people = append(people, c.Applicant)
	}
	for _, person := range people {
		if person == "" {
			continue
		}
		against, err := p.Protection.Against(tx, person, by.Person)
		if err != nil {
			return err
		}
		if against || by.Person == person || slices.Contains(near, person) {
			return fault.New(fault.Denied, "service.offline.own")
		}
	}
	return nil
}

// Resolve settles an entry, once: its case is made after all, the household's
// other case answers it, or nothing comes of it. Why is on record.
func (p *Part) Resolve(ctx context.Context, by actor.Actor, pack, key, how, reason string) (OfflineEntry, error) {
	reason = plainText(reason, 500)
	if reason == "" && how != ResolveJoin {
		return OfflineEntry{}, fault.New(fault.Invalid, "service.offline.reason")
	}
	ref := p.IDs.Ref("BLH")
	var out OfflineEntry
	err := p.DB.Write(ctx, func(tx *db.Tx) error {
		o, err := p.openEntry(tx, pack, key)
		if err != nil {
			return err
		}
		out = o.OfflineEntry
		if out.Settled {
			return fault.New(fault.Conflict, "service.offline.settled")
		}
		if err := p.impartial(tx, by, o); err != nil {
			return err
		}
		switch how {
		case ResolveMake:
			err = p.makeAnyway(tx, by, o, ref, &out)
		case ResolveJoin:
			err = p.closeEntry(tx, by, &out, out.Other)
		case ResolveDrop:
			err = p.closeEntry(tx, by, &out, "")
		default:
			err = fault.New(fault.Invalid, "web.error.invalid")
		}
		if err != nil {
			return err
		}
		return p.resolved(tx, by, o, out, how, reason)
	})
	return out, err
}

// makeAnyway opens the case of an entry that may repeat another household's,
// or whose person can be found by now.
func (p *Part) makeAnyway(tx *db.Tx, by actor.Actor, o OpenEntry, ref string, out *OfflineEntry) error {
	var last time.Time
	at, _ := p.believed(o.Typed.At, o.Pack, &last)
	out.By, out.At = by.Person, p.now()
	if err := p.settleTx(tx, by, o.Pack, o.Typed, at, "officer", ref, out); err != nil {
		return err
	}
	if out.State != OfflineMade {
		return fault.New(fault.Conflict, "service.offline.still", "why", out.Why)
	}
	return nil
}

// closeEntry makes no case; other is the one that answers the entry.
func (p *Part) closeEntry(tx *db.Tx, by actor.Actor, out *OfflineEntry, other string) error {
	out.State, out.Ref, out.Settled, out.Content = OfflineClosed, other, true, ""
	out.By, out.At = by.Person, p.now()
	return upsertOffline(tx, *out)
}

// resolved writes who did what with an entry and why, and tells the person.
// Who joins a household's case is not told its reference: it is another's.
func (p *Part) resolved(tx *db.Tx, by actor.Actor, o OpenEntry, out OfflineEntry, how, reason string) error {
	if how == ResolveJoin && out.Ref == "" {
		return fault.New(fault.Conflict, "service.offline.no_other")
	}
	rel, err := p.At(o.Pack.Service, o.Pack.Number)
	if err != nil {
		return err
	}
	var subjects []string
	if out.Person != "" {
		subjects = []string{out.Person}
	}
	if _, err := p.Journal.Append(tx, journal.Record{Kind: "offline.resolved", By: journal.ByActor(by), Case: out.Ref, Subjects: subjects, Basis: rel.Def.Law,
		Why:  locale.Text{MS: "Borang luar talian diselesaikan oleh pegawai", EN: "An officer settled a form filled in without a network"},
		Data: map[string]any{"pack": o.Pack.ID, "number": out.Number, "how": how, "reason": reason}}); err != nil {
		return err
	}
	if out.Person == "" || how == ResolveMake {
		return nil // nobody to tell, or the case tells it
	}
	return p.Notify.SendTx(tx, notify.Message{To: out.Person, Key: "service.notice.offline." + how, Args: map[string]string{
		"service_ms": rel.Def.Title.MS, "service_en": rel.Def.Title.EN, "number": out.Number, "reason": reason}})
}

// agencyOf is the agency of a pack's service.
func (o packRow) agency() string { a, _, _ := strings.Cut(o.Service, "/"); return a }

// filledOn is the day of an entry, as far as its device can be believed.
func (p *Part) filledOn(o OpenEntry) int64 {
	var last time.Time
	at, _ := p.believed(o.Typed.At, o.Pack, &last)
	return clock.Micro(at)
}
