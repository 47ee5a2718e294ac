package main

import (
	"crypto/tls"
	"crypto/x509"
	"net/url"
	"os"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// tracesOff reports whether there are no traces, wherever they would be sent.
func (s *settings) tracesOff() bool {
	return strings.EqualFold(s.OTelDisabled, "true") || s.OTelExporter == "none"
}

// tracesURL is where traces are sent by OTLP over HTTP; "" for nowhere.
func (s *settings) tracesURL() string {
	switch {
	case s.tracesOff():
		return ""
	case s.OTelTracesEndpoint != "":
		return s.OTelTracesEndpoint
	case s.OTelEndpoint != "":
		joined, _ := url.JoinPath(s.OTelEndpoint, "v1/traces") // checked
		return joined
	}
	return ""
}

// checkTraces finds what the exporter can't work with, in the settings and in what the SDK reads from the environment by itself. The SDK would go on
// without what it can't read, and write it, secret or not, to the standard error. Where there are no traces, these are settings for other programs on
// the machine.
func (s *settings) checkTraces(environ map[string]string, wrong *faults) {
	if s.tracesOff() || s.OTelEndpoint == "" && s.OTelTracesEndpoint == "" {
		return
	}
	oneOf(wrong, "OTEL_TRACES_EXPORTER", s.OTelExporter, "otlp", "none")
	oneOf(wrong, "OTEL_EXPORTER_OTLP_PROTOCOL", s.OTelProtocol, "http/protobuf")
	for name, text := range map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": s.OTelEndpoint, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": s.OTelTracesEndpoint,
	} {
		if text != "" && !endpoint(text) {
			wrong.add("%s must be an http or https URL without a user name, query or fragment, such as http://localhost:4318", name)
		}
	}
	if text := strings.TrimSpace(environ["OTEL_RESOURCE_ATTRIBUTES"]); text != "" && !allPairs(text, func(string, string) bool { return true }) {
		wrong.add("OTEL_RESOURCE_ATTRIBUTES must be " + pairsForm + ", such as deployment.environment=test")
	}
	for _, signal := range []string{"OTEL_EXPORTER_OTLP_", "OTEL_EXPORTER_OTLP_TRACES_"} {
		checkExporter(signal, environ, wrong)
	}
}

// pairsForm is what allPairs takes.
const pairsForm = "pairs of a name and a percent-encoded value, separated by commas"

// checkExporter finds what can't be read of the variables whose names begin with signal, by the rules of the OTLP exporter.
func checkExporter(signal string, environ map[string]string, wrong *faults) {
	value := func(name string) string { return strings.TrimSpace(environ[signal+name]) }
	if text := value("HEADERS"); text != "" && !allPairs(text, header) {
		wrong.add("%sHEADERS must be %s, such as api-key=secret", signal, pairsForm)
	}
	if text := value("TIMEOUT"); text != "" {
		if milliseconds, err := strconv.Atoi(text); err != nil || milliseconds < 0 {
			wrong.add("%sTIMEOUT must be a whole number of milliseconds", signal)
		}
	}
	if path := value("CERTIFICATE"); path != "" {
		if text, err := os.ReadFile(path); err != nil || !x509.NewCertPool().AppendCertsFromPEM(text) {
			wrong.add("%sCERTIFICATE must be a file that can be read, with certificates in PEM", signal)
		}
	}
	certificate, key := value("CLIENT_CERTIFICATE"), value("CLIENT_KEY")
	if certificate == "" && key == "" {
		return
	}
	if _, err := tls.LoadX509KeyPair(certificate, key); err != nil {
		wrong.add("%sCLIENT_CERTIFICATE and %sCLIENT_KEY must be files that can be read, with a certificate and its key in PEM", signal, signal)
	}
}

// endpoint reports whether a text is the URL of a collector. It is shown by config check, and so has no place for secrets.
func endpoint(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.ContainsAny(text, "?#") {
		return false
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return u.Port() == "" || err == nil && port > 0
}

// allPairs reports whether a text is a list of pairs, as in the header Baggage (W3C Baggage, 3.3.1) without properties, and each is right.
func allPairs(text string, right func(name, value string) bool) bool {
	for pair := range strings.SplitSeq(text, ",") {
		name, encoded, found := strings.Cut(pair, "=")
		name = strings.TrimSpace(name)
		value, err := url.PathUnescape(strings.TrimSpace(encoded))
		if !found || name == "" || err != nil || !right(name, value) {
			return false
		}
	}
	return true
}

// header reports whether a name and a value can be sent as a header.
func header(name, value string) bool {
	return httpguts.ValidHeaderFieldName(name) && httpguts.ValidHeaderFieldValue(strings.TrimSpace(value))
}
