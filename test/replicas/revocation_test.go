package replicas_test

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"gatehouse/store/storetest"
)

// TestRevocationIsHeard measures how long another replica lets a token through that was revoked.
func TestRevocationIsHeard(t *testing.T) {
	replicas := deploy(t, storetest.DSN(t), 2, "SESSIONS_PER_USER=1000")
	here, there := replicas[0].connect(t), replicas[1].connect(t)
	all := make([]staleness, 0, 200)
	for _, k := range logins(t.Context(), t, "ada@example.com", rounds(200), here, there) {
		done(t)(there.viewer(t.Context(), k.Access))
		done(t)(here.logout(t.Context(), k.Access))
		acknowledged := time.Now()
		isOut(t)(here.viewer(t.Context(), k.Access))
		all = append(all, there.heard(t, acknowledged, k.Access))
	}
	t.Log(summary(all))
}

// TestListenerLost ends the connection over which a replica hears of revocations, and revokes a token in the same moment.
func TestListenerLost(t *testing.T) {
	dsn := storetest.DSN(t)
	replicas := deploy(t, dsn, 2)
	db := database(t, dsn)
	here, there := replicas[0].connect(t), replicas[1].connect(t)
	all := make([]staleness, 0, 20)
	for _, k := range logins(t.Context(), t, "ada@example.com", rounds(20), here, there) {
		done(t)(there.viewer(t.Context(), k.Access))
		loseListener(t, db, replicas[1])
		done(t)(here.logout(t.Context(), k.Access))
		all = append(all, there.heard(t, time.Now(), k.Access))
	}
	t.Log(summary(all))
}

// TestDeaf keeps the listener of a replica away: for as long as the database takes no new connection, the replica must ask it about each token.
func TestDeaf(t *testing.T) {
	t.Parallel()
	dsn := storetest.DSN(t)
	replicas := deploy(t, dsn, 2)
	db, outside := database(t, dsn), database(t, dsn+" dbname=postgres")
	here, there := replicas[0].connect(t), replicas[1].connect(t)
	sessions := logins(t.Context(), t, "ada@example.com", rounds(40), here, there)
	kept, revoked := sessions[0], sessions[1:]
	for _, c := range []*connection{here, there} {
		done(t)(c.me(t.Context(), kept.Access)) // each has connections of its own to go on with
	}

	takeConnections(t, db, outside, false)
	loseListener(t, db, replicas[1])
	all := make([]staleness, 0, len(revoked))
	for begun, every := time.Now(), 2*time.Second/time.Duration(len(revoked)); len(all) < len(revoked); {
		time.Sleep(time.Until(begun.Add(time.Duration(len(all)) * every)))
		k := revoked[len(all)]
		done(t)(here.logout(t.Context(), k.Access))
		all = append(all, there.heard(t, time.Now(), k.Access))
		done(t)(there.viewer(t.Context(), kept.Access))
	}
	if replicas[1].now.Load().ready() {
		t.Error("a replica that does not hear of revocations wants requests")
	}
	t.Log(summary(all))

	takeConnections(t, db, outside, true)
	if err := replicas[1].now.Load().awaitReady(); err != nil {
		t.Fatal(err)
	}
	done(t)(there.viewer(t.Context(), kept.Access))
	done(t)(here.logout(t.Context(), kept.Access))
	there.heard(t, time.Now(), kept.Access)
}

// TestNotificationsLate has what is notified reach a replica too late, or never, over a connection that is never lost. What comes back of the
// replica's own heartbeat is as late, and so it must know that it is deaf.
func TestNotificationsLate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		late time.Duration
	}{{"by two seconds", 2 * time.Second}, {"for ever", time.Hour}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dsn := storetest.DSN(t)
			here := deploy(t, dsn, 1)[0].connect(t)
			gate := newGate(t, dsn)
			far := newReplica(t, "far", gate.dsn)
			if err := far.start(); err != nil {
				t.Fatal(err)
			}
			there := far.connect(t)
			sessions := logins(t.Context(), t, "ada@example.com", 1+rounds(10), here, there)
			kept := sessions[0]
			gate.late.Store(int64(tt.late))
			var all []staleness
			for begun := time.Now(); len(all) < len(sessions)-1; time.Sleep(time.Until(begun.Add(time.Duration(len(all)) * 300 * time.Millisecond))) {
				k := sessions[1+len(all)]
				done(t)(there.viewer(t.Context(), k.Access))
				done(t)(here.logout(t.Context(), k.Access))
				all = append(all, there.heard(t, time.Now(), k.Access))
				done(t)(there.viewer(t.Context(), kept.Access))
			}
			if far.now.Load().ready() {
				t.Error("a replica that does not hear of revocations in time wants requests")
			}
			t.Log(summary(all))
		})
	}
}

// loseListener ends the replica's connection that listens.
func loseListener(t *testing.T, db *sql.DB, r *replica) {
	t.Helper()
	const query = `
		SELECT count(pg_terminate_backend(pid))
		FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = $1 AND query ILIKE 'LISTEN%'`

	for deadline := time.Now().Add(patience); time.Now().Before(deadline); { // it may be connecting just now
		var n int
		if err := db.QueryRowContext(t.Context(), query, r.name).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n == 1 {
			return
		}
	}
	t.Fatalf("%s does not listen", r.name)
}

// takeConnections has the database refuse new connections, or take them again.
func takeConnections(t *testing.T, db, outside *sql.DB, take bool) {
	t.Helper()
	var name string
	err := db.QueryRowContext(t.Context(), `SELECT quote_ident(current_database())`).Scan(&name)
	if err == nil {
		_, err = outside.ExecContext(t.Context(), fmt.Sprintf(`ALTER DATABASE %s ALLOW_CONNECTIONS %t`, name, take))
	}
	if err != nil {
		t.Fatal(err)
	}
}
