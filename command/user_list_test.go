package main

import (
	"database/sql"
	"encoding/json"
	"strings"
	"testing"

	"gatehouse/store/storetest"
)

// fill makes accounts, which nobody can log in to.
func fill(t testing.TB, dsn string, count int) {
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

// TestUserList lists as many accounts as fill no page, one, one and a bit, and a few.
func TestUserList(t *testing.T) {
	for _, count := range []int{0, 1, listPage - 1, listPage, listPage + 1, 3*listPage + 5} {
		dsn := storetest.DSN(t)
		fill(t, dsn, count)
		c := consoleOn(t, dsn)
		o := c.run(t, "", "user", "list", "--json")
		o.ends(t, exitDone)
		var users []map[string]any
		if err := json.Unmarshal([]byte(o.stdout), &users); err != nil || len(users) != count {
			t.Errorf("%d accounts of %d: %v", len(users), count, err)
		}
		seen := map[any]bool{}
		for _, u := range users {
			seen[u["id"]] = true
		}
		table := c.run(t, "", "user", "list")
		table.ends(t, exitDone, "E-MAIL")
		if lines := strings.Count(table.stdout, "\n"); lines != count+1 || len(seen) != count {
			t.Errorf("%d lines, and %d different ids, for %d accounts", lines, len(seen), count)
		}
		if text := o.stdout + table.stdout; strings.Contains(text, "argon2") || strings.Contains(text, "canary") {
			t.Error("a hash is listed")
		}
	}
}

func TestUserListColumns(t *testing.T) {
	c := consoleOn(t, storetest.DSN(t))
	c.run(t, "", "user", "create", adaEmail, "--name", "A\u202eda", "--role", "user", "--role", "admin").ends(t, exitDone)
	c.run(t, "", "user", "create", "bob-with-a-name-longer-than-the-others@example.com").ends(t, exitDone)
	c.run(t, "", "user", "disable", "bob-with-a-name-longer-than-the-others@example.com").ends(t, exitDone)

	lines := strings.Split(c.run(t, "", "user", "list").stdout, "\n")
	header, ada, bob := lines[0], lines[1], lines[2]
	for i, column := range []struct{ name, ada, bob string }{
		{"STATE", "enabled ", "disabled "}, {"LAST LOGIN", "never ", "never "}, {"E-MAIL", adaEmail + " ", "bob-with"},
		{"ROLES", "admin,user ", "user "}, {"NAME", "A\ufffdda", ""},
	} {
		at := strings.Index(header, column.name)
		if at < 0 || !strings.HasPrefix(ada[at:], column.ada) || !strings.HasPrefix(bob[min(at, len(bob)):], column.bob) {
			t.Errorf("column %d, %s:\n%s\n%s\n%s", i, column.name, header, ada, bob)
		}
	}

	var users []map[string]any
	if err := json.Unmarshal([]byte(c.run(t, "", "user", "list", "--json").stdout), &users); err != nil {
		t.Fatal(err)
	}
	if users[0]["name"] != "A\u202eda" || users[0]["disabled"] != false || users[1]["disabled"] != true || users[1]["name"] != nil || len(users[0]) != 9 {
		t.Errorf("the array holds %v", users)
	}
}
