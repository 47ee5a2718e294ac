package store_test

import "testing"

// Ending all sessions and those of one account at once does not deadlock, whatever the
// order of the rows.
func TestRevokeEverySessionBesideOthers(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	r.exec(`
		INSERT INTO sessions (id, user_id, seed, ip, user_agent, auth_time)
		SELECT ('0190b0a5-3c4f-7d2e-8a11-00000000000' || i)::uuid, $1, '\x00', '', '', now() FROM generate_series(3, 1, -1) i`, id)
	held, err := r.db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Rollback() }()
	if _, err := held.ExecContext(t.Context(), `SELECT FROM sessions WHERE id = '0190b0a5-3c4f-7d2e-8a11-000000000002' FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	waits := func(n int) func() bool {
		return func() bool { return value[int](r, `SELECT count(*) `+waiting) == n }
	}
	var every, one error
	both(func() { _, every = r.RevokeEverySession(t.Context()) }, func() {
		await(t, "the first to wait", waits(1))
		both(func() { _, one = r.RevokeSessions(t.Context(), id, "") }, func() {
			await(t, "the second to wait", waits(2))
			_ = held.Rollback()
		})
	})
	if every != nil || one != nil || r.living(id) != 0 {
		t.Errorf("everybody's: %v; one account's: %v; %d go on", every, one, r.living(id))
	}
}
