package main

import (
	"net/http"
	"testing"
	"time"

	"gatehouse/store/storetest"
)

// TestDatabaseAway takes the database away altogether. What needs it is answered 503 until it is back; what doesn't goes on.
func TestDatabaseAway(t *testing.T) {
	dsn := storetest.EmptyDSN(t)
	fault := sabotage(t, dsn)
	s := startOn(t, dsn)
	ada, gone := s.register(t, adaEmail, adaPassword), s.login(t, adaEmail, adaPassword)
	want(t, s.ask(t, ada.access, `mutation { revokeOtherSessions }`, nil), "")
	input := vars{"input": vars{"email": adaEmail, "password": adaPassword}}
	requests := []struct {
		name, token, query string
		variables          vars
		away               string // the code while the database is away
	}{
		{"a good token, for what needs no more", ada.access, `{ viewer { id } }`, nil, "UNAVAILABLE"},
		{"a good token, for what the database has", ada.access, meOperation, nil, "UNAVAILABLE"},
		{"a good token, for a mutation", ada.access, `mutation { revokeOtherSessions }`, nil, "UNAVAILABLE"},
		{"a login", "", loginOperation, input, "UNAVAILABLE"},
		{"nobody, for what is nobody's", "", `{ __typename }`, nil, ""},
		{"nobody, for what needs somebody", "", `{ viewer { id } }`, nil, "UNAUTHENTICATED"},
	}
	for _, r := range requests {
		if r.token != "" || r.away == "" {
			want(t, s.ask(t, r.token, r.query, r.variables), "")
		}
	}

	fault.connectable(false)
	fault.terminate(fault.pids(ofAnyKind))
	s.becomes(t, http.StatusServiceUnavailable)
	for _, tt := range requests {
		t.Run(tt.name, func(t *testing.T) {
			r := s.ask(t, tt.token, tt.query, tt.variables)
			want(t, r, tt.away)
			if tt.away != "UNAVAILABLE" {
				if r.status != http.StatusOK {
					t.Errorf("it is answered %d: %s", r.status, r.body)
				}
				return
			}
			if r.status != http.StatusServiceUnavailable || r.header.Get("Retry-After") == "" || r.header.Get("WWW-Authenticate") != "" {
				t.Errorf("it is answered %d %v: %s", r.status, r.header, r.body)
			}
		})
	}
	wantReason(t, s.ask(t, "garbage", meOperation, nil), "UNAUTHENTICATED", "token_invalid")
	for path, status := range map[string]int{"/healthz": http.StatusOK, "/.well-known/jwks.json": http.StatusOK, "/readyz": http.StatusServiceUnavailable} {
		if got := s.status(t, path); got != status {
			t.Errorf("%s is answered %d, want %d", path, got, status)
		}
	}

	fault.connectable(true)
	s.becomes(t, http.StatusOK)
	s.goesOn(t, "ada", ada)
	s.isOut(t, gone)
	want(t, s.ask(t, "", loginOperation, input), "")
}

// TestHearingReplicaAsksNothing freezes every connection that requests are answered over. What a token says is answered without one.
func TestHearingReplicaAsksNothing(t *testing.T) {
	dsn := storetest.EmptyDSN(t)
	fault := sabotage(t, dsn)
	s := startOn(t, dsn)
	ada := s.register(t, adaEmail, adaPassword)
	s.goesOn(t, "ada", ada)
	fault.connectable(false) // nor can it have another one
	defer fault.connectable(true)
	thaw := fault.freeze(fault.pids(thatServe))
	for range 20 {
		want(t, s.ask(t, ada.access, `{ viewer { id roles scopes sessionId } }`, nil), "")
	}
	answered := make(chan reply, 1)
	go func() { answered <- s.ask(t, ada.access, meOperation, nil) }()
	select {
	case r := <-answered:
		t.Errorf("what is in the database was answered without it: %s", r.body)
		thaw()
		return
	case <-time.After(100 * time.Millisecond):
	}
	thaw()
	want(t, <-answered, "")
}
