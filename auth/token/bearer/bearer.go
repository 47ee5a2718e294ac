// Package bearer authenticates HTTP requests by their access tokens (RFC 6750).
// It is for services that verify Gatehouse's tokens and answer like Gatehouse:
// with GraphQL errors and its codes.
package bearer

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"gatehouse/auth/token"
)

// retryAfter is how many seconds a client should wait while tokens can't be
// verified: the time between two fetches of the issuer's keys.
const retryAfter = "1"

// New returns a middleware that lets a request pass if it has a good token or
// no credential; [Claims] tells them apart. It answers any other request
// itself:
//
//   - 401 with WWW-Authenticate for a credential that is not exactly one bearer
//     token, or for a bad or expired token. The error has the code
//     UNAUTHENTICATED and the reason token_invalid or token_expired.
//   - 503 with Retry-After and the code UNAVAILABLE while the issuer's keys are
//     unavailable. This is logged.
//
// A token says what its subject could do when it was issued, and the middleware
// doesn't ask the issuer again. Roles and scopes may be as old as a token can
// be: 15 minutes with Gatehouse's default settings.
func New(verifier *token.Verifier, log *slog.Logger) func(next http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			claims, err := verify(r, verifier)
			switch {
			case errors.Is(err, token.ErrKeysUnavailable):
				if r.Context().Err() == nil { // or else the client disconnected
					log.ErrorContext(r.Context(), "access tokens can't be verified", slog.String("error", err.Error()))
				}
				w.Header().Set("Retry-After", retryAfter)
				refuse(w, http.StatusServiceUnavailable, "The service can't verify credentials now. Try again.", "UNAVAILABLE", "")
			case errors.Is(err, token.ErrExpired):
				unauthorized(w, "The access token has expired.", "token_expired")
			case err != nil:
				unauthorized(w, "The access token is not valid.", "token_invalid")
			case claims == nil:
				next.ServeHTTP(w, r)
			default:
				next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), claimsKey{}, claims)))
			}
		})
	}
}

type claimsKey struct{}

// Claims returns the claims of a request's token, or nil if it has none.
func Claims(ctx context.Context) *token.Claims {
	claims, _ := ctx.Value(claimsKey{}).(*token.Claims)
	return claims
}

// verify returns the claims of the request's token, or nil if it has none.
func verify(r *http.Request, verifier *token.Verifier) (*token.Claims, error) {
	text, err := token.FromHeader(r.Header.Values("Authorization"))
	if err != nil || text == "" {
		return nil, err
	}
	return verifier.Verify(r.Context(), text)
}

func unauthorized(w http.ResponseWriter, message, reason string) {
	w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`) // RFC 6750, 3.1
	refuse(w, http.StatusUnauthorized, message, "UNAUTHENTICATED", reason)
}

// refuse answers with one GraphQL error and without data, because nothing was
// executed.
func refuse(w http.ResponseWriter, status int, message, code, reason string) {
	type extensions struct {
		Code   string `json:"code"`
		Reason string `json:"reason,omitempty"`
	}
	type fault struct {
		Message    string     `json:"message"`
		Extensions extensions `json:"extensions"`
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string][]fault{"errors": {{message, extensions{code, reason}}}})
}
