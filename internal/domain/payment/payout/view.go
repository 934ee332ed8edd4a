package payout

import (
	"encoding/json"
	"net/http"
	"strconv"

	"balai/internal/spine/clock"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
)

// PayPayoutAsk is a file of payments as JSON.
type PayPayoutAsk struct {
	Reference   string          `json:"reference" maxLength:"140" doc:"The agency's own"`
	Description string          `json:"description,omitempty" maxLength:"140"`
	Payments    []PayPayoutLine `json:"payments"`
}

// PayPayout is a file of payments and where it stands.
type PayPayout struct {
	ID          string          `json:"payout_id"`
	State       PayPayoutState  `json:"state"`
	Reference   string          `json:"reference"`
	Description string          `json:"description"`
	Format      string          `json:"format" enum:"json,csv,pain.001,again"`
	Amount      money.Amount    `json:"amount" doc:"of all payments, in sen"`
	Count       int64           `json:"count"`
	Repeats     int64           `json:"repeated" doc:"Payments that repeat an account and an amount of the same file"`
	Fresh       int64           `json:"new_accounts" doc:"Payments to accounts that the agency has never paid"`
	Hash        string          `json:"hash" doc:"SHA-256: what two officers approve"`
	Live        bool            `json:"live"`
	CreatedAt   string          `json:"created_date"`
	Paid        PayPayoutTally  `json:"paid"`
	Rejected    PayPayoutTally  `json:"rejected"`
	Returned    PayPayoutTally  `json:"returned"`
	Links       PayPayoutsLinks `json:"_links"`
}

// PayPayoutState is where a file stands.
type PayPayoutState struct {
	Status   string `json:"status" enum:"received,submitted,approved,sent,done,refused,cancelled,stopped"`
	Finished bool   `json:"finished"`
	Message  string `json:"message,omitempty"`
}

// PayPayoutTally is how many payments, and of how much.
type PayPayoutTally struct {
	Count  int64        `json:"count"`
	Amount money.Amount `json:"amount"`
}

// PayPayoutsLinks lead on.
type PayPayoutsLinks struct {
	Self     PayPayoutLink  `json:"self"`
	Payments PayPayoutLink  `json:"payments"`
	Report   PayPayoutLink  `json:"report"`
	Cancel   *PayPayoutLink `json:"cancel,omitempty"`
}

// PayPayoutLink is an address, and how it is called.
type PayPayoutLink struct {
	Href   string `json:"href"`
	Method string `json:"method"`
}

func (p *Part) link(method string, path ...string) PayPayoutLink {
	href := p.Desk.BaseURL + "/v1/payouts"
	for _, s := range path {
		href += "/" + s
	}
	return PayPayoutLink{href, method}
}

func iso(micro int64) string { return clock.FromMicro(micro).UTC().Format("2006-01-02T15:04:05.000Z") }

func (p *Part) out(b Batch, t Tally) PayPayout {
	o := PayPayout{ID: b.ID, Reference: b.Reference, Description: b.Description, Format: b.Source, Amount: b.Total, Count: b.Count, Repeats: b.Repeats, Fresh: b.Fresh, Hash: b.Hash, Live: b.Live,
		State: PayPayoutState{Status: string(b.State), Finished: b.State.Ended(), Message: b.Reason}, CreatedAt: iso(b.MadeAt),
		Paid: PayPayoutTally{t.Paid, t.PaidSum}, Rejected: PayPayoutTally{t.Rejected, t.RejectedSum}, Returned: PayPayoutTally{t.Returned, t.ReturnedSum},
		Links: PayPayoutsLinks{Self: p.link("GET", b.ID), Payments: p.link("GET", b.ID, "payments"), Report: p.link("GET", b.ID, "report")}}
	if b.State == Received || b.State == Submitted {
		cancel := p.link("POST", b.ID, "cancel")
		o.Links.Cancel = &cancel
	}
	return o
}

// PayPayouts is a page of files, the newest first.
type PayPayouts struct {
	Total   int64       `json:"total"`
	Count   int         `json:"count"`
	Page    int64       `json:"page"`
	Results []PayPayout `json:"results"`
	Links   struct {
		Self  *PayPayoutLink `json:"self,omitempty"`
		First *PayPayoutLink `json:"first_page,omitempty"`
		Last  *PayPayoutLink `json:"last_page,omitempty"`
		Prev  *PayPayoutLink `json:"prev_page,omitempty"`
		Next  *PayPayoutLink `json:"next_page,omitempty"`
	} `json:"_links"`
}

// PayPayoutLines is a page of a file's payments.
type PayPayoutLines struct {
	Results []PayPayoutOne `json:"results"`
	Links   struct {
		Self PayPayoutLink  `json:"self"`
		Next *PayPayoutLink `json:"next_page,omitempty"`
	} `json:"_links"`
}

// PayPayoutOne is a payment, and what the bank said of it.
type PayPayoutOne struct {
	N int64 `json:"number" doc:"in the file, from 1"`
	PayPayoutLine
	Repeats bool   `json:"repeated"`
	Status  string `json:"status" enum:"waiting,paid,rejected,returned,dropped"`
	Reason  string `json:"reason,omitempty" doc:"A code of ISO 20022"`
	Words   string `json:"reason_description,omitempty"`
	BankRef string `json:"bank_reference,omitempty"`
	Back    string `json:"returned_date,omitempty" format:"date" doc:"The day on which a statement shows it coming back"`
	BackOn  string `json:"returned_statement,omitempty" doc:"That statement, as the bank numbers it"`
}

func oneOut(l Line, t locale.Printer) PayPayoutOne {
	o := PayPayoutOne{N: l.N, PayPayoutLine: PayPayoutLine{Account: l.Account, Bank: l.Bank, Name: l.Name, Amount: int64(l.Amount), Reference: l.Reference, Note: l.Note},
		Repeats: l.Repeats, Status: string(l.State), Reason: l.Reason, BankRef: l.BankRef, Back: l.ShownDay, BackOn: l.ShownOn}
	if l.Reason != "" {
		o.Words = reasonIn(t, l.Reason)
	}
	return o
}

// reasonIn is a reason's code in words.
func reasonIn(t locale.Printer, code string) string {
	if key := "payout.reason." + code; t.Has(key) {
		return t.T(key)
	}
	return t.T("payout.reason", "code", code)
}

// PayPayoutProblem is every refusal of /v1/payouts: GOV.UK Pay's document, and each
// thing that is wrong in a file.
type PayPayoutProblem struct {
	status int

	Field       string           `json:"field,omitempty"`
	Code        string           `json:"code"`
	Description string           `json:"description"`
	Header      string           `json:"header,omitempty"`
	PayoutID    string           `json:"payout_id,omitempty" doc:"The payout that has this file already"`
	Total       int64            `json:"total_errors,omitempty"`
	Errors      []PayPayoutWrong `json:"errors,omitempty" doc:"The first hundred"`
}

// PayPayoutWrong is one thing that is wrong in a file.
type PayPayoutWrong struct {
	Line        int    `json:"line,omitempty" doc:"of the file, from 1"`
	Payment     int64  `json:"payment,omitempty" doc:"the payment's number in it, from 1"`
	Field       string `json:"field,omitempty"`
	Description string `json:"description"`
}

func (b *PayPayoutProblem) write(w http.ResponseWriter) error {
	if b.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="payments"`)
	}
	return answerJSON(w, b.status, b)
}

func answerJSON(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // the client may be gone; nothing follows
	return nil
}

// english is how the protocol speaks: a programmer reads it.
func (p *Part) english() locale.Printer { return p.Texts.For(locale.English) }

// problem is a refusal as the protocol says it.
func (p *Part) problem(no *Refusal) *PayPayoutProblem {
	b := &PayPayoutProblem{status: http.StatusUnprocessableEntity, Code: "P1102", Description: "The file has errors; nothing of it was kept", Total: no.Bad}
	for _, w := range no.Wrong {
		b.Errors = append(b.Errors, PayPayoutWrong{Line: w.Line, Payment: w.Entry, Field: w.Field, Description: p.english().T(w.Why, w.Args...)})
	}
	if no.Of != nil {
		b.status, b.Code, b.PayoutID = http.StatusConflict, "P1103", no.Of.ID
		b.Description = "The same payments are in the payout " + no.Of.ID + " already; nobody is paid twice"
	}
	switch {
	case no.ByID:
		b.Description = "A pain.001 with this MsgId is the payout " + no.Of.ID + " already; nobody is paid twice. Other payments need a MsgId of their own"
	case no.Busy:
		b.Code, b.Description = "P1104", "The same payments are being read for the payout "+no.Of.ID+" at this moment; send the file again in a minute"
	case no.Used:
		return keyUsed
	}
	return b
}

const keyHeader = "Idempotency-Key"

var (
	keyTooLong = &PayPayoutProblem{status: http.StatusUnprocessableEntity, Header: keyHeader, Code: "P1102", Description: "Header [Idempotency-Key] can have a size between 1 and 255"}
	keyUsed    = &PayPayoutProblem{status: http.StatusConflict, Header: keyHeader, Code: "P0191", Description: "The Idempotency-Key you sent in the request header has already been used for another request"}
)

// number reads a whole number of a query, or gives the usual one.
func number(r *http.Request, name string, usual, least, most int64) (int64, bool) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return usual, true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= least && n <= most
}

func invalid(field, why string) *PayPayoutProblem {
	return &PayPayoutProblem{status: http.StatusUnprocessableEntity, Field: field, Code: "P1102", Description: "Invalid attribute value: " + field + ". " + why}
}
