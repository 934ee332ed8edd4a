package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"balai/demo/country"
	"balai/internal/domain/service"
	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/outbox"
)

// replayChunk is how much of the demo's past one job lives through.
const replayChunk = 25

// replay lives through the next past applications with the hall's own rules,
// at their own time, and queues the rest. One that was lived through before the
// hall was killed is not sent again: what it applies for is taken.
func (d *demoCountry) replay(ctx context.Context, j outbox.Job) error {
	done, total, err := d.Progress(ctx)
	if err != nil {
		return err
	}
	events := d.country.Past
	if d.pastHall == nil {
		if d.pastHall, err = d.hall.past(); err != nil {
			return err
		}
		d.pastHall.again = d.loaded
	}
	past := d.pastHall
	end := min(int(done)+replayChunk, len(events))
	for i := min(int(done), len(events)); i < end; i++ {
		l := past.life(d, i)
		if err := l.live(ctx); err != nil {
			return fmt.Errorf("demo: past application %d, %s of %s: %w", i, l.e.Service, l.e.Person, err)
		}
	}
	past.again = false
	if end == len(events) {
		d.pastHall = nil // a whole hall of its own; what comes again finds nothing left
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

// pastHall is the hall at another time: the same database and rules, a clock
// that is set to each act.
type pastHall struct {
	*Hall
	now   *clock.Manual
	again bool // the first applications may have been lived through before a restart
}

// past builds the parts once more over the same database with a clock of
// their own and a lane of their own in the outbox, so that what a past act
// queues happens at its time.
func (h *Hall) past() (*pastHall, error) {
	now := clock.NewManual(h.clock.Now())
	p := &pastHall{Hall: &Hall{cfg: h.cfg, base: h.base, log: h.log, clock: now, ids: h.ids.At(now), db: h.db, texts: h.texts,
		policies: h.policies, blobs: h.blobs, lane: "past:"}, now: now}
	p.cfg.Demo = false // it has no country of its own
	if err := p.spine(context.Background()); err != nil {
		return nil, err
	}
	return p, p.parts(context.Background())
}

// life is one past application on its way, with the text of its course and the
// chance that is its own.
type life struct {
	*pastHall
	e      country.Past
	course country.Course
	rng    *rand.Rand
	who    actor.Actor
	end    time.Time // the present

	late bool // this one's officers let the promised day pass
	turn int  // acts done by or for an officer
}

func (p *pastHall) life(d *demoCountry, n int) *life {
	e := d.country.Past[n]
	l := &life{pastHall: p, e: e, course: d.country.Courses[e.Service], rng: rand.New(rand.NewPCG(uint64(d.seed), uint64(n))),
		who: actor.Actor{Person: e.Person}, end: d.hall.clock.Now()}
	l.late = l.chance(l.course.Chance.Late)
	return l
}

func (l *life) chance(percent int) bool { return l.rng.IntN(100) < percent }

// live is the application with everything that follows it.
func (l *life) live(ctx context.Context) error {
	l.now.Set(clock.FromMicro(l.e.At))
	ref, disputes, err := l.apply(ctx)
	if l.unsent(err) {
		return nil
	}
	if err != nil || ref == "" {
		return err
	}
	if err := l.settle(ctx); err != nil {
		return err
	}
	for _, dispute := range disputes {
		if err := l.work(ctx, dispute); err != nil {
			return err
		}
	}
	if err := l.work(ctx, ref); err != nil {
		return err
	}
	if err := l.rate(ctx, ref); err != nil {
		return err
	}
	if err := l.after(ctx, ref); err != nil {
		return err
	}
	if err := l.settle(ctx); err != nil {
		return err
	}
	return l.granted(ctx, ref)
}

// unsent tells whether an application was not taken, and the log of it unless
// it was sent before this process opened the hall.
func (l *life) unsent(err error) bool {
	code := fault.CodeOf(err)
	if code != fault.Invalid && code != fault.Conflict {
		return false
	}
	if !l.again {
		l.log.Warn("demo: a past application could not be sent", "service", l.e.Service, "error", sentence(err))
	}
	return true
}

// granted lives through what the person was given without applying: some of it
// is audited.
func (l *life) granted(ctx context.Context, applied string) error {
	var cases []casework.Case
	err := l.db.Read(ctx, func(tx *db.Tx) (err error) {
		cases, err = l.cases.Queue(tx, casework.Filter{Applicant: l.e.Person, Limit: 20})
		return err
	})
	if err != nil {
		return err
	}
	for _, c := range cases {
		if c.Ref == applied || c.Audit != casework.AuditOpen {
			continue
		}
		if at := clock.FromMicro(c.ReceivedAt); at.After(l.now.Now()) {
			l.now.Set(at)
		}
		if err := l.work(ctx, c.Ref); err != nil {
			return err
		}
	}
	return nil
}

func (p *pastHall) settle(ctx context.Context) error { return p.outbox.Drain(ctx) }

// apply fills in the draft page by page, as a person does, and sends it; some
// stop on the way, and then there is no reference. Some say first that a
// register is wrong.
func (l *life) apply(ctx context.Context) (ref string, disputes []string, err error) {
	f, err := l.service.Start(ctx, l.who, l.e.Service)
	if err != nil {
		return "", nil, err
	}
	quits := l.chance(l.course.Chance.Quits)
	l.now.Advance(time.Duration(15+l.rng.IntN(60)) * time.Second)
	if quits && l.rng.IntN(3) == 0 {
		return "", nil, nil
	}
	if f, err = l.dispute(ctx, f); err != nil {
		return "", nil, err
	}
	if f, err = l.service.SawHeld(ctx, f); err != nil {
		return "", nil, err
	}
	for range 12 {
		page, ok := f.Release.Def.Form.Page(f.Result.Current)
		if f.Result.Complete || !ok {
			break
		}
		took := time.Duration(10+l.rng.IntN(90)) * time.Second
		l.now.Advance(took)
		if quits && l.rng.IntN(2) == 0 {
			return "", nil, nil
		}
		answers := map[string]any{}
		for _, field := range page.Fields {
			if v, has := l.e.Answers[field.ID]; has {
				answers[field.ID] = v
			}
		}
		if f, err = l.service.Save(ctx, f, page, answers, nil, took); err != nil {
			return "", nil, err
		}
	}
	l.now.Advance(time.Duration(8+l.rng.IntN(40)) * time.Second)
	if quits {
		return "", nil, nil
	}
	rec, err := l.service.Send(ctx, l.who, f.Draft.ID)
	for _, d := range f.Draft.Disputed {
		disputes = append(disputes, d.Ref)
	}
	return rec.Ref, disputes, err
}

// dispute says, for some, that the fact which the course names is wrong.
func (l *life) dispute(ctx context.Context, f service.Filling) (service.Filling, error) {
	d := l.course.Dispute
	held, has := f.Held[d.Field]
	if !has || !l.chance(l.course.Chance.Disputes) {
		return f, nil
	}
	claimed := d.Claimed
	if claimed == "" {
		claimed = country.Respelt(fmt.Sprint(held.Value))
	}
	l.now.Advance(time.Duration(30+l.rng.IntN(90)) * time.Second)
	with, err := l.service.Dispute(ctx, l.who, f, d.Field, claimed, d.Because.In(l.e.Lang))
	if code := fault.CodeOf(err); code == fault.Invalid || code == fault.Missing { // it is what the register says
		return f, nil
	}
	return with, err
}

// rate gives stars, and sometimes words, to what was decided.
func (l *life) rate(ctx context.Context, ref string) error {
	c, err := l.get(ctx, ref)
	if err != nil || c.State.Open() || !l.chance(l.course.Chance.Rates) || !l.now.Now().Add(time.Hour).Before(l.end) {
		return err
	}
	l.now.Advance(time.Hour)
	weights := l.course.Levels.Automatic
	if !c.Automatic {
		weights = l.course.Levels.Officer
	}
	level := l.weighted(weights)
	if c.Outcome == "refused" {
		level = min(level, 3)
	}
	text := ""
	if words := l.course.Words[level]; l.chance(l.course.Chance.Says) && len(words) > 0 {
		text = words[l.rng.IntN(len(words))].In(l.e.Lang)
	}
	return l.service.RateAs(ctx, l.who, ref, int64(level), text)
}

// weighted picks one to five.
func (l *life) weighted(weights [5]int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	n := l.rng.IntN(max(1, total))
	for i, w := range weights {
		if n -= w; n < 0 {
			return i + 1
		}
	}
	return 5
}
