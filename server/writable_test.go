package server

import (
	"database/sql"
	"strings"
	"testing"
)

// TestReadOnlyDatabase: while a database can't be written, whatever forbids it, the
// replica is not ready, logins fail as refreshes do, and the log says why, once.
// Afterwards it recovers by itself.
func TestReadOnlyDatabase(t *testing.T) {
	const readOnly = "25006 read_only_sql_transaction"
	// All connections of the database's own setting read it when they are opened.
	const terminate = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`
	for name, tt := range map[string]struct{ forbid, allow string }{
		"new connections only": {
			`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`,
			`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET default_transaction_read_only', current_database()); END $$`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, log := start(t, "RATE_LIMITS=off")
			db, err := sql.Open("postgres", r.deployment.Settings.DatabaseURL+" default_transaction_read_only=off")
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			exec := func(query string) {
				t.Helper()
				if _, err := db.ExecContext(t.Context(), "SET default_transaction_read_only = off; "+query); err != nil {
					t.Fatal(err)
				}
			}
			_, answer := ask(t, r, "", `mutation { login(input: {email: "`+adminEmail+`", password: "`+adminPassword+`"}) { accessToken refreshToken } }`)
			_, refresh := tokens(t, answer, "login")
			exec(tt.forbid)
			exec(terminate)
			eventually(t, "not ready", func() bool {
				return get(r, "/readyz").Body.String() == "not ready: the database can't be written: "+readOnly+"\n"
			})
			for range 3 {
				if answer := login(r); !strings.Contains(answer, `"UNAVAILABLE"`) {
					t.Errorf("login: %s", answer)
				}
				if _, answer := ask(t, r, "", `mutation { refresh(refreshToken: "`+refresh+`") { accessToken } }`); !strings.Contains(answer, `"UNAVAILABLE"`) {
					t.Errorf("refresh: %s", answer)
				}
			}
			if got := strings.Count(log.String(), `"cause":"`+readOnly+`"`); got != 1 {
				t.Errorf("the cause is logged %d times: %s", got, log)
			}
			exec(tt.allow)
			eventually(t, "ready again", func() bool { return get(r, "/readyz").Body.String() == "ready\n" })
			eventually(t, "logins", func() bool { return strings.Contains(login(r), `"accessToken":"ey`) })
			if _, answer := ask(t, r, "", `mutation { refresh(refreshToken: "`+refresh+`") { accessToken } }`); strings.Contains(answer, `"errors"`) {
				t.Errorf("refresh: %s", answer)
			}
			if !strings.Contains(log.String(), "the database can be written again") {
				t.Errorf("log: %s", log)
			}
		})
	}
}

// TestPausedServer: a server that is silent is named as the cause.
func TestPausedServer(t *testing.T) {
	r, log := start(t, "RATE_LIMITS=off")
	db, err := sql.Open("postgres", r.deployment.Settings.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	lock, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.ExecContext(t.Context(), `LOCK TABLE users`); err != nil {
		t.Fatal(err)
	}
	if answer := login(r); !strings.Contains(answer, `"UNAVAILABLE"`) {
		t.Errorf("login: %s", answer)
	}
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(log.String(), `"cause":"`); got != 1 || strings.Contains(log.String(), "internal error") {
		t.Errorf("log: %s", log)
	}
	if answer := login(r); !strings.Contains(answer, `"accessToken":"ey`) {
		t.Errorf("afterwards: %s", answer)
	}
}
