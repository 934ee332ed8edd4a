package payment

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"balai/internal/spine/db"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
)

func itoa(n int) string { return strconv.Itoa(n) }

func mac(key []byte, text string) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// wanted reads what a program asks to be paid.
func wanted(f fields, k Key) (pay Payment, bad *problem) {
	for _, name := range []string{"amount", "reference", "description", "return_url"} {
		if !f.has(name) {
			return pay, lacks("P0101", name)
		}
	}
	if bad = f.only("P0102", "amount", "reference", "description", "return_url", "email", "language", "currency", "delayed_capture", "metadata",
		"prefilled_cardholder_details", "moto", "authorisation_mode"); bad != nil {
		return pay, bad
	}
	pay = Payment{Agency: k.Agency, Live: k.Live, Currency: money.MYR, Origin: FromAPI, Status: Created, Language: "ms"}
	if pay.Amount, bad = f.amount("P0102", "amount", 1, most); bad != nil {
		return pay, bad
	}
	for name, to := range map[string]struct {
		text  *string
		limit int
	}{"reference": {&pay.Reference, 255}, "description": {&pay.Description, 255}, "return_url": {&pay.ReturnURL, 2000}, "email": {&pay.Email, 254}} {
		if *to.text, bad = f.text("P0102", name, to.limit); bad != nil {
			return pay, bad
		}
	}
	for name, text := range map[string]string{"reference": pay.Reference, "description": pay.Description} {
		if strings.TrimSpace(text) == "" {
			return pay, invalid("P0102", name, "Must not be empty")
		}
	}
	if !returnURL(pay.ReturnURL, k.Live) {
		return pay, invalid("P0102", "return_url", "Must be a valid URL format")
	}
	if pay.Email != "" && !address(pay.Email) {
		return pay, invalid("P0102", "email", "Must be a valid email address")
	}
	if f.has("language") {
		if pay.Language, bad = f.text("P0102", "language", 2); bad != nil || pay.Language != "ms" && pay.Language != "en" {
			return pay, invalid("P0102", "language", `Must be "ms" or "en"`)
		}
	}
	if bad = f.ringgit("P0102"); bad != nil {
		return pay, bad
	}
	if pay.Delayed, bad = f.flag("P0102", "delayed_capture"); bad != nil {
		return pay, bad
	}
	if pay.Delayed {
		return pay, invalid("P0102", "delayed_capture", "Payments are taken at once")
	}
	if bad = f.web("P0102"); bad != nil {
		return pay, bad
	}
	pay.Metadata, bad = f.metadata("P0102")
	return pay, bad
}

// web refuses how payments are never taken here. What GOV.UK Pay takes for granted
// may be said.
func (f fields) web(code string) *problem {
	if moto, bad := f.flag(code, "moto"); bad != nil || moto {
		return invalid(code, "moto", "Must be false: no card number is taken here")
	}
	if mode, bad := f.text(code, "authorisation_mode", 20); bad != nil || mode != "" && mode != "web" {
		return invalid(code, "authorisation_mode", `Must be "web"`)
	}
	return nil
}

// create makes a payment, once for each Idempotency-Key.
func (p *Part) create(w http.ResponseWriter, r *http.Request, k Key) (*problem, error) {
	f, data, bad := readBody(r, "P0197")
	if bad != nil {
		return bad, nil
	}
	pay, bad := wanted(f, k)
	if bad != nil {
		return bad, nil
	}
	pay.ExpiresAt = int64(usualLife / time.Microsecond)
	pay, bad, err := p.once(r.Context(), r, k, "payment", data, pay)
	if bad != nil || err != nil {
		return bad, err
	}
	o := p.out(pay)
	w.Header().Set("Location", o.Links.Self.Href)
	return nil, answer(w, http.StatusCreated, o)
}

// keyHeader names a request, so that sending it again makes nothing again.
const keyHeader = "Idempotency-Key"

func requestKey(r *http.Request) (string, *problem) {
	key := r.Header.Get(keyHeader)
	if len(key) > 255 {
		return "", &problem{status: http.StatusUnprocessableEntity, Header: keyHeader, Code: "P0102", Description: "Header [Idempotency-Key] can have a size between 1 and 255"}
	}
	if !Storable(key) {
		return "", &problem{status: http.StatusUnprocessableEntity, Header: keyHeader, Code: "P0102", Description: "Header [Idempotency-Key] must be text"}
	}
	return key, nil
}

var errUsed = errors.New("payment: the request's id was used for another request")

var keyUsed = &problem{status: http.StatusConflict, Header: keyHeader, Code: "P0191",
	Description: "The Idempotency-Key you sent in the request header has already been used for another request"}

// once makes a payment of a request, or finds the one that the same request made.
func (p *Part) once(ctx context.Context, r *http.Request, k Key, kind string, data []byte, pay Payment) (out Payment, bad *problem, err error) {
	key, bad := requestKey(r)
	if bad != nil {
		return out, bad, nil
	}
	digest := hash(string(data))
	act := func(tx *db.Tx) error {
		out = pay
		if key != "" {
			was, known, err := requestOf(tx, k.Agency, k.Live, kind, key)
			if err != nil {
				return err
			}
			if known {
				if was.digest != digest {
					return errUsed
				}
				out, err = paymentByID(tx, was.made)
				return err
			}
		}
		var err error
		if out, err = p.CreateTx(tx, pay); err != nil || key == "" {
			return err
		}
		return insertRequest(tx, k.Agency, k.Live, kind, key, request{digest, out.ID}, p.now())
	}
	if err = p.write(ctx, act); db.IsUnique(err) { // the same request came at the same time, and was first
		err = p.write(ctx, act)
	}
	if errors.Is(err, errUsed) {
		return out, keyUsed, nil
	}
	return out, nil, err
}

// CreateTx makes a payment; its ExpiresAt is how long it waits, in microseconds.
func (p *Part) CreateTx(tx *db.Tx, pay Payment) (Payment, error) {
	now := p.now()
	pay.ID, pay.Status, pay.CreatedAt, pay.ExpiresAt = p.IDs.New(), Created, now, now+pay.ExpiresAt
	pay.LookAt = pay.ExpiresAt
	pay.Token = hash(p.pageToken(pay.ID))
	if err := insertPayment(tx, pay); err != nil {
		return pay, err
	}
	if err := insertEvent(tx, event{ID: p.IDs.New(), Payment: pay.ID, Status: Created, At: now}); err != nil {
		return pay, err
	}
	_, err := p.Journal.Append(tx, journal.Record{Kind: "payment.asked", By: journal.By{Agency: pay.Agency}, Subjects: subjects(pay),
		Why:  locale.Text{MS: "Bayaran diminta.", EN: "A payment was asked for."},
		Data: map[string]any{"payment": pay.ID, "amount": int64(pay.Amount), "currency": pay.Currency}})
	return pay, err
}
