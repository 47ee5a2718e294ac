package main

import (
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-logr/logr/funcr"
	"go.opentelemetry.io/otel"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// A collected is what a collector was sent by OTLP over HTTP.
type collected struct {
	url string

	mu       sync.Mutex
	raw      []byte
	spans    []*tracepb.Span
	services []string // that sent them
	header   http.Header
}

// collect starts a collector.
func collect(t *testing.T) *collected {
	t.Helper()
	c := &collected{}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

// ServeHTTP takes spans.
func (c *collected) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var sent collector.ExportTraceServiceRequest
	if err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &sent) != nil {
		http.Error(w, "no traces", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw, c.header = append(c.raw, body...), r.Header
	for _, resource := range sent.GetResourceSpans() {
		for _, a := range resource.GetResource().GetAttributes() {
			if a.GetKey() == "service.name" {
				c.services = append(c.services, a.GetValue().GetStringValue())
			}
		}
		for _, scope := range resource.GetScopeSpans() {
			c.spans = append(c.spans, scope.GetSpans()...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// take returns the spans of one trace, by name.
func (c *collected) take(t *testing.T, s *service, id string) map[string][]*tracepb.Span {
	t.Helper()
	if err := s.traces.provider.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	found := map[string][]*tracepb.Span{}
	for _, span := range c.spans {
		if hex.EncodeToString(span.GetTraceId()) == id {
			found[span.GetName()] = append(found[span.GetName()], span)
		}
	}
	return found
}

// attributeOf is a string attribute of a span, "" for none.
func attributeOf(span *tracepb.Span, key string) string {
	for _, a := range span.GetAttributes() {
		if a.GetKey() == key {
			return a.GetValue().GetStringValue()
		}
	}
	return ""
}

// lastTrace is the id of the trace in the last line of the log that has one.
func (s *service) lastTrace(t *testing.T) string {
	t.Helper()
	log := s.log.String()
	at := strings.LastIndex(log, `"trace_id":"`)
	if at < 0 {
		t.Fatalf("no line has a trace: %s", log)
	}
	id, _, _ := strings.Cut(log[at+len(`"trace_id":"`):], `"`)
	return id
}

// under fails unless each span of a name is the child of the one span of another, and returns the first.
func under(t *testing.T, spans map[string][]*tracepb.Span, parent, name string) *tracepb.Span {
	t.Helper()
	if len(spans[parent]) != 1 || len(spans[name]) == 0 {
		t.Fatalf("%d spans %q and %d spans %q; want one, and some", len(spans[parent]), parent, len(spans[name]), name)
	}
	for _, span := range spans[name] {
		if !slices.Equal(span.GetParentSpanId(), spans[parent][0].GetSpanId()) {
			t.Errorf("a span %q is not below %q: %v", name, parent, span)
		}
	}
	return spans[name][0]
}

// TestTraces follows a login and a list of users to a collector.
func TestTraces(t *testing.T) {
	c := collect(t)
	s := start(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+c.url, "OTEL_SERVICE_NAME=gatehouse-under-test")
	r := s.ask(t, "", `mutation LogIn($input: LoginInput!) { login(input: $input) { accessToken } }`,
		vars{"input": vars{"email": adminEmail, "password": adminPassword}})
	want(t, r, "")
	spans := c.take(t, s, s.lastTrace(t))
	root := spans["POST /graphql"]
	if len(root) != 1 || len(root[0].GetParentSpanId()) != 0 || attributeOf(root[0], "url.path") != "/graphql" || attributeOf(root[0], "client.address") != "127.0.0.1" {
		t.Errorf("the request: %v", root)
	}
	under(t, spans, "POST /graphql", "credential")
	mutation := under(t, spans, "POST /graphql", "mutation")
	if attributeOf(mutation, "graphql.operation.type") != "mutation" || attributeOf(mutation, "graphql.operation.name") != "LogIn" || attributeOf(mutation, "error.type") != "" {
		t.Errorf("the operation: %v", mutation)
	}
	if hash := under(t, spans, "mutation", "password hash"); hash.GetEndTimeUnixNano()-hash.GetStartTimeUnixNano() < 1e6 {
		t.Errorf("a password was hashed within a millisecond: %v", hash)
	}
	statement := under(t, spans, "mutation", "sql.stmt.query")
	if text := attributeOf(statement, "db.query.text"); attributeOf(statement, "db.system.name") != "postgresql" || !strings.Contains(text, "$1") {
		t.Errorf("the statement: %v", statement)
	}

	want(t, s.ask(t, r.str("login.accessToken"), `query People { users { nodes { email } } }`, nil), "")
	spans = c.take(t, s, s.lastTrace(t))
	under(t, spans, "POST /graphql", "query")
	under(t, spans, "query", "sql.stmt.query")
	if len(spans["password hash"]) != 0 {
		t.Errorf("passwords were hashed for a list: %v", spans)
	}

	want(t, s.ask(t, "", `query People { users { nodes { email } } }`, nil), "UNAUTHENTICATED")
	if refused := under(t, c.take(t, s, s.lastTrace(t)), "POST /graphql", "query"); attributeOf(refused, "error.type") != "UNAUTHENTICATED" {
		t.Errorf("the refusal: %v", refused)
	}
	if called := slices.Compact(slices.Clone(c.services)); !slices.Equal(called, []string{"gatehouse-under-test"}) {
		t.Errorf("the service is called %q", called)
	}
	for _, span := range c.spans {
		if len(span.GetParentSpanId()) == 0 && span.GetName() != "POST /graphql" {
			t.Errorf("%s belongs to no request", span.GetName())
		}
	}
}

// TestTraceparent sends a trace to go on with. A stranger's is linked to; a trusted proxy's is gone on with.
func TestTraceparent(t *testing.T) {
	const theirs = "4bf92f3577b34da6a3ce929d0e0e4736"
	for setting, goesOn := range map[string]bool{"TRUSTED_PROXIES=": false, "TRUSTED_PROXIES=192.0.2.1": false, "TRUSTED_PROXIES=127.0.0.1": true} {
		t.Run(setting, func(t *testing.T) {
			c := collect(t)
			s := start(t, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="+c.url+"/v1/traces", setting)
			header := http.Header{"Traceparent": {"00-" + theirs + "-00f067aa0ba902b7-01"}, "X-Forwarded-For": {"203.0.113.5"}}
			want(t, s.send(t, header, `{ __typename }`, nil), "")
			id := s.lastTrace(t)
			spans := c.take(t, s, id)["POST /graphql"]
			if len(spans) != 1 || (id == theirs) != goesOn {
				t.Fatalf("trace %s, %v", id, spans)
			}
			if linked := len(spans[0].GetLinks()) == 1; linked == goesOn {
				t.Errorf("linked: %v", linked)
			}
			if address := attributeOf(spans[0], "client.address"); (address == "203.0.113.5") != goesOn {
				t.Errorf("client.address = %q", address)
			}
		})
	}
}

// TestTracesAreSentAtTheEnd stops the service right after a request.
func TestTracesAreSentAtTheEnd(t *testing.T) {
	c := collect(t)
	s := start(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+c.url)
	want(t, s.ask(t, "", `{ __typename }`, nil), "")
	s.close()
	if len(c.spans) == 0 {
		t.Error("nothing was sent")
	}
}

// TestNoTraces: nothing of it is there unless it is asked for.
func TestNoTraces(t *testing.T) {
	s := start(t)
	if s.traces != nil || s.hasher.Began != nil {
		t.Error("there are traces")
	}
	want(t, s.ask(t, "", `{ __typename }`, nil), "")
	if strings.Contains(s.log.String(), "trace_id") {
		t.Error("a line has a trace")
	}
	if o, err := s.observe(t.Context(), nil); err != nil || o.Began != nil || o.Answered != nil || o.Decided != nil {
		t.Errorf("there is an observer: %+v, %v", o, err)
	}
}
