// Package otlp sends the spans of OpenTelemetry's SDK to a collector by OTLP
// over HTTP, as Protocol Buffers. OpenTelemetry's own exporter does the same,
// and makes every build compile gRPC.
package otlp

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/protobuf/encoding/protowire"
)

// How long a batch is tried again: at first after retryFirst, then after longer
// and longer waits up to retryMost, of retryFor in all.
const (
	retryFirst = 5 * time.Second
	retryMost  = 30 * time.Second
	retryFor   = time.Minute
)

// maxAnswer is how many bytes of an answer are read.
const maxAnswer = 64 << 10

// protobuf is the media type of requests and their answers.
const protobuf = "application/x-protobuf"

// A Collector is where spans are sent.
type Collector struct {
	URL     *url.URL
	Headers map[string]string // of each request; may be secret
	Timeout time.Duration     // of each request; 0 for none
	TLS     *tls.Config       // nil for the default
	Gzip    bool              // compress requests
}

// An Exporter sends spans to a collector. It implements [sdktrace.SpanExporter].
type Exporter struct {
	to     Collector
	client *http.Client

	stopped context.Context // ends with Shutdown
	stop    context.CancelFunc
}

// New returns an exporter, which does not connect before it has spans.
func New(to Collector) *Exporter {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = to.TLS
	stopped, stop := context.WithCancel(context.Background())
	return &Exporter{
		to: to, client: &http.Client{Transport: transport, Timeout: to.Timeout}, stopped: stopped, stop: stop,
	}
}

// Shutdown ends the requests under way. There must not be others afterwards.
func (e *Exporter) Shutdown(ctx context.Context) error {
	e.stop()
	e.client.CloseIdleConnections()
	return ctx.Err()
}

// ExportSpans sends spans, which are of one resource. If the collector is too
// busy or can't be reached for now, it is asked again for a while.
func (e *Exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if len(spans) == 0 {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(e.stopped, cancel)()
	body, err := e.encoded(spans)
	if err != nil {
		return err
	}
	waited := time.Duration(0)
	for wait := retryFirst; ; wait = min(wait*3/2, retryMost) {
		err := e.send(ctx, body)
		var busy *busyError
		if !errors.As(err, &busy) {
			return err
		}
		pause := max(busy.after, wait/2+rand.N(wait)) //nolint:gosec // not a secret
		if waited += pause; waited > retryFor {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
	}
}

// encoded returns the body of a request.
func (e *Exporter) encoded(spans []sdktrace.ReadOnlySpan) ([]byte, error) {
	plain := request(spans)
	if !e.to.Gzip {
		return plain, nil
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(plain)
	err = errors.Join(err, w.Close())
	return b.Bytes(), err
}

// A busyError is a failure that may be over soon.
type busyError struct {
	error
	after time.Duration // at the earliest, as the collector says
}

// send sends a body once.
func (e *Exporter) send(ctx context.Context, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.to.URL.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("User-Agent", "gatehouse")
	for name, value := range e.to.Headers {
		r.Header.Set(name, value)
	}
	r.Header.Set("Content-Type", protobuf)
	if e.to.Gzip {
		r.Header.Set("Content-Encoding", "gzip")
	}
	answer, err := e.client.Do(r)
	var failed *url.Error
	if errors.As(err, &failed) && failed.Temporary() {
		return &busyError{error: err}
	}
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return err
	}
	return judge(answer, text)
}

// judge returns what an answer with this body means.
func judge(answer *http.Response, text []byte) error {
	if answer.StatusCode/100 == 2 {
		if answer.Header.Get("Content-Type") == protobuf {
			return rejected(text)
		}
		return nil
	}
	err := fmt.Errorf("the collector answers %s: %s", answer.Status, strings.TrimSpace(string(text)))
	switch answer.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return &busyError{err, retryAfter(answer.Header.Get("Retry-After"))}
	}
	return err
}

// retryAfter reads the header of that name (RFC 9110, 10.2.3).
func retryAfter(text string) time.Duration {
	if seconds, err := strconv.Atoi(text); err == nil {
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return time.Until(at)
}

// rejected returns an error if an ExportTraceServiceResponse says that spans
// were not accepted, or has a warning.
func rejected(response []byte) error {
	partial, _ := field(response, 1)
	_, count := field(partial, 1)
	warning, _ := field(partial, 2)
	if count == 0 && len(warning) == 0 {
		return nil
	}
	return fmt.Errorf("the collector rejects %d spans: %s", count, warning)
}

// field returns the last field of a message with this number, text or a number.
// What is not a message has no fields.
func field(m message, wanted protowire.Number) (text message, number uint64) {
	for len(m) > 0 {
		n, kind, tag := protowire.ConsumeTag(m)
		if tag < 0 {
			return nil, 0
		}
		length := protowire.ConsumeFieldValue(n, kind, m[tag:])
		if length < 0 {
			return nil, 0
		}
		switch {
		case n == wanted && kind == protowire.BytesType:
			text, _ = protowire.ConsumeBytes(m[tag:])
		case n == wanted && kind == protowire.VarintType:
			number, _ = protowire.ConsumeVarint(m[tag:])
		}
		m = m[tag+length:]
	}
	return text, number
}
