package payment_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/hook"
)

// Another address or another secret loses no message: what an address did not take
// goes to the one that took its place, and for a day a new secret's messages have the
// old one's signature too.
func TestAddressChanges(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.Demo = false // where all secrets are one
		var old, now []http.Header
		var body []byte
		down := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			old = append(old, req.Header)
			w.WriteHeader(http.StatusBadGateway)
		}))
		defer down.Close()
		up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			now = append(now, req.Header)
			body, _ = io.ReadAll(req.Body)
		}))
		defer up.Close()
		set := func(address string) (secret string) {
			r.write(func(tx *db.Tx) (err error) {
				secret, err = r.SetEndpointTx(tx, actor.System("balai"), "jpj", address, false)
				return err
			})
			return secret
		}
		set(down.URL)
		r.asked("jpj")
		_ = r.box.Drain(t.Context())
		first := set(up.URL)
		r.clock.Advance(time.Minute)
		r.drain()
		if len(old) != 1 || len(now) != 1 || old[0].Get(hook.IDHeader) != now[0].Get(hook.IDHeader) || !hook.Fresh(first, now[0], r.clock.Now(), body) {
			t.Fatalf("%d at the old address, %d at the new one", len(old), len(now))
		}
		if a := r.call("jpj", "GET", "/v1/webhooks/deliveries", "", ""); strings.Count(a.text, `"state":"sent"`) != 1 || strings.Contains(a.text, `"off"`) {
			t.Error(a.text)
		}
		second := set(up.URL)
		r.asked("jpj")
		r.drain()
		if len(now) != 2 || !hook.Fresh(first, now[1], r.clock.Now(), body) || !hook.Fresh(second, now[1], r.clock.Now(), body) || first == second {
			t.Errorf("%d: %v", len(now), now)
		}
		r.clock.Advance(25 * time.Hour)
		r.asked("jpj")
		r.drain()
		if last := now[len(now)-1]; len(now) < 3 || hook.Fresh(first, last, r.clock.Now(), body) || !hook.Fresh(second, last, r.clock.Now(), body) {
			t.Errorf("a day later: %v", last)
		}
		// An agency that has ended its address is told nowhere.
		r.asked("jpj")
		r.write(func(tx *db.Tx) error {
			_, err := r.SetEndpointTx(tx, actor.System("balai"), "jpj", "", false)
			return err
		})
		n := len(now)
		r.drain()
		if len(now) != n {
			t.Error("it was told at an address that had ended")
		}
	})
}

// A refund that cannot be says how the payment stands, as GOV.UK Pay does.
func TestRefundStatuses(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, ref := r.asked("jpj")
		says := func(want string) {
			t.Helper()
			a := r.call("jpj", "POST", "/v1/payments/"+id+"/refunds", `{"amount": 1}`, "")
			if a.status != 400 || a.str("code") != "P0603" || !strings.HasSuffix(a.str("description"), ": "+want) || r.state("jpj", id).str("refund_summary", "status") != want {
				t.Errorf("%s: %d %s", want, a.status, a.text)
			}
		}
		says("pending")
		r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 4550))
		if a := r.call("jpj", "POST", "/v1/payments/"+id+"/refunds", `{"amount": 4550}`, ""); a.status != http.StatusAccepted {
			t.Fatal(a.text)
		}
		says("full")
		id, _ = r.asked("jpj")
		r.call("jpj", "POST", "/v1/payments/"+id+"/cancel", "", "")
		says("unavailable")
	})
}
