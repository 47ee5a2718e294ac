package tokens

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/token"
)

// IDTokenTTL is how long an ID token lives: a client reads it at once.
const IDTokenTTL = 10 * time.Minute

// A Person is what scopes tell a client of a person (OpenID Connect Core, 5.1 and 5.4).
type Person struct {
	Name          *string   `json:"name,omitempty"`
	UpdatedAt     *int64    `json:"updated_at,omitempty"` // seconds since 1970
	Email         *string   `json:"email,omitempty"`
	EmailVerified *bool     `json:"email_verified,omitempty"`
	Roles         *[]string `json:"roles,omitempty"`
}

// personOf returns what the scopes tell of the account.
func personOf(u *auth.User, scopes []string) (p Person) {
	if slices.Contains(scopes, oauth.Profile) {
		updated := u.UpdatedAt.Unix()
		p.Name, p.UpdatedAt = u.Name, &updated
	}
	if slices.Contains(scopes, oauth.Email) {
		p.Email, p.EmailVerified = u.Address(), &u.EmailVerified
	}
	if slices.Contains(scopes, oauth.Roles) {
		roles := append([]string{}, u.Roles...)
		p.Roles = &roles
	}
	return p
}

// idClaims are the claims of an ID token (OpenID Connect Core, 2).
type idClaims struct {
	Issuer    string   `json:"iss"`
	Subject   string   `json:"sub"`
	Audience  string   `json:"aud"` // the client's id
	ExpiresAt int64    `json:"exp"`
	IssuedAt  int64    `json:"iat"`
	AuthTime  int64    `json:"auth_time"`
	Nonce     string   `json:"nonce,omitempty"` // of the authorization request; never at a refresh
	SessionID string   `json:"sid"`
	AMR       []string `json:"amr,omitempty"`
	ACR       string   `json:"acr"`
	Person
}

// idKey returns the key that signs the client's ID tokens. It returns [auth.ErrUnavailable] if
// there is none.
func (t *Tokens) idKey(c *clients.Client) (*token.Key, error) {
	alg := token.Algorithm(cmp.Or(c.IDTokenAlgorithm, clients.RS256))
	if key := t.IDKey(alg); key != nil {
		return key, nil
	}
	return nil, &auth.UnavailableError{Cause: "no key for ID tokens", Err: fmt.Errorf("no key signs ID tokens with %s", alg)}
}

// idToken returns an ID token. It returns [auth.ErrUnavailable] if no key signs it.
func (t *Tokens) idToken(g *grant, scopes []string) (string, error) {
	key, err := t.idKey(g.client)
	if err != nil {
		return "", err
	}
	now := t.Now()
	claims, err := json.Marshal(idClaims{
		Issuer: t.Issuer.Issuer, Subject: g.user.ID, Audience: g.client.ID,
		ExpiresAt: now.Add(IDTokenTTL).Unix(), IssuedAt: now.Unix(), AuthTime: g.session.AuthTime.Unix(),
		Nonce: g.nonce, SessionID: g.session.ID, AMR: g.session.AMR, ACR: auth.LevelOf(g.session.AMR), Person: personOf(g.user, scopes),
	})
	if err != nil {
		return "", fmt.Errorf("claims of an ID token: %w", err)
	}
	return key.SignIDToken(claims)
}

// A Hint is what an ID token says that a client sends back (id_token_hint).
type Hint struct {
	Subject   string // the account's id
	SessionID string // sid
	ClientID  string // to which client it was issued
}

// errHint means that a text is not an ID token of ours.
var errHint = errors.New("not an ID token of this issuer")

// Hint reads an ID token that we issued, also one that has expired. It returns an error for any
// other text.
func (t *Tokens) Hint(ctx context.Context, text string) (*Hint, error) {
	payload, err := token.IDTokenClaims(ctx, text, t.Key)
	if err != nil {
		return nil, err
	}
	var claims idClaims
	if err := json.Unmarshal(payload, &claims); err != nil || claims.Issuer != t.Issuer.Issuer || claims.Subject == "" || claims.Audience == "" {
		return nil, errHint
	}
	return &Hint{Subject: claims.Subject, SessionID: claims.SessionID, ClientID: claims.Audience}, nil
}
