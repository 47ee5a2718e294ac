package api_test

import (
	"database/sql"
	"testing"

	_ "github.com/lib/pq"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

const guesses = 12 // more than may be wrong before an account's network is asked for

// TestGuessesWithAPast: refused guesses read as many rows of sessions whether the
// account has few past sessions or many, from known and from unknown networks.
func TestGuessesWithAPast(t *testing.T) { boundedGuesses(t, 10, 20_000) }

// BenchmarkGuessesWithAPast is the same with a past that takes long to make.
func BenchmarkGuessesWithAPast(b *testing.B) {
	for b.Loop() {
		boundedGuesses(b, 10, 300_000)
	}
}

func boundedGuesses(t testing.TB, few, many int) {
	t.Helper()
	least, rows := rowsOfGuesses(t, few), rowsOfGuesses(t, many)
	if least == 0 || rows > least+2*2*guesses {
		t.Errorf("guesses read %d rows with %d past sessions; with %d %d", rows, many, few, least)
	}
	t.Logf("guesses read %d rows with %d past sessions; with %d %d", rows, many, few, least)
}

// rowsOfGuesses returns how many rows, or entries of indexes, of sessions guesses
// read.
func rowsOfGuesses(t testing.TB, past int) int {
	t.Helper()
	dsn := storetest.DSN(t)
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxIdleConns(0) // so that what a connection read counts at once
	settings := []string{"RATE_LIMITS=on", "TRUSTED_PROXIES=127.0.0.1"}
	s := harness.StartOn(t, dsn, settings...)
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	s.Close()
	const sessions = `
		INSERT INTO sessions (id, user_id, seed, auth_time, ip, user_agent, place, created_at, refreshed_at, ended_at, end_reason)
		SELECT gen_random_uuid(), $1, '', at, ip, 'test', ip, at, at, at + interval '5 minutes', 'logout'
		FROM generate_series(1, $2::int) AS n, LATERAL (
			SELECT now() - interval '20 days' + make_interval(secs => n) AS at,
				'10.' || n / 65536 || '.' || n / 256 % 256 || '.' || n % 256 AS ip) each`
	if _, err := db.ExecContext(t.Context(), sessions, ada.UserID, past); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `VACUUM ANALYZE sessions`); err != nil {
		t.Fatal(err)
	}
	read := func() (n int) {
		harness.Eventually(t, "the service's connections end", func() bool {
			var others int
			err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
				AND pid <> pg_backend_pid() AND backend_type = 'client backend'`).Scan(&others)
			return err == nil && others == 0
		})
		err := db.QueryRowContext(t.Context(), `
			SELECT coalesce(sum(seq_tup_read), 0) + (
				SELECT coalesce(sum(idx_tup_read), 0) FROM pg_stat_user_indexes WHERE relname = 'sessions')
			FROM pg_stat_user_tables WHERE relname = 'sessions'`).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := read()
	s = harness.StartOn(t, dsn, settings...)
	for _, from := range []string{"10.0.0.1", "203.0.113.1"} {
		for range guesses {
			if got := guess(t, s, from, "not-the-password-1"); got.Code() != "INVALID_CREDENTIALS" && got.Code() != "RATE_LIMITED" {
				t.Errorf("a guess from %s: %s", from, got.Body)
			}
		}
	}
	s.Close()
	return read() - before
}
