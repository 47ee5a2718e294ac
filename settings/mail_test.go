package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// withDatabase are settings of a service that others reach.
func withDatabase(more ...string) []string {
	return append([]string{"DATABASE_URL=postgres://db/x", "PUBLIC_URL=https://id.example.com", "SECRET_KEY=" + goodSecret}, more...)
}

func TestMailSettings(t *testing.T) {
	const server, from = "SMTP_URL=smtp://me:canary@mail.example.com", "MAIL_FROM=Example <no-reply@example.com>"
	bad := filepath.Join(t.TempDir(), "en.json")
	if err := os.WriteFile(bad, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		environ []string
		fault   string // "" for none
	}{
		{"no server", withDatabase(), ""},
		{"a server without a sender", withDatabase(server), "MAIL_FROM is required with SMTP_URL"},
		{"a server", withDatabase(server, from), ""},
		{"a bad server", withDatabase("SMTP_URL=mail.example.com:canary", from), "SMTP_URL: write a URL such as smtp://"},
		{"a server elsewhere without TLS", withDatabase("SMTP_URL=smtp://mail.example.com?tls=none", from), "tls=none"},
		{"a bad sender", withDatabase(server, "MAIL_FROM=Example"), "MAIL_FROM must be an address"},
		{"a sender of two lines", withDatabase(server, "MAIL_FROM=\"a\r\nBcc: eve@example.com\" <no-reply@example.com>"), "MAIL_FROM must be an address"},
		{"log in by mail without mail", withDatabase("LOGIN_METHODS=email"), "LOGIN_METHODS needs mail"},
		{"log in by mail", withDatabase("LOGIN_METHODS=email,password", server, from), ""},
		{"an unknown way", withDatabase("LOGIN_METHODS=password,fax"), "LOGIN_METHODS must be a list of"},
		{"no way", withDatabase("LOGIN_METHODS=,"), "LOGIN_METHODS must be a list of"},
		{"verify without mail", withDatabase("EMAIL_VERIFICATION=required"), "EMAIL_VERIFICATION needs mail"},
		{"verify", withDatabase("EMAIL_VERIFICATION=required", server, from), ""},
		{"confirm without mail", withDatabase("EMAIL_CHANGE=confirm"), "EMAIL_CHANGE needs mail"},
		{"confirm", withDatabase("EMAIL_CHANGE=confirm", server, from), ""},
		{"register by mail without mail", withDatabase("REGISTRATION=by-email"), "REGISTRATION needs mail"},
		{"invite without mail", withDatabase("REGISTRATION=invited"), "REGISTRATION needs mail"},
		{"register by mail", withDatabase("REGISTRATION=by-email", server, from), ""},
		{"an unknown registration", withDatabase("REGISTRATION=on"), "REGISTRATION must be one of: open, by-email, invited, closed"},
		{"a page with a query", withDatabase("ACCOUNT_URL=https://app.example.com/?p=1"), "ACCOUNT_URL must be"},
		{"a page", withDatabase("ACCOUNT_URL=https://app.example.com/me/"), ""},
		{"bad words", withDatabase("MAIL_TEMPLATES=" + filepath.Dir(bad)), "MAIL_TEMPLATES: en.json"},
		{"no words", withDatabase("MAIL_TEMPLATES=" + filepath.Dir(bad) + "/none"), "MAIL_TEMPLATES"},
		{"a developer's machine", []string{"LOGIN_METHODS=email", "EMAIL_VERIFICATION=required"}, ""},
		{"a database of its own that others reach", []string{"PUBLIC_URL=https://id.example.com", "LOGIN_METHODS=email"}, "LOGIN_METHODS needs mail"},
	}
	for _, tt := range tests {
		_, err := Read(tt.environ, os.DevNull)
		if (err == nil) != (tt.fault == "") || err != nil && (!strings.Contains(err.Error(), tt.fault) || strings.Contains(err.Error(), "canary")) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.fault)
		}
	}
}

func TestMailDefaults(t *testing.T) {
	s, err := Read([]string{"PUBLIC_URL=http://localhost:8080/auth"}, os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if s.AccountPage().String() != "http://localhost:8080/auth/account" || s.MailFrom.Address != "gatehouse@localhost" || !s.KeepsMails() || !s.Mails() {
		t.Errorf("%s, %s, %v", s.AccountPage(), s.MailFrom, s.KeepsMails())
	}
	if r := s.ByMail(); !r.Mail || r.Login || !r.Password || r.Registration != "open" || r.ConfirmChange {
		t.Errorf("%+v", r)
	}
	s, err = Read(withDatabase(), os.DevNull)
	if err != nil || s.Mails() || s.KeepsMails() {
		t.Errorf("mails are sent without a server: %v", err)
	}
}
