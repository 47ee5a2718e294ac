// Package bearer authenticates HTTP requests by the access token that each bears (RFC 6750). It is for services that
// verify Gatehouse's tokens and answer as Gatehouse does: with GraphQL errors and its codes.
package bearer

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"gatehouse/auth/token"
)

// retryAfter is for how many seconds a client should wait when tokens can't be verified: as long as a failed fetch of
// the issuer's keys holds up the next.
const retryAfter = "1"

// New returns a middleware that lets a request pass if it bears a good token or none at all; Claims tells them apart.
// A request with any other credential goes no further:
//
//   - 401 with WWW-Authenticate for one that is not exactly one bearer token, or a bad or expired one.
//     The error's code is UNAUTHENTICATED, its reason token_invalid or token_expired.
//   - 503 with Retry-After, and UNAVAILABLE, while the issuer's keys can't be had. That goes to the log.
//
// A token says what its subject might do when it was issued, and the middleware asks no other source: roles and scopes may
// be as old as the issuer's tokens live, which is 15 minutes for Gatehouse by default.
func New(verifier *token.Verifier, log *slog.Logger) func(next http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			claims, err := verify(r, verifier)
			switch {
			case errors.Is(err, token.ErrKeysUnavailable):
				if r.Context().Err() == nil { // else the client has gone, and nothing is wrong with the keys
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

// Claims returns what the token of a request says, or nil for a request without one.
func Claims(ctx context.Context) *token.Claims {
	claims, _ := ctx.Value(claimsKey{}).(*token.Claims)
	return claims
}

// verify returns the claims of the token that a request bears, or nil if it bears none.
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

// refuse answers with one GraphQL error and no data, since nothing was executed.
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
