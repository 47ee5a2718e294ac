package tokens

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/clients"
)

// An AssertionStore remembers which assertions were used, for all replicas.
type AssertionStore interface {
	// UseAssertion notes that the client used the assertion with the id, which ends then. It
	// reports false if it was used before.
	UseAssertion(ctx context.Context, clientID, id string, end time.Time) (bool, error)
}

// What an assertion may be.
const (
	assertionLife = 5 * time.Minute  // from now until its end
	assertionSkew = 30 * time.Second // by which clocks may differ
	assertionID   = 255              // bytes of jti
)

// ed25519Name is EdDSA with Ed25519 (RFC 9864, 2.2).
const ed25519Name jose.SignatureAlgorithm = "Ed25519"

// AssertionAlgorithms returns the algorithms that assertions may be signed with. None of them
// works with a shared secret.
func AssertionAlgorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.EdDSA, ed25519Name, jose.ES256, jose.RS256, jose.PS256}
}

func badAssertion(description string) *oauth.Error {
	return &oauth.Error{Code: oauth.InvalidClient, Description: description}
}

// The faults of assertions. Only who has a client's keys gets past the first two.
var (
	errAssertionForm   = badAssertion("The client assertion is not a JWT with typ JWT, signed with EdDSA, ES256, RS256 or PS256.")
	errAssertionKey    = badAssertion("The client is unknown, or none of its keys made the signature of the client assertion.")
	errAssertionClaims = badAssertion("The client assertion needs the claims iss, sub, aud, exp and jti, and iss and sub must be the client's id.")
	errAssertionAud    = badAssertion("The claim aud of the client assertion must be the issuer, and nothing else (RFC 10070).")
	errAssertionURL    = badAssertion("The claim aud of the client assertion must be the URL of the token endpoint, and nothing else.")
	errAssertionTime   = badAssertion("The client assertion has expired, is not valid yet, or lasts longer than five minutes.")
	errAssertionUsed   = badAssertion("The client assertion was used before. Make one with another jti for each request.")
)

// asserted returns the client whose key signed the assertion (RFC 7523, RFC 10070).
func (a *ClientAuthenticator) asserted(ctx context.Context, p Presented) (*clients.Client, error) {
	if p.AssertionType != assertionType {
		return nil, errAssertionType
	}
	parsed, err := jwt.ParseSigned(p.Assertion, AssertionAlgorithms())
	if err != nil || len(parsed.Headers) != 1 || !assertionTyp(parsed.Headers[0]) {
		return nil, errAssertionForm
	}
	var claims jwt.Claims
	if err := parsed.UnsafeClaimsWithoutVerification(&claims); err != nil { // to find the keys
		return nil, errAssertionForm
	}
	if p.ID != "" && p.ID != claims.Subject {
		return nil, errTwoClients
	}
	c, found := a.Clients.Client(claims.Subject)
	if !found || c.Disabled || !signedBy(c, parsed) {
		return nil, errAssertionKey
	}
	if err := a.check(c, &claims); err != nil {
		return nil, err
	}
	fresh, err := a.Assertions.UseAssertion(ctx, c.ID, claims.ID, claims.Expiry.Time().Add(assertionSkew))
	if err != nil {
		return nil, err
	}
	if !fresh {
		return nil, errAssertionUsed
	}
	return c, nil
}

// assertionTyp reports whether a header has a type that assertions have.
func assertionTyp(h jose.Header) bool {
	switch typ := h.ExtraHeaders[jose.HeaderType].(type) {
	case nil:
		return true
	case string:
		return strings.EqualFold(typ, "JWT") || strings.EqualFold(typ, "client-authentication+jwt")
	}
	return false
}

// check returns an error if the claims are not those of an assertion of the client for us,
// now.
func (a *ClientAuthenticator) check(c *clients.Client, claims *jwt.Claims) error {
	audience, wrong := a.Issuer, errAssertionAud
	if c.AssertionAudience == clients.TokenEndpointAudience {
		audience, wrong = a.TokenEndpoint, errAssertionURL
	}
	now := a.Now()
	switch {
	case claims.Issuer != c.ID || claims.Subject != c.ID || claims.ID == "" || len(claims.ID) > assertionID || claims.Expiry == nil:
		return errAssertionClaims
	case !slices.Equal(claims.Audience, []string{audience}):
		return wrong
	case !now.Before(claims.Expiry.Time().Add(assertionSkew)), claims.Expiry.Time().After(now.Add(assertionLife + assertionSkew)),
		claims.NotBefore.Time().After(now.Add(assertionSkew)), claims.IssuedAt.Time().After(now.Add(assertionSkew)):
		return errAssertionTime
	}
	return nil
}

// signedBy reports whether one of the client's keys made the signature.
func signedBy(c *clients.Client, parsed *jwt.JSONWebToken) bool {
	var set jose.JSONWebKeySet
	if len(c.JWKS) == 0 || json.Unmarshal(c.JWKS, &set) != nil {
		return false
	}
	header := parsed.Headers[0]
	for _, key := range set.Keys {
		if suits(&key, header) && parsed.Claims(verifying(key.Key)) == nil {
			return true
		}
	}
	return false
}

// suits reports whether a key may have made the signature. The key chooses the algorithm if it
// names one (RFC 8725, 3.1).
func suits(key *jose.JSONWebKey, h jose.Header) bool {
	alg := h.Algorithm
	if key.Algorithm != "" && key.Algorithm != alg && !(sameEdDSA(key.Algorithm) && sameEdDSA(alg)) {
		return false
	}
	return (h.KeyID == "" || key.KeyID == "" || h.KeyID == key.KeyID) && (key.Use == "" || key.Use == "sig")
}

func sameEdDSA(alg string) bool { return alg == string(jose.EdDSA) || alg == string(ed25519Name) }

// verifying returns what go-jose verifies signatures of the key with. It knows Ed25519 as EdDSA
// only.
func verifying(key any) any {
	if public, ok := key.(ed25519.PublicKey); ok {
		return edKey(public)
	}
	return key
}

// An edKey verifies signatures with Ed25519, under both names.
type edKey ed25519.PublicKey

var errSignature = errors.New("the signature is wrong")

// VerifyPayload implements [jose.OpaqueVerifier].
func (k edKey) VerifyPayload(payload, signature []byte, alg jose.SignatureAlgorithm) error {
	if !sameEdDSA(string(alg)) || !ed25519.Verify(ed25519.PublicKey(k), payload, signature) {
		return errSignature
	}
	return nil
}
