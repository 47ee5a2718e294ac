package main

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// accessTTL is the lifetime of an access token.
const accessTTL = 15 * time.Minute

// claims are the claims of an access token.
type claims struct {
	jwt.RegisteredClaims
	Roles []string `json:"roles"`
	Scope string   `json:"scope"` // separated by spaces
}

func (c *claims) scopes() []string { return strings.Fields(c.Scope) }

// hs256 signs and verifies access tokens.
type hs256 struct {
	secret []byte
	parser *jwt.Parser
}

func newHS256(secret string) hs256 {
	return hs256{[]byte(secret), jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired())}
}

// sign returns an access token for the user.
func (k hs256) sign(subject string, roles []string, scope string, now time.Time) (string, error) {
	c := claims{
		RegisteredClaims: jwt.RegisteredClaims{Subject: subject, IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(accessTTL))},
		Roles:            roles, Scope: scope,
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(k.secret)
}

type callerKey struct{}

// authenticate verifies the token of each request, and puts its claims into the context.
func (k hs256) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !found {
			next.ServeHTTP(w, r)
			return
		}
		c := &claims{}
		if _, err := k.parser.ParseWithClaims(text, c, func(*jwt.Token) (any, error) { return k.secret, nil }); err != nil {
			http.Error(w, "invalid token", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, c)))
	})
}
