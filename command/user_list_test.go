package command_test

import (
	"database/sql"
	"encoding/json"
	"strings"
	"testing"

	_ "github.com/lib/pq"

	"gatehouse/store/storetest"
)

// usersPerPage is how many accounts the command reads at a time.
const usersPerPage = 1000

// insertUsers creates accounts that can't log in.
func insertUsers(t testing.TB, dsn string, count int) {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const insert = `
		INSERT INTO users (id, email, email_key, email_folded, password_hash, roles, created_at, updated_at)
		SELECT gen_random_uuid(), e, e, e, '$argon2id$canary', '{user}', now(), now()
		FROM (SELECT 'person-' || n || '@example.com' AS e FROM generate_series(1, $1) n) people`
	if _, err := db.ExecContext(t.Context(), insert, count); err != nil {
		t.Fatal(err)
	}
}

// TestUserListPages lists no account, and pages that are full, nearly full or
// hardly begun.
func TestUserListPages(t *testing.T) {
	for _, count := range []int{0, 1, usersPerPage - 1, usersPerPage, usersPerPage + 1, 3*usersPerPage + 5} {
		dsn := storetest.DSN(t)
		insertUsers(t, dsn, count)
		list := on(dsn).run(t.Context(), t, "user", "list", "--json")
		list.ends(t, 0)
		var users []map[string]any
		if err := json.Unmarshal([]byte(list.stdout), &users); err != nil || len(users) != count {
			t.Errorf("%d accounts of %d: %v", len(users), count, err)
		}
		seen := map[any]bool{}
		for _, u := range users {
			seen[u["id"]] = true
		}
		table := on(dsn).run(t.Context(), t, "user", "list")
		table.ends(t, 0, "EMAIL")
		if lines := strings.Count(table.stdout, "\n"); lines != count+1 || len(seen) != count {
			t.Errorf("%d lines and %d ids for %d accounts", lines, len(seen), count)
		}
		if text := list.stdout + table.stdout; strings.Contains(text, "argon2") || strings.Contains(text, "canary") {
			t.Error("a hash is listed")
		}
	}
}
