package proof

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
	"balai/internal/spine/outbox"
	"balai/internal/spine/secret"
)

// jobSend sends a code to whom somebody asked for.
const jobSend = "proof.send"

const (
	// settled is how long a contact must have stood in the register: who changes
	// somebody's address cannot have a code sent there the same month.
	settled = 30 * 24 * time.Hour
	// dayRequests is how many codes are sent for one person in a day.
	dayRequests = 3
)

// ErrNoWay is what a Carrier returns where the hall has no such way to send.
var ErrNoWay = errors.New("proof: the hall has no way to send this")

type sendJob struct {
	Request string `json:"request"`
}

// Ask keeps that somebody asked for a code. Whatever they typed, it does the
// same: who they are, and whether there is anybody, is looked at later by a job.
// Nothing of what was typed is kept.
func (p *Proof) Ask(ctx context.Context, number, name string) error {
	request, nobody := p.IDs.New(), p.IDs.New()
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		person, err := p.People.ByIDNumber(tx, number)
		if err != nil && fault.CodeOf(err) != fault.Missing {
			return err
		}
		whose := person
		if person == "" {
			whose = nobody // asked for all the same, so that it takes as long
		}
		known, err := p.People.Known(tx, whose)
		if err != nil && fault.CodeOf(err) != fault.Missing {
			return err
		}
		if !sameName(known.Name, name) || !ofAge(known.BornOn, p.Clock.Now()) {
			person = ""
		}
		asked, err := countRequests(tx, whose, p.ago(24*time.Hour))
		if err != nil {
			return err
		}
		if asked >= dayRequests {
			person = ""
		}
		if err := insertRequest(tx, request, person, p.now()); err != nil {
			return err
		}
		return p.Outbox.Enqueue(tx, jobSend, sendJob{request})
	})
}

// send answers a request: a code to the contact on record, or a notice to whom
// has a way to sign in already and needs none. Where it is cut off it is done
// again with a new code, which voids the one before.
func (p *Proof) send(ctx context.Context, j outbox.Job) error {
	var in sendJob
	if err := json.Unmarshal(j.Args, &in); err != nil {
		return outbox.Cancel(err)
	}
	code, a := p.newCode(FromAfar)
	var person string
	var c Contact
	var ways []string
	err := p.DB.Write(ctx, func(tx *db.Tx) (err error) {
		ways = nil
		var done, may bool
		if person, done, err = requested(tx, in.Request); err != nil || done {
			return err
		}
		if person == "" {
			return doneRequest(tx, in.Request, p.now())
		}
		if may, err = p.Door.MayActivate(tx, person, false); err != nil {
			return err
		}
		if !may {
			return p.triedTx(tx, in.Request, person, "proof.notice.tried")
		}
		// A code would void the sheet in their hand, whoever asked for it.
		sheet, found, err := liveActivation(tx, person)
		if err == nil && found && sheet.Purpose == AtCounter && sheet.open(p.now()) {
			return p.triedTx(tx, in.Request, person, "proof.notice.tried_sheet")
		}
		if err != nil {
			return err
		}
		if c, err = p.Carrier.Contact(tx, person); err != nil {
			return err
		}
		if ways = reach(c, clock.Micro(p.Clock.Now().Add(-settled))); len(ways) == 0 {
			return doneRequest(tx, in.Request, p.now())
		}
		by := journal.ByActor(actor.System("balai"))
		if err := p.giveTx(tx, by, person, "", ways[0], a); err != nil {
			return err
		}
		if ways[0] != "letter" {
			return nil
		}
		l := p.Texts.For(c.Lang)
		if err := p.Carrier.LetterTx(tx, a.ID, person, c, l.T("proof.send.subject"), p.said(l, code)); err != nil {
			return err
		}
		return doneRequest(tx, in.Request, p.now())
	})
	if err != nil || len(ways) == 0 || ways[0] == "letter" {
		return err
	}
	return p.carry(ctx, in.Request, person, code, a, c, ways)
}

// carry sends a code outside of any act, and then says that it left.
func (p *Proof) carry(ctx context.Context, request, person, code string, a Activation, c Contact, ways []string) error {
	l := p.Texts.For(c.Lang)
	for _, way := range ways {
		var err error
		switch way {
		case "mail":
			err = p.Carrier.Mail(ctx, a.ID, person, c, l.T("proof.send.subject"), p.said(l, code))
		case "text":
			err = p.Carrier.Text(ctx, a.ID, person, c, l.T("proof.send.text", "site", l.Pick(p.Site), "code", secret.Grouped(code), "url", p.BaseURL+"/activate"))
		case "letter":
			return p.DB.Write(ctx, func(tx *db.Tx) error {
				if err := p.Carrier.LetterTx(tx, a.ID, person, c, l.T("proof.send.subject"), p.said(l, code)); err != nil {
					return err
				}
				return doneRequest(tx, request, p.now())
			})
		}
		if errors.Is(err, ErrNoWay) {
			continue
		}
		if err != nil {
			return fmt.Errorf("proof: send a code by %s: %w", way, err)
		}
		break
	}
	return p.DB.Write(ctx, func(tx *db.Tx) error { return doneRequest(tx, request, p.now()) })
}

// said is a code's message in words.
func (p *Proof) said(l locale.Printer, code string) string {
	return l.T("proof.send.body", "site", l.Pick(p.Site), "code", secret.Grouped(code), "url", p.BaseURL+"/activate", "days", int(codeLife.Hours()/24))
}

// reach are the ways to a contact that stood in the register before a time, the
// quickest first.
func reach(c Contact, before int64) (ways []string) {
	if c.Mail != "" && c.MailSince <= before {
		ways = append(ways, "mail")
	}
	if c.Phone != "" && c.PhoneSince <= before {
		ways = append(ways, "text")
	}
	if c.Letter && c.PostSince <= before {
		ways = append(ways, "letter")
	}
	return ways
}

// triedTx tells who has a way to sign in, or a sheet to make one with, that
// somebody tried to enrol as them.
func (p *Proof) triedTx(tx *db.Tx, request, person, notice string) error {
	if err := p.Notices.SendTx(tx, notify.Message{To: person, Key: notice, Minor: true}); err != nil {
		return err
	}
	if _, err := p.Journal.Append(tx, journal.Record{Kind: "enrolment.tried", By: journal.ByActor(actor.System("balai")), Subjects: []string{person},
		Why: locale.Text{MS: "Seseorang cuba mendaftar ID digital anda; tiada kod dihantar", EN: "Somebody tried to enrol your digital ID; no code was sent"}}); err != nil {
		return err
	}
	return doneRequest(tx, request, p.now())
}
