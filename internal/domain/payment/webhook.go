package payment

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
)

// PayWebhookAsk is where an agency's system wants to be told.
type PayWebhookAsk struct {
	URL string `json:"url" format:"uri" maxLength:"2000"`
}

// PayWebhook is an address at which an agency's system is told.
type PayWebhook struct {
	ID      string `json:"webhook_id"`
	URL     string `json:"url"`
	Secret  string `json:"secret,omitempty" doc:"Shown when the address is set, and never again"`
	Created string `json:"created_date"`
}

// PayWebhooks are the addresses in force: one, or none.
type PayWebhooks struct {
	Webhooks []PayWebhook `json:"webhooks"`
}

// PayDelivery is a message on its way to an address.
type PayDelivery struct {
	ID       string `json:"delivery_id"`
	Message  string `json:"message_id" doc:"The webhook-id header: the same when it is sent again"`
	Type     string `json:"type"`
	Payment  string `json:"payment_id"`
	State    string `json:"state" enum:"queued,sent,failed,off"`
	Attempts int64  `json:"attempts"`
	Status   int64  `json:"status,omitempty" doc:"The last HTTP status that the address answered"`
	Error    string `json:"error,omitempty"`
	Created  string `json:"created_date"`
	Updated  string `json:"updated"`
}

// PayDeliveries are deliveries, the newest first.
type PayDeliveries struct {
	Deliveries []PayDelivery `json:"deliveries"`
	Links      struct {
		Next *PayLink `json:"next_page,omitempty"`
	} `json:"_links"`
}

// PayMessage names a message.
type PayMessage struct {
	ID string `json:"message_id"`
}

type deliveryQuery struct {
	State  string `query:"state" enum:"queued,sent,failed,off"`
	Cursor string `query:"cursor" doc:"next_page has it"`
	Size   int64  `query:"display_size" minimum:"1" maximum:"500"`
	After  string `query:"after" doc:"Of before: the same as cursor"`
	Limit  int64  `query:"limit" minimum:"1" maximum:"100" doc:"Of before: the same as display_size"`
}

// webhookSet says where the key's agency is told from now on; another address
// takes the place of the one before.
func (p *Part) webhookSet(w http.ResponseWriter, r *http.Request, k Key) (*problem, error) {
	f, data, bad := readBody(r, "P0197")
	if bad != nil {
		return bad, nil
	}
	if !f.has("url") {
		return lacks("P0101", "url"), nil
	}
	if bad = f.only("P0102", "url"); bad != nil {
		return bad, nil
	}
	address, bad := f.text("P0102", "url", 2000)
	if bad != nil {
		return bad, nil
	}
	if address == "" {
		return invalid("P0102", "url", "Must not be empty"), nil
	}
	again, bad := RepeatOf(r, k, "webhook", data)
	if bad != nil {
		return bad, nil
	}
	var o PayWebhook
	err := p.WriteOnce(r.Context(), func(tx *db.Tx) error {
		made, err := again.MadeTx(tx)
		if err != nil {
			return err
		}
		if made != "" { // who did not get the answer has not seen the secret
			o, err = p.webhookAgain(tx, made)
			return err
		}
		secret, err := p.SetEndpointTx(tx, actor.System(k.Agency), k.Agency, address, k.Live)
		if err != nil {
			return err
		}
		list, err := endpointsOf(tx, k.Agency, k.Live)
		for _, e := range list {
			o = webhookOut(e)
		}
		if o.Secret = secret; err != nil {
			return err
		}
		return again.KeepTx(tx, o.ID, p.now())
	})
	if errors.Is(err, errUsed) {
		return keyUsed, nil
	}
	if fault.CodeOf(err) == fault.Invalid {
		return invalid("P0102", "url", "Must be a public https address"), nil
	}
	if err != nil {
		return nil, err
	}
	return nil, answer(w, http.StatusCreated, o)
}

// webhookAgain is the answer that the same request had.
func (p *Part) webhookAgain(tx *db.Tx, made string) (o PayWebhook, err error) {
	e, err := endpointByID(tx, made)
	if err != nil {
		return o, err
	}
	o = webhookOut(e)
	o.Secret, err = p.secretOf(e)
	return o, err
}

func webhookOut(e Endpoint) PayWebhook {
	return PayWebhook{ID: e.ID, URL: e.URL, Created: iso(e.MadeAt)}
}

func (p *Part) webhooks(w http.ResponseWriter, r *http.Request, k Key) (*problem, error) {
	o := PayWebhooks{Webhooks: []PayWebhook{}}
	err := p.DB.Read(r.Context(), func(tx *db.Tx) error {
		list, err := endpointsOf(tx, k.Agency, k.Live)
		for _, e := range list {
			o.Webhooks = append(o.Webhooks, webhookOut(e))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return nil, answer(w, http.StatusOK, o)
}

// webhookEnd tells the agency's system no more.
func (p *Part) webhookEnd(w http.ResponseWriter, r *http.Request, k Key) (*problem, error) {
	found := false
	err := p.DB.Write(r.Context(), func(tx *db.Tx) error {
		list, err := endpointsOf(tx, k.Agency, k.Live)
		if err != nil {
			return err
		}
		found = false
		for _, e := range list {
			found = found || e.ID == r.PathValue("webhook")
		}
		if !found {
			return nil
		}
		_, err = p.SetEndpointTx(tx, actor.System(k.Agency), k.Agency, "", k.Live)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !found {
		return missing("P0200"), nil
	}
	w.WriteHeader(http.StatusNoContent)
	return nil, nil
}

// deliveries tells what was sent, and what came of it.
func (p *Part) deliveries(w http.ResponseWriter, r *http.Request, k Key) (*problem, error) {
	q := r.URL.Query()
	state, after, size, wrong := deliveriesAsked(q)
	if wrong != "" {
		return unfit(wrong), nil
	}
	o := PayDeliveries{Deliveries: []PayDelivery{}}
	known := true
	err := p.DB.Read(r.Context(), func(tx *db.Tx) error {
		if after != "" {
			d, err := deliveryByID(tx, after)
			if known = err == nil && d.Agency == k.Agency && d.Live == k.Live; !known {
				return unlessNone(err)
			}
		}
		list, next, err := deliveriesOf(tx, k.Agency, k.Live, state, after, size)
		o.Deliveries, o.Links.Next = o.Deliveries[:0], nil
		for _, d := range list {
			o.Deliveries = append(o.Deliveries, PayDelivery{ID: d.ID, Message: d.Message, Type: d.Type, Payment: d.Payment, State: d.State, Attempts: d.Attempts,
				Status: d.Status, Error: d.Error, Created: iso(d.At), Updated: iso(d.ChangedAt)})
		}
		if next != "" {
			l := p.link("GET", "webhooks", "deliveries")
			v := url.Values{"cursor": {next}, "display_size": {strconv.Itoa(size)}}
			if state != "" {
				v.Set("state", state)
			}
			l.Href += "?" + v.Encode()
			o.Links.Next = &l
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if !known {
		return unfit("cursor"), nil
	}
	return nil, answer(w, http.StatusOK, o)
}

// deliveriesAsked reads a list's query; wrong names what of it cannot be so.
func deliveriesAsked(q url.Values) (state, after string, size int, wrong string) {
	size, after, state = deliveriesShown, q.Get("cursor"), q.Get("state")
	for name, most := range map[string]int{"limit": 100, "display_size": 500} {
		if text := q.Get(name); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 || n > most {
				return "", "", 0, name
			}
			size = n
		}
	}
	if after == "" {
		after = q.Get("after")
	}
	if _, is := id.Time(after); after != "" && !is {
		wrong = "cursor"
	}
	if state != "" && !slices.Contains([]string{"queued", "sent", "failed", "off"}, state) {
		wrong = "state"
	}
	return state, after, size, wrong
}

// unfit is the refusal of a list's query.
func unfit(names string) *problem {
	return &problem{status: http.StatusUnprocessableEntity, Code: "P0401", Description: "Invalid parameters: " + names + ". See Public API documentation for the correct data formats"}
}

// unlessNone is an error that is not of a row that is not there.
func unlessNone(err error) error {
	if errors.Is(err, db.ErrNoRows) {
		return nil
	}
	return err
}

// replay sends a message again, under its old id.
func (p *Part) replay(w http.ResponseWriter, r *http.Request, k Key) (*problem, error) {
	again, bad := RepeatOf(r, k, "replay", []byte(r.PathValue("message")))
	if bad != nil {
		return bad, nil
	}
	err := p.WriteOnce(r.Context(), func(tx *db.Tx) error {
		m, err := messageByID(tx, r.PathValue("message"))
		if err == nil && m.Live != k.Live {
			return fault.New(fault.Missing, "payment.error.no_message")
		}
		return again.OnceTx(tx, p.now(), func() error { return p.AgainTx(tx, k.Agency, r.PathValue("message")) })
	})
	if errors.Is(err, errUsed) {
		return keyUsed, nil
	}
	switch fault.CodeOf(err) {
	case fault.Missing:
		return missing("P0200"), nil
	case fault.Conflict:
		return &problem{status: http.StatusConflict, Code: "P0501", Description: "There is no webhook to send the message to"}, nil
	}
	if err != nil {
		return nil, err
	}
	return nil, answer(w, http.StatusAccepted, PayMessage{r.PathValue("message")})
}
