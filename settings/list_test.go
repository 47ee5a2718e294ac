package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const goodSecret = "kY0Z2m4i8P3vXh1q7u9sT5wLrNbCdEfGaJoKxQyUzMw="

func TestList(t *testing.T) {
	dotenv := filepath.Join(t.TempDir(), ".env")
	text := "SESSIONS_PER_USER=7\nACCESS_TOKEN_TTL=90s\nSECRET_KEY=" + goodSecret + "\nADMIN_PASSWORD=canary-of-otters-17\n"
	if err := os.WriteFile(dotenv, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Read([]string{
		"DATABASE_URL=postgres://u:canary@127.0.0.1:1/x", "PUBLIC_URL=https://id.example.com", "ACCESS_TOKEN_TTL=10m",
		"ADMIN_EMAIL=root@example.com", "CORS_ORIGINS=https://a.example.com,https://b.example.com", "AUDIENCE=",
		"TRUSTED_PROXIES=10.1.0.0/8, ::1",
	}, dotenv)
	if err != nil {
		t.Fatal(err)
	}
	got, order := map[string]string{}, []string{}
	for _, setting := range s.List() {
		got[setting.Name] = setting.From + " " + setting.Value
		order = append(order, setting.Name)
		if strings.Contains(setting.Value, "canary") || strings.Contains(setting.Value, goodSecret) {
			t.Errorf("%s shows a secret: %s", setting.Name, setting.Value)
		}
	}
	for name, want := range map[string]string{
		"ADDR": "default 127.0.0.1:8080", "PUBLIC_URL": "environment https://id.example.com",
		"AUDIENCE": "default https://id.example.com", "ACCESS_TOKEN_TTL": "environment 10m",
		"REFRESH_TOKEN_TTL": "default 720h", "REFRESH_REPLAY_WINDOW": "default 10s",
		"SESSIONS_PER_USER": dotenv + " 7", "CORS_ORIGINS": "environment https://a.example.com,https://b.example.com",
		"DATABASE_URL": "environment (set)", "SECRET_KEY": dotenv + " (set)", "SECRET_KEY_PREVIOUS": "default -",
		"ADMIN_PASSWORD": dotenv + " (set)", "ADMIN_EMAIL": "environment root@example.com", "PG_BINDIR": "default -",
		"PASSWORD_HASHER": "default argon2id", "PASSWORD_MIN_LENGTH": "default 12", "JWT_ALG": "default -",
		"REGISTRATION": "default open", "RATE_LIMITS": "default on", "AUTOMATIC_PERSISTED_QUERIES": "default off",
		"LIMIT_DEPTH": "default 20", "OPERATION_TIMEOUT": "default 10s", "LOG_LEVEL": "default info",
		"LOG_FORMAT": "default -", "TRUSTED_PROXIES": "environment 10.0.0.0/8,::1/128", "REDIS_URL": "default -",
		"OTEL_EXPORTER_OTLP_PROTOCOL": "default http/protobuf", "OTEL_SDK_DISABLED": "default -",
	} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
	if strings.Join(order, " ") != strings.Join(names(), " ") {
		t.Errorf("listed: %v", order)
	}
}

func TestSecretName(t *testing.T) {
	for name, want := range map[string]bool{
		"DATABASE_URL": true, "SECRET_KEY": true, "SECRET_KEY_PREVIOUS": true, "ADMIN_PASSWORD": true,
		"SMTP_PASSWORD": true, "CLIENT_SECRET": true,
		"PUBLIC_URL": false, "PASSWORD_HASHER": false, "ACCESS_TOKEN_TTL": false, "ADMIN_EMAIL": false,
	} {
		if secretName(name) != want {
			t.Errorf("secretName(%s) = %v", name, !want)
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
