package auth

import (
	"context"
	"errors"
	"slices"
	"testing"

	"gatehouse/auth/token"
)

// archive is a database that is asked how sessions stand.
type archive struct {
	standing Standing
	err      error
	asked    []string
}

func (a *archive) Standing(_ context.Context, sessionID, userID string) (*Standing, error) {
	a.asked = append(a.asked, sessionID+" of "+userID)
	s := a.standing
	return &s, a.err
}

// A replica that hears of changes knows by itself whom claims stand for; a deaf one believes only the database.
func TestCallers(t *testing.T) {
	memory := func(l *Live) { // what the replica heard before it turned deaf
		l.Apply(Change{Seq: 1, At: newClock().at, User: ada, Roles: []string{"support"}})
	}
	grants := map[string][]string{RoleAdmin: {}, "shop": {"read:items"}, "new": {"new:scope"}}
	tests := []struct {
		name     string
		hearing  bool
		standing Standing
		fault    error
		claims   *token.Claims
		err      error
		roles    []string
		scopes   []string
	}{
		{"hearing", true, Standing{Ended: true}, ErrUnavailable, claimsOf(0, "shop"), nil, []string{"support"}, []string{"read:users"}},
		{"deaf, and the database away", false, Standing{}, ErrUnavailable, claimsOf(0, "shop"), ErrUnavailable, nil, nil},
		{"deaf, ended", false, Standing{Ended: true}, nil, claimsOf(0, "shop"), ErrSessionEnded, nil, nil},
		{"deaf, of an earlier generation", false, Standing{Generation: 1}, nil, claimsOf(0, "shop"), ErrSessionEnded, nil, nil},
		{"deaf, of the present generation", false, Standing{Generation: 1}, nil, claimsOf(1, "shop"), nil, []string{}, []string{}},
		{"deaf, other roles", false, Standing{Roles: []string{"new", "shop"}, Grants: grants}, nil, claimsOf(0, "user"), nil, []string{"new", "shop"}, []string{"new:scope", "read:items"}},
		{"deaf, administrator", false, Standing{Roles: []string{"admin"}, Grants: grants}, nil, claimsOf(0, "user"), nil, []string{"admin"}, []string{"new:scope", "read:items", "read:users", "write:users"}},
		{"deaf, limited", false, Standing{Roles: []string{"new", "shop"}, Grants: grants}, nil, limitedTo([]string{"new:scope"}, "shop"), nil, []string{}, []string{"new:scope"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := &archive{standing: tt.standing, err: tt.fault}
			live := liveWith(newClock())
			memory(live)
			c := &Callers{Live: live, Hearing: func() bool { return tt.hearing }, Store: store}
			p, err := c.Principal(t.Context(), tt.claims)
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v; want %v", err, tt.err)
			}
			if err == nil && (!slices.Equal(p.Roles, tt.roles) || !slices.Equal(p.Scopes, tt.scopes) || p.ID != ada || *p.SessionID != sessionOne) {
				t.Errorf("caller %+v; want roles %v and scopes %v", p, tt.roles, tt.scopes)
			}
			want := []string{sessionOne + " of " + ada}
			if tt.hearing {
				want = nil
			}
			if !slices.Equal(store.asked, want) {
				t.Errorf("the database was asked for %v; want %v", store.asked, want)
			}
		})
	}
}

// A database that is silent, and does not care that the request has ended, keeps nobody waiting.
func TestSilentDatabase(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	store := &mute{asked: cancel, speak: make(chan struct{})}
	defer close(store.speak)
	c := &Callers{Live: liveWith(newClock()), Hearing: func() bool { return false }, Store: store}
	if p, err := c.Principal(ctx, claimsOf(0, "shop")); p != nil || !errors.Is(err, ErrUnavailable) {
		t.Errorf("%v, %v; want ErrUnavailable", p, err)
	}
}

// mute is a database that says nothing until it may.
type mute struct {
	asked func()
	speak chan struct{}
}

func (m *mute) Standing(context.Context, string, string) (*Standing, error) {
	m.asked()
	<-m.speak
	return &Standing{}, nil
}

// What is signed while a replica is deaf says what the database says.
func TestTokensOfADeafReplica(t *testing.T) {
	s, store, _ := newSessions(t)
	db := &archive{standing: Standing{Roles: []string{"shop"}, Grants: map[string][]string{"shop": {"sell:items"}}}}
	s.Issuer.Callers = &Callers{Live: s.Live, Hearing: func() bool { return false }, Store: db}
	got, err := s.Issuer.tokens(t.Context(), s.Issuer.SigningKey(), store.current, &User{ID: ada, Roles: []string{"shop"}})
	if err != nil || !slices.Equal(got.Scopes, []string{"sell:items"}) || !slices.Equal(got.Principal().Scopes, got.Scopes) {
		t.Errorf("scopes %v, %v; want those of the database", got.Scopes, err)
	}
	db.err = ErrUnavailable
	if got, err := s.Issuer.tokens(t.Context(), s.Issuer.SigningKey(), store.current, &User{ID: ada}); got != nil || !errors.Is(err, ErrUnavailable) {
		t.Errorf("%v, %v; want ErrUnavailable", got, err)
	}
}

func TestBecome(t *testing.T) {
	outer := WithCaller(t.Context(), &Principal{ID: ada})
	below := WithCaller(outer, Caller(outer))
	child, cancel := context.WithCancel(below)
	defer cancel()
	Become(below, &Principal{ID: bob})
	if Caller(outer).ID != ada || Caller(below).ID != bob || Caller(child).ID != bob {
		t.Errorf("callers %s, %s, %s; want only what lies below to change", Caller(outer).ID, Caller(below).ID, Caller(child).ID)
	}
	Become(t.Context(), &Principal{ID: bob}) // where nobody has a seat nothing happens
	if Caller(t.Context()) != nil {
		t.Error("somebody calls out of nowhere")
	}
}
