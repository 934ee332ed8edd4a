package insight

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/outbox"
)

// What the service part tells of a draft, an application and a rating. The
// events arrive in any order, and each is counted once.
type (
	draftStarted struct {
		Draft   string `json:"draft"`
		Service string `json:"service"`
		Release int64  `json:"release"`
	}
	draftPage struct {
		draftStarted
		Page  string `json:"page"`
		Typed int64  `json:"typed"`
		MS    int64  `json:"ms"`
	}
	applicationSent struct {
		draftStarted
		Ref       string `json:"ref"`
		Screens   int64  `json:"screens"`
		Typed     int64  `json:"typed"`
		Held      int64  `json:"held"`
		Seconds   int64  `json:"seconds"`
		Automatic bool   `json:"automatic"`
	}
	caseRated struct {
		Ref     string `json:"ref"`
		Service string `json:"service"`
		Release int64  `json:"release"`
		Level   int64  `json:"level"`
		Text    string `json:"text"`
	}
)

// longest bounds what one page can have taken; a page left open over lunch
// says nothing about the page.
const longest = 30 * 60 * 1000 // ms

// Wire subscribes the part to what it hears.
func (x *Insight) Wire() {
	const me = "insight"
	hear(x, "draft.started", me, func(tx *db.Tx, j outbox.Job, e draftStarted) error { return startDraft(tx, e, j.At) })
	hear(x, "draft.page", me, func(tx *db.Tx, j outbox.Job, e draftPage) error {
		e.MS = min(max(e.MS, 0), longest)
		return seePage(tx, j.ID, e, j.At)
	})
	hear(x, "application.sent", me, func(tx *db.Tx, j outbox.Job, e applicationSent) error { return send(tx, e, j.At) })
	hear(x, "case.rated", me, func(tx *db.Tx, j outbox.Job, e caseRated) error {
		if e.Level < 1 || e.Level > 5 {
			return outbox.Cancel(fmt.Errorf("insight: a rating of %d", e.Level))
		}
		return rate(tx, e, j.At)
	})
	for _, kind := range []string{casework.Decide, casework.Withdraw, casework.AuditFind, casework.Correct, casework.Overturn, casework.Revoke} {
		hear(x, "case."+kind, me, func(tx *db.Tx, _ outbox.Job, e casework.Event) error { return x.follow(tx, e.Ref) })
	}
}

// hear does what an event means and ends its job in the same write.
func hear[E any](x *Insight, event, consumer string, do func(tx *db.Tx, j outbox.Job, e E) error) {
	x.outbox.On(event, consumer, func(ctx context.Context, j outbox.Job) error {
		var e E
		if err := json.Unmarshal(j.Args, &e); err != nil {
			return outbox.Cancel(fmt.Errorf("insight: %s: %w", event, err))
		}
		return x.db.WriteIn(ctx, "insight", func(tx *db.Tx) error {
			if err := do(tx, j, e); err != nil {
				return err
			}
			return x.outbox.DoneTx(tx, j)
		})
	})
}

// follow reads the case as it stands, so that the order of events and their
// repetition do not matter. An appeal is part of its parent's story, which its
// own act tells.
func (x *Insight) follow(tx *db.Tx, ref string) error {
	c, err := x.cases.Get(tx, ref)
	if err != nil {
		return err
	}
	service, release, ok := releaseOf(c.Release)
	if !ok || c.Parent != "" {
		return nil
	}
	acts, err := x.cases.Acts(tx, ref)
	if err != nil {
		return err
	}
	f := firstDecision(acts)
	if f.at > 0 {
		promise, err := x.cases.Deadline(tx, c)
		if err != nil {
			return err
		}
		at := clock.FromMicro(f.at)
		f.used = int64(promise.Used(at.AddDate(0, 0, 1))) // the day of the decision is one of them
		due, known := promise.Due()
		f.kept = known && !at.After(due)
	}
	return decide(tx, c, service, release, f)
}

// first is when a case was first decided, 0 if never, how many acts of
// officers it took, how many working days, and whether the promise was kept.
type first struct {
	at, officers, used int64
	kept               bool
}

// firstDecision finds it among the acts. Withdrawing is no decision, and what
// an appeal or an audit changed later was not what the person waited for.
func firstDecision(acts []casework.Act) (f first) {
	for _, a := range acts {
		if a.By.Post != "" {
			f.officers++
		}
		if a.Kind == casework.Decide {
			f.at = a.At
			return f
		}
	}
	return f
}

// releaseOf reads how a case names its release: "jpn/birth-registration@2".
func releaseOf(name string) (service string, number int64, ok bool) {
	service, digits, ok := strings.Cut(name, "@")
	number, err := strconv.ParseInt(digits, 10, 64)
	return service, number, ok && err == nil && number > 0
}
