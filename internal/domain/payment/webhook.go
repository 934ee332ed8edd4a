package payment

import (
	"net/http"
	"net/url"
	"strconv"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
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
	State string `query:"state" enum:"queued,sent,failed,off"`
	After string `query:"after" doc:"The cursor of next_page"`
	Limit int64  `query:"limit" minimum:"1" maximum:"100"`
}

// webhookSet says where the key's agency is told from now on; another address
// takes the place of the one before.
func (p *Part) webhookSet(w http.ResponseWriter, r *http.Request, k Key) (*problem, error) {
	f, _, bad := readBody(r, "P0197")
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
	var o PayWebhook
	err := p.DB.Write(r.Context(), func(tx *db.Tx) error {
		secret, err := p.SetEndpointTx(tx, actor.System(k.Agency), k.Agency, address, k.Live)
		if err != nil {
			return err
		}
		list, err := endpointsOf(tx, k.Agency, k.Live)
		for _, e := range list {
			o = webhookOut(e)
		}
		o.Secret = secret
		return err
	})
	if fault.CodeOf(err) == fault.Invalid {
		return invalid("P0102", "url", "Must be a public https address"), nil
	}
	if err != nil {
		return nil, err
	}
	return nil, answer(w, http.StatusCreated, o)
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
	limit := deliveriesShown
	if text := q.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 100 {
			return &problem{status: http.StatusUnprocessableEntity, Code: "P0401", Description: "Invalid parameters: limit. See Public API documentation for the correct data formats"}, nil
		}
		limit = n
	}
	o := PayDeliveries{Deliveries: []PayDelivery{}}
	err := p.DB.Read(r.Context(), func(tx *db.Tx) error {
		list, next, err := deliveriesOf(tx, k.Agency, k.Live, q.Get("state"), q.Get("after"), limit)
		o.Deliveries, o.Links.Next = o.Deliveries[:0], nil
		for _, d := range list {
			o.Deliveries = append(o.Deliveries, PayDelivery{ID: d.ID, Message: d.Message, Type: d.Type, Payment: d.Payment, State: d.State, Attempts: d.Attempts,
				Status: d.Status, Error: d.Error, Created: iso(d.At), Updated: iso(d.ChangedAt)})
		}
		if next != "" {
			l := p.link("GET", "webhooks", "deliveries")
			v := url.Values{"after": {next}, "limit": {strconv.Itoa(limit)}}
			if s := q.Get("state"); s != "" {
				v.Set("state", s)
			}
			l.Href += "?" + v.Encode()
			o.Links.Next = &l
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return nil, answer(w, http.StatusOK, o)
}

// replay sends a message again, under its old id.
func (p *Part) replay(w http.ResponseWriter, r *http.Request, k Key) (*problem, error) {
	err := p.DB.Write(r.Context(), func(tx *db.Tx) error {
		m, err := messageByID(tx, r.PathValue("message"))
		if err == nil && m.Live != k.Live {
			return fault.New(fault.Missing, "payment.error.no_message")
		}
		return p.AgainTx(tx, k.Agency, r.PathValue("message"))
	})
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
