// Package pages speaks to the browsers of people: it shows them the pages for logging in,
// for allowing an application what it asks for, and for logging out, and sends them back to
// the application. Only passkeys need a script.
package pages

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"gatehouse/auth/oauth/authorization"
	"gatehouse/auth/policy"
	"gatehouse/edge"
)

// Parts are what a Handler is made of.
type Parts struct {
	Service *authorization.Service
	// Uses returns what the schema limits when an account logs in.
	Uses      func(ctx context.Context, email string) []policy.Use
	PublicURL *url.URL
	Links     Links
	// SignInLife is how long a browser keeps the cookie of its session.
	SignInLife time.Duration
	// Limit passes requests on to next while there is room for them, and others to full.
	Limit func(next, full http.Handler) http.Handler
	// Answered, if not nil, is called when a request is answered.
	Answered func(endpoint string, status int)
	Log      *slog.Logger
	Now      func() time.Time
}

// Links lead from the page for logging in to pages for those who can't; "" to none.
type Links struct {
	Forgot   string // to choose a new password
	Register string // to make an account
	Security string // to set up a second factor, where one is demanded
}

// A Handler answers browsers.
type Handler struct {
	Parts
	base       string // the path of PUBLIC_URL
	protection *http.CrossOriginProtection
}

// New returns a Handler.
func New(p Parts) (*Handler, error) {
	h := &Handler{Parts: p, base: p.PublicURL.EscapedPath(), protection: http.NewCrossOriginProtection()}
	own := url.URL{Scheme: p.PublicURL.Scheme, Host: p.PublicURL.Host} // a proxy may change the header Host
	return h, h.protection.AddTrustedOrigin(own.String())
}

// Register adds the pages to mux.
func (h *Handler) Register(mux *http.ServeMux) {
	for pattern, answer := range map[string]func(*visit) error{
		"GET /oauth/authorize":  h.authorize,
		"POST /oauth/authorize": h.receive,
		"GET /oauth/login":      h.showLogin,
		"POST /oauth/login":     h.logIn,
		"POST /oauth/challenge": h.answerChallenge,
		"GET /oauth/consent":    h.showConsent,
		"POST /oauth/consent":   h.consent,
		"GET /oauth/logout":     h.logOut,
		"POST /oauth/logout":    h.confirmLogout,
	} {
		mux.Handle(pattern, h.page(pattern, answer))
	}
	mux.Handle("GET /oauth/pages.css", edge.Document("text/css; charset=utf-8", "public, max-age=3600",
		func() ([]byte, error) { return style, nil }))
	mux.Handle("GET /oauth/passkey.js", edge.Document("text/javascript; charset=utf-8", "public, max-age=3600",
		func() ([]byte, error) { return passkeyScript, nil }))
}

// location returns the URL of a page of ours.
func (h *Handler) location(path string, query url.Values) string {
	return h.base + path + "?" + query.Encode()
}
