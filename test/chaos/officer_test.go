package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"balai/balaitest"
)

// officer works a queue: checks, or decides.
type officer struct {
	id, cookie string
	step, verb string
	input      map[string]any
}

// officers are two for each town, and each of them sits at two desks at once.
func (w *world) officers(t *testing.T) (all []officer) {
	t.Helper()
	for _, to := range towns {
		check := officer{id: to.checker, step: "check", verb: "check", input: map[string]any{"finding": "in_order", "note": "Alamat disemak."}}
		decide := officer{id: to.decider, step: "decide", verb: "decide", input: map[string]any{"verdict": "approve", "reasons": "Alamat disahkan."}}
		check.cookie, decide.cookie = w.halls[0].SignIn(t, check.id).Cookie, w.halls[0].SignIn(t, decide.id).Cookie
		all = append(all, check, check, decide, decide)
	}
	return all
}

// turnedAway counts what an officer was refused; an error of the hall's own is no refusal.
func (w *world) turnedAway(officer, what string, a balaitest.Answer) {
	switch {
	case a.Status < 500 || a.Status == http.StatusServiceUnavailable:
		w.refused.Add(1)
	case strings.Contains(string(a.Body), unsureText):
		w.unsure.Add(1)
	default:
		w.mu.Lock()
		w.broken = append(w.broken, fmt.Sprintf("%s, %s: %d %.300s", officer, what, a.Status, a.Body))
		w.mu.Unlock()
	}
}

// work takes what is in the queue, at whichever process answers. What was refused or unheard is looked at again.
func (o officer) work(ctx context.Context, w *world) {
	for ctx.Err() == nil {
		at := &balaitest.Person{ID: o.id, Hall: w.halls[rand.IntN(len(w.halls))], Cookie: o.cookie}
		var queue struct {
			Cases []struct {
				Ref, Step string
				Version   int
			}
		}
		a, err := at.Get("/api/v1/desk?limit=50&service=" + moving)
		w.asked.Add(1)
		switch {
		case err != nil:
			w.unheard.Add(1)
		case a.Status != 200 || a.Into(&queue) != nil:
			w.turnedAway(o.id, "the desk", a)
		}
		for _, k := range queue.Cases {
			if k.Step != o.step || ctx.Err() != nil {
				continue
			}
			body := map[string]any{"version": k.Version}
			for name, v := range o.input {
				body[name] = v
			}
			a, err = at.Post(fmt.Sprintf("/api/v1/cases/%s/%s", k.Ref, o.verb), body)
			w.asked.Add(1)
			switch {
			case err != nil:
				w.unheard.Add(1)
			case a.Status < 300:
				w.decided.Add(1)
				w.mu.Lock()
				if w.acts[k.Ref] == nil {
					w.acts[k.Ref] = map[string]int{}
				}
				w.acts[k.Ref][o.verb]++
				w.mu.Unlock()
			default:
				w.turnedAway(o.id, o.verb+" "+k.Ref, a)
			}
			if err != nil {
				break
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}
