package payment

import (
	"context"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"balai/internal/spine/fault"
	"balai/internal/spine/web"
)

// Routes is the part's map: GOV.UK Pay's below /v1, the payer's pages, and where
// the bank tells of debits.
func (p *Part) Routes() []web.Route {
	v1 := func(method, path, summary string, h handler, status int, answer any, bodies []any, query any) web.Route {
		return web.Route{Method: method, Pattern: "/v1" + path, Policy: "payment.call", Handler: p.ask(h), MaxBody: 64 << 10,
			Described: &web.Described{Once: method == http.MethodPost, Summary: summary, Tag: "payments", Scheme: web.PaymentScheme, Status: status, Answers: []any{answer}, Bodies: bodies, Query: query, Problem: PayProblem{},
				Refusals: []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusInternalServerError}}}
	}
	code := v1("GET", "/payments/{id}/qr", "A QR that any telephone may pay, as JSON, SVG or PNG", p.qr, http.StatusOK, PayQR{}, nil, nil)
	code.Described.Files = []string{"image/svg+xml", "image/png"}
	code.Described.Refusals = append(code.Described.Refusals, http.StatusNotAcceptable)
	capture := v1("POST", "/payments/{id}/capture", "Take what waits for it: none does", p.capture, http.StatusNoContent, nil, nil, nil)
	capture.Described.Once = false // it is refused each time
	return []web.Route{
		v1("POST", "/payments", "Ask for a payment", p.create, http.StatusCreated, PayPayment{}, []any{PayAsk{}}, nil),
		v1("GET", "/payments", "Payments, the newest first", p.list, http.StatusOK, PayPayments{}, nil, searchQuery{}),
		v1("GET", "/payments/{id}", "Where a payment stands", p.get, http.StatusOK, PayPayment{}, nil, nil),
		v1("GET", "/payments/{id}/events", "Its steps", p.events, http.StatusOK, PayEvents{}, nil, nil),
		v1("POST", "/payments/{id}/cancel", "End it, while nothing is paid", p.cancel, http.StatusNoContent, nil, nil, nil),
		capture,
		v1("POST", "/payments/{id}/refunds", "Send money back", p.refund, http.StatusAccepted, PayRefund{}, []any{PayRefundAsk{}}, nil),
		v1("GET", "/payments/{id}/refunds", "Its refunds", p.refunds, http.StatusOK, PayRefunds{}, nil, nil),
		v1("GET", "/payments/{id}/refunds/{refund}", "A refund", p.refundGet, http.StatusOK, PayRefund{}, nil, nil),
		code,
		v1("POST", "/webhooks", "Say where the agency's system is told", p.webhookSet, http.StatusCreated, PayWebhook{}, []any{PayWebhookAsk{}}, nil),
		v1("GET", "/webhooks", "Where it is told", p.webhooks, http.StatusOK, PayWebhooks{}, nil, nil),
		v1("DELETE", "/webhooks/{webhook}", "Tell it no more", p.webhookEnd, http.StatusNoContent, nil, nil, nil),
		v1("GET", "/webhooks/deliveries", "What was told, and what came of it; the newest first", p.deliveries, http.StatusOK, PayDeliveries{}, nil, deliveryQuery{}),
		v1("POST", "/webhooks/messages/{message}/replay", "Send a message again, under its old id", p.replay, http.StatusAccepted, PayMessage{}, nil, nil),
		v1("GET", "/ledger/accounts", "What each account of the agency's books holds", p.ledgerAccounts, http.StatusOK, PayAccounts{}, nil, nil),
		{Method: "POST", Pattern: "/bank/callback/{merchant}", Policy: "payment.told", Handler: p.bankCallback(true), MaxBody: 64 << 10, CrossSite: true},
		{Method: "POST", Pattern: "/bank/sandbox/{merchant}", Policy: "payment.told", Handler: p.bankCallback(false), MaxBody: 64 << 10, CrossSite: true},
		{Method: "POST", Pattern: "/pay", Policy: "payment.pay", Handler: p.payNext, CrossSite: true},
		{Method: "GET", Pattern: "/pay/{token}", Policy: "payment.pay", Handler: p.payPage},
		{Method: "POST", Pattern: "/pay/{token}", Policy: "payment.pay", Handler: p.paySave},
		{Method: "GET", Pattern: "/pay/{token}/status", Policy: "payment.pay", Handler: p.payStatus},
		{Method: "GET", Pattern: "/static/payment/pay.js", Policy: "payment.pay", Handler: p.serveScript},
		{Method: "GET", Pattern: "/pay/{token}/qr.svg", Policy: "payment.pay", Handler: p.payPicture},
		{Method: "GET", Pattern: "/payments", Policy: "payment.desk", SignIn: true, Handler: p.desks},
		p.Console("GET", "", "payment.console", p.dayPage),
		p.Console("GET", "/list", "payment.console", p.listPage),
		p.Console("GET", "/payment/{payment}", "payment.console", p.paymentPage),
		p.Console("POST", "/payment/{payment}/refund", "payment.act", p.refundAsk),
		p.Console("POST", "/payment/{payment}/refund/{refund}", "payment.act", p.refundDecide),
		p.Console("GET", "/books", "payment.console", p.booksPage),
		p.Console("GET", "/system", "payment.console", p.systemPage),
		p.Console("POST", "/system/key", "payment.act", p.keyMake),
		p.Console("POST", "/system/key/{key}/revoke", "payment.act", p.keyRevoke),
		p.Console("POST", "/system/webhook", "payment.act", p.endpointSave),
		p.Console("POST", "/system/message/{message}", "payment.act", p.messageAgain),
		{Method: "GET", Pattern: "/receipt", Policy: "payment.receipt", Handler: p.findPage},
		{Method: "POST", Pattern: "/receipt", Policy: "payment.receipt", Handler: p.findReceipt},
		{Method: "GET", Pattern: "/receipt/keys.json", Policy: "payment.receipt", Handler: p.receiptKeys},
		// One pattern serves the page and, with .pdf and .tlog-proof, its files.
		{Method: "GET", Pattern: "/receipt/{no}", Policy: "payment.receipt", Handler: p.receiptPage},
		{Method: "GET", Pattern: "/r/{token}", Policy: "payment.receipt", Handler: p.receiptRead},
	}
}

// Wire makes the part hear its jobs and its clock.
func (p *Part) Wire() {
	p.Outbox.Handle(jobRefund, p.sendRefund)
	p.Outbox.Handle(jobPayee, p.payee)
	p.Outbox.Handle(jobDeliver, p.deliver)
	p.Outbox.Every("payment.enquire", 5*time.Second, p.Enquire)
	p.Outbox.Here("payment.enrol", 15*time.Second, p.EnrolNew)
	p.Outbox.Every("payment.expire", time.Minute, p.Expire)
	p.Outbox.Every("ledger.lapse", time.Minute, func(ctx context.Context) error { _, err := p.Ledger.Lapse(ctx); return err })
}

// PayAsk is what a program asks to be paid.
type PayAsk struct {
	Amount      int64          `json:"amount" minimum:"1" maximum:"1000000000" doc:"in sen"`
	Reference   string         `json:"reference" maxLength:"255" doc:"The agency's own"`
	Description string         `json:"description" maxLength:"255" doc:"What the payer reads"`
	ReturnURL   string         `json:"return_url" maxLength:"2000" format:"uri"`
	Currency    string         `json:"currency,omitempty" enum:"MYR"`
	Language    string         `json:"language,omitempty" enum:"ms,en"`
	Email       string         `json:"email,omitempty" maxLength:"254" format:"email"`
	Metadata    map[string]any `json:"metadata,omitempty" doc:"Up to ten names, each with a text, a number, true or false"`
	Delayed     bool           `json:"delayed_capture,omitempty" doc:"Refused: payments are taken at once"`
	Prefilled   map[string]any `json:"prefilled_cardholder_details,omitempty" doc:"Taken, and not used"`
	Moto        bool           `json:"moto,omitempty" enum:"false"`
	Mode        string         `json:"authorisation_mode,omitempty" enum:"web"`
}

// PayRefundAsk is how much goes back.
type PayRefundAsk struct {
	Amount   int64  `json:"amount" minimum:"1" doc:"in sen"`
	Left     int64  `json:"refund_amount_available,omitempty" doc:"What the asker thinks is left; another amount is refused"`
	Currency string `json:"currency,omitempty" enum:"MYR"`
}

type searchQuery struct {
	Reference string `query:"reference" maxLength:"255"`
	State     string `query:"state" enum:"created,started,submitted,capturable,success,failed,cancelled,error"`
	Email     string `query:"email" maxLength:"254"`
	From      string `query:"from_date" format:"date-time"`
	To        string `query:"to_date" format:"date-time"`
	Page      int64  `query:"page" minimum:"1"`
	Size      int64  `query:"display_size" minimum:"1" maximum:"500"`
}

// handler answers an agency's system; a problem is GOV.UK Pay's document, an
// error is ours.
type handler func(w http.ResponseWriter, r *http.Request, k Key) (*problem, error)

// nowhere is the refusal of an address at which nothing can be.
var nowhere = &problem{status: http.StatusNotFound, Code: "P0004", Description: "There is nothing at this address"}

// Storable tells whether a text may be looked for: no database keeps a NUL, or bytes
// that are no characters.
func Storable(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }

// ask lets in who holds a key.
func (p *Part) ask(next handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		k, bad, err := p.caller(r.Context(), r)
		if bad == nil && err == nil && !Storable(r.URL.Path) {
			bad = nowhere
		}
		if bad == nil && err == nil {
			bad = unreadable(r)
		}
		if bad == nil && err == nil {
			bad, err = next(w, r, k)
		}
		if fault.CodeOf(err) == fault.Invalid { // a query that is no text, and was looked up
			bad, err = unfit("text that cannot be read"), nil
		}
		if err != nil {
			p.Log.Error("a payment's request failed", "pattern", r.Pattern, "error", err)
			bad = &problem{status: http.StatusInternalServerError, Code: "P0198", Description: "Downstream system error"}
		}
		if bad != nil {
			return bad.write(w)
		}
		return nil
	}
}
