package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/auth/operator"
	"gatehouse/auth/revocation"
)

// list returns the ids of the account's sessions that have not ended.
func (r *replica) list(userID string, limit int) []string {
	r.t.Helper()
	sessions, err := r.LivingSessions(r.t.Context(), userID, life, limit)
	if err != nil {
		r.t.Fatal(err)
	}
	ids := []string{}
	for _, s := range sessions {
		if s.UserID != userID && userID != "" || s.Seed != nil {
			r.t.Errorf("session %+v; want one of %s, without its seed", s, userID)
		}
		ids = append(ids, s.ID)
	}
	return ids
}

func TestLivingSessions(t *testing.T) {
	r := newReplica(t)
	id, other := r.user("ada@example.com", "user").ID, r.user("bob@example.com", "user").ID
	first, second, ended, idle, old := r.login(id), r.login(id), r.login(id), r.login(id), r.login(id)
	r.login(other)
	if err := r.EndSession(t.Context(), ended.ID); err != nil {
		t.Fatal(err)
	}
	r.exec(`UPDATE sessions SET refreshed_at = now() - interval '61 minutes' WHERE id = $1`, idle.ID)
	r.exec(`UPDATE sessions SET created_at = now() - interval '25 hours' WHERE id = $1`, old.ID)
	if diff := cmp.Diff([]string{second.ID, first.ID}, r.list(id, 100)); diff != "" {
		t.Errorf("not the living ones, the last used first: %s", diff)
	}
	if diff := cmp.Diff([]string{second.ID}, r.list(id, 1)); diff != "" {
		t.Errorf("not one: %s", diff)
	}
	if all := r.list("", 100); len(all) != 3 {
		t.Errorf("everybody's are %v; want three", all)
	}
	from := client.Client{IP: "2001:db8::1", UserAgent: "another browser"}
	if _, _, err := r.RefreshSession(t.Context(), r.token(first), "", from, life); err != nil {
		t.Fatal(err)
	}
	sessions, err := r.LivingSessions(t.Context(), id, life, 100)
	if err != nil || len(sessions) != 2 {
		t.Fatalf("%d sessions, %v", len(sessions), err)
	}
	used := sessions[0]
	if used.ID != first.ID || used.Client != from || !used.LastUsedAt.After(used.CreatedAt) || !cmp.Equal(used.AMR, []string{"pwd"}) {
		t.Errorf("the last used is %+v; want the refreshed one, with the client that refreshed it", used)
	}
	if diff := cmp.Diff(client.Client{IP: "192.0.2.1", UserAgent: "test"}, sessions[1].Client); diff != "" {
		t.Errorf("the other one has another client: %s", diff)
	}
}

func TestRevokeSession(t *testing.T) {
	r := newReplica(t)
	id, other := r.user("ada@example.com", "user").ID, r.user("bob@example.com", "user").ID
	mine, his := r.login(id), r.login(other)
	r.changes()
	for name, tt := range map[string]struct{ user, session string }{
		"another account's": {id, his.ID}, "unknown": {id, uuid.NewString()}, "unknown, of any account": {"", uuid.NewString()},
	} {
		if err := r.RevokeSession(t.Context(), tt.user, tt.session); !errors.Is(err, auth.ErrSessionNotFound) {
			t.Errorf("%s: %v; want ErrSessionNotFound", name, err)
		}
	}
	if n := len(r.changes()) + 2 - r.living(id) - r.living(other); n != 0 {
		t.Fatal("refused, and yet something ended")
	}
	for _, tt := range []struct {
		user, session string
		heard         []revocation.Change
	}{
		{id, mine.ID, []revocation.Change{{Session: mine.ID}}},
		{id, mine.ID, nil}, // it has ended
		{"", his.ID, []revocation.Change{{Session: his.ID}}},
	} {
		if err := r.RevokeSession(t.Context(), tt.user, tt.session); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.heard, r.changes()); diff != "" {
			t.Errorf("other changes: %s", diff)
		}
		if _, reason := r.row(tt.session); reason != "revoked" {
			t.Errorf("it ended because of %q", reason)
		}
	}
}

func TestRevokeSessions(t *testing.T) {
	r := newReplica(t)
	id, other := r.user("ada@example.com", "user").ID, r.user("bob@example.com", "user").ID
	kept := r.login(id)
	r.login(id)
	r.login(id)
	his := r.login(other)
	if n, err := r.RevokeSessions(t.Context(), uuid.NewString(), ""); n != 0 || !errors.Is(err, auth.ErrNotFound) {
		t.Errorf("of an unknown account: %d, %v; want ErrUserNotFound", n, err)
	}
	for _, tt := range []struct {
		except string
		want   int
		living []string
	}{{kept.ID, 2, []string{kept.ID}}, {kept.ID, 0, []string{kept.ID}}, {his.ID, 1, []string{}}, {"", 0, []string{}}} {
		r.changes()
		n, err := r.RevokeSessions(t.Context(), id, tt.except)
		if err != nil || n != tt.want || len(r.changes()) != tt.want {
			t.Errorf("all but %q: %d ended, %v; want %d", tt.except, n, err, tt.want)
		}
		if diff := cmp.Diff(tt.living, r.list(id, 100)); diff != "" {
			t.Errorf("others go on: %s", diff)
		}
	}
	if r.living(other) != 1 {
		t.Error("another account's session ended")
	}
}

// A login and a revocation of all sessions are serialized: a session opened first ends.
func TestRevokeSessionsAgainstLogin(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	for range rounds {
		r.login(id)
		var ended int
		together(2, func(i int) {
			if i == 0 {
				r.login(id)
				return
			}
			var err error
			if ended, err = r.RevokeSessions(t.Context(), id, ""); err != nil {
				t.Error(err)
			}
		})
		if living := r.living(id); living+ended != 2 || living > 1 {
			t.Fatalf("%d go on and %d ended of two", living, ended)
		}
		if _, err := r.RevokeSessions(t.Context(), id, ""); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRevokeEverySession(t *testing.T) {
	r := newReplica(t)
	id, other := r.user("ada@example.com", "user").ID, r.user("bob@example.com", "user").ID
	r.exec(`
		INSERT INTO sessions (id, user_id, seed, ip, user_agent, auth_time)
		SELECT gen_random_uuid(), $1, '\x00', '', '', now() FROM generate_series(1, 20001)`, id)
	r.login(other)
	for _, want := range []int{20002, 0} {
		if n, err := r.RevokeEverySession(t.Context()); n != want || err != nil {
			t.Errorf("%d ended, %v; want %d", n, err, want)
		}
	}
	if n := r.living(id) + r.living(other); n != 0 {
		t.Errorf("%d go on", n)
	}
}

func TestSessionState(t *testing.T) {
	r := newReplica(t)
	id, other := r.user("ada@example.com", "user").ID, r.user("bob@example.com", "user").ID
	if err := r.CreateRole(t.Context(), operator.Role{Name: "shop", Scopes: []string{"sell:items"}}); err != nil {
		t.Fatal(err)
	}
	grants := map[string][]string{"admin": {}, "shop": {"sell:items"}, "user": {}}
	s := r.login(id)
	stands := func(name, session, user string, want auth.SessionState) {
		t.Helper()
		got, err := r.SessionState(t.Context(), session, user)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, *got, cmpopts.IgnoreUnexported(auth.SessionState{})); diff != "" {
			t.Errorf("%s stands otherwise: %s", name, diff)
		}
	}
	stands("living", s.ID, id, auth.SessionState{Roles: []string{"user"}, Grants: grants})
	stands("of another account", s.ID, other, auth.SessionState{Ended: true})
	stands("unknown", uuid.NewString(), id, auth.SessionState{Ended: true})
	r.user("root@example.com", "admin")
	r.change(id, rolesTo("shop"))
	if _, _, err := r.ReplacePassword(t.Context(), replacing(id, hash, newHash, s.ID)); err != nil {
		t.Fatal(err)
	}
	stands("one with other roles and a new password", s.ID, id, auth.SessionState{Generation: 1, Roles: []string{"shop"}, Grants: grants})
	if err := r.EndSession(t.Context(), s.ID); err != nil {
		t.Fatal(err)
	}
	stands("one that ended", s.ID, id, auth.SessionState{Ended: true, Generation: 1, Roles: []string{"shop"}, Grants: grants})
}

func TestPurge(t *testing.T) {
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	at := func(age time.Duration) string {
		v7 := uuid.Must(uuid.NewV7())
		ms := time.Now().Add(-age).UnixMilli()
		for i := range 6 {
			v7[i] = byte(ms >> (8 * (5 - i)))
		}
		return v7.String()
	}
	const day = 24 * time.Hour
	for name, s := range map[string]struct{ opened, ended time.Duration }{ // how long ago; ended 0: it did not
		"fresh": {time.Minute, 0}, "ended": {day, time.Minute}, "ended a while ago": {30 * day, 29 * day}, "ended long ago": {40 * day, 31 * day},
		"expired": {10 * day, 0}, "expired long ago": {32 * day, 0},
	} {
		r.exec(`
			INSERT INTO sessions (id, user_id, seed, ip, user_agent, auth_time, created_at, ended_at)
			VALUES ($1, $2, '\x00', '', $3, now(), now() - make_interval(secs => $4), now() - make_interval(secs => nullif($5::float, 0)))`,
			at(s.opened), id, name, s.opened.Seconds(), s.ended.Seconds())
	}
	for _, age := range []string{"1 minute", "24 hours", "26 hours"} {
		r.exec(`INSERT INTO changes (role, at) VALUES ($1::text, now() - $1::text::interval)`, age)
	}
	r.exec(`
		INSERT INTO sessions (id, user_id, seed, ip, user_agent, auth_time, created_at, ended_at)
		SELECT gen_random_uuid(), $1, '\x00', '', 'one of many', now(), now() - interval '40 days', now() - interval '40 days' FROM generate_series(1, 2500)`, id)
	counts := make([]int, 4)
	together(len(counts), func(i int) {
		var err error
		if counts[i], err = r.Purge(t.Context(), life); err != nil {
			t.Error(err)
		}
	})
	if n := counts[0] + counts[1] + counts[2] + counts[3]; n != 2502 {
		t.Errorf("purged %v; want 2502 in all", counts)
	}
	if kept := value[string](r, `SELECT string_agg(user_agent, ', ' ORDER BY user_agent) FROM sessions`); kept != "ended, ended a while ago, expired, fresh" {
		t.Errorf("%s is stored", kept)
	}
	if kept := value[string](r, `SELECT string_agg(role, ', ' ORDER BY seq) FROM changes`); kept != "1 minute, 24 hours" {
		t.Errorf("%s stored; want all that a token of 24 hours may contradict", kept)
	}
}

// Purging delays no refresh, and a second replica does not wait for the first.
func TestPurgeStandsAside(t *testing.T) {
	r := newReplica(t)
	tx, err := r.db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.Exec(`SELECT pg_advisory_xact_lock(7449363235788029955)`); err != nil {
		t.Fatal(err)
	}
	id := r.user("ada@example.com", "user").ID
	r.login(id)
	r.exec(`UPDATE sessions SET ended_at = now() - interval '31 days'`)
	if n, err := r.Purge(t.Context(), life); n != 0 || err != nil {
		t.Errorf("%d purged, %v; want nothing while another replica does it", n, err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if n, err := r.Purge(t.Context(), life); n != 1 || err != nil {
		t.Errorf("%d purged, %v; want the one", n, err)
	}
}
