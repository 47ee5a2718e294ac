package observe

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"gatehouse/auth/policy"
	"gatehouse/graph"
)

// scraped returns the metrics as they are sent to a client that accepts the
// encoding.
func scraped(t *testing.T, m *Metrics, encoding string) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	m.scrape(w, r)
	if kind := w.Header().Get("Content-Type"); kind != "text/plain; version=0.0.4; charset=utf-8" {
		t.Errorf("Content-Type = %q", kind)
	}
	var body io.Reader = w.Body
	if w.Header().Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(body)
		if err != nil {
			t.Fatal(err)
		}
		body = z
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// parsed returns families as Prometheus reads them.
func parsed(t *testing.T, text string) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("Prometheus can't read it: %v\n%s", err, text)
	}
	return families
}

// TestPrometheusReadsMetrics: each family of ours has a type and a help text, and
// the values that were counted.
func TestPrometheusReadsMetrics(t *testing.T) {
	m := NewMetrics()
	m.Gauge("gatehouse_level", "A level.", func() float64 { return -0.25 })
	m.Counter("gatehouse_grows_total", "Grows.", func() float64 { return 3 })
	o := m.Observer()
	for range 2 {
		o.Answered(graph.Record{Name: "Me", Type: "query", Status: 200, Source: "text", Took: 30 * time.Millisecond})
	}
	o.Answered(graph.Record{Type: "query", Status: 503, Codes: []string{"UNAVAILABLE"}, Took: time.Minute})
	o.Decided("Query.me", policy.Allow, "")
	o.Attempted("login", "RATE_LIMITED")
	text := scraped(t, m, "")
	for _, line := range []string{
		"# HELP gatehouse_level A level.", "# TYPE gatehouse_level gauge", "gatehouse_level -0.25",
		"# TYPE gatehouse_grows_total counter", "gatehouse_grows_total 3",
		"# TYPE gatehouse_requests_total counter",
		`gatehouse_requests_total{code="",operation="Me",status="200"} 2`,
		`gatehouse_requests_total{code="UNAVAILABLE",operation="",status="503"} 1`,
		"# TYPE gatehouse_request_seconds histogram",
		`gatehouse_request_seconds_bucket{type="query",le="0.025"} 0`,
		`gatehouse_request_seconds_bucket{type="query",le="0.05"} 2`,
		`gatehouse_request_seconds_bucket{type="query",le="10"} 2`,
		`gatehouse_request_seconds_bucket{type="query",le="+Inf"} 3`,
		`gatehouse_request_seconds_count{type="query"} 3`,
		`gatehouse_decisions_total{coordinate="Query.me",verdict="ALLOW"} 1`,
		`gatehouse_logins_total{field="login",outcome="RATE_LIMITED"} 1`,
		`gatehouse_documents_total{source="text"} 2`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("the line %q is missing in\n%s", line, text)
		}
	}
	families := parsed(t, text)
	for name, f := range families {
		if strings.HasPrefix(name, "gatehouse_") && (f.GetHelp() == "" || f.GetType() == dto.MetricType_UNTYPED) {
			t.Errorf("%s has the type %s and the help text %q", name, f.GetType(), f.GetHelp())
		}
	}
	for _, name := range []string{
		"go_goroutines", "go_gc_duration_seconds", "go_info", "go_memstats_heap_inuse_bytes", "go_memstats_next_gc_bytes", "go_threads",
		"process_cpu_seconds_total", "process_resident_memory_bytes", "process_start_time_seconds", "process_open_fds", "process_max_fds",
	} {
		if families[name] == nil {
			t.Errorf("%s is missing", name)
		}
	}
}

// TestNothingCountedYet: families without series are left out.
func TestNothingCountedYet(t *testing.T) {
	families := parsed(t, scraped(t, NewMetrics(), ""))
	for name := range families {
		if strings.HasPrefix(name, "gatehouse_") {
			t.Errorf("%s is there", name)
		}
	}
}

// TestScrapeIsCompressed: Prometheus accepts gzip and gets it.
func TestScrapeIsCompressed(t *testing.T) {
	m := NewMetrics()
	m.Gauge("gatehouse_level", "A level.", func() float64 { return 1 })
	if text := scraped(t, m, "gzip"); !strings.Contains(text, "gatehouse_level 1\n") {
		t.Errorf("decompressed: %s", text)
	}
}

// TestCountersAtOnce: series that many requests begin at once count all of them.
func TestCountersAtOnce(t *testing.T) {
	const workers, rounds = 8, 500
	c := counters("gatehouse_test_total", "A test.", "n")
	done := make(chan struct{})
	for range workers {
		go func() {
			for i := range rounds {
				c.of(values{string(rune('a' + i%20))}).Inc()
			}
			done <- struct{}{}
		}()
	}
	for range workers {
		<-done
	}
	sum := uint64(0)
	for i := range 20 {
		sum += c.of(values{string(rune('a' + i))}).Get()
	}
	if sum != workers*rounds {
		t.Errorf("counted %d of %d", sum, workers*rounds)
	}
}
