package app

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"balai/internal/domain/operating"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics counts what the hall does; no label carries a person's data.
type metrics struct {
	handler  http.Handler
	requests *prometheus.HistogramVec
}

func newMetrics(h *Hall) *metrics {
	reg := prometheus.NewRegistry()
	m := &metrics{
		handler: promhttp.HandlerFor(reg, promhttp.HandlerOpts{}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "balai_request_seconds",
			Help: "Time to answer, by route and status.", Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5}},
			[]string{"route", "status"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "balai_build_info", Help: "1, with the program's version.",
		ConstLabels: prometheus.Labels{"version": Version, "engine": h.db.Engine()}})
	build.Set(1)
	reg.MustRegister(m.requests, build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &stock{h})
	return m
}

func (m *metrics) observe(route string, status int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Observe(took.Seconds())
}

// measure shows the figures to who has the token, and without one set, to this
// machine alone. To anybody else they are not there.
func (h *Hall) measure(w http.ResponseWriter, r *http.Request) error {
	token := h.cfg.Get("metrics-token")
	given, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	want, got := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(given))
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	switch {
	case token != "" && bearer && subtle.ConstantTimeCompare(want[:], got[:]) == 1:
	case token == "" && err == nil && from.Addr().Unmap().IsLoopback() && direct(r):
	default:
		return fault.New(fault.Missing, "web.error.missing")
	}
	h.metrics.handler.ServeHTTP(w, r)
	return nil
}

// direct tells whether a request from this machine was made here: a proxy on it
// that nobody declared sends the visitors' on, each from this machine.
func direct(r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return loopbackHost(strings.Trim(host, "[]"))
}

// stock reads, when it is asked, what lies in the hall.
type stock struct{ h *Hall }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("balai_"+name, help, labels, nil)
}

var (
	jobsDesc     = desc("jobs", "Jobs by state.", "state")
	writesDesc   = desc("db_acts_total", "Acts committed.")
	groupsDesc   = desc("db_groups_total", "Transactions that committed them.")
	rerunsDesc   = desc("db_reruns_total", "Acts run again.")
	readsDesc    = desc("db_reads_total", "Reads begun.")
	casesDesc    = desc("cases", "Cases that nobody has decided, by state.", "state")
	overdueDesc  = desc("cases_overdue", "Of those, past their due date.")
	sizeDesc     = desc("journal_size", "Entries in the newest signed head.")
	waitDesc     = desc("wait_seconds", "For how long the oldest work of a part has waited.", "part")
	statesDesc   = desc("part_up", "1 where a part of the hall works, 0.5 where it is slow, 0 where it does not.", "part")
	forgedDesc   = desc("bank_messages_refused_total", "Messages in a bank's name that were refused, by why.", "reason")
	deliveryDesc = desc("messages_waiting", "Messages that have not left, by channel and state.", "channel", "state")
)

func (s *stock) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{jobsDesc, writesDesc, groupsDesc, rerunsDesc, readsDesc, casesDesc, overdueDesc, sizeDesc, waitDesc, statesDesc, forgedDesc, deliveryDesc} {
		ch <- d
	}
}

func (s *stock) Collect(ch chan<- prometheus.Metric) {
	st := s.h.db.Stats()
	count := func(d *prometheus.Desc, v float64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v)
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count(writesDesc, float64(st.Acts))
	count(groupsDesc, float64(st.Groups))
	count(rerunsDesc, float64(st.Reruns))
	count(readsDesc, float64(st.Reads))
	for why, n := range s.h.payment.Forged() {
		ch <- prometheus.MustNewConstMetric(forgedDesc, prometheus.CounterValue, float64(n), why)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	checks, _ := s.h.operating.Now(ctx)
	for _, c := range checks {
		gauge(statesDesc, map[operating.State]float64{operating.Well: 1, operating.Slow: 0.5}[c.State], c.Key)
	}
	var now stockNow
	if err := s.h.db.Read(ctx, func(tx *db.Tx) (err error) { now, err = s.read(tx); return err }); err != nil {
		return // the gap in the series says it
	}
	for state, n := range now.jobs {
		gauge(jobsDesc, float64(n), state)
	}
	for state, n := range now.cases {
		gauge(casesDesc, float64(n), state)
	}
	for k, n := range now.deliveries {
		gauge(deliveryDesc, float64(n), k[0], k[1])
	}
	for part, wait := range now.waits {
		gauge(waitDesc, wait.Seconds(), part)
	}
	gauge(overdueDesc, float64(now.overdue))
	gauge(sizeDesc, float64(now.size))
}

// stockNow is what lies in the hall at one moment.
type stockNow struct {
	jobs, cases   map[string]int64
	deliveries    map[[2]string]int64 // by channel and state
	waits         map[string]time.Duration
	overdue, size int64
}

func (s *stock) read(tx *db.Tx) (out stockNow, err error) {
	h := s.h
	if out.jobs, err = h.outbox.Counts(tx); err != nil {
		return out, err
	}
	if out.cases, out.overdue, err = h.cases.OpenByState(tx); err != nil {
		return out, err
	}
	if out.deliveries, err = h.notify.Waiting(tx); err != nil {
		return out, err
	}
	if out.size, err = h.journal.Size(tx); err != nil {
		return out, err
	}
	out.waits, err = waitsOf(h, tx)
	return out, err
}

// waitsOf is for how long the oldest work of each part has waited.
func waitsOf(h *Hall, tx *db.Tx) (map[string]time.Duration, error) {
	waits := map[string]time.Duration{}
	for _, x := range patience {
		at, err := x.since(h, tx)
		if err != nil {
			return nil, err
		}
		waits[x.key] = 0
		// What the demo's people did before it opened is lived through now:
		// nobody has waited for it.
		past := h.demo != nil && clock.FromMicro(at).Before(h.opened)
		if at > 0 && !past {
			waits[x.key] = max(0, h.clock.Now().Sub(clock.FromMicro(at)))
		}
	}
	return waits, nil
}
