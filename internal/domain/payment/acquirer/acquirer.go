// Package acquirer speaks with whoever stands between an agency and the bank: in
// the demo the sandbox bank, whose wire docs/payment.md describes. Every request
// is signed with the collector's secret, as Standard Webhooks 1.0 says, and so is
// what the bank tells of itself.
package acquirer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/spine/clock"
	"balai/internal/spine/hook"
	"balai/internal/spine/id"
	"balai/internal/spine/money"
)

// patience bounds one call: a bank that hangs is asked again later.
const patience = 10 * time.Second

// answerMost is how much of an answer is read.
const answerMost = 1 << 20

// Client is the bank as payment.Banker knows it.
type Client struct {
	url   string
	admin string // enrols collectors
	clock clock.Clock
	ids   *id.Source
	http  *http.Client
}

// New speaks with the bank at an address; admin is the secret with which
// collectors are made known to it.
func New(address, admin string, c clock.Clock, ids *id.Source) *Client {
	return &Client{url: strings.TrimSuffix(address, "/"), admin: admin, clock: c, ids: ids,
		http: &http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Open is New for an address from the settings: over https, since secrets go
// there, unless it is on this machine.
func Open(address, admin string, c clock.Clock, ids *id.Source) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, fmt.Errorf("the bank's address %q is no https address", address)
	}
	return New(address, admin, c, ids), nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// call sends a signed request and reads its JSON answer. A request without a
// body signs its path and query in the body's place.
func (x *Client) call(ctx context.Context, merchant, secret, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	signed := body
	if body == nil {
		signed = []byte(path)
	}
	header, err := hook.Header(x.ids.New(), x.clock.Now(), signed, secret)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, x.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header = header
	req.Header.Set("Bank-Merchant", merchant)
	req.Header.Set("Content-Type", "application/json")
	res, err := x.http.Do(req)
	if err != nil {
		return fmt.Errorf("acquirer: %s %s: %w", method, path, withoutAddress(err))
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, answerMost))
	if err != nil {
		return fmt.Errorf("acquirer: %s %s: %w", method, path, err)
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("acquirer: %s %s: answered %d", method, path, res.StatusCode)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("acquirer: %s %s: %w", method, path, err)
	}
	return nil
}

func withoutAddress(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

// Enrol makes a collector known, and where the bank tells of its debits.
func (x *Client) Enrol(ctx context.Context, c payment.Collector, callback string) error {
	return x.call(ctx, "admin", x.admin, http.MethodPut, "/acquirer/merchants/"+url.PathEscape(c.Merchant),
		map[string]string{"name": c.Name, "city": c.City, "account": c.Account, "callback_url": callback, "secret": c.Secret}, nil)
}

// Begin opens a payment at the bank, to which the payer is sent.
func (x *Client) Begin(ctx context.Context, c payment.Collector, a payment.Attempt, description, returnURL string) (session, redirect string, err error) {
	var out struct {
		ID  string `json:"id"`
		URL string `json:"redirect_url"`
	}
	err = x.call(ctx, c.Merchant, c.Secret, http.MethodPost, "/acquirer/sessions", map[string]any{"reference": a.ID, "amount": int64(a.Amount),
		"currency": a.Currency, "method": string(a.Method), "return_url": returnURL, "description": description}, &out)
	if err == nil && (out.ID == "" || out.URL == "") {
		err = errors.New("acquirer: the bank opened nothing")
	}
	return out.ID, out.URL, err
}

// Origin is where payers are sent.
func (x *Client) Origin() string { return x.url }

// Phone is the sandbox's telephone, for who has none that pays with its money.
func (x *Client) Phone(payload string) string {
	return x.url + "/phone?payload=" + url.QueryEscape(payload)
}

// Transfer is the sandbox's page of a plain transfer, with all that is to be
// written filled in.
func (x *Client) Transfer(account, amount, reference string) string {
	return x.url + "/transfer?" + url.Values{"to": {account}, "amount": {amount}, "reference": {reference}}.Encode()
}

// transaction is what the bank says of an attempt.
type transaction struct {
	Merchant  string       `json:"merchant"`
	Reference string       `json:"reference"`
	State     string       `json:"state"`
	Reason    string       `json:"reason"`
	BankRef   string       `json:"bank_reference"`
	Amount    money.Amount `json:"amount"`
	Currency  string       `json:"currency"`
	Payee     string       `json:"payee"`
	Payer     string       `json:"payer_name"`
	Method    string       `json:"method"`
	At        string       `json:"at"`

	Payments []transaction `json:"payments"` // where there is more than one
}

func (t transaction) finding() payment.Finding {
	f := payment.Finding{Reference: t.Reference, State: t.State, Reason: t.Reason, Amount: t.Amount, Currency: t.Currency, Account: t.Payee, BankRef: t.BankRef,
		Payer: t.Payer, Method: payment.Method(t.Method)}
	if at, err := time.Parse(time.RFC3339, t.At); err == nil {
		f.At = clock.Micro(at)
	}
	return f
}

// Enquire asks what became of an attempt.
func (x *Client) Enquire(ctx context.Context, c payment.Collector, reference string) (out []payment.Finding, err error) {
	var t transaction
	if err := x.call(ctx, c.Merchant, c.Secret, http.MethodGet, "/acquirer/transactions/"+url.PathEscape(reference), nil, &t); err != nil {
		return nil, err
	}
	all := t.Payments
	if len(all) == 0 {
		all = []transaction{t}
	}
	for _, one := range append(all, t) {
		// An answer about somebody else's payment, of a bank or of what stands before
		// it, is no answer.
		if one.Reference != "" && one.Reference != reference || one.Merchant != "" && one.Merchant != c.Merchant {
			return nil, errors.New("acquirer: the bank answered about another payment")
		}
	}
	for _, one := range all {
		one.Reference = reference
		out = append(out, one.finding())
	}
	return out, nil
}

// Refund sends money of a debit back; the bank pays one refund's id once.
func (x *Client) Refund(ctx context.Context, c payment.Collector, r payment.Refund) (state, bankRef string, err error) {
	var out struct {
		State   string `json:"state"`
		BankRef string `json:"bank_reference"`
	}
	err = x.call(ctx, c.Merchant, c.Secret, http.MethodPost, "/acquirer/refunds",
		map[string]any{"reference": r.Attempt, "bank_reference": r.Debit, "refund_reference": r.Reference(), "amount": int64(r.Amount)}, &out)
	return out.State, out.BankRef, err
}

// Callback reads what the bank tells: signed with the collector's secret, a short
// while ago, and of this collector.
func (x *Client) Callback(c payment.Collector, h http.Header, body []byte) (payment.Finding, bool) {
	if !hook.Fresh(c.Secret, h, x.clock.Now(), body) {
		return payment.Finding{}, false
	}
	var t transaction
	if json.Unmarshal(body, &t) != nil || t.Merchant != c.Merchant {
		return payment.Finding{}, false
	}
	return t.finding(), true
}
