package tokens

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/auth"
	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/clients"
)

// TestAssertionKeys: the key chooses the algorithm, whichever of a client's keys it is.
func TestAssertionKeys(t *testing.T) {
	all := keys()
	set := keySet(t, jose.JSONWebKey{Key: all["ed"].Public(), KeyID: "ed"}, jose.JSONWebKey{Key: all["ec"].Public(), KeyID: "ec", Algorithm: "ES256"},
		jose.JSONWebKey{Key: all["rsa"].Public(), KeyID: "rsa", Algorithm: "PS256"}, jose.JSONWebKey{Key: all["rsa"].Public(), KeyID: "enc", Use: "enc"})
	a, _ := authenticator(registered{
		"app": {ID: "app", Kind: clients.Confidential, JWKS: set}, "none": {ID: "none", Kind: clients.Confidential},
		"off": {ID: "off", Kind: clients.Confidential, JWKS: set, Disabled: true},
	})
	_, stranger, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for i, tt := range []struct {
		name   string
		alg    jose.SignatureAlgorithm
		key    any
		client string
		code   oauth.ErrorCode
	}{
		{"EdDSA", jose.EdDSA, all["ed"], "app", ""},
		{"Ed25519", ed25519Name, all["ed"], "app", ""},
		{"ES256", jose.ES256, all["ec"], "app", ""},
		{"PS256", jose.PS256, all["rsa"], "app", ""},
		{"RS256 with a key for PS256", jose.RS256, all["rsa"], "app", oauth.InvalidClient},
		{"PS512", jose.PS512, all["rsa"], "app", oauth.InvalidClient},
		{"HS256 with the public key", jose.HS256, []byte(all["ed"].Public().(ed25519.PublicKey)), "app", oauth.InvalidClient},
		{"a stranger's key", jose.EdDSA, stranger, "app", oauth.InvalidClient},
		{"a stranger's key, as Ed25519", ed25519Name, stranger, "app", oauth.InvalidClient},
		{"a client without keys", jose.EdDSA, all["ed"], "none", oauth.InvalidClient},
		{"a client that is disabled", jose.EdDSA, all["ed"], "off", oauth.InvalidClient},
		{"a client that is unknown", jose.EdDSA, all["ed"], "nil", oauth.InvalidClient},
	} {
		claims := claimsOf("iss", tt.client, "sub", tt.client, "jti", string(rune('a'+i)))
		_, err := a.Authenticate(t.Context(), presenting(sign(t, tt.alg, tt.key, nil, claims)))
		wantCode(t, tt.name, err, tt.code)
	}
	good := sign(t, jose.EdDSA, all["ed"], nil, claimsOf("jti", "z"))
	parts := strings.Split(good, ".")
	encode := base64.RawURLEncoding.EncodeToString
	for name, text := range map[string]string{
		"alg none": encode([]byte(`{"alg":"none"}`)) + "." + parts[1] + ".", "two parts": parts[0] + "." + parts[1], "text": "x",
		"sub twice":    encode([]byte(`{"alg":"EdDSA"}`)) + "." + encode([]byte(`{"sub":"app","sub":"app"}`)) + "." + parts[2],
		"other claims": parts[0] + "." + encode([]byte(`{"iss":"app","sub":"app"}`)) + "." + parts[2],
	} {
		_, err := a.Authenticate(t.Context(), presenting(text))
		wantCode(t, name, err, oauth.InvalidClient)
	}
}

// TestOneWayToAuthenticate: a client authenticates in one way, as one client.
func TestOneWayToAuthenticate(t *testing.T) {
	ed := keys()["ed"]
	a, u := authenticator(registered{"app": {ID: "app", Kind: clients.Confidential, JWKS: keySet(t, jose.JSONWebKey{Key: ed.Public()})}})
	text := sign(t, jose.EdDSA, ed, nil, claimsOf())
	for name, tt := range map[string]struct {
		p    Presented
		code oauth.ErrorCode
	}{
		"no type":        {Presented{Assertion: text}, oauth.InvalidRequest},
		"another type":   {Presented{Assertion: text, AssertionType: "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"}, oauth.InvalidRequest},
		"only a type":    {Presented{ID: "app", AssertionType: assertionType}, oauth.InvalidRequest},
		"and a secret":   {Presented{Assertion: text, AssertionType: assertionType, Secret: "x"}, oauth.InvalidRequest},
		"and Basic":      {Presented{Assertion: text, AssertionType: assertionType, Basic: &Pair{"app", "x"}}, oauth.InvalidRequest},
		"another client": {Presented{Assertion: text, AssertionType: assertionType, ID: "other"}, oauth.InvalidRequest},
		"nothing":        {Presented{}, oauth.InvalidClient},
	} {
		_, err := a.Authenticate(t.Context(), tt.p)
		wantCode(t, name, err, tt.code)
	}
	if c, err := a.Authenticate(t.Context(), Presented{Assertion: text, AssertionType: assertionType, ID: "app"}); err != nil || c.ID != "app" {
		t.Errorf("the client itself: %v, %v", c, err)
	}
	u.err = auth.ErrUnavailable
	if _, err := a.Authenticate(t.Context(), presenting(sign(t, jose.EdDSA, ed, nil, claimsOf("jti", "2")))); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("while the database is away: %v", err)
	}
}

// FuzzAssertion: no text makes a client of another's, or a panic.
func FuzzAssertion(f *testing.F) {
	f.Add("eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhcHAifQ.AA")
	f.Add(encodedHeader(`{"alg":"none"}`) + ".e30.")
	a, _ := authenticator(registered{"app": {ID: "app", Kind: clients.Confidential, JWKS: json.RawMessage(`{"keys":[]}`)}})
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := a.Authenticate(t.Context(), presenting(text)); err == nil {
			t.Errorf("%q is client %v", text, c)
		}
	})
}

func encodedHeader(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
