// Package oauth speaks OAuth 2 and OpenID Connect over HTTP with clients: it reads their
// forms, has package tokens decide, and writes JSON. Pages of the browser are in oauth/pages.
package oauth

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/rs/cors"

	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/oauth/tokens"
	"gatehouse/edge"
)

// The paths of the endpoints, below PUBLIC_URL.
const (
	AuthorizePath     = "/oauth/authorize"
	PushPath          = "/oauth/par"
	TokenPath         = "/oauth/token"
	ShortTokenPath    = "/token" // where tools that know no metadata look
	RevokePath        = "/oauth/revoke"
	IntrospectPath    = "/oauth/introspect"
	UserinfoPath      = "/oauth/userinfo"
	LogoutPath        = "/oauth/logout"
	ServerPath        = "/.well-known/oauth-authorization-server" // RFC 8414
	ConfigurationPath = "/.well-known/openid-configuration"       // OpenID Connect Discovery
	ResourcePath      = "/.well-known/oauth-protected-resource"   // RFC 9728
)

// A ClientAuthenticator finds out which client sends a request.
type ClientAuthenticator interface {
	Authenticate(ctx context.Context, p tokens.Presented) (*clients.Client, error)
}

// Parts are what a Handler is made of.
type Parts struct {
	Metadata Metadata
	Clients  ClientAuthenticator
	Tokens   TokenIssuer
	Pushed   Pusher
	Callers  Authenticator
	Users    tokens.UserStore
	// Limit passes requests on to next while there is room for them, and others to full.
	Limit func(next, full http.Handler) http.Handler
	// Answered, if not nil, is called when a request is answered.
	Answered func(endpoint, grant string, status int)
	Log      *slog.Logger
	Now      func() time.Time
}

// A Handler answers what clients send.
type Handler struct {
	parts Parts
	cors  *cors.Cors
}

// New returns a Handler.
func New(p Parts) *Handler {
	return &Handler{parts: p, cors: cors.New(cors.Options{
		AllowedOrigins: []string{"*"}, // no cookie counts here, so no site has to be kept out
		AllowedMethods: []string{http.MethodGet, http.MethodPost},
		AllowedHeaders: []string{"*"},
		ExposedHeaders: []string{edge.RequestID, "Retry-After", "WWW-Authenticate"},
		MaxAge:         600,
	})}
}

// anyOrigin lets pages of any site send requests and read answers.
func (h *Handler) anyOrigin(next http.Handler) http.Handler { return h.cors.Handler(next) }

// Register adds the endpoints to mux. caching is the Cache-Control of the metadata.
func (h *Handler) Register(mux *http.ServeMux, caching string) {
	h.parts.Metadata.register(mux, caching)
	issue := h.token()
	mux.Handle(TokenPath, issue)
	mux.Handle(ShortTokenPath, issue)
	mux.Handle(PushPath, h.Post("par", h.push))
	mux.Handle(RevokePath, h.Post("revoke", h.revoke))
	mux.Handle(IntrospectPath, h.Post("introspect", h.introspect))
	mux.Handle(UserinfoPath, h.parts.Limit(h.anyOrigin(userinfo{h}), http.HandlerFunc(Busy)))
}
