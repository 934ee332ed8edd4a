package notice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/textproto"
	"strings"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/notify"
	"balai/internal/spine/outbox"
)

const jobSend = "notice.send"

type sendJob struct {
	ID string `json:"notification"`
}

// patience is how long a message is tried, as with Notify.
const patience = 72 * time.Hour

// deliver sends one message. Sent twice, it carries one id; its status moves
// once, in the write that ends the job.
func (p *Part) deliver(ctx context.Context, j outbox.Job) error {
	var job sendJob
	if err := json.Unmarshal(j.Args, &job); err != nil {
		return outbox.Cancel(fmt.Errorf("notice: job: %w", err))
	}
	var n Notification
	var agency string
	err := p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if n, err = notification(tx, job.ID); err != nil {
			return err
		}
		s, err := service(tx, n.Service)
		if err != nil {
			return err
		}
		a, err := p.Directory.Agency(tx, s.Agency)
		agency = a.Name.MS
		if n.Lang == "en" {
			agency = a.Name.EN
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("notice: notification %s: %w", job.ID, err)
	}
	if n.Status.over() {
		return nil
	}
	if s := pretend(n.Kind, n.Recipient); s != "" {
		return p.settle(ctx, j, n, s)
	}
	switch n.Type {
	case Email:
		err = p.Sender.MailOut(ctx, p.mail(n, agency), p.Demo)
	default:
		tel, _ := number(n.Recipient)
		err = p.Sender.TextOut(ctx, notify.Text{ID: n.ID, Phone: tel, Lang: n.Lang, Body: n.Body, At: n.MadeAt})
	}
	if err == nil {
		return p.settle(ctx, j, n, Delivered)
	}
	since := max(n.MadeAt, n.RunAt)
	switch {
	case outbox.Final(err):
		return p.settle(ctx, j, n, Permanent)
	case j.Attempt >= outbox.Attempts || p.Clock.Now().Sub(clock.FromMicro(since)) >= patience:
		return p.settle(ctx, j, n, failure(err))
	}
	if n.Status == Created && !errors.Is(err, notify.ErrNoWay) {
		if err := p.DB.Write(ctx, func(tx *db.Tx) error { _, err := move(tx, n.ID, Sending, p.now(), 0); return err }); err != nil {
			return err
		}
	}
	return err
}

// failure is whose fault it is that a message never left: a server that put us
// off speaks of the receiver, everything else lies between us and it.
func failure(err error) Status {
	var answer *textproto.Error
	if errors.As(err, &answer) {
		return Temporary
	}
	return Technical
}

// settle says how a message ended, and ends its job with it.
func (p *Part) settle(ctx context.Context, j outbox.Job, n Notification, s Status) error {
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		sentAt := p.now()
		if s == Technical {
			sentAt = 0
		}
		ends, err := move(tx, n.ID, s, sentAt, p.now())
		if err == nil && ends {
			err = p.callbackTx(tx, n)
		}
		if err != nil {
			return err
		}
		return p.Jobs.DoneTx(tx, j)
	})
}

// mail is a notification as it is sent: below it stands who sends it.
func (p *Part) mail(n Notification, agency string) notify.Mail {
	l := p.Texts.For(n.Lang)
	foot := l.T("notice.mail.foot", "agency", agency, "site", l.Pick(p.Site))
	lines := strings.Split(n.Body, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "# ") // a heading's mark is nothing to a reader
	}
	return notify.Mail{ID: n.ID, Address: n.Recipient, Lang: n.Lang, Subject: n.Subject, Body: strings.Join(lines, "\n") + "\n\n" + foot + "\n", At: n.MadeAt,
		Sender: agency, Unsubscribe: n.Unsubscribe}
}

// sweepRound is how many contents one write destroys.
const sweepRound = 200

// Sweep destroys the content of what ended long enough ago; what is left tells
// how many were sent, by which template, and with what success.
func (p *Part) Sweep(ctx context.Context) error {
	before := clock.Micro(p.Clock.Now().Add(-p.Keep))
	for {
		var n int
		err := p.DB.Write(ctx, func(tx *db.Tx) error {
			list, err := old(tx, before, sweepRound)
			if err != nil {
				return err
			}
			n = len(list)
			for _, one := range list {
				if err := erase(tx, one.ID, p.now()); err != nil {
					return err
				}
				if err := errors.Join(p.Sender.DropOutTx(tx, one.ID), dropUntold(tx, one.ID)); err != nil {
					return err
				}
				if err := p.Post.DropTx(tx, one.ID); err != nil {
					return err
				}
			}
			return dropDocuments(tx, p.now())
		})
		if err != nil || n < sweepRound {
			return err
		}
	}
}
