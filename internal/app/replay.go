package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/outbox"
)

// How much past the demo has, and how much of it one job lives through.
const (
	pastBirths  = 1200
	pastAids    = 300
	replayChunk = 25
	openDays    = 6 // cases this young are still on somebody's desk
)

// pastEvent is one past application, of either kind.
type pastEvent struct {
	at      int64
	person  string
	state   string
	service string
	answers map[string]any
	rank    int
}

// replay lives through the next past applications with the hall's own rules,
// at their own time, and queues the rest. One that was lived through before the
// hall was killed is not sent again: what it applies for is taken.
func (d *demoCountry) replay(ctx context.Context, j outbox.Job) error {
	done, total, err := d.Progress(ctx)
	if err != nil {
		return err
	}
	events := d.past()
	if d.pastHall == nil {
		if d.pastHall, err = d.hall.past(); err != nil {
			return err
		}
	}
	past := d.pastHall
	end := min(int(done)+replayChunk, len(events))
	for _, e := range events[min(int(done), len(events)):end] {
		if err := past.live(ctx, d, e); err != nil {
			return fmt.Errorf("demo: past application of %s: %w", e.person, err)
		}
	}
	return d.hall.db.Write(ctx, func(tx *db.Tx) error {
		if err := past.outbox.Leave(tx); err != nil {
			return err
		}
		if err := writeSetting(tx, settingReplay, fmt.Sprintf("%d %d", end, total)); err != nil {
			return err
		}
		if end < len(events) {
			if err := d.hall.outbox.Enqueue(tx, jobReplay, struct{}{}); err != nil {
				return err
			}
		}
		return d.hall.outbox.DoneTx(tx, j)
	})
}

// past lists the applications in the order of their time.
func (d *demoCountry) past() []pastEvent {
	var all []pastEvent
	for i, b := range d.country.PastBirths(pastBirths) {
		answers := map[string]any{"child_name": b.ChildName}
		if !b.Married {
			answers["name_father"] = "mother_only"
		}
		if b.Late {
			answers["late_reason"] = "Keluarga berpindah rumah selepas kelahiran."
		}
		all = append(all, pastEvent{at: b.AppliedAt, person: b.Mother, state: b.State, service: "jpn/birth-registration",
			rank: i, answers: answers})
	}
	for i, a := range d.country.PastAids(pastAids) {
		answers := map[string]any{"pay_to": "held"}
		if a.Income < 0 {
			answers["monthly_income"], answers["members"] = int64(180000), a.Members
		}
		all = append(all, pastEvent{at: a.AppliedAt, person: a.Applicant, state: a.State, service: "jkm/child-aid",
			rank: i, answers: answers})
	}
	slices.SortStableFunc(all, func(a, b pastEvent) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	return all
}

// pastHall is the hall at another time: the same database and rules, a clock
// that is set to each act.
type pastHall struct {
	*Hall
	now *clock.Manual
}

// past builds the parts once more over the same database with a clock of
// their own and a lane of their own in the outbox, so that what a past act
// queues happens at its time.
func (h *Hall) past() (*pastHall, error) {
	now := clock.NewManual(h.clock.Now())
	p := &pastHall{Hall: &Hall{cfg: h.cfg, base: h.base, log: h.log, clock: now, ids: h.ids.At(now), db: h.db, texts: h.texts,
		policies: h.policies, blobs: h.blobs, lane: "past:"}, now: now}
	p.cfg.Demo = false // it has no country of its own
	if err := p.spine(); err != nil {
		return nil, err
	}
	return p, p.parts(context.Background())
}

// live is one application with the officers' acts that follow it.
func (p *pastHall) live(ctx context.Context, d *demoCountry, e pastEvent) error {
	rng := rand.New(rand.NewPCG(uint64(d.seed), uint64(e.rank)+uint64(len(e.service))<<32))
	p.now.Set(clock.FromMicro(e.at))
	a := actor.Actor{Person: e.person}
	ref, err := p.apply(ctx, rng, a, e)
	if code := fault.CodeOf(err); code == fault.Invalid || code == fault.Conflict {
		p.log.Warn("demo: a past application could not be sent", "service", e.service, "error", err)
		return nil
	}
	if err != nil || ref == "" {
		return err
	}
	if err := p.settle(ctx); err != nil {
		return err
	}
	end := d.hall.clock.Now()
	if err := p.work(ctx, rng, ref, end); err != nil {
		return err
	}
	if rng.IntN(4) == 0 && p.now.Now().Add(time.Hour).Before(end) {
		p.now.Advance(time.Hour)
		if err := p.rate(ctx, rng, a, ref); err != nil {
			return err
		}
	}
	return p.settle(ctx)
}

// givesUp is how many in a hundred leave a draft behind.
const givesUp = 6

// apply fills in the draft page by page, as a person does, and sends it; some
// stop on the way, and then there is no reference.
func (p *pastHall) apply(ctx context.Context, rng *rand.Rand, a actor.Actor, e pastEvent) (ref string, err error) {
	f, err := p.service.Start(ctx, a, e.service)
	if err != nil {
		return "", err
	}
	quits := rng.IntN(100) < givesUp
	p.now.Advance(time.Duration(15+rng.IntN(60)) * time.Second)
	if quits && rng.IntN(3) == 0 {
		return "", nil
	}
	if f, err = p.service.SawHeld(ctx, f); err != nil {
		return "", err
	}
	for range 12 {
		page, ok := f.Release.Def.Form.Page(f.Result.Current)
		if f.Result.Complete || !ok {
			break
		}
		took := time.Duration(10+rng.IntN(90)) * time.Second
		p.now.Advance(took)
		if quits && rng.IntN(2) == 0 {
			return "", nil
		}
		answers := map[string]any{}
		for _, field := range page.Fields {
			if v, has := e.answers[field.ID]; has {
				answers[field.ID] = v
			}
		}
		if f, err = p.service.Save(ctx, f, page, answers, nil, took); err != nil {
			return "", err
		}
	}
	p.now.Advance(time.Duration(8+rng.IntN(40)) * time.Second)
	if quits {
		return "", nil
	}
	rec, err := p.service.Send(ctx, a, f.Draft.ID)
	return rec.Ref, err
}

func (p *pastHall) settle(ctx context.Context) error { return p.outbox.Drain(ctx) }

// work does what officers did with a case that no rule decided, each act on a
// working day, until the case is done or the present is reached.
func (p *pastHall) work(ctx context.Context, rng *rand.Rand, ref string, end time.Time) error {
	for range 8 {
		c, err := p.get(ctx, ref)
		if err != nil || !c.State.Open() && c.Audit != casework.AuditOpen {
			return err
		}
		p.now.Set(p.workingTime(c, p.now.Now().Add(time.Duration(6+rng.IntN(40))*time.Hour)))
		if p.now.Now().Add(time.Duration(rng.IntN(openDays)) * 24 * time.Hour).After(end) {
			return nil
		}
		by, kind, data, err := p.next(ctx, rng, c)
		if err != nil {
			return err
		}
		if kind == "" {
			return nil
		}
		_, err = p.service.Act(ctx, by, ref, kind, c.Version, data)
		if fault.CodeOf(err) == fault.Denied || fault.CodeOf(err) == fault.Conflict {
			return nil
		}
		if err != nil {
			return err
		}
		if err := p.settle(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p *pastHall) get(ctx context.Context, ref string) (c casework.Case, err error) {
	err = p.db.Read(ctx, func(tx *db.Tx) (err error) {
		c, err = p.cases.Get(tx, ref)
		return err
	})
	return c, err
}

// workingTime moves t to office hours of a working day of the case's office.
func (p *pastHall) workingTime(c casework.Case, t time.Time) time.Time {
	cal, err := p.calendars.State(c.Calendar)
	if err != nil {
		return t
	}
	local := t.In(clock.Zone)
	at := time.Date(local.Year(), local.Month(), local.Day(), 9+local.Minute()%7, local.Minute(), local.Second(), 0, clock.Zone)
	for range 20 {
		if at.After(t) && cal.Working(clock.Day(at)) {
			return at
		}
		at = at.AddDate(0, 0, 1)
	}
	return t
}

// next is what the case's office does next.
func (p *pastHall) next(ctx context.Context, rng *rand.Rand, c casework.Case) (by actor.Actor, kind string, data map[string]any, err error) {
	if c.Audit == casework.AuditOpen {
		by, err = p.holder(ctx, c, c.AuditRole)
		if err != nil || by.Person == "" {
			return by, "", nil, err
		}
		return by, casework.AuditFind, map[string]any{"finding": "in_order", "note": "Keputusan sepadan dengan rekod."}, nil
	}
	if c.State == casework.Waiting {
		return actor.Actor{Person: c.Applicant}, casework.Reply, map[string]any{"text": "Salinan dokumen telah diserahkan di kaunter."}, nil
	}
	by, err = p.holder(ctx, c, c.Role)
	if err != nil || by.Person == "" {
		return by, "", nil, err
	}
	switch {
	case c.State == casework.Checking && rng.IntN(4) == 0 && c.Version < 4:
		return by, casework.Ask, map[string]any{"question": "Sila sahkan ejaan nama ibu seperti dalam kad pengenalan.", "due_in_days": 10}, nil
	case c.FeeCents > 0 && c.FeeReceipt == "":
		return by, casework.Fee, map[string]any{"receipt": fmt.Sprintf("R%06d", rng.IntN(1e6)), "cents": c.FeeCents}, nil
	case c.State == casework.Checking:
		return by, casework.Check, map[string]any{"finding": "in_order", "note": "Butiran disemak dengan rekod hospital."}, nil
	case rng.IntN(12) == 0:
		return by, casework.Decide, map[string]any{"verdict": "refuse", "reasons": "Butiran ibu dalam pemberitahuan hospital tidak dapat disahkan."}, nil
	default:
		return by, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Semua butiran telah disahkan dengan rekod hospital dan daftar penduduk."}, nil
	}
}

// holder is somebody who holds a post of the role at the case's office.
func (p *pastHall) holder(ctx context.Context, c casework.Case, role string) (a actor.Actor, err error) {
	err = p.db.Read(ctx, func(tx *db.Tx) error {
		now := clock.Micro(p.now.Now())
		posts, people, err := p.directory.HoldersOf(tx, role, c.Calendar, now)
		if err == nil && len(posts) == 0 { // an agency with one office for every state
			posts, people, err = p.directory.HoldersOf(tx, role, "", now)
		}
		if err != nil || len(posts) == 0 {
			return err
		}
		a = actor.Actor{Person: people[0], Post: posts[0].ID, Role: posts[0].Role, Agency: posts[0].Agency, Unit: posts[0].Unit,
			State: posts[0].State, Title: posts[0].Title}
		return nil
	})
	return a, err
}

// pastWords are what people wrote with their ratings, by level; most say
// nothing.
var pastWords = [6][]string{
	1: {"Saya tidak faham mengapa nama saya perlu diperiksa semula.", "Sudah seminggu, masih belum ada jawapan."},
	2: {"Terlalu lama menunggu jawapan pegawai.", "Soalan pegawai kurang jelas."},
	3: {"Boleh diterima, tetapi halaman nama agak mengelirukan.", "I had to look up how to write a/p in the name.", "Perlu buka dua kali sebelum faham."},
	4: {"Mudah dan cepat.", "Everything was already filled in.", "Senang, cuma tulisan agak kecil pada telefon lama saya."},
	5: {"Siap sebelum sempat minum kopi. Terima kasih!", "Tidak perlu ke kaunter dengan bayi. Syabas.", "Done in three minutes, from the ward."},
}

func (p *pastHall) rate(ctx context.Context, rng *rand.Rand, a actor.Actor, ref string) error {
	c, err := p.get(ctx, ref)
	if err != nil || c.State.Open() {
		return err
	}
	level := []int64{5, 5, 5, 4, 4, 3, 2, 1}[rng.IntN(8)]
	if !c.Automatic && level == 5 {
		level = 4
	}
	text := ""
	if rng.IntN(3) == 0 {
		text = pastWords[level][rng.IntN(len(pastWords[level]))]
	}
	return p.service.RateAs(ctx, a, ref, level, text)
}
