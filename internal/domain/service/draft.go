package service

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"balai/internal/domain/service/definition"
	"balai/internal/domain/service/form"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/notify"
	"balai/internal/spine/web"
)

const (
	draftLife  = 30 * 24 * time.Hour // from the last change
	draftSweep = 10 * time.Minute
	draftWarn  = 5 * 24 * time.Hour // before its end, the person is told
	draftGrace = 3 * 24 * time.Hour // and has at least so long from then
	warnBatch  = 200                // of one write
)

// pageHeld is the page that shows what the state holds, before the first
// question.
const pageHeld = "held"

// KeepsDraft tells whether a form posted to a path keeps one page of a draft and
// sends nothing.
func KeepsDraft(path string) bool {
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(strings.TrimPrefix(path, "/service/"), "/")
	return strings.HasPrefix(path, "/service/") && len(parts) == 4 && parts[2] == "apply" && parts[3] != "review" && parts[3] != pageHeld
}

// Filling is a draft with all that its pages show.
type Filling struct {
	Draft   Draft
	Release *Release
	Held    map[string]Fact
	Result  definition.Result
	Newer   bool // a newer release exists; the draft goes on with its own
	Online  bool // who fills it in is led to a page on which its fee is paid
	Veiled  bool // somebody fills it in for a protected person: what tells where that is stays hidden
}

// Start opens the person's draft of a service, or finds the one that is open
// on any device.
func (p *Part) Start(ctx context.Context, a actor.Actor, service string) (Filling, error) {
	rel, err := p.Current(service)
	if err != nil {
		return Filling{}, err
	}
	id := p.IDs.New()
	var d Draft
	err = p.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if err := p.counterMay(tx, a, rel.Def); err != nil {
			return err
		}
		if err := p.assured(tx, a, rel.Def); err != nil {
			return err
		}
		if err := takes(rel.Def, a.Subject()); err != nil {
			return err
		}
		if err := p.stillHas(tx, a); err != nil {
			return err
		}
		now := p.Clock.Now()
		fresh := Draft{ID: id, Person: a.Subject(), TypedBy: typist(a), Service: service, Number: rel.Number, State: "open", Version: 1,
			Answers: map[string]any{}, Files: map[string][]File{}, CreatedAt: clock.Micro(now), UpdatedAt: clock.Micro(now),
			ExpiresAt: clock.Micro(now.Add(draftLife))}
		if rel.Def.Phase == definition.PhaseRetired { // who has begun may finish
			d, err = openDraft(tx, a.Subject(), service)
			if errors.Is(err, db.ErrNoRows) {
				err = fault.New(fault.Conflict, "service.error.retired")
			}
			return err
		}
		made, err := insertDraft(tx, fresh)
		if err != nil {
			return err
		}
		if made {
			if err := p.Outbox.Emit(tx, eventDraftStarted, draftStarted{id, service, rel.Number}); err != nil {
				return err
			}
		}
		d, err = openDraft(tx, a.Subject(), service)
		return err
	})
	if err != nil {
		return Filling{}, err
	}
	return p.fill(ctx, d)
}

// Open finds the person's open draft; Missing where there is none.
func (p *Part) Open(ctx context.Context, a actor.Actor, service string) (Filling, error) {
	var d Draft
	err := p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		d, err = openDraft(tx, a.Subject(), service)
		return err
	})
	if errors.Is(err, db.ErrNoRows) {
		return Filling{}, fault.New(fault.Missing, "web.error.missing")
	}
	if err != nil {
		return Filling{}, err
	}
	return p.fill(ctx, d)
}

// fill evaluates a draft with the facts as they are now.
func (p *Part) fill(ctx context.Context, d Draft) (f Filling, err error) {
	f.Draft = d
	if f.Release, err = p.At(d.Service, d.Number); err != nil {
		return f, err
	}
	current, err := p.Current(d.Service)
	if err != nil {
		return f, err
	}
	f.Newer = current.Number > d.Number
	err = p.DB.Read(ctx, func(tx *db.Tx) error {
		held, err := p.Registers.Facts(tx, d.Person, f.Release.Def.Registers())
		f.Held = onlyShown(f.Release.Def, held)
		a := web.ActorOf(ctx)
		if err == nil && p.Cashier != nil && a.For.As != actor.Counter {
			f.Online, err = p.Cashier.Takes(tx, f.Release.Def.Agency)
		}
		if err == nil && a.Acting() {
			f.Veiled, err = p.Protection.Protected(tx, d.Person)
		}
		return err
	})
	if err != nil {
		return f, err
	}
	return p.evaluated(f)
}

// evaluated is a filling with what its draft comes to by the facts that it holds.
func (p *Part) evaluated(f Filling) (_ Filling, err error) {
	d := f.Draft
	f.Result, err = f.Release.Def.Evaluate(definition.Input{Answers: d.Answers, Files: countFiles(d.Files), Facts: values(f.Held),
		Disputed: Submission{Disputed: d.Disputed}.disputedFields(), Today: p.today()})
	return f, err
}

// Reached tells whether the route of the answers so far leads to a page: no
// page can be skipped by its address.
func (f Filling) Reached(page string) bool {
	at := slices.Index(f.Result.Route, page)
	current := slices.Index(f.Result.Route, f.Result.Current)
	return at >= 0 && (at <= current || f.Result.Complete)
}

// After is the page that follows a page on the route.
func (f Filling) After(page string) string {
	if i := slices.Index(f.Result.Route, page); i >= 0 && i+1 < len(f.Result.Route) {
		return f.Result.Route[i+1]
	}
	return f.Result.Current
}

// Before is the page that precedes it; "" before the first.
func (f Filling) Before(page string) string {
	if i := slices.Index(f.Result.Route, page); i > 0 {
		return f.Result.Route[i-1]
	}
	return ""
}

// Save keeps one page's answers. Answers of the page that are absent now are
// dropped; those of other pages stay, even while the route leaves them out.
func (p *Part) Save(ctx context.Context, f Filling, page *form.Page, answers map[string]any, files map[string][]File, took time.Duration) (Filling, error) {
	d := f.Draft
	d.Answers, d.Files = maps.Clone(d.Answers), maps.Clone(d.Files)
	var typed int64
	for _, field := range page.Fields {
		if field.Type == form.TypeFile {
			continue
		}
		v, has := answers[field.ID]
		if !has {
			delete(d.Answers, field.ID)
			continue
		}
		if fmt.Sprint(d.Answers[field.ID]) != fmt.Sprint(v) && !page.Told(field.ID, answers) {
			typed++
		}
		d.Answers[field.ID] = v
	}
	for id, list := range files {
		d.Files[id] = list
		typed++
	}
	d.Screens++
	d.Typed += typed
	f.Draft = d
	return p.saveDraft(ctx, f, func(tx *db.Tx) error {
		return p.Outbox.Emit(tx, eventDraftPage, draftPage{Draft: d.ID, Service: d.Service, Release: d.Number, Page: page.ID,
			Typed: typed, MS: took.Milliseconds()})
	})
}

// SawHeld remembers that the person has been shown what the state holds.
func (p *Part) SawHeld(ctx context.Context, f Filling) (Filling, error) {
	f.Draft.HeldSeen, f.Draft.Screens = true, f.Draft.Screens+1
	return p.saveDraft(ctx, f, func(tx *db.Tx) error {
		return p.Outbox.Emit(tx, eventDraftPage, draftPage{Draft: f.Draft.ID, Service: f.Draft.Service, Release: f.Draft.Number, Page: pageHeld})
	})
}

// saveDraft keeps a filling's draft. What the registers hold was read to show or
// take the page, and is not read again for the next one, which reads its own.
func (p *Part) saveDraft(ctx context.Context, f Filling, with func(tx *db.Tx) error) (Filling, error) {
	now, d := p.Clock.Now(), f.Draft
	d.TypedBy = typist(web.ActorOf(ctx))
	d.UpdatedAt, d.ExpiresAt = clock.Micro(now), clock.Micro(now.Add(draftLife))
	err := p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := p.stillHas(tx, web.ActorOf(ctx)); err != nil {
			return err
		}
		if err := updateDraft(tx, d); err != nil {
			return err
		}
		return with(tx)
	})
	if err != nil {
		return Filling{}, err
	}
	d.Version++
	f.Draft = d
	return p.evaluated(f)
}

// Drop throws a draft away.
func (p *Part) Drop(ctx context.Context, f Filling) error {
	d := f.Draft
	d.State, d.Answers, d.Files = "dropped", map[string]any{}, map[string][]File{}
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := p.stillHas(tx, web.ActorOf(ctx)); err != nil {
			return err
		}
		return updateDraft(tx, d)
	})
}

// Send submits a draft. However often it is posted, from however many
// windows, there is one case and each gets its receipt.
func (p *Part) Send(ctx context.Context, a actor.Actor, draft string) (Receipt, error) {
	return p.SendSeen(ctx, a, draft, Seen{})
}

// SendSeen is Send by who was shown some held values: nothing is sent where
// one of them is another now.
func (p *Part) SendSeen(ctx context.Context, a actor.Actor, draft string, saw Seen) (Receipt, error) {
	var d Draft
	err := p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if d, err = draftByID(tx, draft); errors.Is(err, db.ErrNoRows) || (err == nil && (d.Person != a.Subject() || a.Acting() && !a.For.Covers(d.Service))) {
			err = fault.New(fault.Missing, "web.error.missing") // a mandate is for the draft's service, whatever the path names
		}
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	if err := p.whole(ctx, d); err != nil {
		return Receipt{}, err
	}
	return p.Submit(ctx, Submission{By: a, Service: d.Service, Key: "draft:" + d.ID, Draft: d.ID, Seen: saw})
}

// whole reads again each file that counts in an open draft. One that was lost
// or changed since it was uploaded is asked for now, not missed by an officer.
func (p *Part) whole(ctx context.Context, d Draft) error {
	if d.State != "open" || len(d.Files) == 0 {
		return nil
	}
	f, err := p.fill(ctx, d)
	if err != nil {
		return err
	}
	for id, list := range keepFiles(f.Result, d.Files) {
		for _, file := range list {
			if _, err := p.Blobs.Get(ctx, file.SHA); err != nil {
				return fault.New(fault.Invalid, "service.error.file_lost", "file", file.Name).
					With(fault.Field{Location: "files." + id, Key: "service.file.lost"}).Wrap(err)
			}
		}
	}
	return nil
}

// SweepDrafts tells people that a draft of theirs will end, and ends those of
// which they were told in good time.
func (p *Part) SweepDrafts(ctx context.Context) error {
	now := p.Clock.Now()
	for {
		warned := 0
		err := p.DB.Write(ctx, func(tx *db.Tx) error {
			list, err := endingDrafts(tx, clock.Micro(now.Add(draftWarn)), warnBatch)
			warned = len(list)
			for _, d := range list {
				if err == nil {
					err = p.warn(tx, d, now)
				}
			}
			return err
		})
		if err != nil {
			return err
		}
		if warned < warnBatch {
			break
		}
	}
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := expireDrafts(tx, clock.Micro(now), clock.Micro(now.Add(-draftGrace)))
		return err
	})
}

// warn tells the person of one draft; where the hall stood still for days, the
// draft is kept longer instead of ending unannounced.
func (p *Part) warn(tx *db.Tx, d Draft, now time.Time) error {
	rel, err := p.At(d.Service, d.Number)
	if err != nil {
		return err
	}
	ends := max(d.ExpiresAt, clock.Micro(now.Add(draftGrace)))
	if err := warnedDraft(tx, d.ID, clock.Micro(now), ends); err != nil {
		return err
	}
	return p.Notify.SendTx(tx, notify.Message{To: d.Person, Key: "service.notice.draft", Minor: true, Args: map[string]string{
		"service_ms": rel.Def.Title.MS, "service_en": rel.Def.Title.EN,
		"day.day": clock.Day(clock.FromMicro(ends))}})
}
