package settings

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestOneFaultEach: a value that can't be parsed is one fault, and causes no
// other.
func TestOneFaultEach(t *testing.T) {
	database := []string{"DATABASE_URL=postgres://db/x", "SECRET_KEY=" + goodSecret, "CORS_ORIGINS=https://app.example.com"}
	for _, tt := range []struct {
		environ []string
		want    string
	}{
		{[]string{"ACCESS_TOKEN_TTL=15"}, "ACCESS_TOKEN_TTL must be a duration such as 90s, 15m, 12h or 30d"},
		{[]string{"REFRESH_TOKEN_TTL=often"}, "REFRESH_TOKEN_TTL must be a duration such as 90s, 15m, 12h or 30d"},
		{[]string{"LIMIT_BODY=many"}, "LIMIT_BODY must be a whole number"},
		{[]string{"SECRET_KEY=c2hvcnQ=", "SECRET_KEY_PREVIOUS=" + goodSecret}, "SECRET_KEY: secret is too short: 5 bytes, at least 32 are needed"},
		{append(database, "PUBLIC_URL=ftp://id.example.com"), "PUBLIC_URL must be an http or https URL, such as https://id.example.com"},
		{[]string{"REFRESH_TOKEN_TTL=30 days"}, "REFRESH_TOKEN_TTL must be a duration such as 90s, 15m, 12h or 30d"},
		{[]string{"ACCESS_TOKEN_TTL=30d"}, "ACCESS_TOKEN_TTL must be from 1s to 24h, in whole seconds"},
		{[]string{"ACCESS_TOKEN_TTL=0s", "REFRESH_TOKEN_TTL=1m", "SESSION_TTL=1m"}, "ACCESS_TOKEN_TTL must be from 1s to 24h, in whole seconds"},
		{[]string{"SESSION_TTL=week", "REFRESH_TOKEN_TTL=365d"}, "SESSION_TTL must be a duration such as 90s, 15m, 12h or 30d"},
		{[]string{"JWT_KEY_ANNOUNCE=100d"}, "JWT_KEY_ANNOUNCE must be from 0s to 24h"},
		{[]string{"LIMIT_ROOT_FIELDS=x", "LIMIT_MUTATIONS=100"}, "LIMIT_ROOT_FIELDS must be a whole number"},
		{[]string{"LIMIT_ROOT_FIELDS=0"}, "LIMIT_ROOT_FIELDS must be from 1 to 1000"},
		{[]string{"PASSWORD_MIN_LENGTH=1000", "ADMIN_EMAIL=root@example.com", "ADMIN_PASSWORD=" + goodPassword}, "PASSWORD_MIN_LENGTH must be from 8 to 128"},
		{[]string{"ADMIN_EMAIL=root@example.com", "ADMIN_PASSWORD_FILE=/no"}, "ADMIN_PASSWORD_FILE names a file that can't be used: there is no such file"},
		{[]string{"DATABASE_URL=mysql://db/x", "PUBLIC_URL=https://id.example.com", "SECRET_KEY=" + goodSecret}, "DATABASE_URL: invalid DSN: this is not the URL of a PostgreSQL database; " +
			"write postgres://user:password@host:5432/database?sslmode=verify-full, with special characters of the password percent-encoded"},
		{[]string{"PGCHANNELBINDING=require"}, "PGCHANNELBINDING is set in the environment, and the driver can't obey it: unset it, and write what is needed in DATABASE_URL"},
		{[]string{"ADDR=:0", "PUBLIC_URL=//id"}, "PUBLIC_URL must be an http or https URL, such as https://id.example.com"},
	} {
		_, err := Read(tt.environ, os.DevNull)
		if err == nil || err.Error() != "invalid settings:\n  "+tt.want {
			t.Errorf("%q: %v; want %q", tt.environ, err, tt.want)
		}
	}
}

// TestFaultsKeepTheirOrder reads the same bad settings again and again.
func TestFaultsKeepTheirOrder(t *testing.T) {
	environ := []string{
		"SECRET_KEY=short", "SECRET_KEY_PREVIOUS=short", "LIMIT_DEPHT=1", "LIMIT_ALIAS=1", "POLICY_MODES=1",
		"OTEL_EXPORTER_OTLP_ENDPOINT=x", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=x", "OTEL_RESOURCE_ATTRIBUTES=x",
	}
	_, first := Read(environ, os.DevNull)
	if first == nil || strings.Count(first.Error(), "\n") != len(environ) {
		t.Fatal(first)
	}
	for range 50 {
		if _, err := Read(environ, os.DevNull); err == nil || err.Error() != first.Error() {
			t.Fatalf("first:\n%v\nthen:\n%v", first, err)
		}
	}
}

// TestNoFaultRepeatsAValue gives each setting a value that is wrong for most.
func TestNoFaultRepeatsAValue(t *testing.T) {
	refused := 0
	for _, name := range names() {
		for _, value := range []string{"canary", "http://canary:canary@localhost/?canary", "-canary", "%canary", "1canary", "canary,canary"} {
			environ := []string{name + "=" + value, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://localhost:4318"}
			if strings.HasPrefix(name, "OTEL_") {
				environ = environ[:1]
			}
			_, err := Read(environ, os.DevNull)
			if err == nil {
				continue
			}
			refused++
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("%s=%s: %v", name, value, err)
			}
		}
	}
	if refused < 200 {
		t.Errorf("only %d values were refused", refused)
	}
}

// TestFieldNames: a fault finds the setting's name by that of its field, which
// is therefore unique in all structs together.
func TestFieldNames(t *testing.T) {
	var all []string
	for field := range fields(reflect.ValueOf(Settings{})) {
		if slices.Contains(all, field.Name) {
			t.Errorf("two fields are named %s", field.Name)
		}
		all = append(all, field.Name)
	}
}
