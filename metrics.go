package main

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
	"gatehouse/graph"
	"gatehouse/graph/fault"
	"gatehouse/store"
)

// operationNames is how many names of operations are told apart. Clients choose them, so that the rest is "other".
const operationNames = 200

// A metrics counts what happens, for Prometheus.
type metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.CounterVec
	seconds   *prometheus.HistogramVec
	decisions *prometheus.CounterVec
	attempts  *prometheus.CounterVec
	documents *prometheus.CounterVec

	mu    sync.RWMutex
	names map[string]bool // of operations
}

// newMetrics returns counters that start at nothing.
func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(), names: map[string]bool{},
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "gatehouse_requests_total",
			Help: "Requests to the API, by the operation's name, the HTTP status, and the code of the first error."}, []string{"operation", "status", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "gatehouse_request_seconds",
			Help: "How long requests to the API took.", Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}, []string{"type"}),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "gatehouse_decisions_total",
			Help: "Decisions on guarded coordinates of the schema, once for each operation."}, []string{"coordinate", "verdict"}),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "gatehouse_logins_total",
			Help: "Fields that log somebody in, by their outcome: ok, or the code of the error."}, []string{"field", "outcome"}),
	}
	m.documents = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "gatehouse_documents_total",
		Help: "Documents of requests, by where they came from: text, unlisted (a text that the manifest lacks), manifest, cache, unknown."}, []string{"source"})
	m.registry.MustRegister(m.requests, m.seconds, m.decisions, m.attempts, m.documents,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// measure adds what is looked up when somebody asks.
func (m *metrics) measure(d *deployment, changes *store.Listener) {
	m.gauge("gatehouse_revocation_lag_seconds", "How long ago this replica last knew of everything that was committed.",
		func() float64 { return changes.Lag().Seconds() })
	m.gauge("gatehouse_hearing", "1 while this replica hears of changes; 0 while it asks the database about every access token.",
		func() float64 { return map[bool]float64{true: 1}[changes.Hearing()] })
	m.gauge("gatehouse_pool_open", "Connections to the database.", func() float64 { return float64(d.store.Pool().Open) })
	m.gauge("gatehouse_pool_busy", "Connections to the database in use.", func() float64 { return float64(d.store.Pool().Busy) })
	m.counter("gatehouse_pool_waits_total", "Requests that had to wait for a connection.", func() float64 { return float64(d.store.Pool().Waits) })
	m.counter("gatehouse_pool_wait_seconds_total", "How long requests waited for a connection.", func() float64 { return d.store.Pool().Waiting.Seconds() })
	m.gauge("gatehouse_requests_in_flight", "Places that requests to the API take, of MAX_REQUESTS_IN_FLIGHT.", func() float64 { return float64(d.room.taken.Load()) })
	m.counter("gatehouse_requests_shed_total", "Requests to the API that there was no place for.", func() float64 { return float64(d.room.shed.Load()) })
	m.gauge("gatehouse_connections", "Connections of clients, of MAX_CONNECTIONS.", func() float64 { return float64(d.crowd.open.Load()) })
	m.counter("gatehouse_connections_refused_total", "Connections of clients that there was no place for.", func() float64 { return float64(d.crowd.refused.Load()) })
	m.gauge("gatehouse_counting_together", "1 while replicas count attempts together, in Redis; 0 while each counts for itself.",
		func() float64 { return map[bool]float64{true: 1}[d.sharing()] })
	m.gauge("gatehouse_hashes_working", "Passwords being hashed.", func() float64 { n, _ := d.hasher.Load(); return float64(n) })
	m.gauge("gatehouse_hashes_waiting", "Passwords that wait to be hashed.", func() float64 { _, n := d.hasher.Load(); return float64(n) })
}

func (m *metrics) gauge(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

func (m *metrics) counter(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value))
}

// observe serves metrics where the settings ask for them, until ctx ends, and returns what tells them and the traces.
func (d *deployment) observe(ctx context.Context, changes *store.Listener) (graph.Observer, error) {
	var o graph.Observer
	if d.settings.MetricsAddr != "" {
		m := newMetrics()
		m.measure(d, changes)
		if err := m.serve(ctx, d.settings.MetricsAddr, d.log); err != nil {
			return o, err
		}
		o = m.observer()
	}
	if d.traces != nil {
		o.Began = d.traces.began
	}
	return o, nil
}

// observer is what the API tells.
func (m *metrics) observer() graph.Observer {
	return graph.Observer{
		Decided: func(coordinate string, verdict policy.Verdict, _ policy.Reason) {
			m.decisions.WithLabelValues(coordinate, string(verdict)).Inc()
		},
		Attempted: func(field string, code fault.Code) {
			outcome := "ok"
			if code != "" {
				outcome = string(code)
			}
			m.attempts.WithLabelValues(field, outcome).Inc()
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

// operation is the name by which an operation is counted. Only those that were executed without an error take one of the places.
func (m *metrics) operation(r graph.Record) string {
	if r.Name == "" {
		return ""
	}
	m.mu.RLock()
	known, room := m.names[r.Name], len(m.names) < operationNames
	m.mu.RUnlock()
	if known {
		return r.Name
	}
	if !room || len(r.Codes) > 0 {
		return "other"
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.names) >= operationNames {
		return "other"
	}
	m.names[r.Name] = true
	return r.Name
}

// serve answers scrapes on an address of their own until ctx ends.
func (m *metrics) serve(ctx context.Context, address string, log *slog.Logger) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("METRICS_ADDR: can't listen on %s: %w", address, err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	server := &http.Server{
		Handler: mux, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: headerLimit, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics", slog.String("error", err.Error()))
		}
	}()
	log.Info("metrics", slog.String("address", listener.Addr().String()))
	return nil
}
