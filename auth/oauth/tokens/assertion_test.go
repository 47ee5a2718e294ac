package tokens

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/clients"
)

const (
	testIssuer   = "https://id.example"
	testEndpoint = testIssuer + "/oauth/token"
)

var now = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// registered is a registry in memory.
type registered map[string]*clients.Client

func (r registered) Client(id string) (*clients.Client, bool) { c, ok := r[id]; return c, ok }

func (r registered) Resource(string) (*clients.Resource, bool) { return nil, false }

// used is an AssertionStore in memory.
type used struct {
	mu   sync.Mutex
	seen map[string]bool
	err  error
}

func (u *used) UseAssertion(_ context.Context, clientID, id string, _ time.Time) (bool, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	before := u.seen[clientID+" "+id]
	u.seen[clientID+" "+id] = true
	return !before, u.err
}

// keys are one key of each kind that signs assertions.
var keys = sync.OnceValue(func() map[string]crypto.Signer {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return map[string]crypto.Signer{"ed": ed, "ec": ec, "rsa": rs}
})

func keySet(t *testing.T, all ...jose.JSONWebKey) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(jose.JSONWebKeySet{Keys: all})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// sign makes an assertion of any claims, with a header over the usual one.
func sign(t *testing.T, alg jose.SignatureAlgorithm, key any, header map[jose.HeaderKey]any, claims any) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	if alg == ed25519Name {
		return signEd25519(t, key.(ed25519.PrivateKey), header, payload)
	}
	options := &jose.SignerOptions{ExtraHeaders: header}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func signEd25519(t *testing.T, key ed25519.PrivateKey, header map[jose.HeaderKey]any, payload []byte) string {
	t.Helper()
	all := map[jose.HeaderKey]any{"alg": "Ed25519"}
	maps.Copy(all, header)
	head, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode(head) + "." + encode(payload)
	return signed + "." + encode(ed25519.Sign(key, []byte(signed)))
}

// claimsOf are those of a good assertion, with others in their place.
func claimsOf(more ...any) map[string]any {
	all := map[string]any{
		"iss": "app", "sub": "app", "aud": testIssuer, "exp": now.Add(time.Minute).Unix(), "iat": now.Unix(), "jti": "1",
	}
	for i := 0; i < len(more); i += 2 {
		if more[i+1] == nil {
			delete(all, more[i].(string))
		} else {
			all[more[i].(string)] = more[i+1]
		}
	}
	return all
}

func authenticator(all registered) (*ClientAuthenticator, *used) {
	u := &used{seen: map[string]bool{}}
	return &ClientAuthenticator{Clients: all, Assertions: u, Issuer: testIssuer, TokenEndpoint: testEndpoint, Now: func() time.Time { return now }}, u
}

func presenting(assertion string) Presented {
	return Presented{Assertion: assertion, AssertionType: assertionType}
}

// wantCode fails unless the error has the code; "" is none.
func wantCode(t *testing.T, name string, err error, code oauth.ErrorCode) {
	t.Helper()
	var known *oauth.Error
	if got := errors.As(err, &known); (code == "") != (err == nil) || got && known.Code != code || code != "" && !got {
		t.Errorf("%s: %v, want %q", name, err, code)
	}
}

// TestAssertions is the table of what an assertion may be (RFC 7523, RFC 10070).
func TestAssertions(t *testing.T) {
	ed := keys()["ed"]
	client := func(audience clients.AssertionAudience) *clients.Client {
		return &clients.Client{
			ID: "app", Kind: clients.Confidential, AssertionAudience: audience,
			JWKS: keySet(t, jose.JSONWebKey{Key: ed.Public(), KeyID: "k", Algorithm: "EdDSA", Use: "sig"}),
		}
	}
	typ := func(v any) map[jose.HeaderKey]any { return map[jose.HeaderKey]any{"typ": v} }
	tests := []struct {
		name     string
		audience clients.AssertionAudience
		header   map[jose.HeaderKey]any
		claims   map[string]any
		code     oauth.ErrorCode
	}{
		{"the issuer", clients.IssuerAudience, nil, claimsOf(), ""},
		{"an array of the issuer", clients.IssuerAudience, nil, claimsOf("aud", []string{testIssuer}), ""},
		{"typ JWT", clients.IssuerAudience, typ("JWT"), claimsOf(), ""},
		{"typ jwt", clients.IssuerAudience, typ("jwt"), claimsOf(), ""},
		{"typ client-authentication+jwt", clients.IssuerAudience, typ("client-authentication+jwt"), claimsOf(), ""},
		{"the token endpoint, as registered", clients.TokenEndpointAudience, typ("JWT"), claimsOf("aud", testEndpoint), ""},
		{"five minutes", clients.IssuerAudience, nil, claimsOf("exp", now.Add(5*time.Minute).Unix()), ""},
		{"a clock that is ahead", clients.IssuerAudience, nil, claimsOf("iat", now.Add(20*time.Second).Unix(), "nbf", now.Add(20*time.Second).Unix()), ""},
		{"without iat", clients.IssuerAudience, nil, claimsOf("iat", nil), ""},
		{"more claims", clients.IssuerAudience, nil, claimsOf("foo", map[string]any{"a": 1}), ""},
		{"the key's id", clients.IssuerAudience, map[jose.HeaderKey]any{"kid": "k"}, claimsOf(), ""},

		{"the token endpoint", clients.IssuerAudience, nil, claimsOf("aud", testEndpoint), oauth.InvalidClient},
		{"both", clients.IssuerAudience, nil, claimsOf("aud", []string{testIssuer, testEndpoint}), oauth.InvalidClient},
		{"the issuer twice", clients.IssuerAudience, nil, claimsOf("aud", []string{testIssuer, testIssuer}), oauth.InvalidClient},
		{"the issuer with a slash", clients.IssuerAudience, nil, claimsOf("aud", testIssuer+"/"), oauth.InvalidClient},
		{"no audience", clients.IssuerAudience, nil, claimsOf("aud", nil), oauth.InvalidClient},
		{"the issuer where the token endpoint is registered", clients.TokenEndpointAudience, nil, claimsOf(), oauth.InvalidClient},
		{"an access token", clients.IssuerAudience, typ("at+jwt"), claimsOf(), oauth.InvalidClient},
		{"a typ that is not text", clients.IssuerAudience, typ(1), claimsOf(), oauth.InvalidClient},
		{"another key's id", clients.IssuerAudience, map[jose.HeaderKey]any{"kid": "l"}, claimsOf(), oauth.InvalidClient},
		{"a critical extension", clients.IssuerAudience, map[jose.HeaderKey]any{"crit": []string{"x"}, "x": 1}, claimsOf(), oauth.InvalidClient},
		{"expired", clients.IssuerAudience, nil, claimsOf("exp", now.Add(-time.Minute).Unix()), oauth.InvalidClient},
		{"without an end", clients.IssuerAudience, nil, claimsOf("exp", nil), oauth.InvalidClient},
		{"six minutes", clients.IssuerAudience, nil, claimsOf("exp", now.Add(6*time.Minute).Unix()), oauth.InvalidClient},
		{"not valid yet", clients.IssuerAudience, nil, claimsOf("nbf", now.Add(time.Minute).Unix()), oauth.InvalidClient},
		{"from the future", clients.IssuerAudience, nil, claimsOf("iat", now.Add(time.Minute).Unix()), oauth.InvalidClient},
		{"without jti", clients.IssuerAudience, nil, claimsOf("jti", nil), oauth.InvalidClient},
		{"a long jti", clients.IssuerAudience, nil, claimsOf("jti", strings.Repeat("x", 256)), oauth.InvalidClient},
		{"another iss", clients.IssuerAudience, nil, claimsOf("iss", "other"), oauth.InvalidClient},
		{"without iss", clients.IssuerAudience, nil, claimsOf("iss", nil), oauth.InvalidClient},
		{"another sub", clients.IssuerAudience, nil, claimsOf("sub", "other"), oauth.InvalidClient},
		{"a number as sub", clients.IssuerAudience, nil, claimsOf("sub", 1), oauth.InvalidClient},
		{"a text as exp", clients.IssuerAudience, nil, claimsOf("exp", "soon"), oauth.InvalidClient},
	}
	for _, tt := range tests {
		a, u := authenticator(registered{"app": client(tt.audience)})
		text := sign(t, jose.EdDSA, ed, tt.header, tt.claims)
		_, err := a.Authenticate(t.Context(), presenting(text))
		wantCode(t, tt.name, err, tt.code)
		if tt.code != "" && len(u.seen) != 0 {
			t.Errorf("%s: it is noted as used", tt.name)
		}
		if tt.code == "" {
			_, err := a.Authenticate(t.Context(), presenting(text))
			wantCode(t, tt.name+", a second time", err, oauth.InvalidClient)
		}
	}
}
