package keyfile

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"gatehouse/auth/token"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// testKeys makes private keys once, one for each algorithm: RSA takes a second.
var testKeys = sync.OnceValue(func() map[token.Algorithm]any {
	keys := map[token.Algorithm]any{}
	for _, alg := range []token.Algorithm{token.EdDSA, token.ES256, token.RS256, token.HS256} {
		keys[alg] = newPrivate(alg)
	}
	return keys
})

// newPrivate returns the material of a new key. We make it here because a
// [token.Key] doesn't show its own.
func newPrivate(alg token.Algorithm) any {
	var private any
	var err error
	switch alg {
	case token.EdDSA:
		_, private, err = ed25519.GenerateKey(rand.Reader)
	case token.ES256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case token.RS256:
		private, err = rsa.GenerateKey(rand.Reader, 3072)
	case token.HS256:
		key := make([]byte, token.MinHMACBytes)
		rand.Read(key)
		private = key
	}
	if err != nil {
		panic(err)
	}
	return private
}

// sign returns an access token that [checkVerify] accepts from the right key.
func sign(t testing.TB, k *token.Key) string {
	t.Helper()
	text, err := k.Sign(&token.Claims{
		Issuer: "https://id.example", Subject: "0199f0a2-0000-7000-8000-000000000001", ID: "0199f0a2-0000-7000-8000-0000000000aa",
		SessionID: "0199f0a2-0000-7000-8000-000000000002", ClientID: "gatehouse", Audience: []string{"https://api.example"},
		IssuedAt: now.Add(-time.Minute), ExpiresAt: now.Add(14 * time.Minute), AuthTime: now.Add(-time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// checkVerify fails unless the access token verifies with one of the keys.
func checkVerify(t testing.TB, text string, keys ...*token.Key) {
	t.Helper()
	v := &token.Verifier{
		Issuer: "https://id.example", Audience: "https://api.example", MaxLifetime: 15 * time.Minute,
		Key: func(_ context.Context, kid string) (*token.Key, error) {
			for _, k := range keys {
				if k.ID == kid {
					return k, nil
				}
			}
			return nil, errors.New("unknown key")
		},
		Now: func() time.Time { return now },
	}
	if _, err := v.Verify(t.Context(), text); err != nil {
		t.Fatalf("refused: %v", err)
	}
}

func testSecrets(t testing.TB) token.Secrets {
	t.Helper()
	secret, err := token.ParseSecret("kJ3vR8xZpQ1mT6yWc0Lh9aXeF2nGdU7sBoI4wV5rYtE")
	if err != nil {
		t.Fatal(err)
	}
	return token.Secrets{Current: secret}
}

func segment(plain string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(plain))
}

// with returns the JSON object with a member set to raw JSON, or removed if raw
// is empty.
func with(t testing.TB, object, name, raw string) string {
	t.Helper()
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(object), &members); err != nil {
		t.Fatal(err)
	}
	members[name] = json.RawMessage(raw)
	if raw == "" {
		delete(members, name)
	}
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
