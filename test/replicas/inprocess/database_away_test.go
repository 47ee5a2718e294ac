package inprocess_test

import (
	"net/http"
	"testing"
	"time"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// TestDatabaseAway takes the database away. Requests that need it are answered
// 503 until it is back; others are answered as before.
func TestDatabaseAway(t *testing.T) {
	dsn := storetest.DSN(t)
	db := newFaults(t, dsn)
	s := harness.StartOn(t, dsn)
	ada, gone := s.Register(t, harness.AdaEmail, harness.AdaPassword), s.Login(t, harness.AdaEmail, harness.AdaPassword)
	s.Ask(t, ada.Access, `mutation { revokeOtherSessions }`, nil).Want(t, "")
	input := harness.Credentials(harness.AdaEmail, harness.AdaPassword)
	requests := []struct {
		name, token, query string
		variables          harness.Vars
		away               string // the code while the database is away
	}{
		{"a good token, for its own claims", ada.Access, `{ viewer { id } }`, nil, "UNAVAILABLE"},
		{"a good token, for stored data", ada.Access, harness.MeOperation, nil, "UNAVAILABLE"},
		{"a good token, for a mutation", ada.Access, `mutation { revokeOtherSessions }`, nil, "UNAVAILABLE"},
		{"a login", "", harness.LoginOperation, input, "UNAVAILABLE"},
		{"anonymous, for a public field", "", `{ __typename }`, nil, ""},
		{"anonymous, for a guarded field", "", `{ viewer { id } }`, nil, "UNAUTHENTICATED"},
	}
	for _, r := range requests {
		if r.token != "" || r.away == "" {
			s.Ask(t, r.token, r.query, r.variables).Want(t, "")
		}
	}

	db.allowConnections(false)
	db.terminate(db.pids(ofAnyKind))
	awaitReady(t, s, http.StatusServiceUnavailable)
	for _, tt := range requests {
		t.Run(tt.name, func(t *testing.T) {
			r := s.Ask(t, tt.token, tt.query, tt.variables)
			r.Want(t, tt.away)
			if tt.away != "UNAVAILABLE" {
				if r.Status != http.StatusOK {
					t.Errorf("answer = %d %s", r.Status, r.Body)
				}
				return
			}
			if r.Status != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" || r.Header.Get("WWW-Authenticate") != "" {
				t.Errorf("answer = %d %v %s", r.Status, r.Header, r.Body)
			}
		})
	}
	s.Ask(t, "garbage", harness.MeOperation, nil).WantReason(t, "UNAUTHENTICATED", "token_invalid")
	for path, status := range map[string]int{"/healthz": http.StatusOK, "/.well-known/jwks.json": http.StatusOK, "/readyz": http.StatusServiceUnavailable} {
		if got := s.Status(t, path); got != status {
			t.Errorf("%s: %d, want %d", path, got, status)
		}
	}

	db.allowConnections(true)
	awaitReady(t, s, http.StatusOK)
	s.WantAlive(t, "ada", ada)
	s.WantEnded(t, gone)
	s.Ask(t, "", harness.LoginOperation, input).Want(t, "")
}

// TestFreshReplicaNeedsNoDatabase freezes all connections for requests. What a
// token says is answered without them.
func TestFreshReplicaNeedsNoDatabase(t *testing.T) {
	dsn := storetest.DSN(t)
	db := newFaults(t, dsn)
	s := harness.StartOn(t, dsn)
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	s.WantAlive(t, "ada", ada)
	db.allowConnections(false) // so that it can't open another one
	defer db.allowConnections(true)
	thaw := db.freeze(db.pids(thatServe))
	for range 20 {
		s.Ask(t, ada.Access, `{ viewer { id roles scopes sessionId } }`, nil).Want(t, "")
	}
	answered := make(chan harness.Reply, 1)
	go func() { answered <- s.Ask(t, ada.Access, harness.MeOperation, nil) }()
	select {
	case r := <-answered:
		t.Errorf("stored data was answered without the database: %s", r.Body)
		thaw()
		return
	case <-time.After(100 * time.Millisecond):
	}
	thaw()
	(<-answered).Want(t, "")
}
