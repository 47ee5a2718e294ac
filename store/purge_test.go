package store_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"gatehouse/auth"
)

// Sessions with the longest lifetimes are not taken for expired ones.
func TestPurgeOfSessionsWithoutAnEnd(t *testing.T) {
	for name, absolute := range map[string]time.Duration{
		"a day": 24 * time.Hour, "a hundred years": 100 * 365 * 24 * time.Hour, "as long as can be said": math.MaxInt64,
	} {
		t.Run(name, func(t *testing.T) {
			r := newReplica(t)
			id := r.user("ada@example.com", "user").ID
			r.login(id)
			n, err := r.Purge(t.Context(), auth.Lifetimes{Idle: time.Hour, Absolute: absolute})
			if err != nil || n != 0 {
				t.Errorf("purged %d, %v; want none", n, err)
			}
			if n := r.living(id); n != 1 {
				t.Errorf("%d sessions go on; want one", n)
			}
		})
	}
}

// Deleting an account does not scan the sessions of all accounts.
func TestSessionsOfAnAccountAreFoundByAnIndex(t *testing.T) {
	r := newReplica(t)
	r.exec(`INSERT INTO users (id, email, email_key, email_folded, password_hash, roles, created_at, updated_at)
		SELECT gen_random_uuid(), i, i, i, '', '{}', now(), now() FROM generate_series(1, 200) i`)
	r.exec(`INSERT INTO sessions (id, user_id, seed, ip, user_agent, auth_time, ended_at, end_reason)
		SELECT gen_random_uuid(), id, '\x00', '', '', now(), now(), 'logout' FROM users, generate_series(1, 50)`)
	r.exec(`ANALYZE sessions`)
	rows, err := r.db.QueryContext(t.Context(), `EXPLAIN DELETE FROM sessions WHERE user_id = (SELECT id FROM users LIMIT 1)`) // what the foreign key does
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(line + "\n")
	}
	if err := rows.Err(); err != nil || strings.Contains(plan.String(), "Seq Scan on sessions") {
		t.Errorf("%v, and the plan is:\n%s", err, &plan)
	}
}
