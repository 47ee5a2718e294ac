package replicas_test

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
	"gatehouse/test/harness/process"
)

// TestRevocationArrives measures how long another replica accepts a revoked
// token.
func TestRevocationArrives(t *testing.T) {
	replicas := deploy(t, storetest.DSN(t), 2, "SESSIONS_PER_USER=1000")
	here, there := replicas[0].connect(t), replicas[1].connect(t)
	all := make([]staleness, 0, 200)
	for _, k := range logins(t.Context(), t, harness.AdaEmail, rounds(200), here, there) {
		done(t)(there.viewer(t.Context(), k.Access))
		done(t)(here.logout(t.Context(), k.Access))
		acknowledged := time.Now()
		ended(t)(here.viewer(t.Context(), k.Access))
		all = append(all, there.wantRefused(t, acknowledged, k.Access))
	}
	t.Log(summary(all))
}

// TestListenerLost ends the connection on which a replica listens for
// revocations, and revokes a token at the same moment.
func TestListenerLost(t *testing.T) {
	dsn := storetest.DSN(t)
	replicas := deploy(t, dsn, 2)
	db := database(t, dsn)
	here, there := replicas[0].connect(t), replicas[1].connect(t)
	all := make([]staleness, 0, 20)
	for _, k := range logins(t.Context(), t, harness.AdaEmail, rounds(20), here, there) {
		done(t)(there.viewer(t.Context(), k.Access))
		endListener(t, db, replicas[1])
		done(t)(here.logout(t.Context(), k.Access))
		all = append(all, there.wantRefused(t, time.Now(), k.Access))
	}
	t.Log(summary(all))
}

// TestListenerRefused keeps a replica's listener from connecting: as long as the
// database accepts no new connection, the replica must ask it about each token.
func TestListenerRefused(t *testing.T) {
	t.Parallel()
	dsn := storetest.DSN(t)
	replicas := deploy(t, dsn, 2)
	db, outside := database(t, dsn), database(t, dsn+" dbname=postgres")
	here, there := replicas[0].connect(t), replicas[1].connect(t)
	sessions := logins(t.Context(), t, harness.AdaEmail, rounds(40), here, there)
	kept, revoked := sessions[0], sessions[1:]
	openSpare(t, dsn, kept.Access, replicas...)

	allowConnections(t, db, outside, false)
	endListener(t, db, replicas[1])
	all := make([]staleness, 0, len(revoked))
	for begun, every := time.Now(), 2*time.Second/time.Duration(len(revoked)); len(all) < len(revoked); {
		time.Sleep(time.Until(begun.Add(time.Duration(len(all)) * every)))
		k := revoked[len(all)]
		done(t)(here.logout(t.Context(), k.Access))
		all = append(all, there.wantRefused(t, time.Now(), k.Access))
		done(t)(there.viewer(t.Context(), kept.Access))
	}
	if replicas[1].now.Load().Ready(t.Context()) {
		t.Error("a replica that can't learn of revocations is ready")
	}
	t.Log(summary(all))

	allowConnections(t, db, outside, true)
	replicas[1].awaitReady(t)
	done(t)(there.viewer(t.Context(), kept.Access))
	done(t)(here.logout(t.Context(), kept.Access))
	there.wantRefused(t, time.Now(), kept.Access)
}

// TestNotificationsLate delays notifications to a replica, some for ever, on a
// connection that is never lost. The replica's own heartbeats are as late, so it
// must notice that it is stale.
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
			proxy := newProxy(t, dsn)
			far := newReplica(t, "far", proxy.dsn)
			if err := far.start(); err != nil {
				t.Fatal(err)
			}
			there := far.connect(t)
			sessions := logins(t.Context(), t, harness.AdaEmail, 1+rounds(10), here, there)
			kept := sessions[0]
			proxy.delay.Store(int64(tt.late))
			var all []staleness
			for begun := time.Now(); len(all) < len(sessions)-1; time.Sleep(time.Until(begun.Add(time.Duration(len(all)) * 300 * time.Millisecond))) {
				k := sessions[1+len(all)]
				done(t)(there.viewer(t.Context(), k.Access))
				done(t)(here.logout(t.Context(), k.Access))
				all = append(all, there.wantRefused(t, time.Now(), k.Access))
				done(t)(there.viewer(t.Context(), kept.Access))
			}
			if far.now.Load().Ready(t.Context()) {
				t.Error("a replica that learns of revocations too late is ready")
			}
			t.Log(summary(all))
		})
	}
}

// endListener ends the connection on which the replica listens.
func endListener(t *testing.T, db *sql.DB, r *replica) {
	t.Helper()
	const query = `
		SELECT count(pg_terminate_backend(pid))
		FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = $1 AND query ILIKE 'LISTEN%'`

	for deadline := time.Now().Add(process.Patience); time.Now().Before(deadline); { // it may be reconnecting
		var n int
		if err := db.QueryRowContext(t.Context(), query, r.name).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n == 1 {
			return
		}
	}
	t.Fatalf("%s does not listen for notifications", r.name)
}

// openSpare has each replica open database connections to use later.
func openSpare(t *testing.T, dsn, access string, replicas ...*replica) {
	t.Helper()
	const each = 4
	var clients []*connection
	for _, r := range replicas {
		for range each {
			clients = append(clients, r.connect(t))
		}
	}
	storetest.OpenSpare(t, dsn, len(clients), func(i int) {
		if a, err := clients[i].me(t.Context(), access); err != nil || a.Code() != "" {
			t.Errorf("%q, %v", a.Code(), err)
		}
	})
}

// allowConnections has the database refuse new connections, or accept them
// again.
func allowConnections(t *testing.T, db, outside *sql.DB, allow bool) {
	t.Helper()
	var name string
	err := db.QueryRowContext(t.Context(), `SELECT quote_ident(current_database())`).Scan(&name)
	if err == nil {
		_, err = outside.ExecContext(t.Context(), fmt.Sprintf(`ALTER DATABASE %s ALLOW_CONNECTIONS %t`, name, allow))
	}
	if err != nil {
		t.Fatal(err)
	}
}
