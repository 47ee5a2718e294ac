package token_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"gatehouse/auth/token"
)

// A complete resource server. It accepts the tokens of one issuer, whose keys it
// fetches. It answers a bad token with 401, and 503 while the keys are
// unavailable.
func ExampleVerifier() {
	issuer, accessToken := startIssuer("https://items.example.com")
	defer issuer.Close()

	keys, err := token.NewRemote(issuer.URL+"/.well-known/jwks.json", time.Now)
	if err != nil {
		panic(err)
	}
	if err := keys.Refresh(context.Background()); err != nil {
		fmt.Println("starting anyway:", err)
	}
	verifier := &token.Verifier{Issuer: issuer.URL, Audience: "https://items.example.com", Key: keys.Key, Now: time.Now}
	items := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		claims, err := verifier.Verify(r.Context(), bearer)
		switch {
		case errors.Is(err, token.ErrKeysUnavailable):
			http.Error(w, "try again later", http.StatusServiceUnavailable)
		case err != nil: // token.ErrExpired or token.ErrInvalid
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
			http.Error(w, "log in again", http.StatusUnauthorized)
		default:
			fmt.Fprintln(w, claims.Subject, "may", claims.Scopes)
		}
	})

	for _, bearer := range []string{accessToken, accessToken + "x"} {
		r := httptest.NewRequest(http.MethodGet, "/items", nil)
		r.Header.Set("Authorization", "Bearer "+bearer)
		w := httptest.NewRecorder()
		items.ServeHTTP(w, r)
		fmt.Print(w.Code, " ", w.Body)
	}
	// Output:
	// 200 ada may [read:items]
	// 401 log in again
}

// startIssuer starts a server that publishes its keys, and returns it with a
// token for the audience.
func startIssuer(audience string) (*httptest.Server, string) {
	key, err := token.NewKey(token.EdDSA)
	if err != nil {
		panic(err)
	}
	set, err := token.JWKS([]*token.Key{key})
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(set)
	}))
	now := time.Now()
	text, err := key.Sign(&token.Claims{
		Issuer: server.URL, Audience: []string{audience}, Subject: "ada", ID: "1", SessionID: "1", ClientID: "example",
		IssuedAt: now, ExpiresAt: now.Add(time.Minute), Scopes: []string{"read:items"},
	})
	if err != nil {
		panic(err)
	}
	return server, text
}
