package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"gatehouse/auth"
)

// limited returns life with a limit on the sessions of an account.
func limited(sessions int) auth.Lifetimes {
	l := life
	l.PerUser = sessions
	return l
}

// A login that had to wait for others is the newest, although it began first.
func TestLoginThatWaitedIsTheNewest(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	for _, limit := range []int{1, 3} {
		lock, err := r.db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := lock.ExecContext(t.Context(), `SELECT FROM users WHERE id = $1 FOR UPDATE`, id); err != nil {
			t.Fatal(err)
		}
		first := newSession(id)
		opened := make(chan error, 1)
		go func() {
			_, err := r.OpenSession(t.Context(), first, hash, limited(limit))
			opened <- err
		}()
		await(t, "the login to wait", func() bool {
			return value[int](r, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) == 1
		})
		_, err = lock.ExecContext(t.Context(), `
			INSERT INTO sessions (id, user_id, seed, auth_time, ip, user_agent, created_at)
			SELECT gen_random_uuid(), $1, '', now(), '', '', clock_timestamp()
			FROM generate_series(1, 5)`, id)
		if err := errors.Join(err, lock.Commit(), <-opened); err != nil {
			t.Fatal(err)
		}
		if _, reason := r.row(first.ID); reason != "" || r.living(id) != limit {
			t.Errorf("limit %d: the login that waited ended as %q, and %d sessions go on", limit, reason, r.living(id))
		}
		second := newSession(id)
		if _, err := r.OpenSession(t.Context(), second, hash, limited(limit)); err != nil {
			t.Fatal(err)
		}
		if _, reason := r.row(second.ID); reason != "" || r.living(id) != limit {
			t.Errorf("limit %d: the next login ended as %q, and %d sessions go on", limit, reason, r.living(id))
		}
	}
}

// Of many logins at once the last ones win, and no login ends itself.
func TestLastLoginsWin(t *testing.T) {
	const limit, logins = 3, 8
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	for round := range rounds / 4 {
		errs := make([]error, logins)
		together(logins, func(i int) { _, errs[i] = r.OpenSession(t.Context(), newSession(id), hash, limited(limit)) })
		if err := errors.Join(errs...); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		won := value[int](r, `
			SELECT count(*) FILTER (WHERE ended_at IS NULL)
			FROM (SELECT ended_at FROM sessions WHERE user_id = $1 ORDER BY created_at DESC LIMIT $2) newest`, id, limit)
		early := value[int](r, `
			SELECT count(*)
			FROM sessions s
			WHERE user_id = $1 AND ended_at IS NOT NULL
				AND (SELECT count(*) FROM sessions t WHERE t.user_id = $1 AND t.created_at > s.created_at AND t.created_at <= s.ended_at) < $2`, id, limit)
		if won != limit || r.living(id) != limit || early != 0 {
			t.Fatalf("round %d: of the %d newest %d go on, %d in all; %d ended before enough newer ones", round, limit, won, r.living(id), early)
		}
	}
}

// A login ends the sessions that have expired, without a notice, and those over the
// limit, at most as many as one login should end.
func TestLoginEndsWhatExpired(t *testing.T) {
	r := newReplica(t)
	id, other := r.user("ada@example.com", "user").ID, r.user("bob@example.com", "user").ID
	idle, old, used := r.login(id), r.login(id), r.login(id)
	bystander := r.login(other)
	r.exec(`UPDATE sessions SET refreshed_at = now() - interval '61 minutes' WHERE id = ANY($1)`, "{"+idle.ID+","+bystander.ID+"}")
	r.exec(`UPDATE sessions SET created_at = now() - interval '25 hours' WHERE id = $1`, old.ID)
	r.changes()
	r.login(id)
	for what, s := range map[string]*auth.Session{"not refreshed in time": idle, "too old": old} {
		if _, reason := r.row(s.ID); reason != "expired" {
			t.Errorf("%s: ended as %q", what, reason)
		}
	}
	for what, s := range map[string]*auth.Session{"in use": used, "of another account": bystander} {
		if _, reason := r.row(s.ID); reason != "" {
			t.Errorf("%s: ended as %q", what, reason)
		}
	}
	if heard := r.changes(); len(heard) > 0 {
		t.Errorf("changes %+v; want none", heard)
	}

	r.exec(`
		INSERT INTO sessions (id, user_id, seed, auth_time, ip, user_agent, created_at)
		SELECT gen_random_uuid(), $1, '', now(), '', '', now() - make_interval(secs => n)
		FROM generate_series(1, 1500) AS n`, id)
	for _, want := range []int{500, 3} { // the limit was lowered
		start := time.Now()
		if _, err := r.OpenSession(t.Context(), newSession(id), hash, limited(3)); err != nil {
			t.Fatal(err)
		}
		if n := r.living(id); n < 3 || n > want+8 {
			t.Errorf("%d sessions go on after %v; want about %d", n, time.Since(start), want)
		}
	}
	if newest := slices.Max(ended(r.changes())); newest == "" {
		t.Error("the sessions over the limit ended without a notice")
	}
}
