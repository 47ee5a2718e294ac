package observe

import (
	"bytes"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"
	"go.opentelemetry.io/otel"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"gatehouse/edge"
	"gatehouse/settings"
)

// A collected is what a collector was sent by OTLP over HTTP.
type collected struct {
	mu         sync.Mutex
	path       string
	spans      []*tracepb.Span
	attributes map[string]string // of the service
	header     http.Header
}

// ServeHTTP takes spans.
func (c *collected) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var sent collector.ExportTraceServiceRequest
	if err != nil || r.Method != http.MethodPost || proto.Unmarshal(body, &sent) != nil {
		http.Error(w, "no traces", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.path, c.header = r.URL.Path, r.Header
	for _, resource := range sent.GetResourceSpans() {
		for _, a := range resource.GetResource().GetAttributes() {
			c.attributes[a.GetKey()] = a.GetValue().GetStringValue()
		}
		for _, scope := range resource.GetScopeSpans() {
			c.spans = append(c.spans, scope.GetSpans()...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// collect starts a collector, and returns its URL.
func collect(t *testing.T) (*collected, *url.URL) {
	t.Helper()
	c := &collected{attributes: map[string]string{}}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return c, u
}

// TestTracesAreSentAsTheSettingsSay: the exporter uses the settings, whatever
// the environment of the process says.
func TestTracesAreSentAsTheSettingsSay(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-other=1")
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
	c, u := collect(t)
	traces, err := NewTraces(t.Context(), &settings.Traces{
		URL: u.JoinPath("v1/traces"), ServiceName: "gatehouse-under-test", Timeout: 10 * time.Second,
		Attributes: map[string]string{"team": "a b", "service.name": "another"}, Headers: map[string]string{"api-key": "a=b"},
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	h := traces.Requests(nil, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/graphql", http.NoBody))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/healthz", http.NoBody))
	traces.Close() // sends what is left
	if len(c.spans) != 1 || c.spans[0].GetName() != "POST /graphql" || c.path != "/v1/traces" {
		t.Errorf("%s got %v", c.path, c.spans)
	}
	if c.header.Get("Api-Key") != "a=b" || c.header.Get("X-Other") != "" {
		t.Errorf("headers = %v", c.header)
	}
	if c.attributes["service.name"] != "gatehouse-under-test" || c.attributes["team"] != "a b" || c.attributes["telemetry.sdk.name"] == "" {
		t.Errorf("attributes = %v", maps.Clone(c.attributes))
	}
}

// TestNoHeadersOfTheEnvironment: headers that are not in the settings are not
// sent, even if the environment of the process has some.
func TestNoHeadersOfTheEnvironment(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-other=1")
	c, u := collect(t)
	traces, err := NewTraces(t.Context(), &settings.Traces{URL: u}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	h := traces.Requests(nil, http.NotFoundHandler())
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/graphql", http.NoBody))
	traces.Close()
	if len(c.spans) != 1 || c.header.Get("X-Other") != "" || c.attributes["service.name"] != "gatehouse" {
		t.Errorf("%d spans, %v, %v", len(c.spans), c.header, c.attributes)
	}
}

// TestTraceparent sends a trace to continue. That of an untrusted client is
// linked to; that of a trusted proxy is continued.
func TestTraceparent(t *testing.T) {
	theirs := []byte{0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6, 0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36}
	for proxy, continued := range map[string]bool{"198.51.100.1/32": false, "192.0.2.1/32": true} {
		c, u := collect(t)
		traces, err := NewTraces(t.Context(), &settings.Traces{URL: u}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("SING", "/graphql", http.NoBody) // from 192.0.2.1
		r.Header = http.Header{
			"Traceparent": {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}, "X-Forwarded-For": {"203.0.113.5"},
			"User-Agent": {"canary"},
		}
		traces.Requests(edge.Proxies{netip.MustParsePrefix(proxy)}, http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), r)
		traces.Close()
		if len(c.spans) != 1 || c.spans[0].GetName() != "HTTP /graphql" {
			t.Fatalf("%s: %v", proxy, c.spans)
		}
		span := c.spans[0]
		if bytes.Equal(span.GetTraceId(), theirs) != continued || (len(span.GetLinks()) == 1) == continued {
			t.Errorf("%s: trace %x, links %v", proxy, span.GetTraceId(), span.GetLinks())
		}
		want := map[bool]string{true: "203.0.113.5", false: "192.0.2.1"}[continued]
		for _, a := range span.GetAttributes() {
			if a.GetKey() == "client.address" && a.GetValue().GetStringValue() != want || strings.Contains(a.GetValue().GetStringValue(), "canary") {
				t.Errorf("%s: %v", proxy, a)
			}
		}
	}
}

// TestTracesSDKIsSilent: the SDK would write what it can't parse to the standard
// error.
func TestTracesSDKIsSilent(t *testing.T) {
	var written, log strings.Builder
	otel.SetLogger(funcr.New(func(_, args string) { written.WriteString(args) }, funcr.Options{}))
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%ZZcanary")
	traces, err := NewTraces(t.Context(), &settings.Traces{URL: &url.URL{Scheme: "http", Host: "localhost:4318"}}, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	traces.Close()
	if text := written.String() + log.String(); text != "" {
		t.Errorf("it wrote %s", text)
	}
}
