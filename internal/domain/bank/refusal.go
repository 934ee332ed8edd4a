package bank

import (
	"encoding/json"
	"errors"
	"net/http"
)

// Codes of what the bank refuses; each has its sentence in ms and en under
// bank.refusal.CODE.
const (
	codeQR        = "qr_invalid"         // no EMVCo code, or one that lies
	codeCRC       = "qr_checksum"        // one whose checksum is wrong
	codeMerchant  = "merchant_unknown"   // nobody whom this bank pays
	codeCurrency  = "currency"           // the bank has ringgit only
	codeAmount    = "amount"             // not above zero, or not the code's
	codeAccount   = "account_unknown"    // no account of this bank, or not one for this
	codeFunds     = "insufficient_funds" // more than the account holds
	codeChecker   = "needs_checker"      // a company's account pays at the bank's page only
	codeOther     = "other_person"       // who made a payment does not check it
	codeCard      = "card_unknown"       // not one of the test cards
	codeEnded     = "session_ended"      // paid, cancelled or too old
	codeInput     = "input"              // not what the field takes
	codeField     = "field_unknown"      // no field of that name
	codeSignature = "signature"          // not signed by whom it says, or not now
	codeChanged   = "changed"            // the same reference as before with another content
	codeMissing   = "missing"            // nothing is there
	codeMessage   = "message_unknown"    // no order of that id came from the merchant
	codeDown      = "down"               // a fault
	codeInternal  = "internal"           // our mistake
)

// refusal is what a request is answered when it is not done.
type refusal struct {
	code  string
	field string // of codeInput
	of    string // the id of codeMessage
}

func (r refusal) Error() string { return "bank: " + r.code + " " + r.field }

func refuse(code string) error      { return refusal{code: code} }
func refuseField(name string) error { return refusal{code: codeInput, field: name} }

// codeOf is a refusal's code, or "".
func codeOf(err error) string {
	var r refusal
	errors.As(err, &r)
	return r.code
}

func (r refusal) status() int {
	switch r.code {
	case codeSignature:
		return http.StatusUnauthorized
	case codeChanged:
		return http.StatusConflict
	case codeMissing, codeMessage:
		return http.StatusNotFound
	case codeDown:
		return http.StatusServiceUnavailable
	case codeInternal:
		return http.StatusInternalServerError
	}
	return http.StatusUnprocessableEntity
}

// errCut ends a connection without an answer.
var errCut = errors.New("bank: cut off")

// asRefusal makes what went wrong a refusal; what is not one is logged.
func (b *Bank) asRefusal(r *http.Request, err error) refusal {
	var no refusal
	if errors.As(err, &no) {
		return no
	}
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return refusal{code: codeInput, field: "body"}
	}
	b.o.Log.Error("the sandbox bank failed", "pattern", r.Pattern, "error", err)
	return refusal{code: codeInternal}
}

// Problem is the JSON of a refusal.
type Problem struct {
	Code    string `json:"code"`
	Message string `json:"message"` // in the asker's language
	Field   string `json:"field,omitempty"`
	Of      string `json:"message_id,omitempty"` // of an order that never came
}

// problem is a refusal as JSON, in the language of the request.
func (b *Bank) problem(w http.ResponseWriter, r *http.Request, err error) {
	no := b.asRefusal(r, err)
	answer(w, no.status(), Problem{no.code, b.sentence(r, no), no.field, no.of})
}

// sentence is a refusal in the request's language. A field that a person fills in
// has a sentence of its own, which says what to do; a share of the faults' page goes
// by its label there. A program reads its own field's name.
func (b *Bank) sentence(r *http.Request, no refusal) string {
	p, field := b.printer(r), no.field
	if key := "bank.refusal.input." + field; no.code == codeInput && p.Has(key) {
		return p.T(key)
	}
	if p.Has("bank.faults." + field) {
		field = p.T("bank.faults." + field)
	}
	return p.T("bank.refusal."+no.code, "field", field)
}

// answer writes JSON.
func answer(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil { // no value of ours
		status, body = http.StatusInternalServerError, []byte(`{"code":"internal"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client may be gone; nothing follows
}
