package service

import (
	"context"
	"encoding/json"
	"strconv"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/notify"
	"balai/internal/spine/outbox"
)

// What the part emits: events.go of insight hears draft.* and application.*.
const (
	eventGranted      = "service.granted"
	eventEntered      = "service.entered"
	eventDraftStarted = "draft.started"
	eventDraftPage    = "draft.page"
	eventSent         = "application.sent"
	eventRated        = "case.rated"
)

type granted struct {
	Ref     string `json:"ref"`
	Person  string `json:"person"`
	Service string `json:"service"`
}

type entered struct {
	Ref      string `json:"ref"`
	Register string `json:"register"`
}

type draftStarted struct {
	Draft   string `json:"draft"`
	Service string `json:"service"`
	Release int64  `json:"release"`
}

type draftPage struct {
	Draft   string `json:"draft"`
	Service string `json:"service"`
	Release int64  `json:"release"`
	Page    string `json:"page"`
	Typed   int64  `json:"typed"`
	MS      int64  `json:"ms"`
}

type applicationSent struct {
	Ref       string `json:"ref"`
	Service   string `json:"service"`
	Release   int64  `json:"release"`
	Draft     string `json:"draft"`
	Screens   int64  `json:"screens"`
	Typed     int64  `json:"typed"`
	Held      int64  `json:"held"`
	Seconds   int64  `json:"seconds"`
	Automatic bool   `json:"automatic"`
}

type caseRated struct {
	Ref     string `json:"ref"`
	Service string `json:"service"`
	Release int64  `json:"release"`
	Level   int64  `json:"level"`
	Text    string `json:"text"`
}

func (p *Part) tellSent(tx *db.Tx, s Submission, app Application) error {
	var seconds int64
	if s.Began > 0 {
		seconds = (app.SentAt - s.Began) / 1e6
	}
	typed := s.Typed
	if s.Draft == "" {
		typed = int64(len(app.Answers))
	}
	return p.Outbox.Emit(tx, eventSent, applicationSent{Ref: app.Ref, Service: app.Service, Release: app.Number, Draft: s.Draft,
		Screens: s.Screens, Typed: typed, Held: int64(len(app.Facts)), Seconds: seconds, Automatic: app.Automatic})
}

// hearEvents subscribes the part: notices to the applicant after each act,
// offers after a yes.
func (p *Part) hearEvents() {
	for _, kind := range []string{casework.Receive, casework.Ask, casework.Remind, casework.Lapse, casework.Reply, casework.Decide, casework.Issue,
		casework.Revoke, casework.Correct, casework.Unpaid, casework.Withdraw, casework.Decline, casework.Message, casework.Overturn, casework.Told} {
		p.Outbox.On("case."+kind, "service.notice", p.notice)
	}
	p.Outbox.On(eventGranted, "service.offer", p.offer)
	p.Outbox.On(eventEntered, "service.unasked", p.unasked)
}

// notice tells the applicant what was done; the message names no child and no
// value, since a phone may be shared.
func (p *Part) notice(ctx context.Context, j outbox.Job) error {
	var e casework.Event
	if err := json.Unmarshal(j.Args, &e); err != nil {
		return err
	}
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		c, err := p.Cases.Get(tx, e.Ref)
		if err != nil {
			return err
		}
		acts, err := p.Cases.Acts(tx, e.Ref)
		if err != nil {
			return err
		}
		for _, a := range acts {
			if a.N == e.Act && tellsApplicant(c, a) {
				if err := p.Notify.SendTx(tx, notify.Message{To: c.Applicant, Case: c.Ref, Key: "service.notice." + noticeKey(c, a),
					Args: p.noticeArgs(tx, c, a), Minor: asksForFee(a)}); err != nil {
					return err
				}
				if err := p.tellParent(tx, c, acts[0].By, a); err != nil {
					return err
				}
			}
		}
		return p.Outbox.DoneTx(tx, j)
	})
}

// tellParent tells who applied for their child that there is news: a child has
// no address of its own to write to. It leads to no case, which is the child's.
func (p *Part) tellParent(tx *db.Tx, c casework.Case, sender journal.By, a casework.Act) error {
	if p.Guardians == nil || sender.For.As != actor.Guardian || a.By.Person == sender.Person {
		return nil
	}
	still, err := p.Guardians.Guards(tx, sender.Person, c.Applicant)
	if err != nil || !still {
		return err
	}
	return p.Notify.SendTx(tx, notify.Message{To: sender.Person, Key: "service.notice.child",
		Args: map[string]string{"ref": c.Ref, "service_ms": c.Title.MS, "service_en": c.Title.EN}})
}

// noticeArgs are what a notice's sentences name.
func (p *Part) noticeArgs(tx *db.Tx, c casework.Case, a casework.Act) map[string]string {
	args := map[string]string{"ref": c.Ref, "act": strconv.Itoa(a.N), "name": a.By.Name, "service_ms": c.Title.MS, "service_en": c.Title.EN}
	if g, ok, err := grantOf(tx, c.Ref); err == nil && ok && a.Kind == casework.Receive {
		args["day.day"] = clock.Day(clock.FromMicro(g.DeclineUntil - 1))
	}
	if asksForFee(a) {
		args["day.day"], args["fee.sen"] = lastPayDay(c), strconv.FormatInt(c.FeeCents, 10)
		if p.Cashier != nil {
			if takes, err := p.Cashier.Takes(tx, c.Agency); err == nil && takes { // else a counter does
				args[notify.PayArg] = feePath(c)
			}
		}
	}
	return args
}

// asksForFee tells whether an act reminds of a fee. A sheet of paper would come
// when the case has lapsed.
func asksForFee(a casework.Act) bool { return a.Kind == casework.Remind && a.Data["pay_by_at"] != nil }

// feePath is where the fee of a case is paid.
func feePath(c casework.Case) string { return id.CasePage(c.Ref) + "#fee" }

func lastPayDay(c casework.Case) string { return clock.Day(clock.FromMicro(c.PayBy - 1)) }

// tellsApplicant: nobody is told of what they just did, but for the receipt.
func tellsApplicant(c casework.Case, a casework.Act) bool {
	own := a.By.Person == c.Applicant || a.By.For.As == actor.Director && a.By.For.Person == c.Applicant
	switch a.Kind {
	case casework.Receive:
		return true
	case casework.Reply, casework.Withdraw, casework.Decline:
		return a.By.For.Person != "" && !own // somebody did it for them
	case casework.Decide:
		return !(c.Automatic && a.By.Person == "system") // the receipt and the certificate's notice say it
	default:
		return !own
	}
}

func noticeKey(c casework.Case, a casework.Act) string {
	if a.Kind == casework.Decide {
		if v, _ := a.Data["verdict"].(string); v == "refuse" {
			return "refused"
		}
		return "approved"
	}
	if asksForFee(a) {
		return "remind_fee"
	}
	if a.Kind == casework.Told && a.Data["ended"] == true {
		return "ended"
	}
	if a.Kind == casework.Receive && a.Data["unasked"] == true {
		return "unasked"
	}
	if a.Kind == casework.Receive && a.Data["after_fee"] == true {
		return "receive_pay"
	}
	if a.Kind == casework.Receive && c.Parent != "" {
		return "appealed"
	}
	if a.Kind == casework.Receive && a.By.For.Person != "" {
		return "receive_for"
	}
	return a.Kind
}

func (p *Part) today() string { return clock.Day(p.Clock.Now()) }

func (p *Part) now() int64 { return clock.Micro(p.Clock.Now()) }
