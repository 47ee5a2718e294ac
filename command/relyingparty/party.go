// Package relyingparty logs a person in to an application of its own, to show what
// applications get.
package relyingparty

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"gatehouse/command/terminal"
)

// A Config says which provider to try, and as which client.
type Config struct {
	Issuer   string
	ClientID string
	Secret   string // "" for a public client
	Scopes   []string
	Port     int // of the loopback address; 0 for any that is free
}

// CallbackPath is where the provider sends the browser. A client has to have it registered with
// the host 127.0.0.1; its port is free (RFC 8252, 7.3).
const CallbackPath = "/callback"

// A Party is an application on a loopback port that one person logs in to.
type Party struct {
	config   *oauth2.Config
	issuer   string
	provider *oidc.Provider
	listener net.Listener
	state    string
	nonce    string
	verifier string // of PKCE
}

// New reads the provider's metadata and listens. Close ends that.
func New(ctx context.Context, c Config) (*Party, error) {
	provider, err := oidc.NewProvider(ctx, c.Issuer)
	if err != nil {
		return nil, discoveryError(c.Issuer, err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", c.Port))
	if err != nil {
		return nil, fmt.Errorf("can't listen for the browser's return: %w", err)
	}
	p := &Party{
		issuer: c.Issuer, provider: provider, listener: listener,
		state: oauth2.GenerateVerifier(), nonce: oauth2.GenerateVerifier(), verifier: oauth2.GenerateVerifier(),
	}
	p.config = &oauth2.Config{
		ClientID: c.ClientID, ClientSecret: c.Secret, Endpoint: provider.Endpoint(), Scopes: c.Scopes,
		RedirectURL: p.Address() + CallbackPath,
	}
	return p, nil
}

// discoveryError says why there is no metadata, and what to do.
func discoveryError(issuer string, err error) error {
	switch {
	case strings.HasPrefix(err.Error(), "404 "):
		return fmt.Errorf("%s has no OpenID Connect metadata: start the service with OAUTH=on", issuer)
	case errors.As(err, new(*net.OpError)):
		return fmt.Errorf("no service answers at %s: start it, or name another with --issuer", issuer)
	}
	return fmt.Errorf("can't read the metadata of %s: %w", issuer, err)
}

// Close stops listening.
func (p *Party) Close() error { return p.listener.Close() }

// Address is where a person begins: it leads to the provider.
func (p *Party) Address() string { return "http://" + p.listener.Addr().String() }

// Result is what the application got.
type Result struct {
	Subject      string          `json:"sub"`
	Scope        string          `json:"scope"`
	ExpiresIn    int             `json:"expiresIn"` // of the access token, in seconds
	RefreshToken bool            `json:"refreshToken"`
	IDToken      json.RawMessage `json:"idToken"` // its claims
	UserInfo     json.RawMessage `json:"userinfo"`
}

// shutdownTimeout is how long the browser has to read the last page.
const shutdownTimeout = 5 * time.Second

// Wait serves the application until a person has logged in, or was refused.
func (p *Party) Wait(ctx context.Context) (*Result, error) {
	outcomes := make(chan outcome, 1)
	web := &http.Server{Handler: p.routes(outcomes), ReadHeaderTimeout: shutdownTimeout}
	served := make(chan error, 1)
	go func() { served <- web.Serve(p.listener) }()

	var o outcome
	select {
	case o = <-outcomes:
	case <-ctx.Done():
		o.err = ctx.Err()
	case o.err = <-served:
		return nil, o.err
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	return o.result, errors.Join(o.err, web.Shutdown(closing))
}

// authorizationURL is the request that the person's browser takes to the provider.
func (p *Party) authorizationURL() string {
	return p.config.AuthCodeURL(p.state, oidc.Nonce(p.nonce), oauth2.S256ChallengeOption(p.verifier))
}

// exchange redeems the code, verifies the ID token, and asks who it is.
func (p *Party) exchange(ctx context.Context, code string) (*Result, error) {
	tokens, err := p.config.Exchange(ctx, code, oauth2.VerifierOption(p.verifier))
	if err != nil {
		return nil, refusal("the token endpoint", err)
	}
	r := &Result{RefreshToken: tokens.RefreshToken != "", ExpiresIn: int(tokens.ExpiresIn)}
	r.Scope, _ = tokens.Extra("scope").(string)
	text, _ := tokens.Extra("id_token").(string)
	if text == "" {
		return nil, errors.New("the answer has no ID token: add the scope openid")
	}
	idToken, err := p.provider.Verifier(&oidc.Config{ClientID: p.config.ClientID}).Verify(ctx, text)
	if err != nil {
		return nil, err
	}
	if idToken.Nonce != p.nonce {
		return nil, errors.New("the ID token has another nonce than the request")
	}
	r.Subject = idToken.Subject
	info, err := p.provider.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		return nil, fmt.Errorf("userinfo: %w", err)
	}
	if info.Subject != idToken.Subject { // OpenID Connect Core, 5.3.2
		return nil, errors.New("userinfo is about another account than the ID token")
	}
	return r, errors.Join(idToken.Claims(&r.IDToken), info.Claims(&r.UserInfo))
}

// refusal names the code and the description of an error of a provider.
func refusal(where string, err error) error {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) || refused.ErrorCode == "" {
		return fmt.Errorf("%s: %w", where, err)
	}
	return fmt.Errorf("%s refuses: %s: %s", where, refused.ErrorCode, terminal.Printable(refused.ErrorDescription))
}
