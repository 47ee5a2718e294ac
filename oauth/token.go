package oauth

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/oauth/tokens"
)

// A TokenIssuer answers requests for tokens.
type TokenIssuer interface {
	Issue(ctx context.Context, r *tokens.Request) (*tokens.Response, error)
	Introspect(ctx context.Context, c *clients.Client, text string) (*tokens.Introspection, error)
	Revoke(ctx context.Context, c *clients.Client, text string) (sessionID string, err error)
}

// A tokenBody is the JSON of a token response (RFC 6749, 5.1; OpenID Connect Core, 3.1.3.3). It
// always has the scope: some clients take a missing one for the one they asked for.
type tokenBody struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	Scope        string `json:"scope"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
}

// token returns the token endpoint.
func (h *Handler) token() http.Handler {
	return h.post(&form{handler: h, name: "token", answer: h.issue, anonymous: func(f Form) bool {
		return f.Get("grant_type") == string(clients.Password)
	}})
}

// issue answers a request for tokens.
func (h *Handler) issue(ctx context.Context, r *Request) (*Answer, error) {
	f := r.Form
	grant := clients.GrantType(f.Get("grant_type"))
	answer := &Answer{Log: Event{Grant: knownGrant(grant)}}
	response, err := h.parts.Tokens.Issue(ctx, &tokens.Request{
		Client: r.Client, Grant: grant, Scope: f.Get("scope"), Resources: f.All("resource"),
		Code: f.Get("code"), RedirectURI: f.Get("redirect_uri"), Verifier: f.Get("code_verifier"),
		RefreshToken: f.Get("refresh_token"), Username: f.Get("username"), Password: f.Get("password"),
	})
	if err != nil {
		return answer, err
	}
	answer.Log.Subject, answer.Log.Session = response.UserID, response.SessionID
	answer.Body = tokenBody{
		AccessToken: response.AccessToken, TokenType: tokens.TokenType, ExpiresIn: response.ExpiresIn,
		Scope: strings.Join(response.Scopes, " "), RefreshToken: response.RefreshToken, IDToken: response.IDToken,
	}
	return answer, nil
}

// knownGrant returns the grant type for the log: anyone can send any text.
func knownGrant(g clients.GrantType) clients.GrantType {
	switch g {
	case clients.AuthorizationCode, clients.RefreshToken, clients.ClientCredentials, clients.Password, "":
		return g
	}
	return "other"
}

// revoke ends what a token belongs to (RFC 7009). About a token that is not the client's it tells
// nothing.
func (h *Handler) revoke(ctx context.Context, r *Request) (*Answer, error) {
	text := r.Form.Get("token")
	if text == "" {
		return nil, invalid("The parameter token is missing.")
	}
	session, err := h.parts.Tokens.Revoke(ctx, r.Client, text)
	return &Answer{Log: Event{Session: session}}, err
}

// introspect says what a token stands for (RFC 7662), to clients that can keep a secret.
func (h *Handler) introspect(ctx context.Context, r *Request) (*Answer, error) {
	text := r.Form.Get("token")
	switch {
	case r.Client.Kind != clients.Confidential:
		return nil, errPublicClient
	case text == "":
		return nil, invalid("The parameter token is missing.")
	}
	found, err := h.parts.Tokens.Introspect(ctx, r.Client, text)
	if err != nil {
		return nil, err
	}
	return &Answer{Body: found, Log: Event{Subject: found.Subject, Session: found.SessionID}}, nil
}

// A Pusher stores authorization requests that clients push (RFC 9126).
type Pusher interface {
	// Push stores a request of the client. It returns an [*protocol.Error].
	Push(ctx context.Context, c *clients.Client, form url.Values) (requestURI string, life time.Duration, err error)
}

// A pushedBody is the JSON of the answer to a pushed request (RFC 9126, 2.2).
type pushedBody struct {
	RequestURI string `json:"request_uri"`
	ExpiresIn  int    `json:"expires_in"`
}

// push stores an authorization request, without what authenticated the client.
func (h *Handler) push(ctx context.Context, r *Request) (*Answer, error) {
	form := url.Values{}
	for name, values := range r.Form {
		switch name {
		case "client_secret", "client_assertion", "client_assertion_type":
		default:
			form[name] = values
		}
	}
	uri, life, err := h.parts.Pushed.Push(ctx, r.Client, form)
	if err != nil {
		return nil, err
	}
	return &Answer{Status: http.StatusCreated, Body: pushedBody{uri, int(life.Seconds())}}, nil
}
