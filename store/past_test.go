package store_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/store"
)

// past gives the account n sessions that ended, from as many addresses.
func (r *replica) past(userID string, n int) {
	r.t.Helper()
	r.exec(`
		INSERT INTO sessions (id, user_id, seed, auth_time, ip, user_agent, place, created_at, refreshed_at, ended_at, end_reason)
		SELECT (lpad(to_hex((1000 * extract(epoch FROM at))::bigint), 12, '0') || '7' || substr(md5(n || ip), 14))::uuid, $1, '', at, ip, 'test', CASE WHEN n % 2 = 0 THEN ip END, at, at, at + interval '5 minutes', 'logout'
		FROM generate_series(1, $2) AS n, LATERAL (
			SELECT now() - interval '20 days' + make_interval(secs => n) AS at, '10.' || n / 65536 || '.' || n / 256 % 256 || '.' || n % 256 AS ip) each`,
		userID, n)
}

func TestKnowsPlace(t *testing.T) {
	const six, same, other = "2001:db8:1:2::7", "2001:db8:1:9::8", "2001:db8:2:2::7"
	r := newReplica(t)
	id := r.user("ada@example.com", "user").ID
	r.past(id, 10)
	s := newSession(id)
	s.Client = client.Client{IP: six}
	if _, err := r.OpenSession(t.Context(), s, hash, life); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, email, ip string
		want            bool
	}{
		{"unknown account", "bob@example.com", six, false},
		{"no account", "", six, false},
		{"another address", "ada@example.com", "10.0.0.11", false},
		{"no address", "ada@example.com", "", false},
		{"another network of IPv6", "ada@example.com", other, false},
		{"NUL", "ada@example.com", "10.0.0.1\x00", true}, // as it is stored
		{"an address of the past", "ada@example.com", "10.0.0.2", true},
		{"an address without a place, of the release before", "ada@example.com", "10.0.0.1", true},
		{"the address of IPv6", "ada@example.com", six, true},
		{"another address of its network", "ada@example.com", same, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := r.KnowsPlace(t.Context(), tt.email, client.Client{IP: tt.ip}); got != tt.want || err != nil {
				t.Errorf("KnowsPlace = %v, %v; want %v", got, err, tt.want)
			}
		})
	}
	if _, _, err := r.RefreshSession(t.Context(), r.token(s), "", client.Client{IP: other}, life); err != nil {
		t.Fatal(err)
	}
	if got, err := r.KnowsPlace(t.Context(), "ada@example.com", client.Client{IP: other}); !got || err != nil {
		t.Errorf("after a refresh from there: %v, %v", got, err)
	}
}

// sessionRows is rowsRead of the table sessions.
func (r *replica) sessionRows(work func(*replica) error) int {
	r.t.Helper()
	return r.rowsRead("sessions", work)
}

// rowsRead returns how many rows of a table, or entries of its indexes, work reads. It runs on
// a store of its own, because a connection counts for others when it ends.
func (r *replica) rowsRead(table string, work func(*replica) error) int {
	r.t.Helper()
	count := fmt.Sprintf(`
		SELECT coalesce(sum(seq_tup_read), 0) + (
			SELECT coalesce(sum(idx_tup_read), 0) FROM pg_stat_user_indexes WHERE relname = %[1]s)
		FROM pg_stat_user_tables WHERE relname = %[1]s`, pq.QuoteLiteral(table))
	const others = `
		SELECT count(*) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`
	fresh := &replica{t: r.t, dsn: r.dsn, secrets: r.secrets}
	var err error
	if fresh.Store, err = store.Open(r.t.Context(), r.dsn, store.Options{}); err != nil {
		r.t.Fatal(err)
	}
	before := value[int](r, count)
	err = work(fresh)
	if err := errors.Join(err, fresh.Close()); err != nil {
		r.t.Fatal(err)
	}
	await(r.t, "its connections to end", func() bool { return value[int](r, others) == 0 })
	return value[int](r, count) - before
}

// What a request reads does not grow with the past of its account, whether its old
// sessions ended or only expired, as they do until a login ends them. Deleting an
// account reads each of its sessions once: see TestDeleteUserWithAPast.
func TestWorkDoesNotGrowWithThePast(t *testing.T) {
	const few, many = 10, 8_000
	ctx := t.Context()
	known, unknown := client.Client{IP: "10.0.0.1"}, client.Client{IP: "192.0.2.99"}
	fails := func(_ any, err error) error { return err }
	requests := []struct {
		name string
		run  func(r *replica, id string, s *auth.Session) error
		most int // rows beyond those read at few
	}{
		{"guess from an unknown place", func(r *replica, _ string, _ *auth.Session) error {
			return fails(r.KnowsPlace(ctx, "ada@example.com", unknown))
		}, 2},
		{"guess from a known place", func(r *replica, _ string, _ *auth.Session) error {
			return fails(r.KnowsPlace(ctx, "ada@example.com", known))
		}, 2},
		{"read the credential", func(r *replica, _ string, _ *auth.Session) error {
			return fails(r.CredentialByEmail(ctx, "ada@example.com"))
		}, 0},
		{"wrong hash", func(r *replica, id string, _ *auth.Session) error {
			_, err := r.OpenSession(ctx, newSession(id), "another hash", life)
			if !errors.Is(err, auth.ErrInvalidCredentials) {
				return fmt.Errorf("error %w; want ErrInvalidCredentials", err)
			}
			return nil
		}, 0},
		{"session state", func(r *replica, id string, s *auth.Session) error { return fails(r.SessionState(ctx, s.ID, id)) }, 2},
		{"list sessions", func(r *replica, id string, _ *auth.Session) error { return fails(r.LivingSessions(ctx, id, life, 100)) }, 2 * 1100},
		{"refresh", func(r *replica, _ string, s *auth.Session) error {
			return fails(func() (any, error) {
				next, _, err := r.RefreshSession(ctx, r.token(s), "", browser, life)
				return next, err
			}())
		}, 2},
		{"reused token", func(r *replica, _ string, s *auth.Session) error {
			_, _, err := r.RefreshSession(ctx, r.token(s), "", browser, auth.Lifetimes{Idle: life.Idle, Absolute: life.Absolute})
			if !errors.Is(err, auth.ErrRefreshReused) {
				return fmt.Errorf("error %w; want ErrRefreshReused", err)
			}
			return nil
		}, 2},
		{"log out", func(r *replica, _ string, s *auth.Session) error { return r.EndSession(ctx, s.ID) }, 2},
		{"revoke a session of others", func(r *replica, id string, _ *auth.Session) error {
			if err := r.RevokeSession(ctx, id, uuid.NewString()); !errors.Is(err, auth.ErrSessionNotFound) {
				return fmt.Errorf("error %w; want ErrSessionNotFound", err)
			}
			return nil
		}, 2},
		{"log in", func(r *replica, id string, _ *auth.Session) error {
			return fails(r.OpenSession(ctx, newSession(id), hash, life))
		}, 3 * 1100},
		{"purge", func(r *replica, _ string, _ *auth.Session) error { return fails(r.Purge(ctx, life)) }, 2},
	}
	read := func(n int, expired bool) map[string]int {
		r := newReplica(t)
		id := r.user("ada@example.com", "user").ID
		r.past(id, n)
		if expired {
			r.exec(`UPDATE sessions SET ended_at = NULL, end_reason = NULL`)
		}
		s := r.login(id)
		r.exec(`VACUUM ANALYZE sessions`)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		r.db.SetMaxIdleConns(0) // so that each of its connections counts at once
		rows := map[string]int{}
		for _, request := range requests {
			rows[request.name] = r.sessionRows(func(r *replica) error { return request.run(r, id, s) })
		}
		return rows
	}
	least := read(few, false)
	for _, expired := range []bool{false, true} {
		rows := read(many, expired)
		for _, request := range requests {
			most := request.most
			if !expired {
				most = min(most, 60)
			}
			if rows[request.name] > least[request.name]+most {
				t.Errorf("%s, expired %v: reads %d rows; with a short past %d", request.name, expired, rows[request.name], least[request.name])
			}
		}
		t.Logf("expired %v: %v; with a short past %v", expired, rows, least)
	}
}

// An account with a long past is deleted in batches, each of which asks whether it may.
func TestDeleteUserWithAPast(t *testing.T) {
	r := newReplica(t)
	id, other := r.user("ada@example.com", "user").ID, r.user("bob@example.com", "user").ID
	r.past(id, 25_000)
	r.past(other, 5)
	living, asked := r.login(id), 0
	refusal := errors.New("refused")
	err := r.DeleteUser(t.Context(), id, func(*auth.User) error {
		if asked++; asked == 2 {
			return refusal
		}
		return nil
	})
	if !errors.Is(err, refusal) || value[int](r, `SELECT count(*) FROM sessions WHERE user_id = $1`, id) != 15_001 || r.living(id) != 1 {
		t.Errorf("refused in the middle: %v; want the account with its living session", err)
	}
	r.changes()
	if err := r.DeleteUser(t.Context(), id, func(*auth.User) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if n := value[int](r, `SELECT count(*) FROM sessions`); n != 5 {
		t.Errorf("%d sessions are left; want those of the other account", n)
	}
	if heard := r.changes(); len(heard) != 1 || heard[0].Session != living.ID {
		t.Errorf("changes %+v; want the end of the living session", heard)
	}
}
