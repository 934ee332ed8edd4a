package backoffice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/hook"
	"balai/internal/spine/outbox"
)

const (
	jobDeliver = "backoffice.deliver"
	// tries is how often an event is sent to an address: with the outbox's
	// waits, over about three days.
	tries = 17
	// deliverFor bounds it also where an address that hangs makes its deliveries
	// wait for each other.
	deliverFor = 5 * 24 * time.Hour
)

// States of a delivery.
const (
	Queued = "queued"
	Sent   = "sent"
	Failed = "failed" // given up
	Off    = "off"    // the address is gone, or no key names it any more
)

// Delivery is an event on its way to one address.
type Delivery struct {
	ID, Event, Agency, URL, State string
	Attempts, Status              int64 // Status is the last HTTP status, 0 for none
	Error                         string
	At, ChangedAt                 int64
	Kind                          string // of the event, where it is listed
}

type deliverJob struct {
	Delivery string `json:"delivery"`
}

// deliver sends one event to one address and notes what came of it in the
// write that ends the job. A process that ends in between sends it again,
// under the same id.
func (b *BackOffice) deliver(ctx context.Context, j outbox.Job) error {
	var args deliverJob
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return outbox.Cancel(fmt.Errorf("backoffice: job: %w", err))
	}
	var d Delivery
	var e Event
	var secrets []string
	err := b.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if d, err = deliveryByID(tx, args.Delivery); err != nil {
			return err
		}
		if e, err = eventByID(tx, d.Event); err != nil {
			return err
		}
		list, err := activeKeys(tx, d.Agency)
		secrets = nil
		for _, k := range list {
			if k.Webhook == d.URL && k.OffAt == 0 {
				secrets = append(secrets, k.Secret)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	d.ChangedAt = b.now()
	if len(secrets) == 0 {
		d.State = Off
		return b.ended(ctx, j, d, "")
	}
	status, wait, err := b.post(ctx, d.URL, e, secrets)
	late := b.Clock.Now().Sub(clock.FromMicro(d.At)) > deliverFor
	switch {
	case wait > 0 && !late:
		return outbox.Later(wait)
	case wait > 0:
		d.State, d.Error = Failed, "the address has kept its caller waiting for too long"
		return b.ended(ctx, j, d, "")
	}
	if ctx.Err() != nil {
		return ctx.Err() // the process ends: nothing was learnt of the address
	}
	d.Attempts, d.Status, d.Error = d.Attempts+1, int64(status), ""
	switch {
	case err == nil && status/100 == 2:
		d.State = Sent
		return b.ended(ctx, j, d, "")
	case status == http.StatusGone:
		d.State, d.Error = Off, "the address answered 410 Gone and is switched off"
		return b.ended(ctx, j, d, d.URL)
	case err == nil:
		err = fmt.Errorf("the address answered %d", status)
	}
	d.Error = brief(err)
	if j.Attempt >= tries || late {
		d.State = Failed
		return b.ended(ctx, j, d, "")
	}
	if err := b.DB.Write(ctx, func(tx *db.Tx) error { return updateDelivery(tx, d) }); err != nil {
		return err
	}
	return fmt.Errorf("backoffice: event %s: %w", e.ID, errors.New(d.Error))
}

// ended notes how a delivery ended, together with its job; off is an address
// that is to be switched off.
func (b *BackOffice) ended(ctx context.Context, j outbox.Job, d Delivery, off string) error {
	return b.DB.Write(ctx, func(tx *db.Tx) error {
		if err := updateDelivery(tx, d); err != nil {
			return err
		}
		if off != "" {
			if err := switchOff(tx, d.Agency, off, b.now()); err != nil {
				return err
			}
		}
		return b.Outbox.DoneTx(tx, j)
	})
}

// post sends an event, signed with each key that names the address, so that a
// receiver may hold the old secret or the new one.
func (b *BackOffice) post(ctx context.Context, address string, e Event, secrets []string) (status int, wait time.Duration, err error) {
	h, err := hook.Header(e.ID, b.Clock.Now(), []byte(e.Body), secrets...)
	if err != nil {
		return 0, 0, err
	}
	return b.Hook.Post(ctx, address, h, []byte(e.Body))
}

// brief is an error for the log of deliveries, which officers of the agency
// read: short, and in one line.
func brief(err error) string {
	s := strings.Join(strings.Fields(err.Error()), " ")
	if len(s) > 300 {
		s = s[:300]
	}
	return strings.ToValidUTF8(s, "")
}

// Deliveries are the newest of an agency, at most limit.
func (b *BackOffice) Deliveries(ctx context.Context, agency string, limit int) (out []Delivery, err error) {
	err = b.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = deliveries(tx, agency, limit)
		return err
	})
	return out, err
}
