package otlp

import (
	"math"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/protobuf/encoding/protowire"
)

// flagRemoteKnown and flagRemote are bits of a span's flags: whether the parent
// is known to be of another process, and whether it is (SpanFlags).
const (
	flagRemoteKnown = 0x100
	flagRemote      = 0x200
)

// request returns an ExportTraceServiceRequest with the spans, which are all of
// one resource. Numbers of fields are those of opentelemetry/proto.
func request(spans []sdktrace.ReadOnlySpan) []byte {
	var resource, spansOf message
	for _, a := range spans[0].Resource().Attributes() {
		resource.message(1, keyValue(a))
	}
	spansOf.message(1, resource)
	for _, scope := range byScope(spans) {
		spansOf.message(2, scopeSpans(scope))
	}
	spansOf.text(3, spans[0].Resource().SchemaURL())
	var m message
	m.message(1, spansOf)
	return m
}

// byScope groups spans by the library that made them, in the order of their
// first spans.
func byScope(spans []sdktrace.ReadOnlySpan) [][]sdktrace.ReadOnlySpan {
	var groups [][]sdktrace.ReadOnlySpan
	at := map[instrumentation.Scope]int{}
	for _, s := range spans {
		i, known := at[s.InstrumentationScope()]
		if !known {
			i = len(groups)
			at[s.InstrumentationScope()] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], s)
	}
	return groups
}

// scopeSpans encodes spans of one library.
func scopeSpans(spans []sdktrace.ReadOnlySpan) message {
	var m, scope message
	of := spans[0].InstrumentationScope()
	scope.text(1, of.Name)
	scope.text(2, of.Version)
	for _, a := range of.Attributes.ToSlice() {
		scope.message(3, keyValue(a))
	}
	m.bytes(1, scope)
	for _, s := range spans {
		m.message(2, span(s))
	}
	m.text(3, of.SchemaURL)
	return m
}

func span(s sdktrace.ReadOnlySpan) message {
	var m, status message
	traceID, spanID, parentID := s.SpanContext().TraceID(), s.SpanContext().SpanID(), s.Parent().SpanID()
	m.bytes(1, traceID[:])
	m.bytes(2, spanID[:])
	m.text(3, s.SpanContext().TraceState().String())
	if parentID.IsValid() {
		m.bytes(4, parentID[:])
	}
	m.text(5, s.Name())
	m.number(6, uint64(s.SpanKind())) // whose numbers are the protocol's
	m.fixed64(7, nanoseconds(s.StartTime()))
	m.fixed64(8, nanoseconds(s.EndTime()))
	m.attributes(9, s.Attributes())
	m.count(10, s.DroppedAttributes())
	for _, e := range s.Events() {
		m.message(11, event(e))
	}
	m.count(12, s.DroppedEvents())
	for _, l := range s.Links() {
		m.message(13, link(l))
	}
	m.count(14, s.DroppedLinks())
	status.text(2, s.Status().Description)
	status.number(3, statusCode(s.Status().Code))
	m.message(15, status)
	m.fixed32(16, flags(s.SpanContext().TraceFlags(), s.Parent()))
	return m
}

func event(e sdktrace.Event) message {
	var m message
	m.fixed64(1, nanoseconds(e.Time))
	m.text(2, e.Name)
	m.attributes(3, e.Attributes)
	m.count(4, e.DroppedAttributeCount)
	return m
}

func link(l sdktrace.Link) message {
	var m message
	traceID, spanID := l.SpanContext.TraceID(), l.SpanContext.SpanID()
	m.bytes(1, traceID[:])
	m.bytes(2, spanID[:])
	m.text(3, l.SpanContext.TraceState().String())
	m.attributes(4, l.Attributes)
	m.count(5, l.DroppedAttributeCount)
	m.fixed32(6, flags(l.SpanContext.TraceFlags(), l.SpanContext))
	return m
}

// flags returns the flags of a span whose parent is given, or of a link to it.
func flags(own trace.TraceFlags, parent trace.SpanContext) uint32 {
	f := uint32(own) | flagRemoteKnown
	if parent.IsRemote() {
		f |= flagRemote
	}
	return f
}

// statusCode returns the protocol's number of a status: it has 1 for ok and 2
// for error, the SDK the reverse.
func statusCode(c codes.Code) uint64 {
	switch c {
	case codes.Ok:
		return 1
	case codes.Error:
		return 2
	}
	return 0
}

func nanoseconds(t time.Time) uint64 { return uint64(max(0, t.UnixNano())) }

func keyValue(a attribute.KeyValue) message {
	var m message
	m.text(1, string(a.Key))
	m.message(2, anyValue(a.Value))
	return m
}

// anyValue encodes a value. One of the value's fields is always there, also if
// it is zero.
func anyValue(v attribute.Value) message {
	var m message
	switch v.Type() {
	case attribute.EMPTY:
	case attribute.BOOL:
		m.add(2, protowire.VarintType)
		m = protowire.AppendVarint(m, protowire.EncodeBool(v.AsBool()))
	case attribute.INT64:
		m.add(3, protowire.VarintType)
		m = protowire.AppendVarint(m, uint64(v.AsInt64()))
	case attribute.FLOAT64:
		m.add(4, protowire.Fixed64Type)
		m = protowire.AppendFixed64(m, math.Float64bits(v.AsFloat64()))
	case attribute.BYTESLICE:
		m.message(7, v.AsByteSlice())
	case attribute.STRING:
		m.message(1, message(v.AsString()))
	default:
		m.message(listed(v))
	}
	return m
}

// listed encodes a value that is a list or a map, as the field with that number.
func listed(v attribute.Value) (protowire.Number, message) {
	const array, pairs = 5, 6
	switch v.Type() {
	case attribute.BOOLSLICE:
		return array, list(v.AsBoolSlice(), attribute.BoolValue)
	case attribute.INT64SLICE:
		return array, list(v.AsInt64Slice(), attribute.Int64Value)
	case attribute.FLOAT64SLICE:
		return array, list(v.AsFloat64Slice(), attribute.Float64Value)
	case attribute.STRINGSLICE:
		return array, list(v.AsStringSlice(), attribute.StringValue)
	case attribute.SLICE:
		return array, list(v.AsSlice(), func(v attribute.Value) attribute.Value { return v })
	case attribute.MAP:
		var m message
		m.attributes(1, v.AsMap())
		return pairs, m
	}
	return 1, message(v.String()) // a kind that the SDK has added since
}

func list[T any](elements []T, value func(T) attribute.Value) message {
	var m message
	for _, e := range elements {
		m.message(1, anyValue(value(e)))
	}
	return m
}
