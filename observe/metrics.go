package observe

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"gatehouse/auth/policy"
	"gatehouse/edge"
	"gatehouse/graph"
	"gatehouse/graph/fault"
	"gatehouse/graph/persisted"
)

// Clients choose the names of operations, so only so many are counted apart, and
// all further ones as "other". One account, or all anonymous callers together,
// can take only a share of them, so that a stranger can't fill the places before
// honest clients come. Names in the manifest have places of their own.
const (
	operationNames = 200
	namesPerCaller = 20
)

// seconds are the bounds of the histogram of requests.
var seconds = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// Metrics counts what happens, for Prometheus.
type Metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.CounterVec
	seconds   *prometheus.HistogramVec
	decisions *prometheus.CounterVec
	logins    *prometheus.CounterVec
	documents *prometheus.CounterVec

	mu     sync.RWMutex
	names  map[string]bool // of operations
	chosen map[string]int  // how many of them each caller has brought, except those of the manifest
	places int             // that these take
}

// NewMetrics returns metrics that start at zero.
func NewMetrics() *Metrics {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
		registry.MustRegister(c)
		return c
	}
	m := &Metrics{
		registry: registry,
		names:    map[string]bool{},
		chosen:   map[string]int{},
		requests: counters("gatehouse_requests_total",
			"Requests to the API, by operation name, HTTP status, and the code of the first error.",
			"operation", "status", "code"),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "gatehouse_request_seconds", Help: "How long requests to the API took.", Buckets: seconds}, []string{"type"}),
		decisions: counters("gatehouse_decisions_total",
			"Decisions on guarded coordinates of the schema, counted once per operation.", "coordinate", "verdict"),
		logins: counters("gatehouse_logins_total",
			"Fields that log a user in, by outcome: ok, or the code of the error.", "field", "outcome"),
		documents: counters("gatehouse_documents_total",
			"Documents of requests, by source: text, unlisted (a text that the manifest lacks), manifest, cache, unknown.",
			"source"),
	}
	registry.MustRegister(m.seconds)
	return m
}

// Gauge adds a value that is read at each scrape.
func (m *Metrics) Gauge(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

// Counter adds a value that only grows, read at each scrape.
func (m *Metrics) Counter(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value))
}

// Observer counts what the API reports.
func (m *Metrics) Observer() graph.Observer {
	return graph.Observer{
		Decided: func(coordinate string, verdict policy.Verdict, _ policy.Reason) {
			m.decisions.WithLabelValues(coordinate, string(verdict)).Inc()
		},
		Attempted: func(field string, code fault.Code) {
			outcome := "ok"
			if code != "" {
				outcome = string(code)
			}
			m.logins.WithLabelValues(field, outcome).Inc()
		},
		Answered: func(r graph.Record) {
			code := ""
			if len(r.Codes) > 0 {
				code = r.Codes[0]
			}
			m.requests.WithLabelValues(m.operation(r), strconv.Itoa(r.Status), code).Inc()
			if r.Source != "" {
				m.documents.WithLabelValues(string(r.Source)).Inc()
			}
			m.seconds.WithLabelValues(r.Type).Observe(r.Took.Seconds())
		},
	}
}

// operation returns the name under which an operation is counted. A new name is
// kept only if the operation ran without an error.
func (m *Metrics) operation(r graph.Record) string {
	if r.Name == "" {
		return ""
	}
	m.mu.RLock()
	known := m.names[r.Name]
	m.mu.RUnlock()
	if known {
		return r.Name
	}
	if len(r.Codes) > 0 || !m.admit(r) {
		return "other"
	}
	return r.Name
}

// admit gives a name a place if there is one for its caller.
func (m *Metrics) admit(r graph.Record) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.names[r.Name] {
		return true
	}
	if r.Source != persisted.SourceManifest {
		if m.places >= operationNames || m.chosen[r.Caller] >= namesPerCaller {
			return false
		}
		m.places++
		m.chosen[r.Caller]++
	}
	m.names[r.Name] = true
	return true
}

// Serve answers scrapes at an address of their own, METRICS_ADDR, until ctx
// ends.
func (m *Metrics) Serve(ctx context.Context, address string, log *slog.Logger) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("METRICS_ADDR: can't listen on %s: %w", address, err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	server := edge.NewServer(mux, log)
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics", slog.String("error", err.Error()))
		}
	}()
	log.Info("metrics", slog.String("address", listener.Addr().String()))
	return nil
}
