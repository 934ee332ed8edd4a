package app

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"balai/internal/spine/db"
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
	reg.MustRegister(m.requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &stock{h})
	return m
}

func (m *metrics) observe(route string, status int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Observe(took.Seconds())
}

// stock reads, when it is asked, what lies in the hall.
type stock struct{ h *Hall }

var (
	jobsDesc   = prometheus.NewDesc("balai_jobs", "Jobs by state.", []string{"state"}, nil)
	writesDesc = prometheus.NewDesc("balai_db_acts_total", "Acts committed.", nil, nil)
	groupsDesc = prometheus.NewDesc("balai_db_groups_total", "Transactions that committed them.", nil, nil)
	rerunsDesc = prometheus.NewDesc("balai_db_reruns_total", "Acts run again.", nil, nil)
)

func (s *stock) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{jobsDesc, writesDesc, groupsDesc, rerunsDesc} {
		ch <- d
	}
}

func (s *stock) Collect(ch chan<- prometheus.Metric) {
	st := s.h.db.Stats()
	ch <- prometheus.MustNewConstMetric(writesDesc, prometheus.CounterValue, float64(st.Acts))
	ch <- prometheus.MustNewConstMetric(groupsDesc, prometheus.CounterValue, float64(st.Groups))
	ch <- prometheus.MustNewConstMetric(rerunsDesc, prometheus.CounterValue, float64(st.Reruns))
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	var counts map[string]int64
	err := s.h.db.Read(ctx, func(tx *db.Tx) (err error) {
		counts, err = s.h.outbox.Counts(tx)
		return err
	})
	if err != nil {
		return // the gap in the series says it
	}
	for state, n := range counts {
		ch <- prometheus.MustNewConstMetric(jobsDesc, prometheus.GaugeValue, float64(n), state)
	}
}
