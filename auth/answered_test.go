package auth

import (
	"context"
	"errors"
	"slices"
	"testing"

	"gatehouse/auth/revocation"
)

// A login whose session has ended when the answer is written, because of newer
// logins for example, is answered, as is a new password, whether this replica heard of
// it or asks the database. A refresh is refused: its client has to log in.
func TestSessionEndsBeforeTheAnswer(t *testing.T) {
	id := sessionOne
	requests := []struct {
		name    string
		request func(context.Context, *Sessions, string) (*Tokens, error)
		want    error
	}{
		{"login", func(ctx context.Context, s *Sessions, _ string) (*Tokens, error) {
			return s.Login(ctx, LoginInput{Email: "ada@example.com", Password: horse})
		}, nil},
		{"limited login", func(ctx context.Context, s *Sessions, _ string) (*Tokens, error) {
			return s.Login(ctx, LoginInput{Email: "ada@example.com", Password: horse, Scopes: []string{"read:items"}})
		}, nil},
		{"register", func(ctx context.Context, s *Sessions, _ string) (*Tokens, error) {
			return s.Register(ctx, RegisterInput{Email: "new@example.com", Password: newHorse})
		}, nil},
		{"changePassword", func(ctx context.Context, s *Sessions, _ string) (*Tokens, error) {
			return s.ChangePassword(WithCaller(ctx, &Principal{ID: ada, SessionID: &id}), ChangePasswordInput{ptr(horse), newHorse})
		}, nil},
		{"refresh", func(ctx context.Context, s *Sessions, refresh string) (*Tokens, error) {
			return s.Refresh(ctx, refresh)
		}, ErrRefreshInvalid},
	}
	for _, tt := range requests {
		for _, hears := range []bool{true, false} {
			s, store, c := newSessions(t)
			refresh, err := s.Issuer.Secrets.IssueRefresh(sessionOne, 0, store.current.Seed)
			if err != nil {
				t.Fatal(err)
			}
			state := &fakeStateStore{state: SessionState{Ended: true, Roles: []string{"shop"}, Grants: map[string][]string{"shop": {"read:items"}}}}
			s.Issuer.Callers = &Callers{Revocations: s.Revocations, InSync: func() bool { return hears }, Store: state}
			store.after = func() {
				ended := sessionOne
				if store.opened != nil {
					ended = store.opened.ID
				}
				s.Revocations.Apply(revocation.Change{Seq: 1, At: c.at, Session: ended})
			}
			got, err := tt.request(t.Context(), s, refresh)
			if !errors.Is(err, tt.want) {
				t.Errorf("%s, hears of it: %v: error %v; want %v", tt.name, hears, err, tt.want)
			}
			if err != nil {
				continue
			}
			p := got.Principal()
			if got.AccessToken == "" || p.ID != got.User.ID || p.SessionID == nil {
				t.Errorf("%s, hears of it: %v: tokens %+v of %+v", tt.name, hears, got, p)
			}
			if tt.name != "register" && !slices.Contains(p.Scopes, "read:items") {
				t.Errorf("%s, hears of it: %v: scopes %v", tt.name, hears, p.Scopes)
			}
		}
	}
}

// A request with the right password succeeds although another login replaced the hash
// while it ran; if the password was changed, it is refused.
func TestHashIsUpgradedMeanwhile(t *testing.T) {
	id := sessionOne
	requests := map[string]func(context.Context, *Sessions) (*Tokens, error){
		"login": func(ctx context.Context, s *Sessions) (*Tokens, error) {
			return s.Login(ctx, LoginInput{Email: "ada@example.com", Password: horse})
		},
		"changePassword": func(ctx context.Context, s *Sessions) (*Tokens, error) {
			return s.ChangePassword(WithCaller(ctx, &Principal{ID: ada, SessionID: &id}), ChangePasswordInput{ptr(horse), newHorse})
		},
	}
	for name, request := range requests {
		for _, tt := range []struct {
			what, password string
			want           error
		}{{"upgraded", horse, nil}, {"changed", newHorse, ErrInvalidCredentials}} {
			s, store, _ := newSessions(t)
			passwords, users := newPasswords(t, account(ada, "ada@example.com", "shop"))
			s.Passwords = passwords
			users.byID[ada].Hash = standard(t, passwords, horse)
			store.err = ErrInvalidCredentials
			store.after = func() {
				store.after = func() { store.err = nil }
				users.byID[ada].Hash = standard(t, passwords, tt.password)
			}
			if got, err := request(t.Context(), s); !errors.Is(err, tt.want) || (got == nil) != (err != nil) {
				t.Errorf("%s, the hash was %s: %v, %v; want %v", name, tt.what, got, err, tt.want)
			}
		}
	}
}
