package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// goodPassword is one that the rules take.
const goodPassword = "plenty-of-otters-17"

// read reads settings from the given lines alone, which must be good.
func read(t *testing.T, environ ...string) *Settings {
	t.Helper()
	s, err := Read(environ, os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDefaults(t *testing.T) {
	s := read(t)
	if s.Addr != "127.0.0.1:8080" || s.Issuer() != "http://localhost:8080" || s.Audience != s.Issuer() ||
		s.AccessTokenTTL != 15*time.Minute || s.SessionTTL != 2160*time.Hour || s.PasswordMinLength != 12 ||
		!s.Embedded() || s.HTTPS() {
		t.Errorf("settings = %+v", s)
	}
}

// TestShutdownDelay: with DATABASE_URL there are probably other replicas, and a
// load balancer, which needs time.
func TestShutdownDelay(t *testing.T) {
	database := []string{"DATABASE_URL=postgres://db/x", "PUBLIC_URL=https://id.example.com", "SECRET_KEY=kY0Z2m4i8P3vXh1q7u9sT5wLrNbCdEfGaJoKxQyUzMw="}
	for _, tt := range []struct {
		environ []string
		want    time.Duration
	}{
		{nil, 0},
		{[]string{"SHUTDOWN_DELAY=3s"}, 3 * time.Second},
		{database, 5 * time.Second},
		{append(database, "SHUTDOWN_DELAY=0s"), 0},
		{append(database, "SHUTDOWN_DELAY="), 5 * time.Second},
	} {
		if got := read(t, tt.environ...).ShutdownDelay; got != tt.want {
			t.Errorf("%q: %v, want %v", tt.environ, got, tt.want)
		}
	}
}

func TestRefused(t *testing.T) {
	const secret = "SECRET_KEY=kY0Z2m4i8P3vXh1q7u9sT5wLrNbCdEfGaJoKxQyUzMw="
	tests := []struct {
		name    string
		environ []string
		want    string // in the fault; "" for none
	}{
		{"no address", []string{"ADDR=db.example.com"}, "ADDR must be"},
		{"a URL as an address", []string{"ADDR=http://localhost:8080"}, "ADDR must be"},
		{"a port alone", []string{"ADDR=8080"}, ""},
		{"a port that is not a number", []string{"PORT=http"}, "PORT must be"},
		{"port 0", []string{"PORT=0"}, "PORT must be"},
		{"a port", []string{"PORT=3000"}, ""},
		{"an address", []string{"ADDR=:9090"}, ""},
		{"port out of range", []string{"ADDR=:99999"}, "ADDR must be"},
		{"any port without a URL", []string{"ADDR=:0"}, "ADDR with port 0"},
		{"database without a URL", []string{"DATABASE_URL=postgres://db/x", secret}, "PUBLIC_URL is required"},
		{"database without a secret", []string{"DATABASE_URL=postgres://db/x", "PUBLIC_URL=https://id.example.com"}, "SECRET_KEY is required"},
		{"database with both", []string{"DATABASE_URL=postgres://db/x", "PUBLIC_URL=https://id.example.com", secret}, ""},
		{"URL with a slash", []string{"PUBLIC_URL=https://id.example.com/"}, "PUBLIC_URL must be without"},
		{"URL of another kind", []string{"PUBLIC_URL=ftp://id.example.com"}, "PUBLIC_URL must be an http"},
		{"URL", []string{"PUBLIC_URL=https://id.example.com/auth"}, ""},
		{"short secret", []string{"SECRET_KEY=c2hvcnQ="}, "SECRET_KEY:"},
		{"well-known secret", []string{"SECRET_KEY=" + strings.Repeat("00", 32)}, "SECRET_KEY:"},
		{"not a secret", []string{"SECRET_KEY=not a secret at all, is it?"}, "SECRET_KEY:"},
		{"previous secret that is the same", []string{secret, "SECRET_KEY_PREVIOUS=" + strings.TrimPrefix(secret, "SECRET_KEY=")}, "SECRET_KEY_PREVIOUS"},
		{"unknown algorithm", []string{"JWT_ALG=none"}, "JWT_ALG must be"},
		{"algorithm", []string{"JWT_ALG=RS256"}, ""},
		{"not a duration", []string{"ACCESS_TOKEN_TTL=15"}, "ACCESS_TOKEN_TTL must be a duration"},
		{"a window that is not a duration", []string{"REFRESH_REPLAY_WINDOW=often"}, "REFRESH_REPLAY_WINDOW must be a duration"},
		{"not a number", []string{"SESSIONS_PER_USER=many"}, "SESSIONS_PER_USER must be a whole number"},
		{"long access", []string{"ACCESS_TOKEN_TTL=48h"}, "ACCESS_TOKEN_TTL must be from"},
		{"idle longer than absolute", []string{"SESSION_TTL=1h"}, "SESSION_TTL must not be shorter"},
		{"no sessions", []string{"SESSIONS_PER_USER=0"}, "SESSIONS_PER_USER"},
		{"cookie mode", []string{"REFRESH_COOKIE=sometimes"}, "REFRESH_COOKIE must be one of: header, always, never"},
		{"registration", []string{"REGISTRATION=maybe"}, "REGISTRATION must be one of"},
		{"second factor", []string{"SECOND_FACTOR=maybe"}, "SECOND_FACTOR must be one of: off, optional, admins, required"},
		{"hasher", []string{"PASSWORD_HASHER=md5"}, "PASSWORD_HASHER must be one of"},
		{"short passwords", []string{"PASSWORD_MIN_LENGTH=7"}, "PASSWORD_MIN_LENGTH must be"},
		{"passwords longer than bcrypt takes", []string{"PASSWORD_HASHER=bcrypt", "PASSWORD_MIN_LENGTH=80"}, "72 bytes"},
		{"proxies", []string{"TRUSTED_PROXIES=10.0.0.0/8, ::1,192.0.2.1"}, ""},
		{"a proxy by name", []string{"TRUSTED_PROXIES=proxy.example.com"}, "TRUSTED_PROXIES must be addresses or networks"},
		{"every address a proxy", []string{"TRUSTED_PROXIES=0.0.0.0/0"}, "and not all addresses"},
		{"every address a proxy, in IPv6", []string{"TRUSTED_PROXIES=::/0"}, "and not all addresses"},
		{"a proxy with a zone", []string{"TRUSTED_PROXIES=fe80::1%eth0"}, "TRUSTED_PROXIES must be addresses or networks"},
		{"metrics", []string{"METRICS_ADDR=127.0.0.1:9090"}, ""},
		{"address with a blank", []string{"ADDR=my host:8080"}, "ADDR must be an address and a port"},
		{"address with a no-break space", []string{"ADDR=\u00a0127.0.0.1:8080"}, "ADDR must be an address and a port"},
		{"a star as the address", []string{"ADDR=*:8080"}, "ADDR must be an address and a port"},
		{"metrics with a blank", []string{"METRICS_ADDR=my host:9090"}, "METRICS_ADDR must be an address and a port"},
		{"metrics without a port", []string{"METRICS_ADDR=localhost"}, "METRICS_ADDR must be an address"},
		{"metrics at the API's address", []string{"METRICS_ADDR=127.0.0.1:8080"}, "METRICS_ADDR must be an address"},
		{"keys announced for too long", []string{"JWT_KEY_ANNOUNCE=25h"}, "JWT_KEY_ANNOUNCE must be"},
		{"keys not announced", []string{"JWT_KEY_ANNOUNCE=0s"}, ""},
		{"keys that never age", []string{"JWT_KEY_MAX_AGE=0"}, ""},
		{"keys that age too soon", []string{"JWT_KEY_MAX_AGE=20m"}, "JWT_KEY_MAX_AGE must be 0"},
		{"keys that age soon", []string{"JWT_KEY_MAX_AGE=25m"}, ""},
		{"origin with a path", []string{"CORS_ORIGINS=http://localhost:3000/"}, "exact origin"},
		{"null origin", []string{"CORS_ORIGINS=null"}, "exact origin"},
		{"key source", []string{"API_KEY_SOURCES=header,body"}, "API_KEY_SOURCES must be a list of: header, query, cookie"},
		{"keys that are old", []string{"API_KEY_MAX_AGE=87601h"}, "API_KEY_MAX_AGE must be 0"},
		{"keys that end at once", []string{"API_KEY_MAX_AGE=1s"}, "API_KEY_MAX_AGE must be 0"},
		{"keys without an end", []string{"API_KEY_MAX_AGE=0"}, ""},
		{"any origin with keys in cookies", []string{"CORS_ORIGINS=*", "REFRESH_COOKIE=never", "API_KEY_SOURCES=header,cookie"}, "exclude each other"},
		{"any origin with keys in URLs", []string{"CORS_ORIGINS=*", "REFRESH_COOKIE=never", "API_KEY_SOURCES=query"}, ""},
		{"any origin with cookies", []string{"CORS_ORIGINS=*"}, "* needs REFRESH_COOKIE=never"},
		{"any origin", []string{"CORS_ORIGINS=*", "REFRESH_COOKIE=never"}, ""},
		{"another site", []string{"PUBLIC_URL=https://id.example.com", "CORS_ORIGINS=https://app.example.org"}, "is not on the site of PUBLIC_URL"},
		{"the same site", []string{"PUBLIC_URL=https://id.example.com", "CORS_ORIGINS=https://app.example.com"}, ""},
		{"a site of a shared suffix", []string{"PUBLIC_URL=https://a.github.io", "CORS_ORIGINS=https://b.github.io"}, "is not on the site of PUBLIC_URL"},
		{"introspection", []string{"INTROSPECTION=some"}, "INTROSPECTION must be one of"},
		{"administrator without a password", []string{"ADMIN_EMAIL=root@example.com"}, "go together"},
		{"weak password of an administrator", []string{"ADMIN_EMAIL=root@example.com", "ADMIN_PASSWORD=password1234"}, "ADMIN_PASSWORD:"},
		{"address of an administrator", []string{"ADMIN_EMAIL=root", "ADMIN_PASSWORD=" + goodPassword}, "ADMIN_EMAIL:"},
		{"administrator", []string{"ADMIN_EMAIL=root@example.com", "ADMIN_PASSWORD=" + goodPassword}, ""},
		{"misspelt", []string{"ACCESS_TOKEN_TLL=15m"}, "ACCESS_TOKEN_TLL is not a setting; did you mean ACCESS_TOKEN_TTL?"},
		{"delay of the end", []string{"SHUTDOWN_DELAY=20s"}, ""},
		{"no delay of the end", []string{"SHUTDOWN_DELAY=0s"}, ""},
		{"long delay of the end", []string{"SHUTDOWN_DELAY=6m"}, "SHUTDOWN_DELAY must be from 0s to 5m"},
		{"negative delay of the end", []string{"SHUTDOWN_DELAY=-1s"}, "SHUTDOWN_DELAY must be from 0s to 5m"},
		{"empty is unset", []string{"ACCESS_TOKEN_TTL=", "DATABASE_URL="}, ""},
		{"log level", []string{"LOG_LEVEL=loud"}, "LOG_LEVEL must be one of"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(tt.environ, os.DevNull)
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("err = %v, want %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "kY0Z2m4i8") {
				t.Error("the fault repeats the secret")
			}
		})
	}
}

// TestAllFaultsAtOnce makes several mistakes and expects all of them in the error.
func TestAllFaultsAtOnce(t *testing.T) {
	_, err := Read([]string{"ADDR=x", "JWT_ALG=none", "ACCESS_TOKEN_TTL=1", "PASSWORD_MIN_LENGTHS=3"}, os.DevNull)
	if err == nil {
		t.Fatal("taken")
	}
	for _, part := range []string{"ADDR", "JWT_ALG", "ACCESS_TOKEN_TTL", "PASSWORD_MIN_LENGTHS"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("nothing of %s in: %v", part, err)
		}
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".env")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("ADDR=127.0.0.1:9000\nREGISTRATION=closed # for now\n")
	s, err := Read([]string{"ADDR=127.0.0.1:9001"}, path)
	if err != nil || s.Addr != "127.0.0.1:9001" || s.Registration != "closed" {
		t.Errorf("settings = %+v, %v", s, err)
	}
	write("OTEL_EXPORTER_OTLP_HEADERS=authorization=canary\nOTEL_SERVICE_NAME=idp\n")
	if _, err := Read(nil, path); err == nil || !strings.Contains(err.Error(), "OTEL_EXPORTER_OTLP_HEADERS is not read from a file; set it in the environment") ||
		strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "OTEL_SERVICE_NAME") {
		t.Errorf("what the SDK reads: %v", err)
	}
}
