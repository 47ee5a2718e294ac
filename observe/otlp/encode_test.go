package otlp

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// at is a time in the tests.
var at = time.Date(2026, 3, 1, 12, 0, 0, 1, time.UTC)

// spanContext returns a context, whose trace and span have the id.
func spanContext(t *testing.T, id byte, remote bool, state string) trace.SpanContext {
	t.Helper()
	parsed, err := trace.ParseTraceState(state)
	if err != nil {
		t.Fatal(err)
	}
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{15: id}, SpanID: trace.SpanID{7: id}, TraceFlags: trace.FlagsSampled, Remote: remote, TraceState: parsed,
	})
}

// everything is attributes of all kinds, also those that are zero.
func everything() []attribute.KeyValue {
	nested := attribute.SliceValue(attribute.StringValue("a"), attribute.Int64Value(-1), attribute.BoolValue(false))
	values := []attribute.Value{
		attribute.StringValue(""), attribute.StringValue("é\x00"), attribute.BoolValue(true), attribute.BoolValue(false),
		attribute.Int64Value(0), attribute.Int64Value(-5), attribute.Int64Value(1 << 62), attribute.Float64Value(0), attribute.Float64Value(-1.5),
		attribute.BoolSliceValue([]bool{true, false}), attribute.Int64SliceValue([]int64{0, -7}), attribute.Float64SliceValue([]float64{0, 2.5}),
		attribute.StringSliceValue([]string{"", "b"}), attribute.StringSliceValue(nil), attribute.ByteSliceValue([]byte{0, 255}), attribute.ByteSliceValue(nil),
		nested, attribute.MapValue(attribute.String("k", "v"), attribute.KeyValue{Key: "n", Value: nested}), {},
	}
	all := make([]attribute.KeyValue, len(values))
	for i, v := range values {
		all[i] = attribute.KeyValue{Key: attribute.Key(strings.Repeat("k", i+1)), Value: v}
	}
	return all
}

// samples are spans of two libraries and one resource.
func samples(t *testing.T) []sdktrace.ReadOnlySpan {
	t.Helper()
	service := resource.NewWithAttributes("https://example.com/schema", attribute.String("service.name", "idp"), attribute.Int("n", 0))
	full := tracetest.SpanStub{
		Name: "POST /graphql", SpanContext: spanContext(t, 1, false, "a=1,b=2"), Parent: spanContext(t, 2, true, ""), SpanKind: trace.SpanKindServer,
		StartTime: at, EndTime: at.Add(time.Second), Attributes: everything(), Resource: service,
		Events: []sdktrace.Event{{Name: "exception", Time: at, Attributes: everything(), DroppedAttributeCount: 3}, {}},
		Links: []sdktrace.Link{
			{SpanContext: spanContext(t, 3, true, ""), Attributes: everything(), DroppedAttributeCount: 300},
			{SpanContext: spanContext(t, 4, false, "")},
		},
		Status:            sdktrace.Status{Code: codes.Error, Description: "broken"},
		DroppedAttributes: 1, DroppedEvents: 2, DroppedLinks: 1 << 20,
		InstrumentationScope: instrumentation.Scope{
			Name: "a", Version: "1", SchemaURL: "https://example.com/a", Attributes: attribute.NewSet(attribute.Bool("x", true)),
		},
	}
	stubs := tracetest.SpanStubs{full}
	kinds := []trace.SpanKind{
		trace.SpanKindUnspecified, trace.SpanKindInternal, trace.SpanKindClient, trace.SpanKindProducer, trace.SpanKindConsumer,
	}
	for i, kind := range kinds {
		stubs = append(stubs, tracetest.SpanStub{
			Name: kind.String(), SpanContext: spanContext(t, byte(10+i), false, ""), SpanKind: kind, StartTime: at, EndTime: at, Resource: service,
			Status: sdktrace.Status{Code: codes.Code(i % 3)}, InstrumentationScope: instrumentation.Scope{Name: []string{"a", "b"}[i%2]},
		})
	}
	stubs = append(stubs, tracetest.SpanStub{Resource: service, Parent: spanContext(t, 5, false, "")}) // of no library, without times
	return stubs.Snapshots()
}

// received returns what a collector gets from an exporter.
func received(t *testing.T, export func(url string) error) *collector.ExportTraceServiceRequest {
	t.Helper()
	var got collector.ExportTraceServiceRequest
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = proto.Unmarshal(body, &got)
		}
		if err != nil || r.Header.Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("%v, %v", err, r.Header)
		}
	}))
	defer server.Close()
	if err := export(server.URL); err != nil {
		t.Fatal(err)
	}
	return &got
}

// TestSameAsOpenTelemetry: a collector gets the same from OpenTelemetry's own
// exporter, for each span alone and for all together. That one leaves out a
// link's tracestate, which the protocol has.
func TestSameAsOpenTelemetry(t *testing.T) {
	all := samples(t)
	batches := [][]sdktrace.ReadOnlySpan{all}
	for _, s := range all {
		batches = append(batches, []sdktrace.ReadOnlySpan{s})
	}
	for _, spans := range batches {
		want := received(t, func(url string) error {
			theirs, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL(url))
			if err != nil {
				return err
			}
			return theirs.ExportSpans(t.Context(), spans)
		})
		got := received(t, func(url string) error { return exporter(t, url).ExportSpans(t.Context(), spans) })
		if !proto.Equal(got, want) {
			t.Errorf("sent\n%v\nwant\n%v", got, want)
		}
	}
}

// TestLinkHasItsState: a link has the tracestate of the span that it points to.
func TestLinkHasItsState(t *testing.T) {
	linked := sdktrace.Link{SpanContext: spanContext(t, 1, true, "vendor=value")}
	spans := tracetest.SpanStubs{{Resource: resource.Empty(), Links: []sdktrace.Link{linked}}}.Snapshots()
	got := received(t, func(url string) error { return exporter(t, url).ExportSpans(t.Context(), spans) })
	link := got.GetResourceSpans()[0].GetScopeSpans()[0].GetSpans()[0].GetLinks()[0]
	if link.GetTraceState() != "vendor=value" || !slices.Equal(link.GetSpanId(), []byte{7: 1}) {
		t.Errorf("link = %v", link)
	}
}
