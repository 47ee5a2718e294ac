package otlp

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// exporter returns an exporter to a URL.
func exporter(t *testing.T, to string) *Exporter {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	return New(Collector{URL: u})
}

// TestCompressed: with Gzip, the body is compressed, and the same inside.
func TestCompressed(t *testing.T) {
	var bodies [][]byte
	var encodings []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			z, bad := gzip.NewReader(bytes.NewReader(body))
			if bad != nil {
				t.Error(bad)
				return
			}
			body, err = io.ReadAll(z)
		}
		if err != nil {
			t.Error(err)
		}
		bodies, encodings = append(bodies, body), append(encodings, r.Header.Get("Content-Encoding"))
	}))
	defer server.Close()
	for _, compressed := range []bool{false, true} {
		e := exporter(t, server.URL)
		e.to.Gzip = compressed
		if err := e.ExportSpans(t.Context(), samples(t)); err != nil {
			t.Fatal(err)
		}
	}
	if encodings[0] != "" || encodings[1] != "gzip" || !bytes.Equal(bodies[0], bodies[1]) {
		t.Errorf("encodings %q, the bodies differ: %v", encodings, !bytes.Equal(bodies[0], bodies[1]))
	}
}

// TestTLS: the collector's certificate counts, and so do those of the settings.
func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	trusting := New(Collector{URL: u, TLS: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}})
	if err := trusting.ExportSpans(t.Context(), samples(t)); err != nil {
		t.Error(err)
	}
	var untrusted *tls.CertificateVerificationError
	if err := New(Collector{URL: u}).ExportSpans(t.Context(), samples(t)); !errors.As(err, &untrusted) {
		t.Errorf("without the certificate: %v", err)
	}
}

// A fake collector answers requests in turn. The last answer is for all others.
type fake struct {
	answers []answer
	times   []time.Duration // since the first
	first   time.Time
}

type answer struct {
	status     int
	retryAfter string
	kind, body string
}

// RoundTrip answers a request.
func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	if f.first.IsZero() {
		f.first = time.Now()
	}
	a := f.answers[min(len(f.times), len(f.answers)-1)]
	f.times = append(f.times, time.Since(f.first))
	if a.status == 0 { // no answer
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return &http.Response{
		StatusCode: a.status, Status: http.StatusText(a.status), Body: io.NopCloser(strings.NewReader(a.body)),
		Header: http.Header{"Retry-After": {a.retryAfter}, "Content-Type": {a.kind}},
	}, nil
}

// TestAnswers: a busy collector is asked again, for a minute and not before the
// time that it names. What it refuses is lost, and it says why.
func TestAnswers(t *testing.T) {
	const protobuf = "application/x-protobuf"
	partial := func(spans int64, message string) string {
		encoded, err := proto.Marshal(&collector.ExportTraceServiceResponse{
			PartialSuccess: &collector.ExportTracePartialSuccess{RejectedSpans: spans, ErrorMessage: message},
		})
		if err != nil {
			t.Fatal(err)
		}
		return string(encoded)
	}
	busy, ok := answer{status: 503, body: "later"}, answer{status: 200}
	tests := []struct {
		name    string
		answers []answer
		asked   int // times; 0 for more than 3
		least   time.Duration
		fault   string // "" for none
	}{
		{"ok", []answer{ok}, 1, 0, ""},
		{"accepted", []answer{{status: 202, kind: protobuf}}, 1, 0, ""},
		{"ok, in JSON", []answer{{status: 200, kind: "application/json", body: "{}"}}, 1, 0, ""},
		{"a part is rejected", []answer{{status: 200, kind: protobuf, body: partial(2, "too old")}}, 1, 0, "rejects 2 spans: too old"},
		{"a warning", []answer{{status: 200, kind: protobuf, body: partial(0, "slow down")}}, 1, 0, "slow down"},
		{"no part is rejected", []answer{{status: 200, kind: protobuf, body: partial(0, "")}}, 1, 0, ""},
		{"nonsense", []answer{{status: 200, kind: protobuf, body: "\xff\xff\xff"}}, 1, 0, ""},
		{"refused", []answer{{status: 401, body: "no key"}}, 1, 0, "no key"},
		{"broken", []answer{{status: 500}, ok}, 1, 0, "Internal Server Error"},
		{"busy, then ok", []answer{busy, ok}, 2, retryFirst / 2, ""},
		{"too many, then ok", []answer{{status: 429, retryAfter: "20"}, ok}, 2, 20 * time.Second, ""},
		{"away at times", []answer{{status: 502}, {status: 504}, ok}, 3, retryFirst, ""},
		{"until a time", []answer{{status: 503, retryAfter: "Sat, 01 Jan 2000 00:00:25 GMT"}, ok}, 2, 24 * time.Second, ""},
		{"too late", []answer{{status: 503, retryAfter: "61", body: "later"}, ok}, 1, 0, "later"},
		{"busy for good", []answer{busy}, 0, retryFor / 2, "later"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // whose clock begins in 2000
				f := &fake{answers: tt.answers}
				e := exporter(t, "http://localhost:4318/v1/traces")
				e.client.Transport = f
				err := e.ExportSpans(t.Context(), samples(t))
				if (err == nil) != (tt.fault == "") || err != nil && !strings.Contains(err.Error(), tt.fault) {
					t.Errorf("err = %v, want %q", err, tt.fault)
				}
				if last := f.times[len(f.times)-1]; last < tt.least || last > retryFor {
					t.Errorf("asked for the last time after %v", last)
				}
				if len(f.times) != tt.asked && (tt.asked != 0 || len(f.times) < 4) {
					t.Errorf("asked %d times, want %d", len(f.times), tt.asked)
				}
			})
		})
	}
}

// TestShutdownEndsRequests: neither a request that gets no answer nor the wait
// before the next one outlives the exporter.
func TestShutdownEndsRequests(t *testing.T) {
	for _, a := range []answer{{}, {status: 503}} {
		synctest.Test(t, func(t *testing.T) {
			e := exporter(t, "http://localhost:4318")
			e.client.Transport = &fake{answers: []answer{a}}
			ended := make(chan error, 1)
			begin := time.Now()
			go func() { ended <- e.ExportSpans(context.Background(), samples(t)) }()
			synctest.Wait()
			if err := e.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			if err := <-ended; err == nil || time.Since(begin) > 0 {
				t.Errorf("after %v: %v", time.Since(begin), err)
			}
		})
	}
}

// TestTimeout: each request may take as long as the settings say.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := New(Collector{URL: &url.URL{Scheme: "http", Host: "localhost:4318"}, Timeout: 3 * time.Second})
		e.client.Transport = &fake{answers: []answer{{}, {status: 200}}}
		begin := time.Now()
		if err := e.ExportSpans(t.Context(), samples(t)); err != nil || time.Since(begin) < 3*time.Second || time.Since(begin) > 20*time.Second {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
	})
}
