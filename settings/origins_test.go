package settings

import (
	"os"
	"strings"
	"testing"
)

// TestPublicURL writes PUBLIC_URL as people do. What is accepted as it is stays
// as it is, because it is the issuer.
func TestPublicURL(t *testing.T) {
	for text, want := range map[string]string{
		"https://id.example.com":         "https://id.example.com",
		"https://id.example.com/auth":    "https://id.example.com/auth",
		"https://id.example.com/a/b-c_d": "https://id.example.com/a/b-c_d",
		" https://id.example.com ":       "https://id.example.com",
		"HTTPS://id.example.com":         "https://id.example.com",
		"https://ID.Example.com":         "https://ID.Example.com",
		"https://id.example.com:443":     "https://id.example.com:443",
		"http://localhost:8080":          "http://localhost:8080",
		"http://[::1]:8080":              "http://[::1]:8080",
		"https://bücher.example":         "https://xn--bcher-kva.example",
		"https://bücher.example:8443/a":  "https://xn--bcher-kva.example:8443/a",
	} {
		s := read(t, "PUBLIC_URL="+text)
		if s.Issuer() != want || s.Audience != want || s.HTTPS() != strings.HasPrefix(want, "https") {
			t.Errorf("%s: issuer %s, audience %s, https %t; want %s", text, s.Issuer(), s.Audience, s.HTTPS(), want)
		}
		usual := want == strings.ToLower(want) && !strings.HasSuffix(want, ":443")
		if warning := s.unusualPublicURL(); (warning == "") != usual || !usual && !strings.HasSuffix(warning, "write https://id.example.com") {
			t.Errorf("%s: the warning is %q", text, warning)
		}
	}
	if s := read(t, "ADDR=:80"); s.Issuer() != "http://localhost:80" || s.unusualPublicURL() != "" {
		t.Errorf("unset: issuer %s, warning %q", s.Issuer(), s.unusualPublicURL())
	}
	for text, want := range map[string]string{
		"https://id.example.com/":              "write https://id.example.com",
		"https://ID.example.com:443/auth/":     "write https://id.example.com/auth",
		"https://id.example.com//":             "write https://id.example.com",
		"https://id.example.com/a//b":          "write https://id.example.com/a/b",
		"https://id.example.com/a/../b":        "write https://id.example.com/b",
		"https://id.example.com?x=canary":      "write https://id.example.com",
		"https://id.example.com?":              "write https://id.example.com",
		"https://id.example.com#canary":        "write https://id.example.com",
		"https://id.example.com#":              "write https://id.example.com",
		"https://canary:canary@id.example.com": "write https://id.example.com",
		"id.example.com":                       "an http or https URL, such as https://id.example.com",
		"//id.example.com":                     "an http or https URL, such as https://id.example.com",
		"ftp://id.example.com":                 "an http or https URL, such as https://id.example.com",
		"https://":                             "a valid host and port",
		"https://:8080":                        "a valid host and port",
		"https://id.example.com:99999":         "a valid host and port",
		"https://id example.com":               "an http or https URL",
		"https://*.example.com":                "a valid host and port",
	} {
		_, err := Read([]string{"PUBLIC_URL=" + text}, os.DevNull)
		if err == nil || !strings.Contains(err.Error()+"\n", want) || strings.Contains(err.Error(), "canary") ||
			strings.HasPrefix(want, "write") && !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}

// TestOrigins: the service's own origin is compared as browsers write it.
func TestOrigins(t *testing.T) {
	s := read(t, "PUBLIC_URL=https://ID.example.com:443/auth", "CORS_ORIGINS= HTTPS://App.example.com:443 , https://app.example.com,https://b.example.com:8443,")
	if got, want := s.CORSOrigins.String(), "https://app.example.com,https://b.example.com:8443"; got != want {
		t.Errorf("CORS_ORIGINS = %s, want %s", got, want)
	}
	if got, want := s.Origins().String(), "https://app.example.com,https://b.example.com:8443,https://id.example.com"; got != want {
		t.Errorf("origins = %s, want %s", got, want)
	}
}

func TestSameSite(t *testing.T) {
	for _, tt := range []struct {
		url, origin string
		same        bool
	}{
		{"https://id.example.com", "https://app.example.com:8443", true},
		{"https://ID.Example.com", "https://example.com", true},
		{"https://id.example.com", "http://app.example.com", false},
		{"https://id.example.co.uk", "https://app.other.co.uk", false},
		{"https://id.bücher.example", "https://app.xn--bcher-kva.example", true},
		{"http://localhost:8080", "http://localhost:3000", true},
		{"http://localhost:8080", "http://127.0.0.1:3000", false},
		{"http://127.0.0.1:8080", "http://127.0.0.1:3000", true},
		{"http://10.0.0.1:8080", "http://192.168.0.1:3000", false}, // whatever their last numbers are
		{"http://[::1]:8080", "http://[0:0::1]:3000", true},
		{"http://[::1]:8080", "http://[::2]:3000", false},
		{"https://id.example.com", "capacitor://localhost", false},
	} {
		_, err := Read([]string{"PUBLIC_URL=" + tt.url, "CORS_ORIGINS=" + tt.origin}, os.DevNull)
		if (err == nil) != tt.same || err != nil && !strings.Contains(err.Error(), "is not on the site of PUBLIC_URL") {
			t.Errorf("%s with %s: %v", tt.url, tt.origin, err)
		}
		if _, err := Read([]string{"PUBLIC_URL=" + tt.url, "CORS_ORIGINS=" + tt.origin, "REFRESH_COOKIE=never"}, os.DevNull); err != nil {
			t.Errorf("%s with %s, without cookies: %v", tt.url, tt.origin, err)
		}
	}
}

func TestHeaders(t *testing.T) {
	if got := read(t, "CORS_HEADERS= X-Tenant, x-release ,").CORSHeaders.String(); got != "X-Tenant,x-release" {
		t.Errorf("CORS_HEADERS = %s", got)
	}
	for _, text := range []string{"*", "X-Tenant,*", "X Tenant", "X-Tenant: acme", "X-Tenant;X-Release", "Größe"} {
		if _, err := Read([]string{"CORS_HEADERS=" + text}, os.DevNull); err == nil || !strings.Contains(err.Error(), "CORS_HEADERS must be names of headers, such as") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
