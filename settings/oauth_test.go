package settings

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestOAuth: OAuth needs a URL that protects codes on their way.
func TestOAuth(t *testing.T) {
	for _, tt := range []struct {
		environ []string
		fault   string // "" for none
	}{
		{[]string{"OAUTH=on"}, ""}, // at http://localhost:8080
		{[]string{"OAUTH=on", "PUBLIC_URL=https://id.example.com"}, ""},
		{[]string{"OAUTH=on", "PUBLIC_URL=https://id.example.com/auth"}, ""},
		{[]string{"OAUTH=on", "PUBLIC_URL=http://127.0.0.1:8080"}, ""},
		{[]string{"OAUTH=on", "PUBLIC_URL=http://[::1]:8080"}, ""},
		{[]string{"OAUTH=on", "PUBLIC_URL=http://LocalHost:8080"}, ""},
		{[]string{"OAUTH=on", "PUBLIC_URL=http://id.localhost"}, ""},
		{[]string{"OAUTH=on", "PUBLIC_URL=http://id.example.com"}, "OAUTH=on needs a PUBLIC_URL with https"},
		{[]string{"OAUTH=on", "PUBLIC_URL=http://10.0.0.1"}, "OAUTH=on needs a PUBLIC_URL with https"},
		{[]string{"OAUTH=on", "PUBLIC_URL=http://localhost.example.com"}, "OAUTH=on needs a PUBLIC_URL with https"},
		{[]string{"OAUTH=off", "PUBLIC_URL=http://id.example.com"}, ""},
		{[]string{"PUBLIC_URL=http://id.example.com"}, ""},
		{[]string{"OAUTH=yes"}, "OAUTH must be one of: on, off"},
		{[]string{"OAUTH=on", "OAUTH_PASSWORD_GRANT=on"}, ""},
		{[]string{"OAUTH_PASSWORD_GRANT=on"}, "OAUTH_PASSWORD_GRANT=on needs OAUTH=on"},
		{[]string{"OAUTH=yes", "OAUTH_PASSWORD_GRANT=on"}, "OAUTH must be one of: on, off"},
		{[]string{"OAUTH=on", "LOGIN_METHODS=password,email"}, ""},
		{[]string{"OAUTH=on", "LOGIN_METHODS=email"}, "OAUTH=on needs password in LOGIN_METHODS, such as LOGIN_METHODS=password,email"},
		{[]string{"OAUTH=on", "LOGIN_METHODS=fax"}, "LOGIN_METHODS must be"},
		{[]string{"LOGIN_METHODS=email"}, ""},
		{[]string{"OAUTH_REFRESH_REPLAY_WINDOW=0s"}, ""},
		{[]string{"OAUTH_REFRESH_REPLAY_WINDOW=5m"}, ""},
		{[]string{"OAUTH_REFRESH_REPLAY_WINDOW=6m"}, "OAUTH_REFRESH_REPLAY_WINDOW must be from 0s to 5m"},
		{[]string{"OAUTH_REFRESH_REPLAY_WINDOW=-1s"}, "OAUTH_REFRESH_REPLAY_WINDOW must be from 0s to 5m"},
		{[]string{"SIGN_IN_TTL=1m"}, ""},
		{[]string{"SIGN_IN_TTL=30d"}, ""},
		{[]string{"SIGN_IN_TTL=31d"}, "SIGN_IN_TTL must be from 1m to 30d"},
		{[]string{"SIGN_IN_TTL=0s"}, "SIGN_IN_TTL must be from 1m to 30d"},
	} {
		_, err := Read(tt.environ, os.DevNull)
		switch {
		case tt.fault == "" && err != nil:
			t.Errorf("%q: %v", tt.environ, err)
		case tt.fault != "" && (err == nil || !strings.Contains(err.Error(), tt.fault) || strings.Count(err.Error(), "\n") != 1):
			t.Errorf("%q: %v, want only %q", tt.environ, err, tt.fault)
		}
	}
}

// TestOAuthDefaults: all of it is off, and applications may repeat a refresh for longer.
func TestOAuthDefaults(t *testing.T) {
	s := read(t)
	if s.OAuth.On || s.OAuth.PasswordGrant || s.OAuth.SignInTTL != 12*time.Hour || len(s.Warnings()) != 0 {
		t.Errorf("%+v, warnings %q", s.OAuth, s.Warnings())
	}
	if a, own := s.ApplicationLifetimes(), s.Lifetimes(); a.Replay != time.Minute || own.Replay != 10*time.Second ||
		a.PerUser != 20 || own.PerUser != 50 || a.Idle != own.Idle || a.Absolute != own.Absolute {
		t.Errorf("applications %+v, own %+v", a, own)
	}
	if warnings := read(t, "OAUTH=on", "OAUTH_PASSWORD_GRANT=on").Warnings(); len(warnings) != 1 ||
		!strings.HasPrefix(warnings[0], "OAUTH_PASSWORD_GRANT") {
		t.Errorf("warnings %q", warnings)
	}
}
