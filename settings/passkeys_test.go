package settings

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestPasskeySettings(t *testing.T) {
	const public = "PUBLIC_URL=https://id.example.com"
	labels := "PASSKEY_ORIGINS=https://a.test,https://b.test,https://c.test,https://d.test"
	tests := []struct {
		name    string
		environ []string
		fault   string // "" for none
		domain  string
		origins []string
	}{
		{"nothing", []string{public}, "", "id.example.com", []string{"https://id.example.com"}},
		{"this machine", nil, "", "localhost", []string{"http://localhost:8080"}},
		{"a path, a port and capitals", []string{"PUBLIC_URL=https://ID.example.com:8443/auth"}, "", "id.example.com", []string{"https://id.example.com:8443"}},
		{"an IP address", []string{"PUBLIC_URL=https://192.0.2.7"}, "", "", []string{"https://192.0.2.7"}},
		{"an IPv6 address", []string{"PUBLIC_URL=https://[2001:db8::1]"}, "", "", []string{"https://[2001:db8::1]"}},
		{"this machine's address", []string{"PUBLIC_URL=http://127.0.0.1:8080"}, "", "", []string{"http://127.0.0.1:8080"}},
		{"no TLS", []string{"PUBLIC_URL=http://id.example.com"}, "", "", []string{"http://id.example.com"}},
		{"the domain above", []string{public, "PASSKEY_RP_ID= Example.com "}, "", "example.com", []string{"https://id.example.com"}},
		{"another domain", []string{public, "PASSKEY_RP_ID=example.org"}, "PASSKEY_RP_ID must be the host", "", nil},
		{"a domain that ends alike", []string{"PUBLIC_URL=https://notexample.com", "PASSKEY_RP_ID=example.com"}, "PASSKEY_RP_ID must be the host", "", nil},
		{"another domain, related", []string{public, "PASSKEY_RP_ID=example.org", "PASSKEY_ORIGINS=https://id.example.com"}, "", "example.org", []string{"https://id.example.com"}},
		{"a domain without TLS", []string{"PUBLIC_URL=http://id.example.com", "PASSKEY_RP_ID=example.com"}, "PASSKEY_RP_ID needs a PUBLIC_URL with https", "", nil},
		{"a URL", []string{public, "PASSKEY_RP_ID=https://example.com"}, "PASSKEY_RP_ID must be a domain", "", nil},
		{"a port", []string{public, "PASSKEY_RP_ID=example.com:443"}, "PASSKEY_RP_ID must be a domain", "", nil},
		{"an IP address as domain", []string{public, "PASSKEY_RP_ID=192.0.2.7"}, "PASSKEY_RP_ID must be a domain", "", nil},
		{"a public suffix", []string{"PUBLIC_URL=https://id.example.co.uk", "PASSKEY_RP_ID=co.uk"}, "PASSKEY_RP_ID must be a domain of yours", "", nil},
		{"a domain of many", []string{"PUBLIC_URL=https://me.github.io", "PASSKEY_RP_ID=github.io"}, "PASSKEY_RP_ID must be a domain of yours", "", nil},
		{"localhost", []string{"PASSKEY_RP_ID=localhost"}, "", "localhost", []string{"http://localhost:8080"}},
		{"origins", []string{public, "PASSKEY_ORIGINS=https://App.example.com:443 https://example.org"}, "", "id.example.com",
			[]string{"https://id.example.com", "https://app.example.com", "https://example.org"}},
		{"every origin", []string{public, "PASSKEY_ORIGINS=*"}, "PASSKEY_ORIGINS must be exact origins", "", nil},
		{"an origin without TLS", []string{public, "PASSKEY_ORIGINS=http://app.example.com"}, "PASSKEY_ORIGINS has http://app.example.com", "", nil},
		{"an origin of an IP address", []string{public, "PASSKEY_ORIGINS=https://192.0.2.7"}, "PASSKEY_ORIGINS has https://192.0.2.7", "", nil},
		{"no origin", []string{public, "PASSKEY_ORIGINS=app.example.com"}, "PASSKEY_ORIGINS must be", "", nil},
		{"five names", []string{public, labels}, "", "id.example.com", nil},
		{"six names", []string{public, labels + ",https://e.test"}, "PASSKEY_ORIGINS has origins of more than 5 names", "", nil},
		{"five names at six suffixes", []string{public, labels + ",https://a.example.co.uk,https://a.org"}, "", "id.example.com", nil},
		{"log in", []string{public, "LOGIN_METHODS=password,passkey"}, "", "id.example.com", []string{"https://id.example.com"}},
		{"log in with nothing else", []string{public, "LOGIN_METHODS=passkey"}, "LOGIN_METHODS must be a list of: password, email, passkey, with one", "", nil},
	}
	for _, tt := range tests {
		s, err := Read(tt.environ, os.DevNull)
		if (err == nil) != (tt.fault == "") || err != nil && !strings.Contains(err.Error(), tt.fault) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.fault)
		}
		if err == nil && (s.RPID() != tt.domain || tt.origins != nil && !slices.Equal(s.PasskeyOrigins(), tt.origins)) {
			t.Errorf("%s: %q, %q", tt.name, s.RPID(), s.PasskeyOrigins())
		}
	}
}

func TestPasskeyRules(t *testing.T) {
	s, err := Read([]string{"LOGIN_METHODS=passkey, email", "PUBLIC_URL=http://localhost:8080", "MAIL_FROM=Example <no-reply@example.com>"}, os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	r := s.Passkeys()
	if !r.Login || r.Password || !r.ByMail || !r.Mail || r.RPID != "localhost" || r.Service != "Example" {
		t.Errorf("%+v", r)
	}
	if text := s.LoginMethods.String(); text != "email,passkey" {
		t.Errorf("%q", text)
	}
	if m := s.ByMail(); !m.Passkey || m.PasskeyRPID == nil || *m.PasskeyRPID != "localhost" || len(s.Warnings()) != 0 {
		t.Errorf("%+v, %q", m, s.Warnings())
	}
	s, err = Read([]string{"LOGIN_METHODS=passkey,password", "PUBLIC_URL=http://127.0.0.1:8080"}, os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if m := s.ByMail(); m.Passkey || m.PasskeyRPID != nil || len(s.Warnings()) != 1 || !strings.Contains(s.Warnings()[0], "no passkeys for http://127.0.0.1:8080") {
		t.Errorf("%+v, %q", m, s.Warnings())
	}
}
