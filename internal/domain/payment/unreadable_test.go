package payment_test

import (
	"net/http"
	"strings"
	"testing"
)

// What is no text is asked for wrongly: it is nobody's fault but the asker's, and
// raises nobody who looks after the hall.
func TestUnreadableRequests(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, _ := r.asked("jpj")
		for _, c := range []struct {
			method, path, key string
			status            int
			code              string
		}{
			{"GET", "/v1/payments/%00", "", 404, "P0004"}, {"GET", "/v1/payments/%ff/events", "", 404, "P0004"}, {"POST", "/v1/webhooks/messages/%ff/replay", "", 404, "P0004"},
			{"GET", "/v1/payments/" + id + "/refunds/%ff", "", 404, "P0004"},
			{"GET", "/v1/payments?reference=%ff", "", 422, "P0401"}, {"GET", "/v1/payments?email=a%00", "", 422, "P0401"},
			{"POST", "/v1/payments", "\xff", 422, "P0102"},
		} {
			if a := r.call("jpj", c.method, c.path, wanted, c.key); a.status != c.status || a.str("code") != c.code {
				t.Errorf("%s %s: %d %s", c.method, c.path, a.status, a.text)
			}
		}
		if a := r.do("GET", "/v1/payments/%ff", nil, http.Header{}); a.status != http.StatusUnauthorized || strings.Contains(a.text, "P0004") {
			t.Errorf("without a key: %d %s", a.status, a.text)
		}
	})
}

// A body that is compressed is refused as that, wherever it is sent below /v1, and not as
// one that is no JSON; identity is none.
func TestCompressedBodies(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, _ := r.asked("jpj")
		send := func(path, coding string) answer {
			return r.do("POST", path, []byte(wanted), http.Header{"Authorization": {"Bearer " + r.keys["jpj"]}, "Content-Type": {"application/json"}, "Content-Encoding": {coding}})
		}
		for _, path := range []string{"/v1/payments", "/v1/payments/" + id + "/refunds", "/v1/webhooks"} {
			for _, coding := range []string{"gzip", "br", "identity, GZIP"} {
				if a := send(path, coding); a.status != http.StatusUnsupportedMediaType || a.str("code") != "P0007" || !strings.Contains(a.str("description"), "uncompressed") {
					t.Errorf("%s %s: %d %s", path, coding, a.status, a.text)
				}
			}
		}
		if a := send("/v1/payments", "Identity"); a.status != http.StatusCreated {
			t.Errorf("%d %s", a.status, a.text)
		}
	})
}
