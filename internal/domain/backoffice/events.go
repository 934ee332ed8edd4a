package backoffice

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// What an agency's system is told.
const (
	EventReplied   = "case.replied"
	EventWithdrawn = "case.withdrawn"
	EventReceived  = "application.received"
	EventDisputed  = "holding.disputed"
)

// Event is one thing that an agency's system is told. Seq counts them for the
// agency, without gaps in the order of their commits.
type Event struct {
	ID, Agency         string
	Seq                int64
	Kind, Ref, TheirID string
	Body               string // what is sent, as JSON
	At                 int64
}

// emitTx keeps an event in its act's commit, and sends it where the agency's
// keys say.
func (b *BackOffice) emitTx(tx *db.Tx, agency, kind, ref, theirRef string, data map[string]any) error {
	e := Event{ID: b.IDs.New(), Agency: agency, Kind: kind, Ref: ref, TheirID: theirRef, At: b.now()}
	body, err := json.Marshal(struct {
		Type string         `json:"type"`
		At   string         `json:"timestamp"`
		Data map[string]any `json:"data"`
	}{kind, rfc3339(e.At), data})
	if err != nil {
		return err
	}
	e.Body = string(body)
	if e.Seq, err = nextSeq(tx, agency); err != nil {
		return err
	}
	if err := insertEvent(tx, e); err != nil {
		return err
	}
	_, err = b.sendTx(tx, e)
	return err
}

// sendTx queues an event for each address of its agency.
func (b *BackOffice) sendTx(tx *db.Tx, e Event) (int, error) {
	list, err := activeKeys(tx, e.Agency)
	if err != nil {
		return 0, err
	}
	var urls []string
	for _, k := range list {
		if k.Webhook == "" || k.OffAt != 0 || slices.Contains(urls, k.Webhook) {
			continue
		}
		urls = append(urls, k.Webhook)
		switch waits, err := isQueued(tx, e.ID, k.Webhook); {
		case err != nil:
			return 0, err
		case waits: // asked for again before it left: once is enough
			continue
		}
		d := Delivery{ID: b.IDs.New(), Event: e.ID, Agency: e.Agency, URL: k.Webhook, State: Queued, At: b.now(), ChangedAt: b.now()}
		if err := insertDelivery(tx, d); err != nil {
			return 0, err
		}
		if err := b.Outbox.Enqueue(tx, jobDeliver, deliverJob{d.ID}); err != nil {
			return 0, err
		}
	}
	return len(urls), nil
}

// AppliedTx tells an agency that has a system of its own that somebody applied
// here in one of its services. It says which case and no more: the system
// fetches what its right lets it.
func (b *BackOffice) AppliedTx(tx *db.Tx, agency, ref, service string, at int64) error {
	list, err := activeKeys(tx, agency)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		if _, is, err := dropSeq(tx, agency); err != nil || !is {
			return err
		}
	}
	return b.emitTx(tx, agency, EventReceived, ref, "", map[string]any{"ref": ref, "service": service, "at": rfc3339(at),
		"href": b.BaseURL + "/desk/" + ref})
}

// OfficeEventOut is an event as it is fetched.
type OfficeEventOut struct {
	ID   string          `json:"id" doc:"The webhook-id under which it is sent"`
	Seq  int64           `json:"seq" doc:"Send the last one back as after"`
	Kind string          `json:"kind"`
	At   string          `json:"at"`
	Body json.RawMessage `json:"body" doc:"What the webhook's body is"`
}

type eventsIn struct {
	After int64 `query:"after" minimum:"0" doc:"seq of the last event that was read"`
	Limit int   `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type eventList struct {
	Events []OfficeEventOut `json:"events"`
	Next   int64            `json:"next" doc:"The after of the next page"`
}

type eventsOut struct{ Body eventList }

func (b *BackOffice) apiEvents(ctx context.Context, in *eventsIn) (*eventsOut, error) {
	agency := callOf(ctx).By.Agency
	out := &eventsOut{}
	err := b.DB.Read(ctx, func(tx *db.Tx) error {
		list, err := events(tx, agency, in.After, in.Limit)
		out.Body = eventList{Events: []OfficeEventOut{}, Next: in.After}
		for _, e := range list {
			out.Body.Events = append(out.Body.Events, OfficeEventOut{e.ID, e.Seq, e.Kind, rfc3339(e.At), json.RawMessage(e.Body)})
			out.Body.Next = e.Seq
		}
		return err
	})
	return out, err
}

// Replay sends an event again, under its old id, and tells to how many
// addresses. agency "" is any.
func (b *BackOffice) Replay(ctx context.Context, agency, event string) (n int, err error) {
	err = b.DB.Write(ctx, func(tx *db.Tx) (err error) {
		n, err = b.replayTx(tx, agency, event)
		if fault.CodeOf(err) == fault.Missing {
			err = fault.New(fault.Missing, "backoffice.error.no_event", "event", event)
		}
		return err
	})
	return n, err
}

func (b *BackOffice) replayTx(tx *db.Tx, agency, event string) (int, error) {
	e, err := eventByID(tx, event)
	if err == nil && agency != "" && e.Agency != agency {
		err = fault.New(fault.Missing, "web.error.missing")
	}
	if err != nil {
		return 0, err
	}
	return b.sendTx(tx, e)
}

type replayIn struct {
	ID string `path:"id"`
}

type replayed struct {
	Addresses int `json:"addresses" doc:"To how many it is sent"`
}

type replayOut struct{ Body replayed }

func (b *BackOffice) apiReplay(ctx context.Context, in *replayIn) (*replayOut, error) {
	_, out, err := once(ctx, b, func(tx *db.Tx, by actor.Actor) (int, replayed, error) {
		n, err := b.replayTx(tx, by.Agency, in.ID)
		return http.StatusOK, replayed{n}, err
	})
	return &replayOut{out}, err
}

// OfficeWebhook says where a key's events go.
type OfficeWebhook struct {
	URL string `json:"url" as:"link" maxLength:"500" doc:"https, at a public address; empty for nowhere"`
}

type webhookIn struct{ Body OfficeWebhook }

type webhookSet struct {
	URL string `json:"url"`
}

type webhookOut struct{ Body webhookSet }

// apiWebhook lets a system say itself where it is told. A request that somebody
// has seen on its way and sends again sets nothing.
func (b *BackOffice) apiWebhook(ctx context.Context, in *webhookIn) (*webhookOut, error) {
	if err := b.mayBeTold(in.Body.URL); err != nil {
		return nil, err
	}
	_, out, err := once(ctx, b, func(tx *db.Tx, by actor.Actor) (int, webhookSet, error) {
		return http.StatusOK, webhookSet{in.Body.URL}, b.setWebhookTx(tx, by, keyOf(by), in.Body.URL)
	})
	return &webhookOut{out}, err
}

// rfc3339 is a time in UTC, "" for none.
func rfc3339(us int64) string {
	if us == 0 {
		return ""
	}
	return clock.FromMicro(us).UTC().Format(time.RFC3339)
}
