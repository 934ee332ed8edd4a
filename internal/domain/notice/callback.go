package notice

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/hook"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"
)

const (
	jobCallback = "notice.callback"
	// callbackTries is how often a service is told of one message: with the
	// outbox's waits, over about four hours. callbackFor bounds it also where an
	// address that hangs makes its jobs wait for each other.
	callbackTries = 10
	callbackFor   = 12 * time.Hour
)

// Callback is where a service is told what became of its messages.
type Callback struct {
	Service, URL, Token string
	SetAt               int64
}

// SetCallback says where an agency's system is told from now on, and gives the
// bearer token that it will be shown; "" is nowhere. Nobody is shown the token
// again.
func (p *Part) SetCallback(ctx context.Context, agency, url string) (token string, err error) {
	if url != "" {
		if err := p.Hook.Check(url); err != nil {
			return "", fault.New(fault.Invalid, "notice.error.callback", "why", err.Error())
		}
		token = base64.RawURLEncoding.EncodeToString(p.IDs.Bytes(32))
	}
	err = p.DB.Write(ctx, func(tx *db.Tx) error {
		s, err := serviceOf(tx, agency)
		if errors.Is(err, db.ErrNoRows) {
			return fault.New(fault.Missing, "notice.error.no_service")
		}
		if err != nil {
			return err
		}
		if err := setCallback(tx, Callback{s.ID, url, token, p.now()}); err != nil {
			return err
		}
		_, err = p.Journal.Append(tx, journal.Record{Kind: "notice.callback_set", By: journal.ByActor(actor.System("balai")),
			Why:  locale.Text{MS: "Alamat untuk memberitahu sistem agensi ditetapkan.", EN: "Where an agency's system is told was set."},
			Data: map[string]any{"agency": agency, "told": url != ""}})
		return err
	})
	return token, err
}

// callbackTx queues that a service is told of a message that has ended, in the
// commit that ends it. A letter ends by hands, and is asked about.
func (p *Part) callbackTx(tx *db.Tx, n Notification) error {
	if n.Type == Letter {
		return nil
	}
	c, err := callbackOf(tx, n.Service)
	if err != nil || c.URL == "" {
		return err
	}
	return p.Jobs.Enqueue(tx, jobCallback, sendJob{n.ID})
}

// told is what a service is told of a message, as Notify says it.
type told struct {
	ID          string  `json:"id"`
	Reference   *string `json:"reference"`
	To          string  `json:"to"`
	Status      Status  `json:"status"`
	CreatedAt   string  `json:"created_at"`
	CompletedAt *string `json:"completed_at"`
	SentAt      *string `json:"sent_at"`
	Type        Type    `json:"notification_type"`
	Template    string  `json:"template_id"`
	Version     int64   `json:"template_version"`
}

// callback tells a service of one message, at least once.
func (p *Part) callback(ctx context.Context, j outbox.Job) error {
	var job sendJob
	if err := json.Unmarshal(j.Args, &job); err != nil {
		return outbox.Cancel(fmt.Errorf("notice: job: %w", err))
	}
	var n Notification
	var to Callback
	var before []Untold
	err := p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if n, err = notification(tx, job.ID); err != nil {
			return err
		}
		if to, err = callbackOf(tx, n.Service); err != nil {
			return err
		}
		before, err = untoldOf(tx, n.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("notice: notification %s: %w", job.ID, err)
	}
	if to.URL == "" || n.ErasedAt != 0 {
		return p.taken(ctx, n.ID, before)
	}
	body, err := json.Marshal(told{n.ID, orNull(n.Reference), n.Recipient, n.Status, wireTime(n.MadeAt), orNull(wireTime(n.EndedAt)),
		orNull(wireTime(n.SentAt)), n.Type, n.Template, n.Version})
	if err != nil {
		return err
	}
	late := p.Clock.Now().Sub(clock.FromMicro(j.At)) > callbackFor
	status, wait, err := p.Hook.Post(ctx, to.URL, http.Header{"Authorization": {"Bearer " + to.Token}}, body)
	switch {
	case wait > 0 && !late:
		return outbox.Later(wait)
	case wait > 0:
		err = errors.New("the address has kept its caller waiting for too long")
	case err == nil && status/100 == 2:
		return p.taken(ctx, n.ID, before)
	case err == nil:
		err = fmt.Errorf("the address answered %d", status)
	}
	if ctx.Err() != nil { // the hall is being closed; this was no answer
		return err
	}
	ends := late || j.Attempt >= callbackTries
	u := Untold{Notification: n.ID, Service: n.Service, Tries: 1, Status: int64(status), TriedAt: p.now(), Error: hook.Place(to.URL) + ": " + err.Error()}
	if len(before) > 0 {
		u.Tries += before[0].Tries
	}
	if ends {
		u.EndedAt = u.TriedAt
	}
	if kerr := p.keepUntold(ctx, u); kerr != nil {
		return errors.Join(err, kerr)
	}
	err = fmt.Errorf("notice: told of %s at %s: %w", n.ID, hook.Place(to.URL), err)
	if ends {
		return outbox.Cancel(err)
	}
	return err
}

// taken ends what was kept of earlier tries.
func (p *Part) taken(ctx context.Context, notification string, before []Untold) error {
	if len(before) == 0 {
		return nil
	}
	return p.DB.Write(ctx, func(tx *db.Tx) error { return dropUntold(tx, notification) })
}
