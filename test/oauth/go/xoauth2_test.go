package oauth

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// config is an application's configuration as most programs have it: without AuthStyle, so that
// the library tries HTTP Basic, and on any error the form.
func config(t *testing.T, p provider, name string, scopes ...string) (*oauth2.Config, *oidc.Provider) {
	t.Helper()
	discovered, err := oidc.NewProvider(t.Context(), p.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	c := p.Clients[name]
	endpoint := oauth2.Endpoint{AuthURL: discovered.Endpoint().AuthURL, TokenURL: discovered.Endpoint().TokenURL}
	return &oauth2.Config{ClientID: c.ID, ClientSecret: c.Secret, RedirectURL: first(c.RedirectURI), Scopes: scopes, Endpoint: endpoint}, discovered
}

// TestCodeFlow is golang.org/x/oauth2 with coreos/go-oidc, with a secret and without.
func TestCodeFlow(t *testing.T) {
	p := running(t)
	for _, name := range []string{"confidential", "public"} {
		t.Run(name, func(t *testing.T) {
			c, discovered := config(t, p, name, oidc.ScopeOpenID, "email", oidc.ScopeOfflineAccess)
			verifier := oauth2.GenerateVerifier()
			address := c.AuthCodeURL("a state", oauth2.S256ChallengeOption(verifier), oidc.Nonce("a nonce"), oauth2.SetAuthURLParam("prompt", "consent"))
			tokens, err := c.Exchange(t.Context(), p.code(t, address, c.RedirectURL, "a state"), oauth2.VerifierOption(verifier))
			if err != nil {
				t.Fatal(err)
			}
			text, _ := tokens.Extra("id_token").(string)
			idToken, err := discovered.Verifier(&oidc.Config{ClientID: c.ClientID}).Verify(t.Context(), text)
			if err != nil {
				t.Fatal(err)
			}
			if idToken.Nonce != "a nonce" {
				t.Errorf("nonce = %q", idToken.Nonce)
			}
			if err := idToken.VerifyAccessToken(tokens.AccessToken); err != nil && idToken.AccessTokenHash != "" {
				t.Error(err)
			}
			info, err := discovered.UserInfo(t.Context(), c.TokenSource(t.Context(), tokens))
			if err != nil {
				t.Fatal(err)
			}
			if info.Email != p.Email || info.Subject != idToken.Subject {
				t.Errorf("userinfo = %q of %q, want %q of %q", info.Email, info.Subject, p.Email, idToken.Subject)
			}
			renewed, err := c.TokenSource(t.Context(), &oauth2.Token{RefreshToken: tokens.RefreshToken}).Token()
			if err != nil {
				t.Fatal(err)
			}
			if renewed.AccessToken == "" || renewed.AccessToken == tokens.AccessToken {
				t.Error("the access token was not renewed")
			}
		})
	}
}

// refusedAs tells whether the error is this code of the token endpoint.
func refusedAs(err error, code string) bool {
	var refused *oauth2.RetrieveError
	return errors.As(err, &refused) && refused.ErrorCode == code
}

// TestWrongSecretLeavesTheCode is what the library's probing depends on: a client that failed to
// authenticate did not use the code.
func TestWrongSecretLeavesTheCode(t *testing.T) {
	p := running(t)
	c, _ := config(t, p, "confidential", oidc.ScopeOpenID)
	verifier := oauth2.GenerateVerifier()
	code := p.code(t, c.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)), c.RedirectURL, "s")

	wrong := *c
	wrong.ClientSecret = "wrong"
	if _, err := wrong.Exchange(t.Context(), code, oauth2.VerifierOption(verifier)); !refusedAs(err, "invalid_client") {
		t.Errorf("a wrong secret: %v, want invalid_client", err)
	}
	if _, err := c.Exchange(t.Context(), code, oauth2.VerifierOption(verifier)); err != nil {
		t.Errorf("the right secret after it: %v", err)
	}
	if _, err := c.Exchange(t.Context(), code, oauth2.VerifierOption(verifier)); !refusedAs(err, "invalid_grant") {
		t.Errorf("the code again: %v, want invalid_grant", err)
	}
}

// TestClientCredentials gets a token for a program of its own.
func TestClientCredentials(t *testing.T) {
	p := running(t)
	c, _ := config(t, p, "confidential")
	robot := p.Clients["robot"]
	granted := clientcredentials.Config{ClientID: robot.ID, ClientSecret: robot.Secret, TokenURL: c.Endpoint.TokenURL, Scopes: []string{"read:users"}}
	token, err := granted.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if scope := token.Extra("scope"); scope != "read:users" || token.RefreshToken != "" {
		t.Errorf("scope = %v, refresh token %t", scope, token.RefreshToken != "")
	}
	granted.ClientSecret = "wrong"
	if _, err := granted.Token(t.Context()); !refusedAs(err, "invalid_client") {
		t.Errorf("a wrong secret: %v, want invalid_client", err)
	}
	granted.ClientSecret, granted.Scopes = robot.Secret, []string{"openid"}
	if _, err := granted.Token(t.Context()); !refusedAs(err, "invalid_scope") {
		t.Errorf("a scope it may not have: %v, want invalid_scope", err)
	}
}

// TestMetadata finds the document's members that go-oidc reads.
func TestMetadata(t *testing.T) {
	p := running(t)
	_, discovered := config(t, p, "confidential")
	var claims struct {
		Algorithms []string `json:"id_token_signing_alg_values_supported"`
		Challenges []string `json:"code_challenge_methods_supported"`
	}
	if err := discovered.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	if len(claims.Challenges) != 1 || claims.Challenges[0] != "S256" || claims.Algorithms[0] != "RS256" {
		t.Errorf("metadata = %+v", claims)
	}
	answer, err := http.Get(p.Issuer + "/.well-known/oauth-authorization-server")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	if !json.Valid(text) {
		t.Errorf("%s: %s", answer.Status, text)
	}
}
