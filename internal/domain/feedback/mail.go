package feedback

import (
	"context"
	"encoding/json"
	"fmt"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/notify"
	"balai/internal/spine/outbox"
)

const jobMail = "feedback.mail"

// mailJob tells who wrote what became of it.
type mailJob struct {
	Ref  string `json:"ref"`
	What string `json:"what"` // received or answered
}

func (f *Feedback) queue(tx *db.Tx, e Entry, what string) error {
	if e.Mail == "" {
		return nil
	}
	return f.Outbox.Enqueue(tx, jobMail, mailJob{e.Ref, what})
}

// deliver sends one mail; sent twice, it carries one id. The notice repeats
// nothing of what was written, so that nobody can send a text through it.
func (f *Feedback) deliver(ctx context.Context, j outbox.Job) error {
	var job mailJob
	if err := json.Unmarshal(j.Args, &job); err != nil {
		return outbox.Cancel(fmt.Errorf("feedback: job: %w", err))
	}
	var e Entry
	err := f.DB.Read(ctx, func(tx *db.Tx) (err error) {
		e, err = entry(tx, job.Ref)
		return err
	})
	if err != nil || e.Mail == "" {
		return err
	}
	l := f.Texts.For(e.Lang)
	args := []any{"ref", e.Ref, "url", f.BaseURL + "/feedback/" + e.Ref, "answer", e.Answer}
	return f.Notify.MailOut(ctx, notify.Mail{ID: mailID(job.What, e.Ref), Address: e.Mail, Lang: e.Lang, At: clock.Micro(f.Clock.Now()),
		Subject: l.T("feedback.mail."+job.What+".subject", args...), Body: l.T("feedback.mail."+job.What, args...)}, true) // a hall without a mail server keeps it, as any other mail
}

// Forget takes out the addresses of what was answered long enough ago, or not
// at all, and the copies of their mails that a hall without a mail server kept.
func (f *Feedback) Forget(ctx context.Context) error {
	now := f.Clock.Now()
	for {
		var list []string
		err := f.DB.Write(ctx, func(tx *db.Tx) (err error) {
			if list, err = forgettable(tx, clock.Micro(now.Add(-forgetAfter)), clock.Micro(now.Add(-forgetUnanswered))); err != nil {
				return err
			}
			for _, ref := range list {
				if err := forgetMail(tx, ref); err != nil {
					return err
				}
				for _, what := range []string{"received", "answered"} {
					if err := f.Notify.DropOutTx(tx, mailID(what, ref)); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil || len(list) == 0 {
			return err
		}
	}
}

// mailID is the same however often a mail is sent.
func mailID(what, ref string) string { return "feedback." + what + "." + ref }
