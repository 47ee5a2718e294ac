package observe

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"

	"gatehouse/edge"
	"gatehouse/graph"
	"gatehouse/graph/fault"
	"gatehouse/observe/otlp"
	"gatehouse/settings"
)

// flushTimeout is how long sending the last spans may take when the service
// stops.
const flushTimeout = 5 * time.Second

// Traces sends spans to a collector, which show what a request spends its time
// on.
type Traces struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	log      *slog.Logger
}

// NewTraces starts to send traces as the settings say. The SDK reads the rest
// from the environment by itself: the sampler, the limits of spans and the size
// of batches. A collector that is down does no harm.
//
// It sets OpenTelemetry's loggers, which are global.
func NewTraces(ctx context.Context, s *settings.Traces, log *slog.Logger) (*Traces, error) {
	// The SDK would write what it can't parse, secrets too, to the standard error.
	otel.SetLogger(logr.Discard())
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		log.Warn("traces", slog.String("error", err.Error()))
	}))
	attributes := []attribute.KeyValue{semconv.ServiceName("gatehouse")} // a later one overrides it
	for name, value := range s.Attributes {
		attributes = append(attributes, attribute.String(name, value))
	}
	if s.ServiceName != "" {
		attributes = append(attributes, semconv.ServiceName(s.ServiceName))
	}
	service, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(attributes...))
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	exporter := otlp.New(otlp.Collector{URL: s.URL, Headers: s.Headers, Timeout: s.Timeout, TLS: s.TLS, Gzip: s.Gzip})
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(service))
	return &Traces{provider: provider, tracer: provider.Tracer("gatehouse"), log: log}, nil
}

// Provider returns the provider of tracers, for other packages' spans.
func (t *Traces) Provider() *sdktrace.TracerProvider { return t.provider }

// Close sends the spans that are left.
func (t *Traces) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		t.log.Warn("the last traces were not sent", slog.String("error", err.Error()))
	}
}

// Requests makes a span of each request to the API. Any client can send a
// traceparent: we continue a trace started by a trusted proxy; for anyone else
// we start a new one and link to theirs, so that no client decides what is
// sampled, or writes into a trace that is not theirs.
func (t *Traces) Requests(trusted edge.Proxies, next http.Handler) http.Handler {
	untrusted := func(r *http.Request) bool {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		return err != nil || !trusted.Trust(peer.Addr().Unmap())
	}
	return otelhttp.NewHandler(trusted.Forwarded(corrected(next)), "graphql",
		otelhttp.WithTracerProvider(t.provider), otelhttp.WithMeterProvider(noop.NewMeterProvider()),
		otelhttp.WithPropagators(propagation.TraceContext{}), otelhttp.WithPublicEndpointFn(untrusted),
		otelhttp.WithFilter(func(r *http.Request) bool { return r.URL.Path == "/graphql" }),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return method(r) + " /graphql" }),
	)
}

// method returns the method of a request, or HTTP for one that is not known: a
// client may send anything.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions:
		return r.Method
	}
	return "HTTP"
}

// corrected corrects the span of a request: the client's address is the one we
// trust, not what X-Forwarded-For says, and other attributes that a client may
// fill with anything are emptied.
func corrected(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if span := trace.SpanFromContext(r.Context()); span.IsRecording() {
			host, _, _ := net.SplitHostPort(r.RemoteAddr)
			span.SetAttributes(semconv.ClientAddress(host), semconv.UserAgentOriginal(""), semconv.ServerAddress(""),
				attribute.String("http.request.method_original", ""))
		}
		next.ServeHTTP(w, r)
	})
}

// Began starts the span of a step of a request, and returns what ends it.
func (t *Traces) Began(ctx context.Context, step graph.Step) (context.Context, func(fault.Code)) {
	ctx, span := t.tracer.Start(ctx, step.Kind)
	if step.Operation {
		span.SetAttributes(semconv.GraphQLOperationTypeKey.String(step.Kind))
		if step.Name != "" {
			span.SetAttributes(semconv.GraphQLOperationName(step.Name))
		}
	}
	return ctx, func(code fault.Code) {
		if code != "" {
			span.SetAttributes(semconv.ErrorTypeKey.String(string(code)))
		}
		if code == fault.CodeInternal || code == fault.CodeUnavailable {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// Hashing starts the span of a password that waits and is hashed, and returns
// what ends it.
func (t *Traces) Hashing(ctx context.Context) func() {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return func() {} // the first administrator's, at the start
	}
	_, span := t.tracer.Start(ctx, "password hash")
	return func() { span.End() }
}

// TracedLog returns a logger that adds the id of the trace to each line about a
// traced request.
func TracedLog(log *slog.Logger) *slog.Logger { return slog.New(tracedHandler{log.Handler()}) }

type tracedHandler struct{ slog.Handler }

// Handle logs a line.
func (h tracedHandler) Handle(ctx context.Context, line slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		line.AddAttrs(slog.String("trace_id", span.TraceID().String()))
	}
	return h.Handler.Handle(ctx, line)
}

// WithAttrs implements [slog.Handler].
func (h tracedHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return tracedHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (h tracedHandler) WithGroup(name string) slog.Handler {
	return tracedHandler{h.Handler.WithGroup(name)}
}
