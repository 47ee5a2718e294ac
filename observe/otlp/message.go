package otlp

import (
	"math"

	"go.opentelemetry.io/otel/attribute"
	"google.golang.org/protobuf/encoding/protowire"
)

// A message is an encoded Protocol Buffers message. Fields are appended to it;
// those of simple types are left out if they are zero, as in proto3.
type message []byte

// add begins a field.
func (m *message) add(field protowire.Number, kind protowire.Type) {
	*m = protowire.AppendTag(*m, field, kind)
}

// message appends a message, text or bytes, also if it is empty.
func (m *message) message(field protowire.Number, of message) {
	m.add(field, protowire.BytesType)
	*m = protowire.AppendBytes(*m, of)
}

func (m *message) bytes(field protowire.Number, b []byte) {
	if len(b) > 0 {
		m.message(field, b)
	}
}

func (m *message) text(field protowire.Number, s string) {
	if s != "" {
		m.message(field, message(s))
	}
}

func (m *message) number(field protowire.Number, n uint64) {
	if n != 0 {
		m.add(field, protowire.VarintType)
		*m = protowire.AppendVarint(*m, n)
	}
}

// count appends a number that is a uint32 in the protocol.
func (m *message) count(field protowire.Number, n int) {
	m.number(field, uint64(min(max(n, 0), math.MaxUint32)))
}

func (m *message) fixed64(field protowire.Number, n uint64) {
	if n != 0 {
		m.add(field, protowire.Fixed64Type)
		*m = protowire.AppendFixed64(*m, n)
	}
}

func (m *message) fixed32(field protowire.Number, n uint32) {
	m.add(field, protowire.Fixed32Type)
	*m = protowire.AppendFixed32(*m, n)
}

func (m *message) attributes(field protowire.Number, all []attribute.KeyValue) {
	for _, a := range all {
		m.message(field, keyValue(a))
	}
}
