package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSecretsInFiles: every secret may come from a file.
func TestSecretsInFiles(t *testing.T) {
	file := func(text string) string { return writtenFile(t, text) }
	s, err := Read([]string{
		"DATABASE_URL_FILE=" + file("postgres://u:canary@db/x\n"), "PUBLIC_URL=https://id.example.com",
		"SECRET_KEY_FILE=" + file(goodSecret+"\r\n"), "REDIS_URL_FILE=" + file("redis://:canary@cache:6379/0"),
		"ADMIN_EMAIL=root@example.com",
	}, writtenFile(t, "ADMIN_PASSWORD_FILE="+file("\xef\xbb\xbf "+goodPassword+" \n")))
	if err != nil {
		t.Fatal(err)
	}
	if s.DatabaseURL != "dbname='x' host='db' password='canary' port='5432' user='u'" || s.SecretKey == nil ||
		s.RedisURL != "redis://:canary@cache:6379/0" || s.AdminPassword != " "+goodPassword+" " {
		t.Errorf("settings = %+v", s)
	}
	for _, setting := range s.List() {
		if want := setting.Name + "_FILE"; secretName(setting.Name) && setting.Value != "-" && (setting.From != want || setting.Value != "(set)") {
			t.Errorf("%s: from %s, %s; want it from %s", setting.Name, setting.From, setting.Value, want)
		}
	}
	names := strings.Join(fileNames(), " ")
	if names != "DATABASE_URL_FILE SECRET_KEY_FILE SECRET_KEY_PREVIOUS_FILE SMTP_URL_FILE REDIS_URL_FILE ADMIN_PASSWORD_FILE" {
		t.Errorf("files may hold: %s", names)
	}
	s, err = Read([]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318", "OTEL_EXPORTER_OTLP_HEADERS_FILE=" + file("api-key=canary"),
	}, os.DevNull)
	if err != nil || s.Traces.Headers["api-key"] != "canary" {
		t.Errorf("headers: %v", err)
	}
}

// TestEnvironmentWinsOverFiles that .env names.
func TestEnvironmentWinsOverFiles(t *testing.T) {
	dotenv := writtenFile(t, "ADMIN_EMAIL=root@example.com\nADMIN_PASSWORD_FILE="+writtenFile(t, goodPassword))
	s, err := Read([]string{"ADMIN_PASSWORD=" + goodPassword + "-18"}, dotenv)
	if err != nil || s.AdminPassword != goodPassword+"-18" {
		t.Errorf("%v, %v", s, err)
	}
}

func TestSecretFilesRefused(t *testing.T) {
	good := writtenFile(t, goodSecret)
	tests := []struct {
		name    string
		environ []string
		want    string
	}{
		{"both", []string{"SECRET_KEY=" + goodSecret, "SECRET_KEY_FILE=" + good}, "SECRET_KEY and SECRET_KEY_FILE are both set; leave one out"},
		{"missing", []string{"SECRET_KEY_FILE=/canary/none"}, "SECRET_KEY_FILE names a file that can't be used: there is no such file"},
		{"the secret itself", []string{"SECRET_KEY_FILE=" + strings.ReplaceAll(goodSecret, "=", "")}, "there is no such file"},
		{"folder", []string{"ADMIN_PASSWORD_FILE=" + t.TempDir()}, "ADMIN_PASSWORD_FILE names a file that can't be used: is a directory"},
		{"empty", []string{"REDIS_URL_FILE=" + writtenFile(t, " \n")}, "it is empty"},
		{"two lines", []string{"SECRET_KEY_FILE=" + writtenFile(t, goodSecret+"\ncanary\n")}, "more than one line"},
		{"binary", []string{"SECRET_KEY_FILE=" + writtenFile(t, "can\x00ary")}, "it is not text in UTF-8"},
		{"large", []string{"SECRET_KEY_FILE=" + writtenFile(t, strings.Repeat("canary", 20_000))}, "larger than 64 KiB"},
		{"a bad secret", []string{"SECRET_KEY_FILE=" + writtenFile(t, "canary")}, "SECRET_KEY: "},
		{"a bad DSN", []string{"DATABASE_URL_FILE=" + writtenFile(t, "canary")}, "DATABASE_URL: invalid DSN"},
		{"no permission", []string{"SECRET_KEY_FILE=" + filepath.Join(good, "x")}, "not a directory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(tt.environ, os.DevNull)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), goodSecret[:20]) {
				t.Errorf("err = %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := Read([]string{"SECRET_KEY_FILE=" + good}, os.DevNull); err != nil {
		t.Error(err)
	}
}
