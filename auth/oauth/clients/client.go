// Package clients registers applications that act for persons or for themselves
// (RFC 6749, 2), and the services that they may ask tokens for (RFC 8707).
package clients

import (
	"encoding/json"
	"slices"
	"time"

	"gatehouse/auth/oauth"
)

// A Kind says whether a client can keep a secret (RFC 6749, 2.1).
type Kind string

// The kinds of clients.
const (
	Public       Kind = "public"
	Confidential Kind = "confidential"
)

// A GrantType is how a client gets tokens (RFC 6749, 1.3), as the parameter grant_type has it.
type GrantType string

// The grant types that a client can be given.
const (
	AuthorizationCode GrantType = "authorization_code"
	RefreshToken      GrantType = "refresh_token"
	ClientCredentials GrantType = "client_credentials"
	Password          GrantType = "password"
)

// An AssertionAudience is the one aud that a client's assertions have.
type AssertionAudience string

// The audiences of assertions. RFC 10070 has the issuer; some clients send the URL of the
// token endpoint (OpenID Connect Core, 9).
const (
	IssuerAudience        AssertionAudience = "issuer"
	TokenEndpointAudience AssertionAudience = "token_endpoint"
)

// An IDTokenAlgorithm is what a client's ID tokens are signed with (RFC 7518, 3.1).
type IDTokenAlgorithm string

// The algorithms of ID tokens.
const (
	RS256 IDTokenAlgorithm = "RS256"
	ES256 IDTokenAlgorithm = "ES256"
	EdDSA IDTokenAlgorithm = "EdDSA"
)

// A Client is a registered application. Those of a [Registry] are shared: don't change them.
type Client struct {
	ID                     string // client_id, a UUIDv7
	Kind                   Kind
	Name                   string
	URI                    *string // its own page; nil for none
	RedirectURIs           []string
	PostLogoutRedirectURIs []string
	Grants                 []GrantType
	Scopes                 []string // the most that it can be given
	Resources              []string // identifiers of the services, beside this one, that it may ask tokens for
	Secrets                []Secret // that work: the newest first, and one that was replaced until its end
	JWKS                   json.RawMessage
	AssertionAudience      AssertionAudience
	ServiceAccountID       *string // the account that client credentials act as
	ServiceSessionID       *string // the session of those tokens; nil until there was one
	FirstParty             bool    // it is ours: no consent is asked
	PKCE                   bool    // false: a confidential client may send a nonce instead (OAuth 2.1, 4.1.2.1)
	PushedRequests         bool    // it must push its requests (RFC 9126, 6)
	IDTokenAlgorithm       IDTokenAlgorithm
	Documents              []string // SHA-256 of the GraphQL documents its tokens may run; nil: any
	Disabled               bool
	CreatedAt              time.Time
	UpdatedAt              time.Time
	SecretCreatedAt        *time.Time // of the newest secret; nil for none
}

// A Secret is what is kept of a client's secret.
type Secret struct {
	Digest [32]byte  // SHA-256
	Until  time.Time // zero: it does not end
}

// A Resource is a service that tokens can be made for.
type Resource struct {
	ID         string // UUIDv7
	Identifier string // an absolute URI (RFC 8707, 2), aud of its tokens
	Name       string
	Scopes     []ResourceScope
	CreatedAt  time.Time
}

// A ResourceScope is a scope that a resource knows, and the schema does not.
type ResourceScope struct {
	Name  string `json:"name"`
	Title string `json:"title"` // what it lets a client do, in the words of the consent page
	Own   bool   `json:"own"`   // it opens what is the person's own there, so that no role has to grant it
}

// A Grant is what a person allowed an application.
type Grant struct {
	UserID      string
	ClientID    string
	Scopes      []string // sorted
	Resources   []string // identifiers
	Coordinates []string // what the scopes opened when the person allowed them, sorted
	CreatedAt   time.Time
	ChangedAt   time.Time // when the person last allowed something
	LastUsedAt  time.Time // or when the application last got a token
}

// Has reports whether the client may get tokens with the grant type.
func (c *Client) Has(g GrantType) bool { return slices.Contains(c.Grants, g) }

// delegated reports whether the client may act for persons.
func (c *Client) delegated() bool { return c.Has(AuthorizationCode) || c.Has(Password) }

// Offline reports whether the person allowed the application to go on without them.
func (g *Grant) Offline() bool { return slices.Contains(g.Scopes, oauth.OfflineAccess) }
