package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/operating"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/outbox"

	"go.opentelemetry.io/otel"
)

// reads sends a request from an address, with a bearer token where one is given.
func (r *rig) reads(path, from, token string) *httptest.ResponseRecorder {
	req := httptest.NewRequest("GET", r.cfg.Get("base-url")+path, nil)
	req.RemoteAddr = from
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	r.router.ServeHTTP(w, req)
	return w
}

// TestMetrics: who may read them; every figure that the dashboard draws is
// there, and none names a person.
func TestMetrics(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for _, c := range []struct {
			set, from, token string
			status           int
		}{
			{"", "127.0.0.1:5", "", 200}, {"", "[::1]:5", "", 200}, {"", "203.0.113.7:5", "", 404}, {"", "203.0.113.7:5", "guess", 404},
			{"s3cret", "127.0.0.1:5", "", 404}, {"s3cret", "203.0.113.7:5", "guess", 404}, {"s3cret", "203.0.113.7:5", "s3cret", 200},
		} {
			r.cfg.values["metrics-token"] = c.set
			if w := r.reads("/metrics", c.from, c.token); w.Code != c.status {
				t.Errorf("%+v: %d", c, w.Code)
			}
		}
		r.cfg.values["metrics-token"] = ""
		for _, sent := range [][2]string{{"X-Forwarded-For", "203.0.113.7"}, {"Host", "balai.example"}} {
			req := httptest.NewRequest("GET", r.cfg.Get("base-url")+"/metrics", nil)
			req.RemoteAddr = "127.0.0.1:5"
			req.Header.Set(sent[0], sent[1])
			if sent[0] == "Host" {
				req.Host = sent[1]
			}
			w := httptest.NewRecorder()
			if r.router.ServeHTTP(w, req); w.Code == 200 {
				t.Errorf("a visitor's request that a proxy here sent on is answered: %v", sent)
			}
		}
		body := r.reads("/metrics", "127.0.0.1:5", "").Body.String()
		if !strings.Contains(body, `balai_bank_messages_refused_total{reason="signature"} 0`) {
			t.Error("messages that no bank signed are not counted")
		}
		file, err := os.ReadFile("../../packaging/grafana/balai.json")
		r.must(err)
		var board struct {
			Panels []struct {
				Title   string
				Targets []struct{ Expr string }
			}
		}
		r.must(json.Unmarshal(file, &board))
		names, drawn := regexp.MustCompile(`\b(balai|go|process)_[a-z_]+`), 0
		for _, p := range board.Panels {
			for _, target := range p.Targets {
				for _, name := range names.FindAllString(target.Expr, -1) {
					drawn++
					// Some have no series in an empty hall; their names are described.
					known := strings.Contains(body, "\n"+name) || strings.Contains(described(), "\""+name+"\"")
					if !known {
						t.Errorf("%s draws %s, which the hall does not have", p.Title, name)
					}
				}
			}
		}
		if drawn < 12 {
			t.Errorf("only %d figures are drawn", drawn)
		}
	})
}

func described() string {
	var b strings.Builder
	for _, d := range []any{jobsDesc, writesDesc, groupsDesc, rerunsDesc, readsDesc, casesDesc, overdueDesc, sizeDesc, waitDesc, statesDesc, forgedDesc, deliveryDesc} {
		b.WriteString(strings.TrimSpace(d.(interface{ String() string }).String()))
	}
	return b.String()
}

// TestStatus: the page says what is so: a journal that stands still, a message
// that does not leave, a database that is gone, and minutes that nobody noted.
func TestStatus(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		states := func() map[string]operating.State {
			out := map[string]operating.State{}
			for _, c := range (probe{r.Hall}).Checks(context.Background()) {
				out[c.Key] = c.State
			}
			return out
		}
		r.outbox.Handle("test.wait", func(context.Context, outbox.Job) error { return nil })
		_, err := r.journal.Sequence(context.Background())
		r.must(err)
		r.drain()
		if got := states(); len(got) != 5 || got["journal"] != operating.Well || got["pages"] != operating.Well || got["file"] != operating.Well {
			t.Fatalf("a hall that is well: %v", got)
		}
		r.write(func(tx *db.Tx) error {
			return r.outbox.Enqueue(tx, "test.wait", 1)
		})
		r.now.Advance(3 * time.Minute)
		if got := states(); got["work"] != operating.Slow {
			t.Errorf("work that waits three minutes: %v", got)
		}
		r.now.Advance(time.Hour)
		if got := states(); got["work"] != operating.Down {
			t.Errorf("work that waits an hour: %v", got)
		}
		page := r.reads("/status?lang=en", "203.0.113.7:5", "").Body.String()
		if !strings.Contains(page, "Something is not working") || !strings.Contains(page, "No history yet") {
			t.Errorf("the page: %s", page)
		}

		// Ten minutes noted of twenty; the last of them in trouble.
		r.now.Set(morning.AddDate(0, 0, 1))
		r.drain()
		for i := range 10 {
			if i == 9 {
				r.write(func(tx *db.Tx) error {
					return r.outbox.Enqueue(tx, "test.wait", 1, r.now.Now().Add(-time.Hour))
				})
			}
			r.must(r.operating.Note(context.Background()))
			r.must(r.operating.Note(context.Background())) // of another process, or again
			r.now.Advance(time.Minute)
		}
		r.now.Advance(10 * time.Minute)
		days, err := r.operating.History(context.Background())
		r.must(err)
		if len(days) != 1 || days[0].Noted != 10 || days[0].Troubled != 1 || days[0].Minutes != 20 || days[0].There() != 0.45 {
			t.Errorf("the history: %+v", days)
		}
		r.now.Advance(48 * time.Hour)
		if days, err = r.operating.History(context.Background()); err != nil || len(days) != 3 || days[1].There() != 0 || days[1].Minutes != 24*60 {
			t.Errorf("a day that nobody noted: %+v, %v", days, err)
		}
		var out struct {
			State string
			Days  []struct{ There float64 }
		}
		r.must(json.Unmarshal(r.reads("/api/v1/status", "203.0.113.7:5", "").Body.Bytes(), &out))
		if len(out.Days) != 3 || out.State == "" {
			t.Errorf("the API: %+v", out)
		}
	})
}

// TestStartTellsOfTheClock: a hall that has written later than it is now says
// so in one line as it starts; a demo has a date of its own.
func TestStartTellsOfTheClock(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var told bytes.Buffer
		r.log = slog.New(slog.NewTextHandler(&told, nil))
		r.cfg.look = []string{"look at this"}
		notes := func() string {
			told.Reset()
			r.must(r.notes(context.Background()))
			return told.String()
		}
		if got := notes(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "look at this") {
			t.Errorf("with a clock that is right: %s", got)
		}
		r.now.Advance(-time.Hour)
		if got := notes(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "level=WARN msg=\"the clock has stepped back") {
			t.Errorf("with a clock that stepped back: %s", got)
		}
		r.cfg.Demo = true
		if got := notes(); strings.Contains(got, "stepped back") {
			t.Errorf("a demo: %s", got)
		}
	})
}

// TestPastIsNoWait: what the demo's people did long ago, and is lived through
// now, has kept nobody waiting; what is done today does.
func TestPastIsNoWait(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.outbox.Handle("test.wait", func(context.Context, outbox.Job) error { return nil })
		r.drain()
		waits := func() (out map[string]time.Duration) {
			r.read(func(tx *db.Tx) (err error) { out, err = waitsOf(r.Hall, tx); return err })
			return out
		}
		r.write(func(tx *db.Tx) error {
			return r.outbox.Enqueue(tx, "test.wait", 1, r.now.Now().AddDate(0, -2, 0))
		})
		if got := waits()["work"]; got < 24*time.Hour {
			t.Errorf("a hall's own work waits %s", got)
		}
		r.demo, r.opened = &demoCountry{}, r.now.Now()
		if got := waits()["work"]; got != 0 {
			t.Errorf("the demo's past waits %s", got)
		}
		r.drain()
		r.now.Advance(time.Minute)
		r.write(func(tx *db.Tx) error { return r.outbox.Enqueue(tx, "test.wait", 2) })
		r.now.Advance(time.Hour)
		if got := waits()["work"]; got != time.Hour {
			t.Errorf("what was done today waits %s", got)
		}
	})
}

// TestLivedThroughTwice: what a restart of the demo lives through once more is
// nothing to be told of; what cannot be sent at all is, in words.
func TestLivedThroughTwice(t *testing.T) {
	var told bytes.Buffer
	l := &life{pastHall: &pastHall{Hall: &Hall{log: slog.New(slog.NewTextHandler(&told, nil))}, again: true}}
	if !l.unsent(fault.New(fault.Invalid, "web.error.missing")) || told.Len() > 0 {
		t.Errorf("after a restart: %s", told.String())
	}
	l.again = false
	if !l.unsent(fault.New(fault.Conflict, "web.error.missing")) || !strings.Contains(told.String(), "What you asked for is not here") {
		t.Errorf("at the first start: %s", told.String())
	}
	if l.unsent(errors.New("the disk is full")) {
		t.Error("an error of the machine is taken for an application that was not sent")
	}
}

// TestTraces: a request is a span with its route, its caller's trace and no
// address; without a collector nothing is traced.
func TestTraces(t *testing.T) {
	got := make(chan []byte, 10)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path == "/v1/traces" && r.Header.Get("Authorization") == "Bearer s3cret" {
			got <- body
		}
	}))
	defer collector.Close()
	ctx := context.Background()
	cfg := Config{values: map[string]string{"otel-endpoint": collector.URL, "otel-share": "1", "otel-token": "s3cret"}}
	var told bytes.Buffer
	tr, err := newTracer(ctx, cfg, slog.New(slog.NewJSONHandler(&told, nil)))
	if err != nil {
		t.Fatal(err)
	}
	told.Reset()
	otel.Handle(errors.New("refused")) // as its exporter does
	if !json.Valid(told.Bytes()) || !strings.Contains(told.String(), "traces were not sent") {
		t.Errorf("traces that are not sent are told of as %q", told.String())
	}
	r := httptest.NewRequest("GET", "/case/SECRET-REFERENCE", nil)
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	_, end := tr.begin(r)
	end("GET /case/{ref}", 503)
	if err := tr.close(ctx); err != nil {
		t.Fatal(err)
	}
	sent := <-got
	for _, want := range []string{"GET /case/{ref}", "/case/{ref}", "balai", "\x0a\xf7\x65\x19\x16\xcd\x43\xdd\x84\x48\xeb\x21\x1c\x80\x31\x9c"} {
		if !bytes.Contains(sent, []byte(want)) {
			t.Errorf("the span lacks %q", want)
		}
	}
	if bytes.Contains(sent, []byte("SECRET")) {
		t.Error("the span names the case")
	}
	cfg.values["otel-share"] = "0" // whatever the caller's trace says
	if tr, err = newTracer(ctx, cfg, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	_, end = tr.begin(r)
	end("GET /case/{ref}", 200)
	if err := tr.close(ctx); err != nil || len(got) > 0 {
		t.Errorf("a caller decided that its request is traced: %v", err)
	}
	if off, err := newTracer(ctx, Config{values: map[string]string{}}, nil); off != nil || err != nil {
		t.Errorf("without a collector: %v, %v", off, err)
	}
	for _, bad := range []map[string]string{{"otel-endpoint": "localhost:4318"}, {"otel-endpoint": "http://localhost:4318", "otel-share": "2"}} {
		if _, err := newTracer(ctx, Config{values: bad}, nil); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
}

// TestLogLine: one line a request, with the route and not the address.
func TestLogLine(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		cfg, err := parseConfig("serve", []string{"--log-format", format}, nil)
		if err != nil {
			t.Fatal(err)
		}
		logger(cfg, Std{Err: &out}).Info("request", "route", "GET /case/{ref}")
		if format == "json" != json.Valid(out.Bytes()) || !strings.Contains(out.String(), "GET /case/{ref}") {
			t.Errorf("%s: %s", format, out.String())
		}
	}
	for _, args := range [][]string{{"--log-format", "xml"}, {"--log-level", "loud"}} {
		if _, err := parseConfig("serve", args, nil); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
}
