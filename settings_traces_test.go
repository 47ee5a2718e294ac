package main

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

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
