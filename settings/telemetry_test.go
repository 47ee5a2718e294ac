package settings

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// TestTracesSettings: what the exporter can't work with is a fault, but where there are no traces. None repeats a value.
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
		s, err := readSettings(tt.environ, os.DevNull)
		if tt.fault != "" {
			if err == nil || !strings.Contains(err.Error(), tt.fault) || strings.Contains(err.Error(), "canary") {
				t.Errorf("%q: %v", tt.environ, err)
			}
			continue
		}
		if err != nil || s.tracesURL() != tt.want {
			t.Errorf("%q: %q, %v; want %q", tt.environ, s.tracesURL(), err, tt.want)
		}
	}
}

// TestTracesEnvironment: so is what the SDK reads by itself.
func TestTracesEnvironment(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	server.Close() // its certificate is all that is wanted
	key, err := x509.MarshalPKCS8PrivateKey(server.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certificateFile := writtenFile(t, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
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
		{[]string{"OTEL_EXPORTER_OTLP_CERTIFICATE=" + certificateFile}, ""},
		{[]string{"OTEL_EXPORTER_OTLP_CERTIFICATE=" + none}, "OTEL_EXPORTER_OTLP_CERTIFICATE"},
		{[]string{"OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE=" + empty}, "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE"},
		{[]string{client + "=" + certificateFile, "OTEL_EXPORTER_OTLP_CLIENT_KEY=" + keyFile}, ""},
		{[]string{client + "=" + certificateFile, "OTEL_EXPORTER_OTLP_CLIENT_KEY=" + none}, client},
		{[]string{client + "=" + certificateFile}, client},
		{[]string{clientKey + "=" + keyFile}, clientKey},
	} {
		_, err := readSettings(append(tt.environ, "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318"), os.DevNull)
		if (err == nil) != (tt.fault == "") || err != nil && (!strings.Contains(err.Error(), tt.fault+" ") || strings.Count(err.Error(), "\n") != 1 || strings.Contains(err.Error(), "canary")) {
			t.Errorf("%q: %v; want a fault of %q", tt.environ, err, tt.fault)
		}
		if _, err := readSettings(tt.environ, os.DevNull); err != nil {
			t.Errorf("%q, without traces: %v", tt.environ, err)
		}
	}
}

// The command that checks the settings finds what the start would refuse.
func TestConfigCheckOfTraces(t *testing.T) {
	const collector = "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318"
	consoleWith(t, collector, "OTEL_RESOURCE_ATTRIBUTES=team=a").run(t, "", "config", "check").ends(t, exitDone)
	o := consoleWith(t, collector, "OTEL_RESOURCE_ATTRIBUTES=nonsense").run(t, "", "config", "check")
	o.ends(t, exitRefused)
	if !strings.Contains(o.stderr, "OTEL_RESOURCE_ATTRIBUTES must be") {
		t.Errorf("it says: %s", o.stderr)
	}
}
