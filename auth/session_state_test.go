package auth

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"gatehouse/auth/revocation"
	"gatehouse/auth/token"
)

// fakeStateStore is a SessionStateStore that returns one state.
type fakeStateStore struct {
	state SessionState
	err   error
	asked []string
}

func (a *fakeStateStore) SessionState(_ context.Context, sessionID, userID string) (*SessionState, error) {
	a.asked = append(a.asked, sessionID+" of "+userID)
	s := a.state
	return &s, a.err
}

// A replica in sync resolves claims from memory; one that is not asks the database.
func TestCallers(t *testing.T) {
	memory := func(l *RevocationCache) { // what the replica heard before it lost sync
		l.Apply(revocation.Change{Seq: 1, At: newClock().at, User: ada, Roles: []string{"support"}})
	}
	grants := map[string][]string{RoleAdmin: {}, "shop": {"read:items"}, "new": {"new:scope"}}
	tests := []struct {
		name   string
		inSync bool
		state  SessionState
		fault  error
		claims *token.Claims
		err    error
		roles  []string
		scopes []string
	}{
		{"in sync", true, SessionState{Ended: true}, ErrUnavailable, claimsOf(0, "shop"), nil, []string{"support"}, []string{"read:users"}},
		{"stale, database away", false, SessionState{}, ErrUnavailable, claimsOf(0, "shop"), ErrUnavailable, nil, nil},
		{"stale, ended", false, SessionState{Ended: true}, nil, claimsOf(0, "shop"), ErrSessionEnded, nil, nil},
		{"stale, of an earlier generation", false, SessionState{Generation: 1}, nil, claimsOf(0, "shop"), ErrSessionEnded, nil, nil},
		{"stale, of the current generation", false, SessionState{Generation: 1}, nil, claimsOf(1, "shop"), nil, []string{}, []string{}},
		{"stale, other roles", false, SessionState{Roles: []string{"new", "shop"}, Grants: grants}, nil, claimsOf(0, "user"), nil, []string{"new", "shop"}, []string{"new:scope", "read:items"}},
		{"stale, administrator", false, SessionState{Roles: []string{"admin"}, Grants: grants}, nil, claimsOf(0, "user"), nil, []string{"admin"}, []string{"new:scope", "read:items", "read:users", "write:users"}},
		{"stale, limited", false, SessionState{Roles: []string{"new", "shop"}, Grants: grants}, nil, limitedTo([]string{"new:scope"}, "shop"), nil, []string{}, []string{"new:scope"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := &fakeStateStore{state: tt.state, err: tt.fault}
			live := newRevocations(newClock())
			memory(live)
			c := &Callers{Revocations: live, InSync: func() bool { return tt.inSync }, Store: store}
			p, err := c.Principal(t.Context(), tt.claims)
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v; want %v", err, tt.err)
			}
			if err == nil && (!slices.Equal(p.Roles, tt.roles) || !slices.Equal(p.Scopes, tt.scopes) || p.ID != ada || *p.SessionID != sessionOne) {
				t.Errorf("caller %+v; want roles %v and scopes %v", p, tt.roles, tt.scopes)
			}
			want := []string{sessionOne + " of " + ada}
			if tt.inSync {
				want = nil
			}
			if !slices.Equal(store.asked, want) {
				t.Errorf("the database was asked for %v; want %v", store.asked, want)
			}
		})
	}
}

// A database that is silent, and ignores that the request has ended, delays no
// request.
func TestSilentDatabase(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(context.Context) (context.Context, context.CancelFunc)
		want error
	}{
		"the request takes too long": {
			func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, time.Millisecond)
			}, ErrUnavailable,
		},
		"the client hangs up": {context.WithCancel, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := tt.end(t.Context())
			defer cancel()
			store := &silentStore{asked: func() {}, speak: make(chan struct{})}
			if tt.want == context.Canceled { //nolint:errorlint // a value of the table
				store.asked = cancel
			}
			defer close(store.speak)
			c := &Callers{Revocations: newRevocations(newClock()), InSync: func() bool { return false }, Store: store}
			p, err := c.Principal(ctx, claimsOf(0, "shop"))
			if p != nil || !errors.Is(err, tt.want) || errors.Is(err, ErrUnavailable) != (tt.want == ErrUnavailable) { //nolint:errorlint // as above
				t.Errorf("%v, %v; want %v alone", p, err, tt.want)
			}
		})
	}
}

// silentStore is a SessionStateStore that answers only when it is told to.
type silentStore struct {
	asked func()
	speak chan struct{}
}

func (m *silentStore) SessionState(context.Context, string, string) (*SessionState, error) {
	m.asked()
	<-m.speak
	return &SessionState{}, nil
}

// Tokens issued while a replica is stale carry what the database says.
func TestTokensOfAStaleReplica(t *testing.T) {
	s, store, _ := newSessions(t)
	db := &fakeStateStore{state: SessionState{Roles: []string{"shop"}, Grants: map[string][]string{"shop": {"sell:items"}}}}
	s.Issuer.Callers = &Callers{Revocations: s.Revocations, InSync: func() bool { return false }, Store: db}
	got, err := s.Issuer.tokens(t.Context(), s.Issuer.SigningKey(), store.current, &User{ID: ada, Roles: []string{"shop"}})
	if err != nil || !slices.Equal(got.Scopes, []string{"sell:items"}) || !slices.Equal(got.Principal().Scopes, got.Scopes) {
		t.Errorf("scopes %v, %v; want those of the database", got.Scopes, err)
	}
	db.err = ErrUnavailable
	if got, err := s.Issuer.tokens(t.Context(), s.Issuer.SigningKey(), store.current, &User{ID: ada}); got != nil || !errors.Is(err, ErrUnavailable) {
		t.Errorf("%v, %v; want ErrUnavailable", got, err)
	}
}

func TestSetCaller(t *testing.T) {
	outer := WithCaller(t.Context(), &Principal{ID: ada})
	below := WithCaller(outer, Caller(outer))
	child, cancel := context.WithCancel(below)
	defer cancel()
	SetCaller(below, &Principal{ID: bob})
	if Caller(outer).ID != ada || Caller(below).ID != bob || Caller(child).ID != bob {
		t.Errorf("callers %s, %s, %s; want only those below to change", Caller(outer).ID, Caller(below).ID, Caller(child).ID)
	}
	SetCaller(t.Context(), &Principal{ID: bob}) // without a slot it does nothing
	if Caller(t.Context()) != nil {
		t.Error("a context without a slot has a caller")
	}
}

// Requests with one token share its claims, so no principal points into them.
func TestPrincipalSharesNothingWithClaims(t *testing.T) {
	claims := claimsOf(0, "shop")
	p, err := newRevocations(newClock()).Principal(claims)
	if err != nil {
		t.Fatal(err)
	}
	*p.SessionID = "changed"
	if claims.SessionID != sessionOne {
		t.Errorf("the claims are of session %q", claims.SessionID)
	}
}
