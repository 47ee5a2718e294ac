package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"gatehouse/auth"
	"gatehouse/auth/authn"
	"gatehouse/auth/client"
	protocol "gatehouse/auth/oauth"
	"gatehouse/auth/oauth/tokens"
)

// An Authenticator turns the credential of a request into its caller.
type Authenticator interface {
	Authenticate(ctx context.Context, c authn.Credentials) (*auth.Principal, error)
}

// userinfo tells a client about its person (OpenID Connect Core, 5.3).
type userinfo struct{ handler *Handler }

// ServeHTTP answers one request. The access token is in the header Authorization, and nowhere
// else (RFC 9700, 4.3.2).
func (u userinfo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := u.handler
	start := h.parts.Now()
	if r.Method != http.MethodGet && r.Method != http.MethodPost && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, POST, OPTIONS")
		h.refuse(r.Context(), w, &statusError{http.StatusMethodNotAllowed, invalid("Send a GET or a POST request.")}, false)
		return
	}
	ctx := client.With(r.Context(), clientOf(r))
	line := record{name: "userinfo", status: http.StatusOK}
	p, info, err := u.answer(ctx, r.Header.Values("Authorization"))
	if p != nil {
		line.event = Event{Subject: p.ID}
		if p.SessionID != nil {
			line.event.Session = *p.SessionID
		}
		if p.ClientID != nil {
			line.clientID = *p.ClientID
		}
	}
	if err == nil {
		writeJSON(w, http.StatusOK, info)
	} else {
		line.err = err
		line.status = u.refuse(ctx, w, err)
	}
	line.took = h.parts.Now().Sub(start)
	h.log(ctx, w, &line)
}

// answer returns the caller and what its access token tells.
func (u userinfo) answer(ctx context.Context, authorization []string) (*auth.Principal, *tokens.Userinfo, error) {
	if len(authorization) == 0 {
		return nil, nil, auth.ErrNoCredential
	}
	p, err := u.handler.parts.Callers.Authenticate(ctx, authn.Credentials{Authorization: authorization})
	if err != nil {
		return nil, nil, err
	}
	if p == nil {
		return nil, nil, auth.ErrNoCredential
	}
	info, err := tokens.UserinfoOf(ctx, u.handler.parts.Users, p)
	return p, info, err
}

// refuse answers an error as RFC 6750, 3 has it, and returns the status.
func (u userinfo) refuse(ctx context.Context, w http.ResponseWriter, err error) int {
	known := (*protocol.Error)(nil)
	metadata := u.handler.parts.Metadata.ResourceURL()
	switch {
	case errors.Is(err, auth.ErrNoCredential): // RFC 6750, 3.1: no error
		return challenge(w, http.StatusUnauthorized, fmt.Sprintf(`Bearer resource_metadata=%q`, metadata), nil)
	case errors.As(err, &known) && known.Code == protocol.InsufficientScope:
		header := fmt.Sprintf(`Bearer error=%q, scope="openid", resource_metadata=%q`, known.Code, metadata)
		return challenge(w, http.StatusForbidden, header, known)
	case errors.Is(err, auth.ErrTokenInvalid), errors.Is(err, auth.ErrTokenExpired), errors.Is(err, auth.ErrSessionEnded),
		errors.Is(err, auth.ErrKeyInvalid), errors.Is(err, auth.ErrSeveralCredentials):
		refused := &protocol.Error{Code: protocol.InvalidToken, Description: "The access token is not valid, has expired or was revoked."}
		return challenge(w, http.StatusUnauthorized, fmt.Sprintf(`Bearer error=%q, resource_metadata=%q`, refused.Code, metadata), refused)
	}
	return u.handler.refuse(ctx, w, err, false)
}

// challenge answers with the header WWW-Authenticate, and returns the status.
func challenge(w http.ResponseWriter, status int, header string, err *protocol.Error) int {
	w.Header().Set("WWW-Authenticate", header)
	if err == nil {
		writeJSON(w, status, nil)
		return status
	}
	writeJSON(w, status, errorBody{err.Code, err.Description})
	return status
}
