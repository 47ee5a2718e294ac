package auth

import (
	"context"
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"gatehouse/auth/password"
	"gatehouse/auth/revocation"
	"gatehouse/auth/token"
)

const (
	ada  = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63"
	bob  = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d64"
	nora = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d65"

	sessionOne = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9e01"
	sessionTwo = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9e02"

	ttl      = 15 * time.Minute
	issuer   = "https://id.example"
	horse    = "correct horse battery staple"
	newHorse = "a different horse, same stable"
)

// A clock stands still until it is advanced.
type clock struct{ at time.Time }

func newClock() *clock { return &clock{time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time          { return c.at }
func (c *clock) advance(d time.Duration) { c.at = c.at.Add(d) }

// Now and Elapsed implement Clock.
func (c *clock) Now() time.Time         { return c.at }
func (c *clock) Elapsed() time.Duration { return c.at.Sub(newClock().at) }

// newRevocations returns a cache for a schema that names read:users and
// write:users, in which support grants read:users.
func newRevocations(c *clock) *RevocationCache {
	l := NewRevocationCache([]string{"write:users", "read:users"}, nil, ttl, c)
	l.Load(revocation.Snapshot{Grants: map[string][]string{RoleAdmin: {}, RoleUser: {}, "support": {"read:users"}, "shop": {"read:items", "write:items"}}})
	return l
}

// inSync returns the callers of a replica in sync of every change.
func inSync(l *RevocationCache) *Callers {
	return &Callers{Revocations: l, InSync: func() bool { return true }}
}

// claimsOf returns the claims of a token of ada's session.
func claimsOf(generation int, roles ...string) *token.Claims {
	return &token.Claims{Subject: ada, SessionID: sessionOne, Roles: roles, Private: token.Private{Generation: generation}}
}

// limitedTo returns the claims of a token of ada's session limited to the scopes.
func limitedTo(scopes []string, roles ...string) *token.Claims {
	return &token.Claims{Subject: ada, SessionID: sessionOne, Private: token.Private{Limited: true, Limit: scopes, Roles: roles}}
}

// cheap returns a hash of the password that costs nothing to verify. It is stale.
func cheap(password string) string {
	salt, b64 := []byte("saltsalt"), base64.RawStdEncoding
	tag := argon2.IDKey([]byte(password), salt, 1, 8, 1, 32)
	return fmt.Sprintf("$argon2id$v=19$m=8,t=1,p=1$%s$%s", b64.EncodeToString(salt), b64.EncodeToString(tag))
}

func newHasher(t *testing.T) *password.Hasher {
	t.Helper()
	h, err := password.NewHasher(password.Argon2id, 2, 64)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func newSecrets() token.Secrets {
	secret, _ := token.NewSecret()
	return token.Secrets{Current: secret}
}

func newKey(t *testing.T, alg token.Algorithm) *token.Key {
	t.Helper()
	key, err := token.NewKey(alg)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// only returns a look-up that finds the one key by its id.
func only(key *token.Key) func(context.Context, string) (*token.Key, error) {
	return func(_ context.Context, id string) (*token.Key, error) {
		if id != key.ID {
			return nil, token.ErrInvalid
		}
		return key, nil
	}
}
