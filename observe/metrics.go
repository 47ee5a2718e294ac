package observe

import (
	"strconv"
	"sync"

	"github.com/VictoriaMetrics/metrics"

	"gatehouse/auth/policy"
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
	families  []*family
	requests  *vector[metrics.Counter]
	seconds   *vector[metrics.PrometheusHistogram]
	decisions *vector[metrics.Counter]
	logins    *vector[metrics.Counter]
	documents *vector[metrics.Counter]
	oauth     *vector[metrics.Counter]

	mu     sync.RWMutex
	names  map[string]bool // of operations
	chosen map[string]int  // how many of them each caller has brought, except those of the manifest
	places int             // that these take
}

// NewMetrics returns metrics that start at zero.
func NewMetrics() *Metrics {
	took := newFamily("gatehouse_request_seconds", "How long requests to the API took.", "histogram")
	m := &Metrics{
		names:  map[string]bool{},
		chosen: map[string]int{},
		requests: counters("gatehouse_requests_total",
			"Requests to the API, by operation name, HTTP status, and the code of the first error.",
			"code", "operation", "status"),
		seconds: newVector(took, func(series string) *metrics.PrometheusHistogram {
			return took.set.NewPrometheusHistogramExt(series, seconds)
		}, "type"),
		decisions: counters("gatehouse_decisions_total",
			"Decisions on guarded coordinates of the schema, counted once per operation.", "coordinate", "verdict"),
		logins: counters("gatehouse_logins_total",
			"Fields that log a user in, by outcome: ok, or the code of the error.", "field", "outcome"),
		documents: counters("gatehouse_documents_total",
			"Documents of requests, by source: text, unlisted (a text that the manifest lacks), manifest, cache, unknown.",
			"source"),
		oauth: counters("gatehouse_oauth_requests_total",
			"Requests of OAuth, by endpoint, grant type (of the token endpoint) and HTTP status.", "endpoint", "grant", "status"),
	}
	m.families = []*family{m.requests.family, took, m.decisions.family, m.logins.family, m.documents.family, m.oauth.family}
	return m
}

// Gauge adds a value that is read at each scrape.
func (m *Metrics) Gauge(name, help string, value func() float64) { m.add(name, help, "gauge", value) }

// Counter adds a value that only grows, read at each scrape.
func (m *Metrics) Counter(name, help string, value func() float64) {
	m.add(name, help, "counter", value)
}

func (m *Metrics) add(name, help, kind string, value func() float64) {
	f := newFamily(name, help, kind)
	f.set.NewGauge(name, value)
	m.families = append(m.families, f)
}

// Observer counts what the API reports.
func (m *Metrics) Observer() graph.Observer {
	return graph.Observer{
		Decided: func(coordinate string, verdict policy.Verdict, _ policy.Reason) {
			m.decisions.of(values{coordinate, string(verdict)}).Inc()
		},
		Attempted: func(field string, code fault.Code) {
			outcome := "ok"
			if code != "" {
				outcome = string(code)
			}
			m.logins.of(values{field, outcome}).Inc()
		},
		Answered: func(r graph.Record) {
			code := ""
			if len(r.Codes) > 0 {
				code = r.Codes[0]
			}
			m.requests.of(values{code, m.operation(r), strconv.Itoa(r.Status)}).Inc()
			if r.Source != "" {
				m.documents.of(values{string(r.Source)}).Inc()
			}
			m.seconds.of(values{r.Type}).Update(r.Took.Seconds())
		},
	}
}

// OAuth counts an answer of an endpoint of OAuth. The grant is that of the token endpoint, else "".
func (m *Metrics) OAuth(endpoint, grant string, status int) {
	m.oauth.of(values{endpoint, grant, strconv.Itoa(status)}).Inc()
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
