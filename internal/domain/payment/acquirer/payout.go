package acquirer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/spine/hook"
	"balai/internal/spine/iso20022"
)

const (
	// payoutPatience bounds a call with a message of many payments.
	payoutPatience = 3 * time.Minute
	// reportMost is how much of a pain.002 is read: that of a message of ten thousand
	// payments has four megabytes.
	reportMost = 64 << 20
)

// PayOut sends a pain.001, and gives the pain.002 with which the bank answers. The
// bank pays one message's id once. A payment.RefusedError is the bank's word that it
// did not take this message; every other error may stand for one that it took.
func (x *Client) PayOut(ctx context.Context, c payment.Collector, order []byte) ([]byte, error) {
	data, status, err := x.document(ctx, c, http.MethodPost, "/acquirer/payouts", order)
	if message := notTaken(data); err != nil && status == http.StatusUnprocessableEntity && message != "" {
		return nil, &payment.RefusedError{Message: message, Reason: iso20022.WrongFormat}
	}
	return data, err
}

// notTaken is the id of a message that the bank says is not as it must be, or "".
func notTaken(answer []byte) string {
	var no struct {
		Code string `json:"code"`
		Of   string `json:"message_id"`
	}
	if json.Unmarshal(answer, &no) != nil || no.Code != "input" {
		return ""
	}
	return no.Of
}

// PaidOut asks what has become of a message, as a pain.002; payment.ErrNoMessage where
// the bank says that it does not have it. Money is let go by that, so nothing else is
// taken for it: a 404 of what stands before the bank says nothing.
func (x *Client) PaidOut(ctx context.Context, c payment.Collector, message string) ([]byte, error) {
	data, status, err := x.document(ctx, c, http.MethodGet, "/acquirer/payouts/"+url.PathEscape(message), nil)
	if status == http.StatusNotFound && neverCame(data, message) {
		return nil, payment.ErrNoMessage
	}
	return data, err
}

// neverCame tells whether an answer is the bank's word that a message never came.
func neverCame(answer []byte, message string) bool {
	var no struct {
		Code string `json:"code"`
		Of   string `json:"message_id"`
	}
	return json.Unmarshal(answer, &no) == nil && no.Code == "message_unknown" && no.Of == message
}

// document sends a signed request whose body and answer are XML. What is answered is
// given with an error too.
func (x *Client) document(ctx context.Context, c payment.Collector, method, path string, body []byte) (answer []byte, status int, err error) {
	signed := body
	if body == nil {
		signed = []byte(path)
	}
	header, err := hook.Header(x.ids.New(), x.clock.Now(), signed, c.Secret)
	if err != nil {
		return nil, 0, err
	}
	req, err := http.NewRequestWithContext(ctx, method, x.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	req.Header = header
	req.Header.Set("Bank-Merchant", c.Merchant)
	req.Header.Set("Content-Type", "application/xml")
	long := *x.http
	long.Timeout = payoutPatience
	res, err := long.Do(req)
	if err != nil {
		return nil, 0, fmt.Errorf("acquirer: %s %s: %w", method, path, withoutAddress(err))
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, reportMost))
	if err != nil {
		return nil, 0, fmt.Errorf("acquirer: %s %s: %w", method, path, err)
	}
	if res.StatusCode/100 != 2 {
		return data, res.StatusCode, fmt.Errorf("acquirer: %s %s: answered %d", method, path, res.StatusCode)
	}
	return data, res.StatusCode, nil
}
