package payment

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
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

// What an agency's system is told, by Standard Webhooks 1.0.
const (
	toldStarted   = "payment.started"
	toldSucceeded = "payment.succeeded"
	toldFailed    = "payment.failed"
	toldCancelled = "payment.cancelled"
	toldRefunded  = "refund.succeeded"
	toldNoRefund  = "refund.failed"
)

// toldOf is what a payment's step is told as; "" for one that nobody waits for.
func toldOf(s Status) string {
	switch s {
	case Started:
		return toldStarted
	case Success:
		return toldSucceeded
	case Failed, Error:
		return toldFailed
	case Cancelled:
		return toldCancelled
	}
	return ""
}

// Endpoint is where an agency's system is told.
type Endpoint struct {
	ID, Agency string
	Live       bool
	URL        string
	Secret     string // sealed
	MadeAt     int64
	OffAt      int64 // when it said that it is gone, or its agency ended it
}

// SetEndpointTx says where an agency's system is told from now on; "" is nowhere.
// The secret with which it is signed is shown once.
func (p *Part) SetEndpointTx(tx *db.Tx, by actor.Actor, agency, address string, live bool) (secret string, err error) {
	if _, err := collectorOf(tx, agency); errors.Is(err, db.ErrNoRows) {
		return "", fault.New(fault.Conflict, "payment.error.not_enabled", "agency", agency)
	} else if err != nil {
		return "", err
	}
	if address != "" {
		if err := p.Hook.Check(address); err != nil {
			return "", fault.New(fault.Invalid, "payment.error.webhook").Wrap(err)
		}
	}
	if err := endEndpoints(tx, agency, live, p.now()); err != nil {
		return "", err
	}
	if address != "" {
		if secret = hook.NewSecret(p.IDs.Bytes(hook.SecretSize)); p.Demo && !live {
			secret = p.DemoSecret()
		}
		e := Endpoint{ID: p.IDs.New(), Agency: agency, Live: live, URL: address, MadeAt: p.now()}
		e.Secret = base64.RawStdEncoding.EncodeToString(p.Box.Seal([]byte(secret), "payment_endpoint "+e.ID))
		if err := insertEndpoint(tx, e); err != nil {
			return "", err
		}
	}
	_, err = p.Journal.Append(tx, journal.Record{Kind: "payment.webhook", By: journal.ByActor(by),
		Why:  locale.Text{MS: "Alamat untuk memberitahu sistem agensi tentang bayaran ditetapkan.", EN: "Where an agency's system is told of payments was set."},
		Data: map[string]any{"agency": agency, "live": live}})
	return secret, err
}

// DemoSecret signs what the demo's agencies' systems are told: one for all, so
// that whoever tries the demo can check each message.
func (p *Part) DemoSecret() string { return hook.NewSecret(p.Box.Derive("demo webhook")) }

// Message is one thing that an agency's system is told, kept so that it can be
// sent again.
type Message struct {
	ID, Agency, Type, Payment string
	Live                      bool
	Body                      string
	At                        int64
}

// Delivery is a message on its way to one address.
type Delivery struct {
	ID, Message, Endpoint, Agency string
	Live                          bool
	State                         string // queued | sent | failed | off
	Attempts, Status              int64
	Error                         string
	At, ChangedAt                 int64
}

// tellTx keeps a message in the commit of what it tells, and queues it for the
// agency's address.
func (p *Part) tellTx(tx *db.Tx, pay Payment, kind string, data any) error {
	if kind == "" {
		return nil
	}
	list, err := endpointsOf(tx, pay.Agency, pay.Live)
	if err != nil || len(list) == 0 {
		return err
	}
	m := Message{ID: "msg_" + p.IDs.New(), Agency: pay.Agency, Type: kind, Payment: pay.ID, Live: pay.Live, At: p.now()}
	body, err := json.Marshal(struct {
		Type string `json:"type"`
		At   string `json:"timestamp"`
		Data any    `json:"data"`
	}{kind, iso(m.At), data})
	if err != nil {
		return err
	}
	m.Body = string(body)
	if err := insertMessage(tx, m); err != nil {
		return err
	}
	for _, e := range list {
		if err := p.queueTx(tx, m, e); err != nil {
			return err
		}
	}
	return nil
}

func (p *Part) queueTx(tx *db.Tx, m Message, e Endpoint) error {
	d := Delivery{ID: p.IDs.New(), Message: m.ID, Endpoint: e.ID, Agency: m.Agency, Live: m.Live, State: "queued", At: p.now(), ChangedAt: p.now()}
	if err := insertDelivery(tx, d); err != nil {
		return err
	}
	return p.Outbox.Enqueue(tx, jobDeliver, deliverJob{d.ID})
}

// secretOf is what an address's messages are signed with.
func (p *Part) secretOf(e Endpoint) (string, error) {
	sealed, err := base64.RawStdEncoding.DecodeString(e.Secret)
	if err != nil {
		return "", err
	}
	plain, err := p.Box.Open(sealed, "payment_endpoint "+e.ID)
	return string(plain), err
}

// both is for how long the messages to an address are signed with its old secret too
// once it has a new one: the receiver takes the new one up when it can.
const both = 24 * time.Hour

// addressTx is where a message goes: to the address that it was queued for or, where
// another has taken its place, to that. before had the address's old secrets.
func (p *Part) addressTx(tx *db.Tx, m Message, queued string) (e Endpoint, before []Endpoint, err error) {
	if e, err = endpointByID(tx, queued); err != nil {
		return e, nil, err
	}
	if e.OffAt != 0 {
		list, err := endpointsOf(tx, m.Agency, m.Live)
		if err != nil || len(list) == 0 {
			return e, nil, err
		}
		e = list[0]
	}
	before, err = endedAt(tx, e, clock.Micro(p.Clock.Now().Add(-both)))
	return e, before, err
}

// secretsOf are what some addresses' messages are signed with, each once.
func (p *Part) secretsOf(list []Endpoint) (out []string, err error) {
	for _, e := range list {
		secret, err := p.secretOf(e)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, secret) {
			out = append(out, secret)
		}
	}
	return out, nil
}

// AgainTx sends a message once more, under its old id.
func (p *Part) AgainTx(tx *db.Tx, agency, message string) error {
	m, err := messageByID(tx, message)
	if errors.Is(err, db.ErrNoRows) || err == nil && m.Agency != agency {
		return fault.New(fault.Missing, "payment.error.no_message")
	}
	if err != nil {
		return err
	}
	list, err := endpointsOf(tx, m.Agency, m.Live)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fault.New(fault.Conflict, "payment.error.no_webhook")
	}
	for _, e := range list {
		if err := p.queueTx(tx, m, e); err != nil {
			return err
		}
	}
	return nil
}

const (
	jobDeliver = "payment.deliver"
	// tries is how often a message is sent: with the outbox's waits, over about
	// three days.
	tries      = 17
	deliverFor = 5 * 24 * time.Hour
)

type deliverJob struct {
	Delivery string `json:"delivery"`
}

// deliver sends one message and notes what came of it in the write that ends the
// job. A process that ends in between sends it again, under the same id.
func (p *Part) deliver(ctx context.Context, j outbox.Job) error {
	var args deliverJob
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return outbox.Cancel(fmt.Errorf("payment: job: %w", err))
	}
	var d Delivery
	var m Message
	var e Endpoint
	var before []Endpoint
	err := p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if d, err = deliveryByID(tx, args.Delivery); err != nil {
			return err
		}
		if m, err = messageByID(tx, d.Message); err != nil {
			return err
		}
		e, before, err = p.addressTx(tx, m, d.Endpoint)
		return err
	})
	if err != nil {
		return err
	}
	d.ChangedAt, d.Endpoint = p.now(), e.ID
	if e.OffAt != 0 {
		d.State = "off"
		return p.ended(ctx, j, d, "")
	}
	secrets, err := p.secretsOf(append([]Endpoint{e}, before...))
	if err != nil {
		return err
	}
	h, err := hook.Header(m.ID, p.Clock.Now(), []byte(m.Body), secrets...)
	if err != nil {
		return err
	}
	status, wait, err := p.Hook.Post(ctx, e.URL, h, []byte(m.Body))
	late := p.Clock.Now().Sub(clock.FromMicro(d.At)) > deliverFor
	switch {
	case wait > 0 && !late:
		return outbox.Later(wait)
	case wait > 0:
		d.State, d.Error = "failed", "the address has kept its caller waiting for too long"
		return p.ended(ctx, j, d, "")
	}
	if ctx.Err() != nil {
		return ctx.Err() // the process ends: nothing was learnt of the address
	}
	d.Attempts, d.Status, d.Error = d.Attempts+1, int64(status), ""
	switch {
	case err == nil && status/100 == 2:
		d.State = "sent"
		return p.ended(ctx, j, d, "")
	case status == http.StatusGone:
		d.State, d.Error = "off", "the address answered 410 Gone and is switched off"
		return p.ended(ctx, j, d, e.ID)
	case err == nil:
		err = fmt.Errorf("the address answered %d", status)
	}
	d.Error = err.Error()
	if j.Attempt >= tries || late {
		d.State = "failed"
		return p.ended(ctx, j, d, "")
	}
	if err := p.DB.Write(ctx, func(tx *db.Tx) error { return updateDelivery(tx, d) }); err != nil {
		return err
	}
	return fmt.Errorf("payment: message %s: %s", m.ID, d.Error)
}

func (p *Part) ended(ctx context.Context, j outbox.Job, d Delivery, off string) error {
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := updateDelivery(tx, d); err != nil {
			return err
		}
		if off != "" {
			if err := endEndpoint(tx, off, p.now()); err != nil {
				return err
			}
		}
		return p.Outbox.DoneTx(tx, j)
	})
}
