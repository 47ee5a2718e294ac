package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/auth/policy"
	"gatehouse/auth/token"
)

type callerKey struct{}

// callerFrom returns who asks, nil for nobody.
func callerFrom(ctx context.Context) *policy.Subject {
	s, _ := ctx.Value(callerKey{}).(*policy.Subject)
	return s
}

// errScheme is a credential that is not one bearer token (RFC 6750, 2.1).
var errScheme = errors.New("the credential is not one bearer token")

// authenticated lets a request pass as the one whose token it bears, or as nobody where it bears none. A bad token is
// answered 401, and one that can't be judged because the issuer's keys are unavailable 503.
func authenticated(verifier *token.Verifier, log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, err := callerOf(r.Context(), verifier, r.Header.Values("Authorization"))
		switch {
		case errors.Is(err, token.ErrKeysUnavailable):
			log.Error("tokens can't be verified", slog.String("error", err.Error()))
			w.Header().Set("Retry-After", "1")
			fail(w, http.StatusServiceUnavailable, coded("The service can't verify credentials now.", codeUnavailable))
		case err != nil:
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
			fail(w, http.StatusUnauthorized, badCredential(err))
		default:
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, caller)))
		}
	})
}

// callerOf returns whom the values of the header Authorization stand for. What the token says was so when it was issued:
// roles and scopes may be as old as Gatehouse's ACCESS_TOKEN_TTL.
func callerOf(ctx context.Context, verifier *token.Verifier, authorization []string) (*policy.Subject, error) {
	if len(authorization) == 0 {
		return nil, nil // nobody
	}
	scheme, text, _ := strings.Cut(authorization[0], " ")
	if len(authorization) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return nil, errScheme
	}
	claims, err := verifier.Verify(ctx, text)
	if err != nil {
		return nil, err
	}
	return &policy.Subject{ID: claims.Subject, Roles: claims.Roles, Scopes: claims.Scopes}, nil
}

func badCredential(err error) *gqlerror.Error {
	g := coded("The access token is invalid.", codeUnauthenticated)
	g.Extensions["reason"] = "token_invalid"
	if errors.Is(err, token.ErrExpired) {
		g.Message, g.Extensions["reason"] = "The access token has expired.", "token_expired"
	}
	return g
}

// fail answers a request of which nothing runs.
func fail(w http.ResponseWriter, status int, err *gqlerror.Error) {
	text, failed := json.Marshal(map[string]any{"errors": gqlerror.List{err}})
	if failed != nil {
		http.Error(w, http.StatusText(status), status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}
