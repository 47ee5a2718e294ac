package embedded

import (
	"database/sql"
	"errors"
	"testing"
)

func TestRoleIsOrdinary(t *testing.T) {
	p := serve(t, existing(t))
	if query[bool](t, p, "SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = current_user") {
		t.Error("the service's role has more rights than to own its database")
	}
	query[sql.NullInt64](t, p, "CREATE TABLE own (n int)")
	if got := query[string](t, p, "SELECT lower('ÄRGER')"); got != "ärger" {
		t.Errorf("lower('ÄRGER') = %q", got)
	}
}

func TestEnvironment(t *testing.T) {
	tests := []struct {
		name, variable, value string
		want                  error
	}{
		{"address", "PGHOSTADDR", "127.0.0.1", errEnvironment},
		{"hosts", "PGHOST", "a,b", errEnvironment},
		{"host", "PGHOST", "a", nil},
		{"port", "PGPORT", "1", nil},
		{"user", "PGUSER", "another", nil},
		{"data", "PGDATA", "/nowhere", nil},
		{"tls", "PGSSLMODE", "verify-full", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := existing(t)
			t.Setenv(tt.variable, tt.value)
			p, err := Serve(t.Context(), cfg)
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			if p != nil {
				stop(t, p)
			}
		})
	}
}
