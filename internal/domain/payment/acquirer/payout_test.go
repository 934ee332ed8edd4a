package acquirer_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/domain/payment/acquirer"
	"balai/internal/spine/clock"
	"balai/internal/spine/hook"
	"balai/internal/spine/id"
)

// That an order never came is believed of the bank's own word for it and of nothing
// else: its money is let go by that.
func TestNeverCame(t *testing.T) {
	status, body := 0, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	defer server.Close()
	c := clock.NewManual(time.Date(2026, 11, 30, 1, 0, 0, 0, time.UTC))
	bank := acquirer.New(server.URL, "", c, id.NewSource(c, nil))
	shop := payment.Collector{Merchant: "MYJPJ", Secret: hook.NewSecret(bytes.Repeat([]byte{7}, hook.SecretSize))}
	for _, x := range []struct {
		what   string
		status int
		body   string
		never  bool
	}{
		{"the bank's word", 404, `{"code":"message_unknown","message":"Tiada","message_id":"M1"}`, true},
		{"a gateway's page", 404, "<html>404 page not found</html>", false},
		{"nothing", 404, "", false},
		{"another code", 404, `{"code":"missing"}`, false},
		{"no id", 404, `{"code":"message_unknown"}`, false},
		{"another message", 404, `{"code":"message_unknown","message_id":"M2"}`, false},
		{"another status", 500, `{"code":"message_unknown","message_id":"M1"}`, false},
		{"an answer", 200, `{"code":"message_unknown","message_id":"M1"}`, false},
	} {
		status, body = x.status, x.body
		_, err := bank.PaidOut(t.Context(), shop, "M1")
		if never := errors.Is(err, payment.ErrNoMessage); never != x.never || err == nil && x.status != 200 {
			t.Errorf("%s: taken for never: %t (%v)", x.what, never, err)
		}
	}
}

// That an order was refused for what is in it is believed of the bank's own word for it
// and of nothing else: its payments may be made again by that.
func TestNotTaken(t *testing.T) {
	status, body := 0, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	defer server.Close()
	c := clock.NewManual(time.Date(2026, 11, 30, 1, 0, 0, 0, time.UTC))
	bank := acquirer.New(server.URL, "", c, id.NewSource(c, nil))
	shop := payment.Collector{Merchant: "MYJPJ", Secret: hook.NewSecret(bytes.Repeat([]byte{7}, hook.SecretSize))}
	for _, x := range []struct {
		what    string
		status  int
		body    string
		message string
	}{
		{"the bank's word", 422, `{"code":"input","field":"CdtrAcct","message_id":"M1"}`, "M1"},
		{"no message", 422, `{"code":"input","field":"body"}`, ""},
		{"a gateway's page", 422, "<html>422</html>", ""},
		{"a changed order", 409, `{"code":"changed","message_id":"M1"}`, ""},
		{"another code", 422, `{"code":"insufficient_funds","message_id":"M1"}`, ""},
		{"a signature", 401, `{"code":"input","message_id":"M1"}`, ""},
		{"too many", 429, `{"code":"input","message_id":"M1"}`, ""},
		{"a fault", 500, `{"code":"input","message_id":"M1"}`, ""},
		{"a time-out", 504, `{"code":"input","message_id":"M1"}`, ""},
	} {
		status, body = x.status, x.body
		_, err := bank.PayOut(t.Context(), shop, []byte("<Document/>"))
		var no *payment.RefusedError
		got := ""
		if errors.As(err, &no) {
			got = no.Message
		}
		if err == nil || got != x.message {
			t.Errorf("%s: taken for a refusal of %q (%v)", x.what, got, err)
		}
	}
	status, body = 200, `{"code":"input","message_id":"M1"}`
	if _, err := bank.PayOut(t.Context(), shop, nil); err != nil {
		t.Errorf("an answer is an error: %v", err)
	}
}
