// Package authorization decides what becomes of an application's request to act for a
// person (RFC 6749, 4.1; OpenID Connect Core, 3.1.2): who has to log in, what has to be
// allowed, and with which code the application goes on. It knows neither HTTP nor SQL.
package authorization

import (
	"context"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/auth/factor/desk"
	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/policy"
	"gatehouse/auth/token"
)

// How long requests and sessions last.
const (
	requestLife = 15 * time.Minute // from the first page to the answer
	pushedLife  = 90 * time.Second // until a browser brings it (RFC 9126, 2.2)
)

// A Service answers authorization requests. Its fields are not changed after it is first used.
type Service struct {
	Store    Store
	Sessions SessionOpener
	Factors  SecondFactors
	Clients  Registry
	Hints    HintReader
	Secrets  token.Secrets
	Limiter  Limiter // nil: requests are not counted
	// Granted returns the scopes that roles grant now.
	Granted func(roles []string) []string
	// Scopes are those that the schema names (see [policy.Policy.ScopeList]).
	Scopes   []policy.Scope
	Issuer   string
	Audience string // of access tokens for our own API
	Life     auth.Lifetimes
	Now      func() time.Time
}

// A Registry has the clients and resources that there are.
type Registry interface {
	Client(id string) (*clients.Client, bool)
	Resource(identifier string) (*clients.Resource, bool)
}

// A SessionOpener opens sessions as [auth.Sessions] does.
type SessionOpener interface {
	ByPassword(ctx context.Context, in auth.PasswordLogin) (*auth.Session, *auth.User, error)
}

// SecondFactors asks for second factors as [desk.Desk] does.
type SecondFactors interface {
	// Open returns what a challenge asks for, or [proof.ErrInvalid].
	Open(ctx context.Context, challenge string) (*desk.Open, error)
	// SignIn answers a challenge, and opens the session of the sign-in page that it stands for.
	SignIn(ctx context.Context, in desk.AnswerInput) (*auth.Session, *auth.User, error)
}

// A Hint is what an ID token says that an application sends back (id_token_hint).
type Hint struct {
	Subject   string // the account that the ID token is about
	SessionID string // sid; "" for none
	ClientID  string // to which client it was issued
}

// A HintReader reads ID tokens that we issued, also those that have expired. It returns
// an error for any other text.
type HintReader interface {
	Hint(ctx context.Context, text string) (*Hint, error)
}

// Store persists requests and their answers. Each method is one atomic step.
type Store interface {
	// StoreRequest stores a new request of the browser with the flow's digest; nil: it is
	// pushed, and belongs to the browser that brings it first.
	StoreRequest(ctx context.Context, r *Request, flow []byte, life time.Duration) error
	// BindRequest gives a pushed request to the browser and returns it, also if the same
	// browser brings it again. It returns [auth.ErrNotFound] if the client pushed no such
	// request, if it has expired, or if another browser has brought it.
	BindRequest(ctx context.Context, id, clientID string, flow []byte, life time.Duration) (*Stored, error)
	// Request returns the request, also if it has expired, or [auth.ErrNotFound].
	Request(ctx context.Context, id string) (*Stored, error)
	// SignedIn returns the session of the sign-in page that the cookie belongs to, and notes
	// that it was used. It returns [auth.ErrSessionNotFound] if the session has ended.
	SignedIn(ctx context.Context, cookie *token.SignIn, life auth.Lifetimes) (*SignedIn, error)
	// ReplaceSignIn ends a session of the sign-in page that another one of the browser
	// replaces. Applications that the same person allowed in the old one go on in the new
	// one.
	ReplaceSignIn(ctx context.Context, old string, opened *auth.Session) error
	// EndSignIn ends the person's session with the id, and the applications' sessions that
	// were allowed in it.
	EndSignIn(ctx context.Context, userID string, ids ...string) error
	// Grant returns what the person allowed the client, or [auth.ErrNotFound].
	Grant(ctx context.Context, userID, clientID string) (*clients.Grant, error)
	// Answer answers a request once, and returns the answer, or that of before. It returns
	// [auth.ErrSessionEnded] if the person is not signed in any more, and [auth.ErrNotFound]
	// if the request has expired or the client may not go on.
	Answer(ctx context.Context, a *Answer) (*Answered, error)
}

// A Browser is what a browser sends with each request.
type Browser struct {
	Flow   string // the cookie that its requests are bound to; "" for none
	SignIn string // the cookie of its session; "" for none
	Framed bool   // the answer is shown within another page
	Client client.Client
}

// SignedIn is a session of the sign-in page, and its person.
type SignedIn struct {
	SessionID string
	AuthTime  time.Time
	AMR       []string
	UserID    string
	Email     string
	Name      string // "" for none
	Roles     []string
}

// Stored is a request with what became of it.
type Stored struct {
	Request  *Request
	Flow     []byte // the digest of the browser's cookie; nil: pushed, and not yet used
	Expired  bool
	Answered *Answered // nil: not yet
}

// Answered is how a request was answered.
type Answered struct {
	Code *oauth.AuthorizationCode // nil: the person refused
	Used bool                     // the client has used the code
	Old  bool                     // longer ago than the code works
}

// An Answer answers a request.
type Answer struct {
	RequestID string
	ClientID  string
	Code      *oauth.AuthorizationCode // nil: the person refused
	// Grant, if not nil, returns what the person allows the client from now on, from what
	// was allowed before, nil for nothing, and the scopes that are taken back.
	Grant func(before *clients.Grant) (now *clients.Grant, removed []string)
}
