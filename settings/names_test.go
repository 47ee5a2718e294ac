package settings

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestNamesOfOthers: what desktops, Kubernetes, Docker and other programs set is
// neither a fault nor a warning.
func TestNamesOfOthers(t *testing.T) {
	others := []string{
		// desktops and terminals
		"SESSION_MANAGER=local/host:@/tmp/.ICE-unix/1", "XDG_SESSION_TYPE=wayland", "XDG_SESSION_ID=2", "DESKTOP_SESSION=plasma",
		"GNOME_DESKTOP_SESSION_ID=x", "KDE_SESSION_VERSION=6", "SESSIONNAME=Console", "PASSWORD_STORE_DIR=/home/ada/.password-store",
		"TMUX=/tmp/tmux-1000/default,1,0", "SSH_AUTH_SOCK=/run/x", "DBUS_SESSION_BUS_ADDRESS=unix:path=/x", "HOST=x", "PATH=/bin", "TERM=xterm",
		// service links of Kubernetes and Docker, for services that are called like our settings
		"POLICY_SERVICE_HOST=10.0.0.1", "POLICY_SERVICE_PORT=80", "POLICY_SERVICE_PORT_HTTPS=443", "POLICY_PORT=tcp://10.0.0.1:80",
		"POLICY_PORT_80_TCP=tcp://10.0.0.1:80", "POLICY_PORT_80_TCP_PROTO=tcp", "POLICY_PORT_80_TCP_PORT=80", "POLICY_PORT_80_TCP_ADDR=10.0.0.1",
		"SESSION_PORT_80_TCP_ADDR=10.0.0.1", "ACCESS_TOKEN_SERVICE_PORT_HTTPS=443", "JWT_KEY_SERVICE_HOST=10.0.0.1", "LIMIT_PORT_53_UDP=udp://10.0.0.1:53",
		"TRUSTED_PROXIES_SERVICE_HOST=10.0.0.1", "SECRET_KEY_PORT_9_SCTP_PROTO=sctp", "REFRESH_SERVICE_PORT_GRPC_WEB=9", "DATA_DIR_PORT=tcp://x",
		// CI, shells, other programs
		"CI=true", "GITHUB_TOKEN=x", "CI_JOB_TOKEN=x", "LOGLEVEL=debug", "POSTGRES_PASSWORD=x", "VITE_API_URL=x", "NEXT_PUBLIC_URL=x", "COMPOSE_PROJECT_NAME=x",
		"OTEL_TRACES_SAMPLER=always_on", "OTEL_LOGS_EXPORTER=none", "DATABASE_NAME=x", "SORT=1", "PORTS=1", "REDIS_HOST=x", "http_proxy=x",
	}
	s, err := Read(others, os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if w := s.Warnings(); len(w) > 0 {
		t.Errorf("warnings: %q", w)
	}
}

// TestMisspelt: a name within two edits of a setting is a fault, in the
// environment and in the file.
func TestMisspelt(t *testing.T) {
	for name, want := range map[string]string{
		"ACCESS_TOKEN_TLL": "ACCESS_TOKEN_TTL", "ACESS_TOKEN_TTL": "ACCESS_TOKEN_TTL", "REFRESH_TOKEN_TTLS": "REFRESH_TOKEN_TTL",
		"DATABASE_URI": "DATABASE_URL", "DATABSE_URL": "DATABASE_URL", "DATABASEURL": "DATABASE_URL", "DATA-DIR": "DATA_DIR",
		"database_url": "DATABASE_URL", "SECRETKEY_PREVIOUS": "SECRET_KEY_PREVIOUS", "SECRET_KEYS_FILE": "SECRET_KEY_FILE",
		"CORS_ORIGIN": "CORS_ORIGINS", "SESSION_PER_USER": "SESSIONS_PER_USER", "PUBLIC_URI": "PUBLIC_URL", "LIMIT_DEPHT": "LIMIT_DEPTH",
		"TRUSTED_PROXY": "", "JWT_ALGORITHM": "", "SESSION_SECRET": "", "ADDRESS": "", "PASSWORD_MINIMUM": "", "": "", "A": "", "MAX_FOO": "",
	} {
		how, got := resembles(name, append(names(), fileNames()...))
		if got != want || (how == nearlyKnown) != (want != "") {
			t.Errorf("%s is meant for %q, want %q", name, got, want)
		}
		if want == "" || !strings.Contains(name, "_") {
			continue
		}
		sentence := name + " is not a setting; did you mean " + want + "?"
		if _, err := Read([]string{name + "=x"}, os.DevNull); err == nil || !strings.Contains(err.Error(), sentence) {
			t.Errorf("in the environment: %v, want %q", err, sentence)
		}
		if _, err := Read(nil, writtenFile(t, name+"=x")); err == nil || !strings.Contains(err.Error(), ": "+sentence) {
			t.Errorf("in the file: %v, want %q", err, sentence)
		}
	}
}

// TestNamesThatStartLikeOurs: they are one warning together.
func TestNamesThatStartLikeOurs(t *testing.T) {
	environ := []string{"SESSION_SECRET=canary", "JWT_SECRET=canary", "SECRET_KEY_BASE=canary", "HOME=/"}
	s, err := Read(environ, writtenFile(t, "JWT_SECRET=canary\nPOLICY_X=canary\nVITE_X=1\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"not a setting, so ignored: JWT_SECRET, POLICY_X, SECRET_KEY_BASE, SESSION_SECRET"}
	if got := s.Warnings(); !slices.Equal(got, want) {
		t.Errorf("warnings %q, want %q", got, want)
	}
}
