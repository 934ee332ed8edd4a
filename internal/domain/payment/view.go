package payment

import (
	"encoding/json"
	"net/url"

	"balai/internal/spine/clock"
	"balai/internal/spine/money"
)

// What /v1 answers, field by field as GOV.UK Pay's clients read it.

// PayPayment is a payment.
type PayPayment struct {
	ID          string           `json:"payment_id"`
	Amount      money.Amount     `json:"amount" doc:"in sen"`
	Currency    string           `json:"currency"`
	State       PayState         `json:"state"`
	Description string           `json:"description"`
	Reference   string           `json:"reference"`
	Language    string           `json:"language"`
	Email       string           `json:"email,omitempty"`
	Metadata    json.RawMessage  `json:"metadata,omitempty"`
	Provider    string           `json:"payment_provider"`
	CreatedDate string           `json:"created_date"`
	ReturnURL   string           `json:"return_url,omitempty"`
	Delayed     bool             `json:"delayed_capture"`
	Moto        bool             `json:"moto"`
	Mode        string           `json:"authorisation_mode"`
	ProviderID  string           `json:"provider_id,omitempty"`
	Receipt     string           `json:"receipt_number,omitempty" doc:"ours: GOV.UK Pay has none"`
	Refund      PayRefundSummary `json:"refund_summary"`
	Settlement  PaySettlement    `json:"settlement_summary"`
	Links       PayLinks         `json:"_links"`
}

// PayState is where a payment stands.
type PayState struct {
	Status   Status `json:"status"`
	Finished bool   `json:"finished"`
	Message  string `json:"message,omitempty"`
	Code     string `json:"code,omitempty"`
}

// PayRefundSummary is how much of a payment may go back.
type PayRefundSummary struct {
	Status    string       `json:"status"`
	Available money.Amount `json:"amount_available"`
	Submitted money.Amount `json:"amount_submitted"`
}

// PaySettlement is when the money was taken.
type PaySettlement struct {
	Submitted string `json:"capture_submit_time,omitempty"`
	Captured  string `json:"captured_date,omitempty"`
}

// PayLink is where something else of it is.
type PayLink struct {
	Href   string `json:"href"`
	Method string `json:"method"`
}

// PayPostLink is where a form leads.
type PayPostLink struct {
	PayLink
	Type   string            `json:"type"`
	Params map[string]string `json:"params"`
}

// PayLinks are a payment's.
type PayLinks struct {
	Self     PayLink      `json:"self"`
	Next     *PayLink     `json:"next_url,omitempty"`
	NextPost *PayPostLink `json:"next_url_post,omitempty"`
	Events   PayLink      `json:"events"`
	Refunds  PayLink      `json:"refunds"`
	Cancel   *PayLink     `json:"cancel,omitempty"`
	QR       *PayLink     `json:"qr,omitempty"`
	Receipt  *PayLink     `json:"receipt,omitempty" doc:"Its page, with all of it: for who paid"`
}

// messages say why a payment ended without money.
var messages = map[string]string{
	Declined: "Payment method rejected", Expired: "Payment expired", PayerLeft: "Payment was cancelled by the user",
	AgencyLeft: "Payment was cancelled by the service", ProviderError: "Payment provider returned an error",
}

func stateOut(s Status, code string) PayState {
	return PayState{Status: s, Finished: s.Ended(), Code: code, Message: messages[code]}
}

func iso(at int64) string { return clock.FromMicro(at).UTC().Format("2006-01-02T15:04:05.000Z") }

func (p *Part) link(method string, path ...string) PayLink {
	href, _ := url.JoinPath(p.BaseURL, append([]string{"v1"}, path...)...)
	return PayLink{href, method}
}

func (p *Part) out(pay Payment) PayPayment {
	o := PayPayment{ID: pay.ID, Amount: pay.Amount, Currency: pay.Currency, State: stateOut(pay.Status, pay.Code), Description: pay.Description, Reference: pay.Reference,
		Language: pay.Language, Email: pay.Email, Provider: "sandbox", CreatedDate: iso(pay.CreatedAt), ReturnURL: pay.ReturnURL, Delayed: pay.Delayed, Mode: "web",
		ProviderID: pay.Attempt, Receipt: pay.Receipt,
		Refund: PayRefundSummary{Status: refundStatus(pay), Available: pay.available(), Submitted: pay.Refunded}}
	if pay.Cash {
		o.Refund.Available = 0
	}
	if pay.Live {
		o.Provider = "bank"
	}
	if pay.Metadata != "" {
		o.Metadata = json.RawMessage(pay.Metadata)
	}
	if pay.Status == Success {
		o.Settlement = PaySettlement{iso(pay.EndedAt), clock.Day(clock.FromMicro(pay.EndedAt))}
	}
	o.Links = PayLinks{Self: p.link("GET", "payments", pay.ID), Events: p.link("GET", "payments", pay.ID, "events"), Refunds: p.link("GET", "payments", pay.ID, "refunds")}
	if pay.Receipt != "" {
		o.Links.Receipt = &PayLink{p.BaseURL + receiptHref(pay.Receipt, "", p.pageToken(pay.ID)), "GET"}
	}
	if !pay.Status.Ended() {
		token := p.pageToken(pay.ID)
		o.Links.Next = &PayLink{p.pageURL(pay.ID), "GET"}
		o.Links.NextPost = &PayPostLink{PayLink{p.BaseURL + "/pay", "POST"}, "application/x-www-form-urlencoded", map[string]string{"chargeTokenId": token}}
		cancel, qr := p.link("POST", "payments", pay.ID, "cancel"), p.link("GET", "payments", pay.ID, "qr")
		o.Links.Cancel, o.Links.QR = &cancel, &qr
	}
	return o
}

func refundStatus(pay Payment) string {
	switch {
	case !pay.Status.Ended():
		return "pending"
	case pay.Status != Success, pay.Cash:
		return "unavailable"
	case pay.Amount == pay.Refunded:
		return "full"
	case pay.TakenAt != 0:
		return "unavailable"
	}
	return "available"
}

// pageToken is the secret in the address of a payment's page. It follows from
// the payment's id and the hall's key, so that it can be told again and is kept
// nowhere in the clear.
func (p *Part) pageToken(id string) string { return mac(p.Box.Derive("page"), id) }

func (p *Part) pageURL(id string) string { return p.BaseURL + "/pay/" + p.pageToken(id) }

// PayRefund is a refund.
type PayRefund struct {
	ID         string       `json:"refund_id"`
	Created    string       `json:"created_date"`
	Amount     money.Amount `json:"amount"`
	Status     string       `json:"status"`
	Settlement struct{}     `json:"settlement_summary"`
	Links      struct {
		Self    PayLink `json:"self"`
		Payment PayLink `json:"payment"`
	} `json:"_links"`
}

func (p *Part) refundOut(r Refund) (o PayRefund) {
	o.ID, o.Created, o.Amount, o.Status = r.ID, iso(r.CreatedAt), r.Amount, r.Status
	if r.Status == refundWaiting { // the protocol has no word for it
		o.Status = "submitted"
	}
	o.Links.Self, o.Links.Payment = p.link("GET", "payments", r.Payment, "refunds", r.ID), p.link("GET", "payments", r.Payment)
	return o
}

// PayEvents are the steps of a payment.
type PayEvents struct {
	ID     string     `json:"payment_id"`
	Events []PayEvent `json:"events"`
	Links  struct {
		Self PayLink `json:"self"`
	} `json:"_links"`
}

// PayEvent is one step.
type PayEvent struct {
	ID    string   `json:"payment_id"`
	State PayState `json:"state"`
	At    string   `json:"updated"`
	Links struct {
		Payment PayLink `json:"payment_url"`
	} `json:"_links"`
}

// PayRefunds are the refunds of a payment.
type PayRefunds struct {
	ID       string `json:"payment_id"`
	Embedded struct {
		Refunds []PayRefund `json:"refunds"`
	} `json:"_embedded"`
	Links struct {
		Self    PayLink `json:"self"`
		Payment PayLink `json:"payment"`
	} `json:"_links"`
}

// PayPayments is a page of payments, the newest first.
type PayPayments struct {
	Total   int64        `json:"total"`
	Count   int          `json:"count"`
	Page    int64        `json:"page"`
	Results []PayPayment `json:"results"`
	Links   PayPages     `json:"_links"`
}

// PayPages leads to other pages.
type PayPages struct {
	Self  *PayLink `json:"self,omitempty"`
	First *PayLink `json:"first_page,omitempty"`
	Last  *PayLink `json:"last_page,omitempty"`
	Prev  *PayLink `json:"prev_page,omitempty"`
	Next  *PayLink `json:"next_page,omitempty"`
}

// PayQR is what a telephone scans.
type PayQR struct {
	Payload   string       `json:"payload"`
	Reference string       `json:"reference" doc:"of the attempt: what the bank carries"`
	Amount    money.Amount `json:"amount"`
	Expires   string       `json:"expires"`
}
