package main

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
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"

	"gatehouse/graph"
	"gatehouse/graph/fault"
)

// flushTimeout is how long the last spans may take to be sent when the service stops.
const flushTimeout = 5 * time.Second

// traces tell a collector what requests spend their time on.
type traces struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// newTraces begins to send traces where the settings say, nil for nowhere. What the settings do not have (the sampler, headers and certificates of
// the exporter, the size of its batches), the SDK reads from the environment by itself. A collector that is away does no harm.
func newTraces(ctx context.Context, s *settings, log *slog.Logger) (*traces, error) {
	if s.tracesURL() == "" {
		return nil, nil //nolint:nilnil // no traces are what is asked for
	}
	otel.SetLogger(logr.Discard()) // it would write what it can't read to the standard error, headers with secrets too
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces", slog.String("error", err.Error())) }))
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(s.tracesURL()))
	if err != nil {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT: %w", err)
	}
	options := []resource.Option{
		resource.WithTelemetrySDK(), resource.WithAttributes(semconv.ServiceName("gatehouse")), resource.WithFromEnv(),
	}
	if s.OTelServiceName != "" {
		options = append(options, resource.WithAttributes(semconv.ServiceName(s.OTelServiceName)))
	}
	self, err := resource.New(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(self))
	return &traces{provider: provider, tracer: provider.Tracer("gatehouse")}, nil
}

// close sends what is left.
func (t *traces) close(log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		log.Warn("the last traces were not sent", slog.String("error", err.Error()))
	}
}

// requests makes a span of each request to the API. Anybody can send a traceparent: that of a trusted proxy is gone on with, that of a stranger is only
// linked to, so that nobody decides what is sampled, or writes into a trace that is not theirs.
func (t *traces) requests(trusted proxies, next http.Handler) http.Handler {
	stranger := func(r *http.Request) bool {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		return err != nil || !trusted.trust(peer.Addr().Unmap())
	}
	return otelhttp.NewHandler(trusted.forwarded(described(next)), "graphql",
		otelhttp.WithTracerProvider(t.provider), otelhttp.WithMeterProvider(noop.NewMeterProvider()),
		otelhttp.WithPropagators(propagation.TraceContext{}), otelhttp.WithPublicEndpointFn(stranger),
		otelhttp.WithFilter(func(r *http.Request) bool { return r.URL.Path == "/graphql" }),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return method(r) + " /graphql" }),
	)
}

// method is that of a request if it is one of those that there are: a client may write anything.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions:
		return r.Method
	}
	return "HTTP"
}

// described corrects what the span of a request says: the address is the one that we know, not what X-Forwarded-For has of a stranger, and what else
// the client may write anything into is left out.
func described(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if span := trace.SpanFromContext(r.Context()); span.IsRecording() {
			host, _, _ := net.SplitHostPort(r.RemoteAddr)
			span.SetAttributes(semconv.ClientAddress(host), semconv.UserAgentOriginal(""), semconv.ServerAddress(""),
				attribute.String("http.request.method_original", ""))
		}
		next.ServeHTTP(w, r)
	})
}

// began makes a span of a step of a request.
func (t *traces) began(ctx context.Context, step graph.Step) (context.Context, func(fault.Code)) {
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

// hashing makes a span of the time that a password waits and is hashed.
func (t *traces) hashing(ctx context.Context) func() {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return func() {} // the first administrator's, at the start
	}
	_, span := t.tracer.Start(ctx, "password hash")
	return func() { span.End() }
}

// A tracedLog puts the id of the trace into each line that is about a traced request.
type tracedLog struct{ slog.Handler }

// Handle logs a line.
func (l tracedLog) Handle(ctx context.Context, line slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		line.AddAttrs(slog.String("trace_id", span.TraceID().String()))
	}
	return l.Handler.Handle(ctx, line)
}

// WithAttrs is as slog has it.
func (l tracedLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return tracedLog{l.Handler.WithAttrs(attrs)}
}

// WithGroup is as slog has it.
func (l tracedLog) WithGroup(name string) slog.Handler { return tracedLog{l.Handler.WithGroup(name)} }
