package settings

import (
	"crypto/tls"
	"crypto/x509"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

// The only values of two settings, beside none.
const (
	protocol     = "http/protobuf"
	exporterOTLP = "otlp"
	exporterNone = "none"
)

// exportTimeout is the default timeout of the OTLP exporter (its specification,
// OTEL_EXPORTER_OTLP_TIMEOUT).
const exportTimeout = 10 * time.Second

// openTelemetry are the settings of traces that may stand in the file. Their
// values are parsed only if traces are sent: otherwise they are meant for other
// programs on the machine.
type openTelemetry struct {
	Endpoint       string `env:"OTEL_EXPORTER_OTLP_ENDPOINT"`
	TracesEndpoint string `env:"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"`
	Protocol       string `env:"OTEL_EXPORTER_OTLP_PROTOCOL"`
	Exporter       string `env:"OTEL_TRACES_EXPORTER"`
	Disabled       string `env:"OTEL_SDK_DISABLED"`
	ServiceName    string `env:"OTEL_SERVICE_NAME"`
}

// Traces says where traces are sent by OTLP over HTTP, and how.
type Traces struct {
	URL         *url.URL          // of the collector
	ServiceName string            // "" for the name in Attributes, or the default
	Attributes  map[string]string // of the service: OTEL_RESOURCE_ATTRIBUTES
	Headers     map[string]string // of each request to the collector; may be secret
	Timeout     time.Duration     // of each such request; 0 for none
	TLS         *tls.Config       // nil for the default
	Gzip        bool              // compress requests
}

// checkTraces parses what the exporter needs: the settings, and the standard
// variables that are read from the environment only. The SDK would read these
// by itself, go on without the values that it can't parse, and write them,
// secret or not, to the standard error.
func (c *checker) checkTraces(environment map[string]string) {
	o := c.s.OTel
	off := strings.EqualFold(o.Disabled, "true") || o.Exporter == exporterNone
	if off || o.Endpoint == "" && o.TracesEndpoint == "" {
		return
	}
	if o.Exporter != exporterOTLP {
		c.add("OTEL_TRACES_EXPORTER", "%v", listed(exporterOTLP, exporterNone))
	}
	if o.Protocol != protocol {
		c.add("OTEL_EXPORTER_OTLP_PROTOCOL", "%v", listed(protocol))
	}
	t := &Traces{ServiceName: o.ServiceName, URL: c.collector(), Timeout: exportTimeout}
	t.Attributes = c.pairs("OTEL_RESOURCE_ATTRIBUTES", environment, "deployment.environment=test", nil)
	for _, prefix := range []string{"OTEL_EXPORTER_OTLP_", "OTEL_EXPORTER_OTLP_TRACES_"} { // the latter wins
		c.exporter(t, prefix, environment)
	}
	c.s.Traces = t
}

// collector parses the URLs of the collector, and returns the one that counts.
func (c *checker) collector() *url.URL {
	base := c.endpoint("OTEL_EXPORTER_OTLP_ENDPOINT", c.s.OTel.Endpoint)
	traces := c.endpoint("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", c.s.OTel.TracesEndpoint)
	if traces == nil && base != nil {
		return base.JoinPath("v1/traces")
	}
	return traces
}

// endpoint parses the URL of a collector, nil for none. It is shown by config
// check, so it has no place for secrets.
func (c *checker) endpoint(name, text string) *url.URL {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil &&
		!strings.ContainsAny(text, "?#") {
		port, err := strconv.ParseUint(u.Port(), 10, 16)
		if u.Port() == "" || err == nil && port > 0 {
			return u
		}
	}
	c.add(name, "must be an http or https URL without a user name, query or fragment, such as http://localhost:4318")
	return nil
}

// exporter parses the variables whose names begin with prefix, by the rules of
// the OTLP exporter.
func (c *checker) exporter(t *Traces, prefix string, environment map[string]string) {
	value := func(name string) string { return strings.TrimSpace(environment[prefix+name]) }
	if headers := c.pairs(prefix+"HEADERS", environment, "api-key=secret", sendable); headers != nil {
		t.Headers = headers
	}
	if text := value("TIMEOUT"); text != "" {
		milliseconds, err := strconv.Atoi(text)
		if err != nil || milliseconds < 0 {
			c.add(prefix+"TIMEOUT", "must be a whole number of milliseconds")
		}
		t.Timeout = time.Duration(milliseconds) * time.Millisecond
	}
	if compression := value("COMPRESSION"); compression != "" {
		t.Gzip = compression == "gzip"
	}
	if path := value("CERTIFICATE"); path != "" {
		pool := x509.NewCertPool()
		if text, err := os.ReadFile(path); err != nil || !pool.AppendCertsFromPEM(text) {
			c.add(prefix+"CERTIFICATE", "must be a readable file with certificates in PEM")
		}
		t.tls().RootCAs = pool
	}
	certificate, key := value("CLIENT_CERTIFICATE"), value("CLIENT_KEY")
	if certificate == "" && key == "" {
		return
	}
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		c.add(prefix+"CLIENT_CERTIFICATE", "and %sCLIENT_KEY must be readable files with a certificate and its key in PEM", prefix)
	}
	t.tls().Certificates = []tls.Certificate{pair}
}

// tls returns the TLS configuration, made when it is first asked for.
func (t *Traces) tls() *tls.Config {
	if t.TLS == nil {
		t.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return t.TLS
}

// pairs parses a variable that is a list of pairs, as in the header Baggage
// (W3C Baggage, 3.3.1) without properties. It returns nil if it is not set.
// valid, if not nil, judges each pair.
func (c *checker) pairs(name string, environment map[string]string, example string, valid func(name, value string) bool) map[string]string {
	text := strings.TrimSpace(environment[name])
	if text == "" {
		return nil
	}
	all := map[string]string{}
	for pair := range strings.SplitSeq(text, ",") {
		key, encoded, found := strings.Cut(pair, "=")
		key = strings.TrimSpace(key)
		value, err := url.PathUnescape(strings.TrimSpace(encoded))
		if !found || key == "" || err != nil || valid != nil && !valid(key, value) {
			c.add(name, "must be pairs of a name and a percent-encoded value, separated by commas, such as %s", example)
			return nil
		}
		all[key] = value
	}
	return all
}

// sendable reports whether a name and a value can be sent as a header.
func sendable(name, value string) bool {
	return httpguts.ValidHeaderFieldName(name) && httpguts.ValidHeaderFieldValue(strings.TrimSpace(value))
}
