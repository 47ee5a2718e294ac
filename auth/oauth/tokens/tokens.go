// Package tokens answers applications and programs that ask for tokens, or what a token stands
// for: it knows which client asks, and what each may have. It knows neither HTTP nor SQL.
package tokens

import (
	"context"
	"errors"
	"slices"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/policy"
	"gatehouse/auth/token"
)

// Store persists what tokens are made of.
type Store interface {
	auth.SessionRefresher
	// EndSession ends a session, if it has not ended.
	EndSession(ctx context.Context, id string) error
}

// CodeStore persists codes and the sessions of programs.
type CodeStore interface {
	// RedeemCode uses up a code, opens the session with what the code says, and returns the
	// code and its account. It returns [ErrCodeInvalid] if the code is not the client's or was not for this
	// redemption, and [ErrCodeReused] if it was used before, and ends its session then.
	RedeemCode(ctx context.Context, r *Redemption) (*oauth.AuthorizationCode, *auth.User, error)
	// ServiceSession returns the session in which the client acts for itself, and its account.
	// If it has none that lasts, s becomes it. It returns [auth.ErrUserNotFound] if the
	// account is disabled.
	ServiceSession(ctx context.Context, s *auth.Session, life auth.Lifetimes) (*auth.Session, *auth.User, error)
	// RefreshedSession returns the client's session that the refresh token is of, if the token
	// works. It returns [auth.ErrRefreshInvalid].
	RefreshedSession(ctx context.Context, r *token.Refresh, clientID string, life auth.Lifetimes) (*auth.Session, error)
	// EndApplication ends the client's session that the refresh token is of, if the token was
	// issued in it.
	EndApplication(ctx context.Context, r *token.Refresh, clientID string) error
}

// Limiter counts what a client does, as graph's does for fields.
type Limiter interface {
	Allow(ctx context.Context, uses ...policy.Use) (wait time.Duration, err error)
}

// Parts are what Tokens are made of.
type Parts struct {
	Clients  Clients
	Store    Store
	Codes    CodeStore
	Issuer   *auth.Issuer
	Sessions *auth.Sessions // of persons' own logins; nil: passwords are not taken
	// Uses returns what the schema limits when an account logs in.
	Uses func(ctx context.Context, email string) []policy.Use
	// Limiter, if not nil, counts ID tokens, which are dear.
	Limiter Limiter
	// IDKey returns the key that signs ID tokens with the algorithm, or nil.
	IDKey func(alg token.Algorithm) *token.Key
	// Key returns the key with the id, as [token.Verifier] takes it.
	Key    func(ctx context.Context, id string) (*token.Key, error)
	Life   auth.Lifetimes       // of applications' sessions
	Outage func() time.Duration // by how much Life.Replay is longer now; nil: never
	Now    func() time.Time
}

// Tokens answers requests for tokens. It is safe for concurrent use.
type Tokens struct {
	Parts
	services *services
}

// New returns Tokens.
func New(p Parts) (*Tokens, error) {
	s, err := newServices()
	return &Tokens{Parts: p, services: s}, err
}

// A Request asks for tokens (RFC 6749, 4).
type Request struct {
	Client       *clients.Client // authenticated; nil for a password without one
	Grant        clients.GrantType
	Scope        string
	Resources    []string
	Code         string
	RedirectURI  string
	Verifier     string // code_verifier
	RefreshToken string
	Username     string
	Password     string
}

// A Response has tokens (RFC 6749, 5.1).
type Response struct {
	AccessToken  string
	ExpiresIn    int // seconds
	RefreshToken string
	IDToken      string
	Scopes       []string
	UserID       string
	SessionID    string
}

// TokenType is the type of all access tokens (RFC 6750).
const TokenType = "Bearer"

var (
	// ErrReused means that a code or a refresh token was used before, and that its session has
	// been ended.
	ErrReused = errors.New("used before")
	// ErrCodeInvalid means that a code does not work.
	ErrCodeInvalid = errors.New("the code does not work")
	// ErrCodeReused means that a code was used before.
	ErrCodeReused = errors.New("the code was used before")
)

// What clients learn of a request for tokens.
var (
	errGrantType = &oauth.Error{
		Code:        oauth.UnsupportedGrantType,
		Description: "The service does not support this grant_type. See grant_types_supported in its metadata.",
	}
	errUnauthorized = &oauth.Error{Code: oauth.UnauthorizedClient, Description: "The client is not registered for this grant_type."}
	errNoAccount    = &oauth.Error{Code: oauth.UnauthorizedClient, Description: "The client has no service account that is enabled."}
	errCode         = &oauth.Error{
		Code:        oauth.InvalidGrant,
		Description: "The code is unknown or has expired, or it belongs to another client, redirect_uri or code_verifier.",
	}
	errCodeReused = &oauth.Error{Code: oauth.InvalidGrant, Description: "The code was used before; the connection was ended.", Err: ErrReused}
	errRefresh    = &oauth.Error{
		Code:        oauth.InvalidGrant,
		Description: "The refresh token is unknown, has expired, was revoked, or belongs to another client. Send the person to log in again.",
	}
	errRefreshReused = &oauth.Error{
		Code: oauth.InvalidGrant, Description: "The refresh token was used before; the connection was ended.", Err: ErrReused,
	}
	errPassword     = &oauth.Error{Code: oauth.InvalidGrant, Description: "The email address or the password is wrong."}
	errSecondFactor = &oauth.Error{
		Code: oauth.InvalidGrant, Description: "This account logs in with a second factor. Send the person to the sign-in page.",
	}
	errUnproved = &oauth.Error{
		Code: oauth.InvalidGrant, Description: "The email address is not verified. Let the person open the link in the mail that was just sent.",
	}
	errScope        = &oauth.Error{Code: oauth.InvalidScope, Description: "The scope has characters that no scope has. Separate scopes with single spaces."}
	errWider        = &oauth.Error{Code: oauth.InvalidScope, Description: "The scope is more than was granted."}
	errNoScope      = &oauth.Error{Code: oauth.InvalidScope, Description: "The client is registered for none of these scopes."}
	errTooLarge     = &oauth.Error{Code: oauth.InvalidScope, Description: "The scopes don't fit into a token. Ask for fewer."}
	errTarget       = &oauth.Error{Code: oauth.InvalidTarget, Description: "The resource is unknown, or not among those that were granted."}
	errTargets      = &oauth.Error{Code: oauth.InvalidTarget, Description: "Ask for one resource at a time."}
	errSessionEnded = &oauth.Error{Code: oauth.InvalidGrant, Description: "The connection was ended. Send the person to log in again."}
)

func missingParameter(name string) error {
	return &oauth.Error{Code: oauth.InvalidRequest, Description: "The parameter " + name + " is missing."}
}

// Issue answers a request for tokens. It returns an [*oauth.Error], [auth.ErrUnavailable] and an
// [*auth.LimitError].
func (t *Tokens) Issue(ctx context.Context, r *Request) (*Response, error) {
	answer := map[clients.GrantType]func(context.Context, *Request) (*Response, error){
		clients.AuthorizationCode: t.code,
		clients.RefreshToken:      t.refresh,
		clients.ClientCredentials: t.service,
		clients.Password:          t.password,
	}[r.Grant]
	switch {
	case r.Grant == "":
		return nil, missingParameter("grant_type")
	case answer == nil, r.Grant == clients.Password && t.Sessions == nil:
		return nil, errGrantType
	case r.Client != nil && !r.Client.Has(r.Grant):
		return nil, errUnauthorized
	}
	// Nothing is used up that can't be answered.
	if r.Client != nil && r.Grant != clients.ClientCredentials && slices.Contains(r.Client.Scopes, oauth.OpenID) {
		if _, err := t.idKey(r.Client); err != nil {
			return nil, err
		}
	}
	return answer(ctx, r)
}

// newSession returns a session of the client that begins now.
func (t *Tokens) newSession(ctx context.Context, c *clients.Client, userID string, kind auth.SessionKind) *auth.Session {
	s := auth.NewSession(ctx, t.Now(), userID, kind)
	s.ClientID = c.ID
	s.Client = client.Of(ctx)
	return s
}
