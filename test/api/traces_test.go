package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
	"gatehouse/test/otlptest"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// take waits for the spans of a request and returns them by name. The span of
// the request itself ends last.
func take(t *testing.T, c *otlptest.Collector, id string) map[string][]*tracepb.Span {
	t.Helper()
	var spans map[string][]*tracepb.Span
	harness.Eventually(t, "the spans arrive", func() bool {
		spans = c.Trace(id)
		return len(spans["POST /graphql"]) > 0
	})
	return spans
}

// startTraced starts a collector, and a service that sends it spans at once.
func startTraced(t *testing.T, environ ...string) (*otlptest.Collector, *harness.Service) {
	t.Helper()
	return startTracedOn(t, storetest.DSN(t), environ...)
}

// startTracedOn is startTraced on a database.
func startTracedOn(t *testing.T, dsn string, environ ...string) (*otlptest.Collector, *harness.Service) {
	t.Helper()
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "5") // in ms; the SDK reads it from the process's environment
	c := otlptest.Start(t)
	return c, harness.StartOn(t, dsn, append([]string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + c.URL}, environ...)...)
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
func lastTrace(t *testing.T, s *harness.Service) string {
	t.Helper()
	log := s.Log.String()
	at := strings.LastIndex(log, `"trace_id":"`)
	if at < 0 {
		t.Fatalf("no line has a trace: %s", log)
	}
	id, _, _ := strings.Cut(log[at+len(`"trace_id":"`):], `"`)
	return id
}

// under fails unless there is one span named parent, and each span with the
// other name is its child. It returns the first child.
func under(t *testing.T, spans map[string][]*tracepb.Span, parent, name string) *tracepb.Span {
	t.Helper()
	if len(spans[parent]) != 1 || len(spans[name]) == 0 {
		t.Fatalf("%d spans %q and %d spans %q; want one parent, and children", len(spans[parent]), parent, len(spans[name]), name)
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
	c, s := startTraced(t, "OTEL_SERVICE_NAME=gatehouse-under-test")
	r := s.Ask(t, "", `mutation LogIn($input: LoginInput!) { login(input: $input) { accessToken } }`,
		harness.Credentials(harness.AdminEmail, harness.AdminPassword))
	r.Want(t, "")
	spans := take(t, c, lastTrace(t, s))
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

	s.Ask(t, r.Text("login.accessToken"), `query People { users { nodes { email } } }`, nil).Want(t, "")
	spans = take(t, c, lastTrace(t, s))
	under(t, spans, "POST /graphql", "query")
	under(t, spans, "query", "sql.stmt.query")
	if len(spans["password hash"]) != 0 {
		t.Errorf("passwords were hashed for a list: %v", spans)
	}

	s.Ask(t, "", `query People { users { nodes { email } } }`, nil).Want(t, "UNAUTHENTICATED")
	if refused := under(t, take(t, c, lastTrace(t, s)), "POST /graphql", "query"); attributeOf(refused, "error.type") != "UNAUTHENTICATED" {
		t.Errorf("the refusal: %v", refused)
	}
	if called := slices.Compact(c.Services()); !slices.Equal(called, []string{"gatehouse-under-test"}) {
		t.Errorf("the service is called %q", called)
	}
	for _, span := range c.Spans() {
		if len(span.GetParentSpanId()) == 0 && span.GetName() != "POST /graphql" {
			t.Errorf("%s belongs to no request", span.GetName())
		}
	}
}

// TestTraceparent sends a trace to continue. The service continues that of a
// trusted proxy, and links to any other.
func TestTraceparent(t *testing.T) {
	const theirs = "4bf92f3577b34da6a3ce929d0e0e4736"
	for setting, continued := range map[string]bool{"TRUSTED_PROXIES=": false, "TRUSTED_PROXIES=192.0.2.1": false, "TRUSTED_PROXIES=127.0.0.1": true} {
		t.Run(setting, func(t *testing.T) {
			t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "5")
			c := otlptest.Start(t)
			s := harness.Start(t, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="+c.URL+"/v1/traces", setting)
			header := http.Header{"Traceparent": {"00-" + theirs + "-00f067aa0ba902b7-01"}, "X-Forwarded-For": {"203.0.113.5"}}
			s.Send(t, header, `{ __typename }`, nil).Want(t, "")
			id := lastTrace(t, s)
			spans := take(t, c, id)["POST /graphql"]
			if len(spans) != 1 || (id == theirs) != continued {
				t.Fatalf("trace %s, %v", id, spans)
			}
			if linked := len(spans[0].GetLinks()) == 1; linked == continued {
				t.Errorf("linked: %v", linked)
			}
			if address := attributeOf(spans[0], "client.address"); (address == "203.0.113.5") != continued {
				t.Errorf("client.address = %q", address)
			}
		})
	}
}

// TestTracesAreSentAtTheEnd stops the service right after a request.
func TestTracesAreSentAtTheEnd(t *testing.T) {
	c := otlptest.Start(t)
	s := harness.Start(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+c.URL)
	s.Ask(t, "", `{ __typename }`, nil).Want(t, "")
	s.Close()
	if len(c.Spans()) == 0 {
		t.Error("nothing was sent")
	}
}

// TestNoTraces starts a service without a collector: it traces nothing.
func TestNoTraces(t *testing.T) {
	s := harness.Start(t)
	s.Ask(t, "", `{ __typename }`, nil).Want(t, "")
	if strings.Contains(s.Log.String(), "trace_id") {
		t.Error("a line of the log has a trace")
	}
}
