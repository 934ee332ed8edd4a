package payment_test

import (
	"encoding/json"
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

// An agency's system is told of each step, signed with its secret and no other,
// again until it has taken it, under one id; one that is gone is told no more.
func TestTold(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		type got struct {
			header http.Header
			body   []byte
		}
		var all []got
		status := http.StatusInternalServerError
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			body, _ := io.ReadAll(req.Body)
			all = append(all, got{req.Header, body})
			w.WriteHeader(status)
		}))
		defer server.Close()
		secret := ""
		r.write(func(tx *db.Tx) (err error) {
			secret, err = r.SetEndpointTx(tx, actor.System("balai"), "jpj", server.URL, false)
			return err
		})
		id, ref := r.asked("jpj")
		r.asked("pdrm") // another agency's is none of theirs
		_ = r.box.Drain(t.Context())
		if len(all) != 1 {
			t.Fatalf("%d messages", len(all))
		}
		status = http.StatusNoContent
		r.clock.Advance(time.Minute)
		r.drain()
		r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 4550))
		r.drain()
		if len(all) != 3 || all[0].header.Get(hook.IDHeader) != all[1].header.Get(hook.IDHeader) || all[1].header.Get(hook.IDHeader) == all[2].header.Get(hook.IDHeader) {
			t.Fatalf("%d messages", len(all))
		}
		for i, want := range []string{"payment.started", "payment.started", "payment.succeeded"} {
			var m struct {
				Type string
				Data struct {
					ID string `json:"payment_id"`
				}
			}
			if err := json.Unmarshal(all[i].body, &m); err != nil || m.Type != want || m.Data.ID != id {
				t.Errorf("%s: %v", all[i].body, err)
			}
			at := r.clock.Now()
			if text := string(all[i].body); strings.Contains(text, "/pay/") || strings.Contains(text, "?t=") {
				t.Errorf("a message has the secret of a page: %s", text)
			}
			if !hook.Fresh(secret, all[i].header, at, all[i].body) || hook.Fresh(hook.NewSecret(make([]byte, 32)), all[i].header, at, all[i].body) || hook.Fresh(secret, all[i].header, at, append(all[i].body, ' ')) {
				t.Errorf("not signed as it should be: %v", all[i].header)
			}
		}
		status = http.StatusGone
		r.asked("jpj")
		r.drain()
		r.asked("jpj")
		r.drain()
		if len(all) != 4 {
			t.Errorf("who is gone was told again: %d", len(all))
		}
	})
}
