package replicas_test

import (
	"database/sql"
	"testing"
	"time"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// replayWindow is REFRESH_REPLAY_WINDOW in a test that waits for its end. A race
// within it takes less than a hundredth of it.
const replayWindow = 4 * time.Second

// TestOneSuccessor has 32 clients of two replicas present one refresh token at
// the same moment, fifty times.
func TestOneSuccessor(t *testing.T) {
	t.Parallel()
	const clients = 32
	dsn := storetest.DSN(t)
	replicas := deploy(t, dsn, 2, "REFRESH_REPLAY_WINDOW="+replayWindow.String())
	db := database(t, dsn)
	var over [clients]*connection
	for i := range over {
		over[i] = replicas[i%2].connect(t)
	}
	sessions := logins(t.Context(), t, harness.AdaEmail, rounds(50), over[:2]...)
	successors := make([]harness.Session, len(sessions))
	begun := time.Now()
	for round, first := range sessions {
		successors[round] = oneSuccessor(t, over[:], first)
		if n := counter(t, db, first); n != 1 {
			t.Fatalf("round %d: %d refreshes led the session to %d", round, clients, n)
		}
	}
	t.Logf("%d rounds of %d refreshes took %v", len(sessions), clients, time.Since(begun))

	used, unused := len(sessions)/2, sessions[len(sessions)/2:]
	for round, first := range sessions[:used] {
		second := oneSuccessor(t, over[:4], successors[round]) // the successor works
		if n := counter(t, db, first); n != 2 {
			t.Fatalf("round %d: the successor led the session to %d", round, n)
		}
		refused(t, "REFRESH_TOKEN_REUSED")(over[round%2].refresh(t.Context(), first.Refresh)) // within the window, but after its successor was used
		refused(t, "REFRESH_TOKEN_INVALID")(over[round%3].refresh(t.Context(), second.Refresh))
	}
	awaitWindow(t, db)
	for round, first := range unused {
		refused(t, "REFRESH_TOKEN_REUSED")(over[round%2].refresh(t.Context(), first.Refresh))
		refused(t, "REFRESH_TOKEN_INVALID")(over[round%3].refresh(t.Context(), successors[used+round].Refresh))
	}
}

// oneSuccessor refreshes one token over all connections at once, and returns
// the pair of tokens, which is the same for all.
func oneSuccessor(t *testing.T, over []*connection, first harness.Session) harness.Session {
	t.Helper()
	got, codes, errs := make([]harness.Session, len(over)), make([]string, len(over)), make([]error, len(over))
	harness.Together(len(over), func(i int) { got[i], codes[i], errs[i] = over[i].refresh(t.Context(), first.Refresh) })
	for i := range over {
		k := granted(t)(got[i], codes[i], errs[i])
		if k.Refresh != got[0].Refresh || k.Refresh == first.Refresh {
			t.Fatalf("of %d successors, %d and 0 differ", len(over), i)
		}
	}
	return got[0]
}

// counter is how often the session was refreshed, according to its row.
func counter(t testing.TB, db *sql.DB, k harness.Session) (n int) {
	t.Helper()
	id, err := sessionID(k)
	if err == nil {
		err = db.QueryRowContext(t.Context(), `SELECT counter FROM sessions WHERE id = $1`, id).Scan(&n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// awaitWindow waits until the replay window of every session is over, by the
// clock of the database.
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
