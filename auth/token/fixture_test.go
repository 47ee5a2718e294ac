package token

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

const (
	testIssuer   = "https://id.example"
	testAudience = "https://api.example"
)

var (
	algorithms = []Algorithm{EdDSA, ES256, RS256, HS256}
	now        = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

	// testKeys makes the keys once: RSA takes a second.
	testKeys = sync.OnceValue(func() map[Algorithm]*Key {
		keys := map[Algorithm]*Key{}
		for _, alg := range algorithms {
			k, err := NewKey(alg)
			if err != nil {
				panic(err)
			}
			keys[alg] = k
		}
		return keys
	})
)

func testClaims() *Claims {
	return &Claims{
		Issuer: testIssuer, Subject: "0199f0a2-0000-7000-8000-000000000001", ID: "0199f0a2-0000-7000-8000-0000000000aa",
		SessionID: "0199f0a2-0000-7000-8000-000000000002", ClientID: "gatehouse", Audience: []string{testAudience},
		IssuedAt: now.Add(-time.Minute), ExpiresAt: now.Add(14 * time.Minute), AuthTime: now.Add(-time.Hour),
		Scopes: []string{"read:users", "write:users"}, Roles: []string{"support", "user"},
		Private: Private{Generation: 3, Limited: true, Limit: []string{"read:users"}, Roles: []string{"admin"}},
	}
}

// verifierOf returns a verifier for the keys at the fixed time.
func verifierOf(keys ...*Key) *Verifier {
	return &Verifier{
		Issuer: testIssuer, Audience: testAudience, MaxLifetime: 15 * time.Minute,
		Key: func(_ context.Context, kid string) (*Key, error) {
			for _, k := range keys {
				if k.ID == kid {
					return k, nil
				}
			}
			return nil, errors.New("unknown key")
		},
		Now: func() time.Time { return now },
	}
}

// forge signs any header and payload, as the owner of the key could.
func forge(t testing.TB, k *Key, header, payload string) string {
	t.Helper()
	signed := segment(header) + "." + segment(payload)
	return signed + "." + signatureOf(t, k, signed)
}

func signatureOf(t testing.TB, k *Key, signed string) string {
	t.Helper()
	signature, err := k.Algorithm.method().Sign(signed, k.material().private)
	if err != nil {
		t.Fatal(err)
	}
	return segment(string(signature))
}

func segment(plain string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(plain))
}

func headerOf(k *Key) string {
	return fmt.Sprintf(`{"alg":%q,"kid":%q,"typ":"at+jwt"}`, k.Algorithm, k.ID)
}

func payloadOf(t testing.TB, c *Claims) string {
	t.Helper()
	payload, err := c.marshal()
	if err != nil {
		t.Fatal(err)
	}
	return string(payload)
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

func mustSign(t testing.TB, k *Key, c *Claims) string {
	t.Helper()
	text, err := k.Sign(c)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func mustSecret(t testing.TB, text string) Secret {
	t.Helper()
	s, err := ParseSecret(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const (
	secretText      = "kJ3vR8xZpQ1mT6yWc0Lh9aXeF2nGdU7sBoI4wV5rYtE"
	otherSecretText = "Zp4Lq7Vx2Nw9Rc5Tb8Ym1Kf6Hd3Js0Gu-Ae_Xo2Wi7Q"
)

func testSecrets(t testing.TB) Secrets {
	return Secrets{Current: mustSecret(t, secretText)}
}

func jsonDate(at time.Time) string {
	return fmt.Sprint(at.Unix())
}
