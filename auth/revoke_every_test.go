package auth

import (
	"context"
	"errors"
	"testing"

	"gatehouse/auth/token"
)

// Where all sessions end and all keys are replaced between what the database did for a request and its answer, the answer holds no token that works.
func TestEverySessionEndsBeforeTheAnswer(t *testing.T) {
	s, store, _ := newSessions(t)
	refresh, err := s.Issuer.Secrets.IssueRefresh(sessionOne, 0, store.current.Seed)
	if err != nil {
		t.Fatal(err)
	}
	ask := map[string]func(context.Context) (*Tokens, error){
		"login": func(ctx context.Context) (*Tokens, error) {
			return s.Login(ctx, LoginInput{Email: "ada@example.com", Password: horse})
		},
		"register": func(ctx context.Context) (*Tokens, error) {
			return s.Register(ctx, RegisterInput{Email: "new@example.com", Password: newHorse})
		},
		"refresh": func(ctx context.Context) (*Tokens, error) { return s.Refresh(ctx, &refresh) },
		"changePassword": func(ctx context.Context) (*Tokens, error) {
			id := sessionOne
			return s.ChangePassword(WithCaller(ctx, &Principal{ID: ada, SessionID: &id}), ChangePasswordInput{CurrentPassword: horse, NewPassword: newHorse})
		},
	}
	for name, ask := range ask {
		t.Run(name, func(t *testing.T) {
			keys, secrets := newChest(), newSecrets()
			ring := keys.open(t, secrets, token.EdDSA)
			s.Issuer.SigningKey = ring.Signing
			store.after = nil
			before, err := ask(t.Context())
			if err != nil || ring.verifies(before.AccessToken) != nil {
				t.Fatalf("undisturbed: %v, %v", err, ring.verifies(before.AccessToken))
			}
			store.after = func() {
				if _, err := keys.with(secrets, token.EdDSA).Replace(t.Context()); err != nil {
					t.Fatal(err)
				}
				reload(t, ring)
			}
			got, err := ask(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := ring.verifies(got.AccessToken); !errors.Is(err, token.ErrInvalid) {
				t.Errorf("the token of a session that has ended: %v; want ErrInvalid", err)
			}
		})
	}
}
