package replicas_test

import (
	"database/sql"
	"testing"
	"time"

	"gatehouse/store/storetest"
)

// replayWindow is REFRESH_REPLAY_WINDOW where a test waits for its end. A race within it is over a hundred times sooner.
const replayWindow = 4 * time.Second

// TestOneSuccessor has 32 clients of two replicas present one refresh token at the same moment, fifty times.
func TestOneSuccessor(t *testing.T) {
	t.Parallel()
	const clients = 32
	dsn := storetest.DSN(t)
	replicas := deploy(t, dsn, 2, "REFRESH_REPLAY_WINDOW="+replayWindow.String())
	db := database(t, dsn)
	var seats [clients]*connection
	for i := range seats {
		seats[i] = replicas[i%2].connect(t)
	}
	sessions := logins(t.Context(), t, "ada@example.com", rounds(50), seats[:2]...)
	successors := make([]tokens, len(sessions))
	begun := time.Now()
	for round, first := range sessions {
		successors[round] = oneSuccessor(t, seats[:], first)
		if n := counter(t, db, first); n != 1 {
			t.Fatalf("round %d: %d refreshes led the session to %d", round, clients, n)
		}
	}
	t.Logf("%d rounds of %d refreshes took %v", len(sessions), clients, time.Since(begun))

	used, unused := len(sessions)/2, sessions[len(sessions)/2:]
	for round, first := range sessions[:used] {
		second := oneSuccessor(t, seats[:4], successors[round]) // it works, once more, for whoever has it
		if n := counter(t, db, first); n != 2 {
			t.Fatalf("round %d: the successor led the session to %d", round, n)
		}
		refused(t, "REFRESH_TOKEN_REUSED")(seats[round%2].refresh(t.Context(), first.Refresh)) // within the window, but its successor was used
		refused(t, "REFRESH_TOKEN_INVALID")(seats[round%3].refresh(t.Context(), second.Refresh))
	}
	awaitWindow(t, db)
	for round, first := range unused {
		refused(t, "REFRESH_TOKEN_REUSED")(seats[round%2].refresh(t.Context(), first.Refresh))
		refused(t, "REFRESH_TOKEN_INVALID")(seats[round%3].refresh(t.Context(), successors[used+round].Refresh))
	}
}

// oneSuccessor refreshes one token over all connections at once, and returns the pair that each of them got.
func oneSuccessor(t *testing.T, seats []*connection, first tokens) tokens {
	t.Helper()
	got, codes, errs := make([]tokens, len(seats)), make([]string, len(seats)), make([]error, len(seats))
	together(len(seats), func(i int) { got[i], codes[i], errs[i] = seats[i].refresh(t.Context(), first.Refresh) })
	for i := range seats {
		k := in(t)(got[i], codes[i], errs[i])
		if k.Refresh != got[0].Refresh || k.Refresh == first.Refresh {
			t.Fatalf("of %d successors, %d and 0 are not one", len(seats), i)
		}
	}
	return got[0]
}

// counter is how often the session was refreshed, as its row has it.
func counter(t testing.TB, db *sql.DB, k tokens) (n int) {
	t.Helper()
	id, err := k.session()
	if err == nil {
		err = db.QueryRowContext(t.Context(), `SELECT counter FROM sessions WHERE id = $1`, id).Scan(&n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// awaitWindow waits until the replay window of every session is over, by the database's clock.
func awaitWindow(t *testing.T, db *sql.DB) {
	t.Helper()
	var left float64
	err := db.QueryRowContext(t.Context(), `SELECT extract(epoch FROM max(refreshed_at) - now()) + $1 FROM sessions WHERE ended_at IS NULL`,
		replayWindow.Seconds()).Scan(&left)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Duration(left*float64(time.Second)) + time.Millisecond)
}
