package tokens

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"gatehouse/auth"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/token"
)

// An Introspection says what a token stands for now (RFC 7662, 2.2).
type Introspection struct {
	Active    bool     `json:"active"`
	Scope     *string  `json:"scope,omitempty"`
	ClientID  string   `json:"client_id,omitempty"`
	TokenType string   `json:"token_type,omitempty"`
	ExpiresAt int64    `json:"exp,omitempty"`
	IssuedAt  int64    `json:"iat,omitempty"`
	Subject   string   `json:"sub,omitempty"`
	Audience  string   `json:"aud,omitempty"`
	Issuer    string   `json:"iss,omitempty"`
	ID        string   `json:"jti,omitempty"`
	SessionID string   `json:"sid,omitempty"`
	AuthTime  int64    `json:"auth_time,omitempty"` // as acr: RFC 9470, 6.2
	AMR       []string `json:"amr,omitempty"`
	ACR       string   `json:"acr,omitempty"`
}

// inactive is the answer about every token that does not work, or is none of the client's
// business.
var inactive = Introspection{}

// Introspect says what a token stands for, to the client it was issued to and to services that it
// is for. It returns [auth.ErrUnavailable].
func (t *Tokens) Introspect(ctx context.Context, c *clients.Client, text string) (*Introspection, error) {
	if r, err := t.Issuer.Secrets.ParseApplicationRefresh(text); err == nil {
		return t.introspectRefresh(ctx, c, r)
	}
	claims, err := t.accessClaims(ctx, c, text)
	if err != nil {
		return unlessAway(err)
	}
	scopes, err := t.present(ctx, claims)
	if err != nil {
		return unlessAway(err)
	}
	scope := strings.Join(scopes, " ")
	answer := &Introspection{
		Active: true, Scope: &scope, ClientID: claims.ClientID, TokenType: TokenType, ExpiresAt: claims.ExpiresAt.Unix(),
		IssuedAt: claims.IssuedAt.Unix(), Subject: claims.Subject, Audience: claims.Audience[0], Issuer: claims.Issuer, ID: claims.ID,
		SessionID: claims.SessionID, AMR: claims.AMR, ACR: claims.ACR,
	}
	if !claims.AuthTime.IsZero() {
		answer.AuthTime = claims.AuthTime.Unix()
	}
	return answer, nil
}

// unlessAway answers that a token is not active, unless that is not known.
func unlessAway(err error) (*Introspection, error) {
	if errors.Is(err, auth.ErrUnavailable) || errors.Is(err, context.Canceled) {
		return nil, err
	}
	return &inactive, nil
}

// introspectRefresh says what a refresh token of the client stands for.
func (t *Tokens) introspectRefresh(ctx context.Context, c *clients.Client, r *token.Refresh) (*Introspection, error) {
	s, err := t.Codes.RefreshedSession(ctx, r, c.ID, t.Life)
	if err != nil {
		return unlessAway(err)
	}
	scope := strings.Join(consented(s, c), " ")
	return &Introspection{
		Active: true, Scope: &scope, ClientID: c.ID, Subject: s.UserID, Issuer: t.Issuer.Issuer, SessionID: s.ID,
		ExpiresAt: s.ExpiresAt.Unix(), AuthTime: s.AuthTime.Unix(), AMR: s.AMR, ACR: auth.LevelOf(s.AMR),
	}, nil
}

// errForeign means that a token is none of the client's business.
var errForeign = errors.New("a token of another client for another service")

// accessClaims returns the claims of an access token that was issued to the client, or is for a
// service that it may ask tokens for. It returns [auth.ErrUnavailable].
func (t *Tokens) accessClaims(ctx context.Context, c *clients.Client, text string) (*token.Claims, error) {
	verifier := token.Verifier{
		Issuer: t.Issuer.Issuer, Audience: statedAudience(text), MaxLifetime: t.Issuer.TTL, Key: t.Key, Now: t.Now,
	}
	claims, err := verifier.Verify(ctx, text)
	if errors.Is(err, token.ErrKeysUnavailable) {
		return nil, &auth.UnavailableError{Cause: "the signing keys can't be read", Err: err}
	}
	if err != nil {
		return nil, err
	}
	named := func(r string) bool { return clients.SameResource(r, claims.Audience[0]) }
	if claims.ClientID != c.ID && !slices.ContainsFunc(c.Resources, named) {
		return nil, errForeign
	}
	return claims, nil
}

// statedAudience returns the aud of an access token that is not verified yet: it is compared with
// nothing but itself, and only then with what the client may know.
func statedAudience(text string) string {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claims struct {
		Audience string `json:"aud"`
	}
	if json.Unmarshal(payload, &claims) != nil {
		return ""
	}
	return claims.Audience
}

// present returns the scopes of an access token that its account still has. It returns
// [auth.ErrSessionEnded] and [auth.ErrUnavailable].
func (t *Tokens) present(ctx context.Context, claims *token.Claims) ([]string, error) {
	audience := claims.Audience[0]
	if audience == t.Issuer.Audience {
		p, err := t.Issuer.Callers.Principal(ctx, claims)
		if err != nil {
			return nil, err
		}
		return p.Scopes, nil
	}
	var own []string
	if resource, found := t.Clients.Resource(audience); found {
		for _, s := range resource.Scopes {
			if s.Own {
				own = append(own, s.Name)
			}
		}
	}
	return t.Issuer.Callers.Present(ctx, claims, own)
}

// Revoke ends the session of a refresh token or an access token of the client (RFC 7009). Of any
// other text it does nothing. It returns the session that ended, "" for none, and
// [auth.ErrUnavailable].
func (t *Tokens) Revoke(ctx context.Context, c *clients.Client, text string) (sessionID string, err error) {
	if r, err := t.Issuer.Secrets.ParseApplicationRefresh(text); err == nil {
		return r.SessionID, t.Codes.EndApplication(ctx, r, c.ID)
	}
	claims, err := t.accessClaims(ctx, c, text)
	if err != nil {
		_, err = unlessAway(err)
		return "", err
	}
	if claims.ClientID != c.ID {
		return "", nil
	}
	return claims.SessionID, t.Store.EndSession(ctx, claims.SessionID)
}
