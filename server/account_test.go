package server

import (
	"os"
	"testing"

	"gatehouse/oauth/pages"
	"gatehouse/settings"
)

// TestAccountLinks: the page for logging in leads to what the service offers, and to nothing else.
func TestAccountLinks(t *testing.T) {
	const smtp = "SMTP_URL=smtp://mail.example.com"
	remote := []string{"PUBLIC_URL=https://id.example.com", "MAIL_FROM=no-reply@example.com"}
	here := "https://id.example.com/account"
	for _, tt := range []struct {
		name    string
		environ []string
		want    pages.Links
	}{
		{"a developer's machine", nil, pages.Links{Forgot: "http://localhost:8080/account#forgot", Register: "http://localhost:8080/account#register"}},
		{"no mail", remote, pages.Links{Register: here + "#register"}},
		{"mail", append(remote, smtp), pages.Links{Forgot: here + "#forgot", Register: here + "#register"}},
		{"registration by mail", append(remote, smtp, "REGISTRATION=by-email"), pages.Links{Forgot: here + "#forgot", Register: here + "#register"}},
		{"invitations only", append(remote, smtp, "REGISTRATION=invited"), pages.Links{Forgot: here + "#forgot"}},
		{"registration closed, no mail", append(remote, "REGISTRATION=closed"), pages.Links{}},
		{"a second factor is demanded", append(remote, "REGISTRATION=closed", "SECOND_FACTOR=required"), pages.Links{Security: here + "#security"}},
		{"of administrators", append(remote, "REGISTRATION=closed", "SECOND_FACTOR=admins"), pages.Links{Security: here + "#security"}},
		{"pages of one's own", append(remote, smtp, "ACCOUNT_URL=https://app.example.com/me"),
			pages.Links{Forgot: "https://app.example.com/me#forgot", Register: "https://app.example.com/me#register"}},
		{"a path", append(remote[1:], smtp, "PUBLIC_URL=https://example.com/id"),
			pages.Links{Forgot: "https://example.com/id/account#forgot", Register: "https://example.com/id/account#register"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := settings.Read(tt.environ, os.DevNull)
			if err != nil {
				t.Fatal(err)
			}
			srv := &Server{deployment: &Deployment{Settings: s}}
			if got := srv.accountLinks(); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}
