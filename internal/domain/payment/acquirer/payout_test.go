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
