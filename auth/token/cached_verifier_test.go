package token_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatehouse/auth/token"
)

// Each signature is verified once. The test counts how often a key is asked for.
func TestCachedVerifierChecksEachTokenOnce(t *testing.T) {
	key, err := token.NewKey(token.HS256)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	checks, epoch := 0, uint64(0)
	clock := func() time.Time { return now }
	v, err := token.NewCachedVerifier(&token.Verifier{
		Issuer: "https://id.example.com", Audience: "https://id.example.com", MaxLifetime: time.Minute, Now: clock,
		Key: func(context.Context, string) (*token.Key, error) { checks++; return key, nil },
	}, func() uint64 { return epoch })
	if err != nil {
		t.Fatal(err)
	}
	sign := func(id string) string {
		text, err := key.Sign(&token.Claims{
			Issuer: "https://id.example.com", Audience: []string{"https://id.example.com"}, Subject: "u", ID: id, SessionID: "s",
			ClientID: "gatehouse", IssuedAt: now, ExpiresAt: now.Add(time.Minute), AuthTime: now,
		})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	first, second := sign("1"), sign("2")
	for range 3 {
		for _, text := range []string{first, second} {
			if _, err := v.Verify(t.Context(), text); err != nil {
				t.Fatal(err)
			}
		}
	}
	if checks != 2 {
		t.Errorf("%d signatures were checked for two tokens", checks)
	}
	epoch++
	for range 2 {
		if _, err := v.Verify(t.Context(), first); err != nil || checks != 3 {
			t.Errorf("after the keys changed: %v, %d checks; want the signature checked once more", err, checks)
		}
	}
	for range 2 {
		if _, err := v.Verify(t.Context(), first+"x"); !errors.Is(err, token.ErrInvalid) {
			t.Errorf("an invalid token: %v", err)
		}
	}
	now = now.Add(time.Minute)
	if _, err := v.Verify(t.Context(), first); !errors.Is(err, token.ErrExpired) {
		t.Errorf("a token that was remembered and has expired: %v", err)
	}
}
