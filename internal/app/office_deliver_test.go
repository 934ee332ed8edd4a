package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/internal/domain/backoffice"
	"balai/internal/domain/identity"
	"balai/internal/spine/actor"
	"balai/internal/spine/hook"
)

// receiver is an agency's system that is told.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status int  // of its answers
	drop   bool // the connection instead of an answer
	got    []told
}

type told struct {
	id, signature, body string
	at                  int64
}

func newReceiver(t *testing.T) *receiver {
	x := &receiver{status: http.StatusNoContent}
	x.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		at, _ := strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64)
		x.mu.Lock()
		defer x.mu.Unlock()
		x.got = append(x.got, told{r.Header.Get("webhook-id"), r.Header.Get("webhook-signature"), string(body), at})
		if x.drop {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Location", x.URL+"/elsewhere")
		w.WriteHeader(x.status)
	}))
	t.Cleanup(x.Close)
	return x
}

func (x *receiver) answers(status int, drop bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.status, x.drop = status, drop
}

func (x *receiver) ids() (out []string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, g := range x.got {
		out = append(out, g.id)
	}
	return out
}

// works runs what may run now; a job that fails is the test's own doing.
func (r *rig) works() { _ = r.outbox.Drain(context.Background()) }

// An event reaches the agency's system at least once under one id, whatever
// happens on the way.
func TestOfficeDelivery(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.hook.Loopback = true
		s, x := r.system("jkm", false), newReceiver(t)
		s.calls(200, "PUT", "/webhook", obj{"url": x.URL})
		ref := s.handIn("A-1", "m0", "checking")
		r.must(r.office.Reply(context.Background(), citizen("m0"), ref, "k1", "Saya <b>ingin</b> tahu.\nBila?"))

		x.answers(0, true) // the connection breaks before an answer, as when either side is killed
		r.works()
		x.answers(http.StatusInternalServerError, false)
		r.now.Advance(2 * time.Second)
		r.works()
		x.answers(http.StatusFound, false) // followed, it would count once more
		r.now.Advance(time.Minute)
		r.works()
		x.answers(http.StatusOK, false)
		r.now.Advance(time.Hour)
		r.works()
		r.works()
		ids := x.ids()
		if len(ids) != 4 || len(slices.Compact(slices.Clone(ids))) != 1 {
			t.Fatalf("sent as %v; want four times under one id", ids)
		}
		for _, g := range x.got {
			if !hook.Signed(s.Secret, g.signature, g.id, g.at, []byte(g.body)) || hook.Signed(s.APIKey, g.signature, g.id, g.at, []byte(g.body)) {
				t.Errorf("not signed with the webhook's secret: %+v", g)
			}
		}
		var event struct {
			Type, Timestamp string
			Data            map[string]any
		}
		r.must(json.Unmarshal([]byte(x.got[3].body), &event))
		r.wants("event", fmt.Sprint(event.Type, event.Data["their_ref"], event.Data["text"]), "case.repliedA-1Saya <b>ingin</b> tahu.\nBila?")
		log, err := r.office.Deliveries(context.Background(), "jkm", 10)
		r.must(err)
		if len(log) != 1 || log[0].State != backoffice.Sent || log[0].Attempts != 4 || log[0].Status != 200 {
			t.Errorf("log %+v", log)
		}
		for _, d := range log {
			if strings.Contains(fmt.Sprint(d), "whsec_") {
				t.Error("the log tells a secret")
			}
		}

		// Sent again on request, under the same id; another agency may not ask for it.
		r.system("kkm", false).calls(404, "POST", "/events/"+ids[0]+"/replay", obj{})
		s.calls(200, "POST", "/events/"+ids[0]+"/replay", obj{})
		r.works()
		r.wants("replayed", x.ids()[4], ids[0])

		// While a key is exchanged, one delivery carries both signatures.
		next := r.system("jkm", false)
		r.must(r.office.SetWebhook(context.Background(), actor.System(identity.HallAgency), next.ID, x.URL))
		r.must(r.office.Withdraw(context.Background(), citizen("m0"), ref, ""))
		r.works()
		r.wants("deliveries", len(x.got), 6)
		for _, k := range []system{s, next} {
			if g := x.got[5]; !hook.Signed(k.Secret, g.signature, g.id, g.at, []byte(g.body)) {
				t.Error("one of the two keys does not verify")
			}
		}

		// An address that is gone is told nothing more, until it is set anew.
		x.answers(http.StatusGone, false)
		s.handIn("A-2", "m0", "checking")
		again := s.calls(200, "GET", "/cases/A-2", nil).json(t)["ref"].(string)
		for i := range 3 {
			r.must(r.office.Reply(context.Background(), citizen("m0"), again, fmt.Sprint("x", i), "Helo"))
			r.works()
		}
		r.wants("after 410", len(x.got), 7)
		x.answers(http.StatusOK, false)
		s.calls(200, "PUT", "/webhook", obj{"url": x.URL})
		r.must(r.office.Reply(context.Background(), citizen("m0"), again, "y", "Helo"))
		r.works()
		r.wants("set anew", len(x.got), 8)
		r.wants("events kept", len(s.calls(200, "GET", "/events", nil).json(t)["events"].([]any)), 6)
	})
}

// Deliveries to an address that hangs wait for each other, and not for ever.
func TestOfficeDeliveryToWhoHangs(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.hook.Loopback, r.hook.Patience = true, 50*time.Millisecond
		ended := make(chan struct{})
		hangs := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-ended }))
		defer hangs.Close()
		defer close(ended)
		s := r.system("jkm", false)
		s.calls(200, "PUT", "/webhook", obj{"url": hangs.URL})
		ref := s.handIn("A-1", "m0", "checking")
		for n := range 3 {
			r.must(r.office.Reply(context.Background(), citizen("m0"), ref, fmt.Sprint("k", n), "Bila?"))
		}
		r.works()
		states := func() (out []string) {
			log, err := r.office.Deliveries(context.Background(), "jkm", 10)
			r.must(err)
			for _, d := range log {
				out = append(out, d.State)
			}
			return out
		}
		r.wants("at first", fmt.Sprint(states()), "[queued queued queued]")
		for range 5 {
			r.now.Advance(25 * time.Hour)
			r.works()
		}
		r.wants("after five days", fmt.Sprint(states()), "[failed failed failed]")
		r.wants("jobs left", r.count(`select count(*) from outbox_job where kind = 'backoffice.deliver' and state not in ('completed', 'cancelled')`), 0)
	})
}

// An address that never answers is given up after about three days.
func TestOfficeDeliveryGivesUp(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.hook.Loopback = true
		s, x := r.system("jkm", false), newReceiver(t)
		x.answers(http.StatusServiceUnavailable, false)
		s.calls(200, "PUT", "/webhook", obj{"url": x.URL})
		ref := s.handIn("A-1", "m0", "checking")
		r.must(r.office.Reply(context.Background(), citizen("m0"), ref, "k1", "Helo"))
		began := r.now.Now()
		for range 40 {
			r.works()
			log, err := r.office.Deliveries(context.Background(), "jkm", 1)
			r.must(err)
			if log[0].State == backoffice.Failed {
				break
			}
			r.now.Advance(5 * time.Hour)
		}
		log, err := r.office.Deliveries(context.Background(), "jkm", 1)
		r.must(err)
		r.wants("tries", fmt.Sprint(log[0].State, log[0].Attempts, log[0].Status, len(x.got)), "failed17 503 17")
		if took := r.now.Now().Sub(began); took < 48*time.Hour || took > 6*24*time.Hour {
			t.Errorf("given up after %v", took)
		}
	})
}

// Where the hall does not say that this machine may be told, it is not: neither
// when the address is set nor when it is called.
func TestOfficeDeliveryStaysOutside(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		s, x := r.system("jkm", false), newReceiver(t)
		s.calls(422, "PUT", "/webhook", obj{"url": x.URL})
		if _, err := r.office.MakeKey(context.Background(), actor.System(identity.HallAgency), "jkm", "https://169.254.169.254/", false); err == nil {
			t.Error("a key whose webhook leads into the network")
		}
		r.hook.Loopback = true
		s.calls(200, "PUT", "/webhook", obj{"url": x.URL})
		r.hook.Loopback = false // as if the name had led elsewhere when it was set
		ref := s.handIn("A-1", "m0", "checking")
		r.must(r.office.Reply(context.Background(), citizen("m0"), ref, "k1", "Helo"))
		r.works()
		r.wants("calls", len(x.got), 0)
	})
}

// Who applies here in a service of the agency is told of by reference alone.
func TestOfficeHearsOfApplications(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.born("m0")
		s := r.system("jpn", false)
		rec := r.born("m4")
		list := s.calls(200, "GET", "/events", nil).json(t)["events"].([]any)
		if len(list) != 1 {
			t.Fatalf("%d events", len(list))
		}
		body := list[0].(obj)["body"].(obj)
		r.wants("type", body["type"], "application.received")
		data := body["data"].(obj)
		r.wants("data", fmt.Sprint(len(data), data["ref"], data["service"]), fmt.Sprint(4, rec.Ref, birth))
	})
}

// What a webhook's address holds after its path may be a token: no error that
// is logged, kept or listed has it.
func TestOfficeDeliveryTellsNoToken(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.hook.Loopback = true
		s, x := r.system("jkm", false), newReceiver(t)
		s.calls(200, "PUT", "/webhook", obj{"url": x.URL + "/hook?token=tok-7731"})
		ref := s.handIn("A-1", "m0", "checking")
		r.must(r.office.Reply(context.Background(), citizen("m0"), ref, "k1", "Helo"))
		x.answers(0, true)
		failed := r.outbox.Drain(context.Background())
		r.wants("sent", len(x.got), 1)
		log, err := r.office.Deliveries(context.Background(), "jkm", 1)
		r.must(err)
		r.wants("errors without the token", r.count(`select count(*) from outbox_job where kind = 'backoffice.deliver' and error <> '' and error not like '%tok-7731%'`), 1)
		if log[0].Error == "" || failed == nil || strings.Contains(log[0].Error+failed.Error()+hook.Place(log[0].URL), "tok-7731") {
			t.Errorf("%q, %v, %s", log[0].Error, failed, hook.Place(log[0].URL))
		}
	})
}

// A signed request that somebody saw on its way and sends again within its five
// minutes neither sets an address nor sends an event.
func TestOfficeWebhookOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.hook.Loopback = true
		s, x, y := r.system("jkm", false), newReceiver(t), newReceiver(t)
		sends := func(method, path string, body obj) (again func() reply) {
			headers := s.signed(r.ids.New(), body)
			again = func() reply { return r.gets(200, "", method, officeAPI+path, body, headers...) }
			again()
			return again
		}
		toX := sends("PUT", "/webhook", obj{"url": x.URL})
		ref := s.handIn("A-1", "m0", "checking")
		r.must(r.office.Reply(context.Background(), citizen("m0"), ref, "k1", "Helo"))
		r.works()
		id := x.ids()[0]
		replay := sends("POST", "/events/"+id+"/replay", obj{})
		r.works()
		r.wants("sent", len(x.ids()), 2)
		for range 3 {
			r.wants("what a replay answers", replay().json(t)["addresses"], 1.0)
			r.works()
		}
		r.wants("sent, the request again", len(x.ids()), 2)

		sends("PUT", "/webhook", obj{"url": y.URL})
		r.wants("what was answered", toX().json(t)["url"], x.URL)
		r.must(r.office.Reply(context.Background(), citizen("m0"), ref, "k2", "Helo lagi"))
		r.works()
		r.wants("told", fmt.Sprint(len(x.ids()), len(y.ids())), "2 1")
	})
}
