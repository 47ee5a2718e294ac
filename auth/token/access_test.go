package token

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestSignAndVerify(t *testing.T) {
	least := testClaims()
	least.Scopes, least.Roles, least.Private, least.AuthTime = nil, nil, Private{}, time.Time{}
	several := testClaims()
	several.Audience = []string{"https://other.example", testAudience}

	for _, alg := range algorithms {
		for name, c := range map[string]*Claims{"full": testClaims(), "least": least, "several audiences": several} {
			t.Run(string(alg)+" "+name, func(t *testing.T) {
				k := testKeys()[alg]
				got, err := verifierOf(k).Verify(t.Context(), mustSign(t, k, c))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c, got, cmpopts.EquateEmpty()); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// TestSignForm pins what other services read (RFC 9068, 2.1 and 2.2).
func TestSignForm(t *testing.T) {
	k := testKeys()[HS256]
	c := testClaims()
	c.IssuedAt = c.IssuedAt.Add(999 * time.Millisecond)
	parts := strings.Split(mustSign(t, k, c), ".")
	header, _ := decodeSegment(parts[0])
	payload, _ := decodeSegment(parts[1])
	const want = `{"iss":"https://id.example","aud":"https://api.example","sub":"0199f0a2-0000-7000-8000-000000000001",` +
		`"exp":1795349640,"iat":1795348740,"jti":"0199f0a2-0000-7000-8000-0000000000aa",` +
		`"sid":"0199f0a2-0000-7000-8000-000000000002","client_id":"gatehouse","auth_time":1795345200,` +
		`"scope":"read:users write:users","roles":["support","user"],` +
		`"gatehouse":{"generation":3,"limited":true,"limit":["read:users"],"roles":["admin"]}}`
	if string(header) != headerOf(k) || string(payload) != want {
		t.Errorf("token = %s %s, want %s %s", header, payload, headerOf(k), want)
	}

	c.Scopes, c.Roles, c.Private = nil, nil, Private{Limit: []string{}}
	if got := payloadOf(t, c); !strings.HasSuffix(got, `"scope":"","roles":[]}`) {
		t.Errorf("without roles: %s", got)
	}
}

func TestSignRefused(t *testing.T) {
	k := testKeys()[EdDSA]
	tests := []struct {
		name   string
		key    *Key
		change func(*Claims)
	}{
		{"public key", k.Public(), func(*Claims) {}},
		{"key id with a quote", newKey(`a","alg":"none`, EdDSA, k.material()), func(*Claims) {}},
		{"no issuer", k, func(c *Claims) { c.Issuer = "" }},
		{"no subject", k, func(c *Claims) { c.Subject = "" }},
		{"no id", k, func(c *Claims) { c.ID = "" }},
		{"no session", k, func(c *Claims) { c.SessionID = "" }},
		{"no client", k, func(c *Claims) { c.ClientID = "" }},
		{"no audience", k, func(c *Claims) { c.Audience = nil }},
		{"empty audience", k, func(c *Claims) { c.Audience = []string{testAudience, ""} }},
		{"no iat", k, func(c *Claims) { c.IssuedAt = time.Time{} }},
		{"no exp", k, func(c *Claims) { c.ExpiresAt = time.Time{} }},
		{"no life", k, func(c *Claims) { c.ExpiresAt = c.IssuedAt }},
		{"scope with a space", k, func(c *Claims) { c.Scopes = []string{"read:users write:users"} }},
		{"empty scope", k, func(c *Claims) { c.Scopes = []string{""} }},
		{"empty role", k, func(c *Claims) { c.Roles = []string{""} }},
		{"invalid UTF-8", k, func(c *Claims) { c.Roles = []string{"a\xff"} }},
		{"invalid UTF-8 in sub", k, func(c *Claims) { c.Subject = "a\xff" }},
		{"scope with a space in the limit", k, func(c *Claims) { c.Private.Limit = []string{"a b"} }},
		{"empty role behind the limit", k, func(c *Claims) { c.Private.Roles = []string{""} }},
		{"negative generation", k, func(c *Claims) { c.Private.Generation = -1 }},
		{"too large", k, func(c *Claims) { c.Roles = []string{strings.Repeat("r", 6<<10)} }},
	}
	mustSign(t, k, testClaims())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := testClaims()
			tt.change(c)
			if text, err := tt.key.Sign(c); err == nil || text != "" {
				t.Errorf("signed %q, %v", text, err)
			}
		})
	}
}

// TestVerifyExpired: exp is exclusive and has no leeway (RFC 7519, 4.1.4). The
// error is never ErrExpired if anything else is wrong with the token
// (CVE-2024-51744).
func TestVerifyExpired(t *testing.T) {
	k, other := testKeys()[HS256], testKeys()[EdDSA]
	c := testClaims()
	text := mustSign(t, k, c)
	wrongIssuer := testClaims()
	wrongIssuer.Issuer = "https://evil.example"
	wrongAudience := testClaims()
	wrongAudience.Audience = []string{"https://other.example"}
	long := testClaims()
	long.IssuedAt = long.IssuedAt.Add(-time.Second)
	incomplete := with(t, payloadOf(t, c), "sid", "")

	tests := []struct {
		name string
		text string
		when time.Time
		want error
	}{
		{"a moment before", text, c.ExpiresAt.Add(-1), nil},
		{"at exp", text, c.ExpiresAt, ErrExpired},
		{"a moment after", text, c.ExpiresAt.Add(1), ErrExpired},
		{"in the last, begun second", forge(t, k, headerOf(k), with(t, payloadOf(t, c), "exp", jsonDate(now)+".5")), now, ErrExpired},
		{"a year after", text, c.ExpiresAt.AddDate(1, 0, 0), ErrExpired},
		{"forged", text[:len(text)-2] + "AA", c.ExpiresAt, ErrInvalid},
		{"no signature", text[:strings.LastIndexByte(text, '.')+1], c.ExpiresAt, ErrInvalid},
		{"of another key", forge(t, other, headerOf(k), payloadOf(t, c)), c.ExpiresAt, ErrInvalid},
		{"of another issuer", mustSign(t, k, wrongIssuer), c.ExpiresAt, ErrInvalid},
		{"for another audience", mustSign(t, k, wrongAudience), c.ExpiresAt, ErrInvalid},
		{"of too long a life", mustSign(t, k, long), c.ExpiresAt, ErrInvalid},
		{"of another type", forge(t, k, with(t, headerOf(k), "typ", `"JWT"`), payloadOf(t, c)), c.ExpiresAt, ErrInvalid},
		{"without a session", forge(t, k, headerOf(k), incomplete), c.ExpiresAt, ErrInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := verifierOf(k)
			v.Now = func() time.Time { return tt.when }
			_, err := v.Verify(t.Context(), tt.text)
			if !errors.Is(err, tt.want) || errors.Is(err, ErrInvalid) && errors.Is(err, ErrExpired) {
				t.Errorf("error = %v, want %v", err, tt.want)
			}
		})
	}
}

// TestVerifyPlainUse: golang-jwt alone can verify our tokens, as in other
// services.
func TestVerifyPlainUse(t *testing.T) {
	for _, alg := range algorithms {
		k := testKeys()[alg]
		parser := jwt.NewParser(jwt.WithValidMethods([]string{string(alg)}), jwt.WithIssuer(testIssuer),
			jwt.WithAudience(testAudience), jwt.WithExpirationRequired(), jwt.WithStrictDecoding(),
			jwt.WithTimeFunc(func() time.Time { return now }))
		claims := jwt.MapClaims{}
		_, err := parser.ParseWithClaims(mustSign(t, k, testClaims()), claims, func(*jwt.Token) (any, error) {
			return k.material().public, nil
		})
		if err != nil || claims["scope"] != "read:users write:users" {
			t.Errorf("%s: %v, %v", alg, claims, err)
		}
	}
}

func TestVerifierSettings(t *testing.T) {
	k := testKeys()[HS256]
	text := mustSign(t, k, testClaims())
	away := errors.New("database away")
	tests := []struct {
		name   string
		change func(*Verifier)
		want   error
	}{
		{"no issuer", func(v *Verifier) { v.Issuer = "" }, ErrInvalid},
		{"no audience", func(v *Verifier) { v.Audience = "" }, ErrInvalid},
		{"no such key", func(v *Verifier) { v.Key = func(context.Context, string) (*Key, error) { return nil, nil } }, ErrInvalid},
		{"keys away, invalid", func(v *Verifier) { v.Key = func(context.Context, string) (*Key, error) { return nil, away } }, ErrInvalid},
		{"keys away, known as such", func(v *Verifier) { v.Key = func(context.Context, string) (*Key, error) { return nil, away } }, away},
		{"shorter life", func(v *Verifier) { v.MaxLifetime = 15*time.Minute - 1 }, ErrInvalid},
		{"no limit", func(v *Verifier) { v.MaxLifetime = 0 }, nil},
		{"as it is", func(*Verifier) {}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := verifierOf(k)
			tt.change(v)
			if _, err := v.Verify(t.Context(), text); !errors.Is(err, tt.want) {
				t.Errorf("error = %v, want %v", err, tt.want)
			}
		})
	}
}

// checkVerify fails unless the token is accepted or refused as wanted. A refusal
// must be ErrInvalid, not ErrExpired, and must not quote the token.
func checkVerify(t *testing.T, v *Verifier, text string, ok bool) *Claims {
	t.Helper()
	c, err := v.Verify(t.Context(), text)
	if ok {
		if err != nil {
			t.Fatalf("refused: %v", err)
		}
		return c
	}
	if !errors.Is(err, ErrInvalid) || errors.Is(err, ErrExpired) || c != nil {
		t.Fatalf("claims = %v, error = %v, want ErrInvalid", c, err)
	}
	for part := range strings.SplitSeq(text, ".") {
		if len(part) > 8 && strings.Contains(err.Error(), part) {
			t.Errorf("the error quotes the token: %v", err)
		}
	}
	return nil
}
