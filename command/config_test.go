package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// rows returns the columns of a table by what is in the first.
func rows(text string) map[string][]string {
	all := map[string][]string{}
	for _, line := range strings.Split(text, "\n") {
		if columns := strings.Fields(line); len(columns) > 0 {
			all[columns[0]] = columns[1:]
		}
	}
	return all
}

func TestConfigCheck(t *testing.T) {
	dotenv := filepath.Join(t.TempDir(), ".env")
	text := "SESSIONS_PER_USER=7\nACCESS_TOKEN_TTL=90s\nSECRET_KEY=" + testSecret + "\nADMIN_PASSWORD=canary-of-otters-17\n"
	if err := os.WriteFile(dotenv, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := consoleWith(t, "DATABASE_URL=postgres://u:canary@127.0.0.1:1/x", "PUBLIC_URL=https://id.example.com", "ACCESS_TOKEN_TTL=10m",
		"ADMIN_EMAIL=root@example.com", "CORS_ORIGINS=https://a.example.com,https://b.example.com", "AUDIENCE=")
	c.dotenv = dotenv
	o := c.run(t, "", "config", "check") // nothing answers at that address: it does not ask
	o.ends(t, exitDone)
	got := rows(o.stdout)
	for name, want := range map[string]string{
		"ADDR": "default 127.0.0.1:8080", "PUBLIC_URL": "environment https://id.example.com", "AUDIENCE": "default https://id.example.com",
		"ACCESS_TOKEN_TTL": "environment 10m", "REFRESH_TOKEN_TTL": "default 720h", "REFRESH_REPLAY_WINDOW": "default 10s",
		"SESSIONS_PER_USER": dotenv + " 7", "CORS_ORIGINS": "environment https://a.example.com,https://b.example.com",
		"DATABASE_URL": "environment (set)", "SECRET_KEY": dotenv + " (set)", "SECRET_KEY_PREVIOUS": "default -",
		"ADMIN_PASSWORD": dotenv + " (set)", "ADMIN_EMAIL": "environment root@example.com", "PG_BINDIR": "default -",
		"PASSWORD_HASHER": "default argon2id", "PASSWORD_MIN_LENGTH": "default 12",
	} {
		if strings.Join(got[name], " ") != want {
			t.Errorf("%s: %q, want %q", name, strings.Join(got[name], " "), want)
		}
	}
	for _, name := range names() {
		if got[name] == nil {
			t.Errorf("%s is missing", name)
		}
	}
	if strings.Contains(o.stdout, "canary") || strings.Contains(o.stdout, testSecret) {
		t.Errorf("it shows a secret: %s", o.stdout)
	}
}

func TestIsSecret(t *testing.T) {
	for name, want := range map[string]bool{
		"DATABASE_URL": true, "SECRET_KEY": true, "SECRET_KEY_PREVIOUS": true, "ADMIN_PASSWORD": true, "SMTP_PASSWORD": true, "CLIENT_SECRET": true,
		"PUBLIC_URL": false, "PASSWORD_HASHER": false, "ACCESS_TOKEN_TTL": false, "ADMIN_EMAIL": false,
	} {
		if isSecret(name) != want {
			t.Errorf("isSecret(%s) = %v", name, !want)
		}
	}
}

func TestShortDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 10 * time.Second: "10s", 15 * time.Minute: "15m", 720 * time.Hour: "720h",
		time.Hour + time.Second: "1h0m1s", 90 * time.Minute: "1h30m", 20*time.Minute + 10*time.Second: "20m10s",
	} {
		if got := shortDuration(d); got != want {
			t.Errorf("shortDuration(%d) = %s, want %s", d, got, want)
		}
	}
}
