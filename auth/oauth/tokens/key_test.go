package tokens

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/token"
)

// noStore is a CodeStore that must not be asked.
type noStore struct {
	CodeStore
	t *testing.T
}

func (s noStore) RedeemCode(context.Context, *Redemption) (*oauth.AuthorizationCode, *auth.User, error) {
	s.t.Error("a code is used although its tokens can't be made")
	return nil, nil, ErrCodeInvalid
}

// TestNoKey: without a key for ID tokens nothing is used up.
func TestNoKey(t *testing.T) {
	secret, _ := token.NewSecret()
	secrets := token.Secrets{Current: secret}
	code, err := secrets.IssueCode("0199f0a2-0000-7000-8000-000000000002", []byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	issuing, err := New(Parts{
		Codes: noStore{t: t}, Issuer: &auth.Issuer{Secrets: secrets, SigningKey: func() *token.Key { return nil }},
		IDKey: func(alg token.Algorithm) *token.Key {
			if alg != token.RS256 {
				t.Errorf("asks for a key for %q", alg)
			}
			return nil
		},
		Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, alg := range []clients.IDTokenAlgorithm{"", clients.RS256} {
		client := &clients.Client{ID: "app", Grants: []clients.GrantType{clients.AuthorizationCode}, Scopes: []string{"openid"}, IDTokenAlgorithm: alg}
		_, err := issuing.Issue(t.Context(), &Request{Client: client, Grant: clients.AuthorizationCode, Code: code})
		if !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("%q: %v, want ErrUnavailable", alg, err)
		}
	}
}

// TestHint: an ID token of ours says whose it was, also when it has expired; nothing else does.
func TestHint(t *testing.T) {
	key, err := token.NewKey(token.ES256)
	if err != nil {
		t.Fatal(err)
	}
	other, err := token.NewKey(token.ES256)
	if err != nil {
		t.Fatal(err)
	}
	reading := &Tokens{Parts: Parts{
		Issuer: &auth.Issuer{Issuer: testIssuer},
		Key: func(_ context.Context, id string) (*token.Key, error) {
			if id != key.ID {
				return nil, token.ErrInvalid
			}
			return key, nil
		},
	}}
	issue := func(k *token.Key, change func(*idClaims)) string {
		t.Helper()
		claims := idClaims{Issuer: testIssuer, Subject: "ada", Audience: "app", SessionID: "s", ExpiresAt: now.Add(-time.Hour).Unix()}
		change(&claims)
		payload, err := json.Marshal(claims)
		if err != nil {
			t.Fatal(err)
		}
		text, err := k.SignIDToken(payload)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	same := func(*idClaims) {}
	if hint, err := reading.Hint(t.Context(), issue(key, same)); err != nil || *hint != (Hint{"ada", "s", "app"}) {
		t.Errorf("hint %+v, %v", hint, err)
	}
	for name, text := range map[string]string{
		"of another key":       issue(other, same),
		"of another issuer":    issue(key, func(c *idClaims) { c.Issuer = "https://other.example" }),
		"of no one":            issue(key, func(c *idClaims) { c.Subject = "" }),
		"for no client":        issue(key, func(c *idClaims) { c.Audience = "" }),
		"not a token":          "x",
		"with an empty string": "",
	} {
		if hint, err := reading.Hint(t.Context(), text); err == nil {
			t.Errorf("%s: %+v", name, hint)
		}
	}
}

// TestParseScope: scopes are separated by blanks, and come once.
func TestParseScope(t *testing.T) {
	for text, want := range map[string]int{"": 0, "a": 1, "a b": 2, "b a a": 2, " a  b ": 2, "a\tb": 2, "read:users": 1, "a\"b": -1, "a\\b": -1, "ä": -1, "a\x01": -1} {
		scopes, err := parseScope(text)
		if got := len(scopes); err != nil && want != -1 || err == nil && got != want {
			t.Errorf("%q: %q, %v", text, scopes, err)
		}
	}
}

// FuzzParseScope: what is read is what a token can have.
func FuzzParseScope(f *testing.F) {
	f.Add("openid profile")
	f.Fuzz(func(t *testing.T, text string) {
		scopes, err := parseScope(text)
		if err != nil {
			return
		}
		for i, s := range scopes {
			for _, b := range []byte(s) {
				if b <= ' ' || b > '~' || b == '"' || b == '\\' {
					t.Errorf("%q in %q", s, text)
				}
			}
			if i > 0 && scopes[i-1] >= s {
				t.Errorf("not sorted: %q", scopes)
			}
		}
	})
}
