package auth

import (
	"context"
	"errors"
	"testing"

	"gatehouse/auth/token"
)

// If all sessions end and all keys are replaced after the database has answered
// a request, but before the client gets its tokens, the access token is invalid.
func TestEverySessionEndsBeforeTheAnswer(t *testing.T) {
	s, store, c := newSessions(t)
	refresh, err := s.Issuer.Secrets.IssueRefresh(sessionOne, 0, store.current.Seed)
	if err != nil {
		t.Fatal(err)
	}
	requests := map[string]func(context.Context) (*Tokens, error){
		"login": func(ctx context.Context) (*Tokens, error) {
			return s.Login(ctx, LoginInput{Email: "ada@example.com", Password: horse})
		},
		"register": func(ctx context.Context) (*Tokens, error) {
			return s.Register(ctx, RegisterInput{Email: "new@example.com", Password: newHorse})
		},
		"refresh": func(ctx context.Context) (*Tokens, error) { return s.Refresh(ctx, refresh) },
		"changePassword": func(ctx context.Context) (*Tokens, error) {
			id := sessionOne
			ctx = WithCaller(ctx, &Principal{ID: ada, SessionID: &id})
			return s.ChangePassword(ctx, ChangePasswordInput{CurrentPassword: ptr(horse), NewPassword: newHorse})
		},
	}
	for name, request := range requests {
		t.Run(name, func(t *testing.T) {
			key := newKey(t, token.EdDSA)
			s.Issuer.SigningKey = func() *token.Key { return key }
			verify := func(text string) error {
				v := token.Verifier{Issuer: issuer, Audience: issuer, Key: only(key), Now: c.now}
				_, err := v.Verify(t.Context(), text)
				return err
			}
			store.after = nil
			before, err := request(t.Context())
			if err != nil || verify(before.AccessToken) != nil {
				t.Fatalf("undisturbed: %v, %v", err, verify(before.AccessToken))
			}
			store.after = func() { key = newKey(t, token.EdDSA) }
			got, err := request(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := verify(got.AccessToken); !errors.Is(err, token.ErrInvalid) {
				t.Errorf("the token of a session that has ended: %v; want ErrInvalid", err)
			}
		})
	}
}
