package settings

import (
	"crypto/x509"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

// tracesURL is where traces are sent, "" for nowhere.
func tracesURL(s *Settings) string {
	if s.Traces == nil {
		return ""
	}
	return s.Traces.URL.String()
}

// TestTracesSettings: what the exporter can't use is a fault, unless no traces
// are sent. No fault repeats a value.
func TestTracesSettings(t *testing.T) {
	const collector = "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318"
	for _, tt := range []struct {
		environ []string
		want    string // where traces go
		fault   string
	}{
		{nil, "", ""},
		{[]string{collector}, "http://localhost:4318/v1/traces", ""},
		{[]string{collector + "/base/"}, "http://localhost:4318/base/v1/traces", ""},
		{[]string{collector, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=https://traces.example.com/in"}, "https://traces.example.com/in", ""},
		{[]string{collector, "OTEL_SDK_DISABLED=true"}, "", ""},
		{[]string{collector, "OTEL_TRACES_EXPORTER=none"}, "", ""},
		{[]string{collector, "OTEL_TRACES_EXPORTER=zipkin"}, "", "OTEL_TRACES_EXPORTER must be one of: otlp, none"},
		{[]string{collector, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}, "", "OTEL_EXPORTER_OTLP_PROTOCOL must be one of: http/protobuf"},
		{[]string{"OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}, "", ""},
		{[]string{collector, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_SDK_DISABLED=TRUE"}, "", ""},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=localhost:4318"}, "", "OTEL_EXPORTER_OTLP_ENDPOINT must be"},
		{[]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://me:canary@localhost"}, "", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT must be"},
		{[]string{collector + "/?token=canary"}, "", "OTEL_EXPORTER_OTLP_ENDPOINT must be"},
		{[]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://h/#canary"}, "", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT must be"},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:99999"}, "", "OTEL_EXPORTER_OTLP_ENDPOINT must be"},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:0"}, "", "OTEL_EXPORTER_OTLP_ENDPOINT must be"},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://[::1]:65535"}, "http://[::1]:65535/v1/traces", ""},
	} {
		s, err := Read(tt.environ, os.DevNull)
		if tt.fault != "" {
			if err == nil || !strings.Contains(err.Error(), tt.fault) || strings.Contains(err.Error(), "canary") {
				t.Errorf("%q: %v", tt.environ, err)
			}
			continue
		}
		if err != nil || tracesURL(s) != tt.want {
			t.Errorf("%q: %q, %v; want %q", tt.environ, tracesURL(s), err, tt.want)
		}
	}
}

// tlsServer returns a server that was closed, for its certificate.
func tlsServer() *httptest.Server {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	server.Close()
	return server
}

func certificateFile(t *testing.T) string {
	t.Helper()
	block := &pem.Block{Type: "CERTIFICATE", Bytes: tlsServer().Certificate().Raw}
	return writtenFile(t, string(pem.EncodeToMemory(block)))
}

// TestTracesEnvironment: so are the variables that are read from the
// environment only.
func TestTracesEnvironment(t *testing.T) {
	server := tlsServer()
	key, err := x509.MarshalPKCS8PrivateKey(server.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certificate := certificateFile(t)
	keyFile := writtenFile(t, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
	none, empty := t.TempDir()+"/canary.pem", writtenFile(t, "canary")
	const headers, attributes = "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_RESOURCE_ATTRIBUTES"
	const client, clientKey = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY"
	for _, tt := range []struct {
		environ []string
		fault   string // "" for none
	}{
		{[]string{headers + "=authorization=Bearer%20canary"}, ""},
		{[]string{headers + "=authorization=Bearer%ZZcanary"}, headers},
		{[]string{headers + "= api-key = a%3Db , x-team=one=two,x-none="}, ""},
		{[]string{headers + "=canary"}, headers},
		{[]string{headers + "=a=b,,c=canary"}, headers},
		{[]string{headers + "=api key=canary"}, headers},
		{[]string{headers + "==canary"}, headers},
		{[]string{headers + "=api-key=canary%0d%0Ahost: a"}, headers},
		{[]string{headers + "= "}, ""},
		{[]string{"OTEL_EXPORTER_OTLP_TRACES_HEADERS=authorization=Bearer%ZZcanary"}, "OTEL_EXPORTER_OTLP_TRACES_HEADERS"},
		{[]string{"OTEL_EXPORTER_OTLP_TRACES_HEADERS=authorization=Bearer%20canary"}, ""},
		{[]string{attributes + "=deployment.environment=test,team=a%20b"}, ""},
		{[]string{attributes + "=nonsense"}, attributes},
		{[]string{attributes + "=team=a,"}, attributes},
		{[]string{attributes + "=team=%ZZcanary"}, attributes},
		{[]string{"OTEL_EXPORTER_OTLP_TIMEOUT=10000"}, ""},
		{[]string{"OTEL_EXPORTER_OTLP_TIMEOUT=10s"}, "OTEL_EXPORTER_OTLP_TIMEOUT"},
		{[]string{"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT=-1"}, "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT"},
		{[]string{"OTEL_EXPORTER_OTLP_CERTIFICATE=" + certificate}, ""},
		{[]string{"OTEL_EXPORTER_OTLP_CERTIFICATE=" + none}, "OTEL_EXPORTER_OTLP_CERTIFICATE"},
		{[]string{"OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE=" + empty}, "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE"},
		{[]string{client + "=" + certificate, "OTEL_EXPORTER_OTLP_CLIENT_KEY=" + keyFile}, ""},
		{[]string{client + "=" + certificate, "OTEL_EXPORTER_OTLP_CLIENT_KEY=" + none}, client},
		{[]string{client + "=" + certificate}, client},
		{[]string{clientKey + "=" + keyFile}, clientKey},
		{[]string{"OTEL_EXPORTER_OTLP_COMPRESSION=gzip"}, ""},
		{[]string{"OTEL_EXPORTER_OTLP_TRACES_COMPRESSION=none"}, ""},
	} {
		_, err := Read(append(tt.environ, "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318"), os.DevNull)
		if (err == nil) != (tt.fault == "") || err != nil && (!strings.Contains(err.Error(), tt.fault+" ") || strings.Count(err.Error(), "\n") != 1 || strings.Contains(err.Error(), "canary")) {
			t.Errorf("%q: %v; want a fault of %q", tt.environ, err, tt.fault)
		}
		if _, err := Read(tt.environ, os.DevNull); err != nil {
			t.Errorf("%q, without traces: %v", tt.environ, err)
		}
	}
}

// TestExporter: the exporter gets what the environment says, that for traces
// before that for all signals.
func TestExporter(t *testing.T) {
	s := read(t, "OTEL_EXPORTER_OTLP_ENDPOINT=https://localhost:4318", "OTEL_SERVICE_NAME=idp",
		"OTEL_RESOURCE_ATTRIBUTES=deployment.environment=test, team = a%20b",
		"OTEL_EXPORTER_OTLP_HEADERS=x-all=1,x-more=2", "OTEL_EXPORTER_OTLP_TRACES_HEADERS= api-key = a%3Db ",
		"OTEL_EXPORTER_OTLP_TIMEOUT=2000", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT=0",
		"OTEL_EXPORTER_OTLP_CERTIFICATE="+certificateFile(t))
	got := s.Traces
	if got.ServiceName != "idp" || got.Timeout != 0 || got.TLS == nil || got.TLS.RootCAs == nil {
		t.Errorf("traces = %+v", got)
	}
	if want := map[string]string{"api-key": "a=b"}; !maps.Equal(got.Headers, want) {
		t.Errorf("headers = %q, want %q", got.Headers, want)
	}
	if want := map[string]string{"deployment.environment": "test", "team": "a b"}; !maps.Equal(got.Attributes, want) {
		t.Errorf("attributes = %q, want %q", got.Attributes, want)
	}
	if got := read(t, "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318").Traces; got.Headers != nil || got.Timeout != 10*time.Second || got.TLS != nil {
		t.Errorf("nothing is set, and yet %+v", got)
	}
}

// TestExporterCompresses: the variable for traces wins, and only gzip compresses.
func TestExporterCompresses(t *testing.T) {
	const all, traces = "OTEL_EXPORTER_OTLP_COMPRESSION=", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION="
	for _, tt := range []struct {
		environ []string
		want    bool
	}{
		{nil, false},
		{[]string{all + "gzip"}, true},
		{[]string{traces + " gzip "}, true},
		{[]string{all + "none"}, false},
		{[]string{all + "zstd"}, false},
		{[]string{all + "gzip", traces + "none"}, false},
		{[]string{all + "none", traces + "gzip"}, true},
		{[]string{all + "gzip", traces}, true},
	} {
		if got := read(t, append(tt.environ, "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318")...).Traces.Gzip; got != tt.want {
			t.Errorf("%q: %v, want %v", tt.environ, got, tt.want)
		}
	}
}
