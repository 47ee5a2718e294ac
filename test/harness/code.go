package harness

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// codeVerifier is the verifier of PKCE in requests of an [Application].
const codeVerifier = "a-verifier-that-is-the-same-in-each-of-the-tests"

// AuthorizeURL is the request of an application for a code.
func (a Application) AuthorizeURL(issuer, scope string) string {
	sum := sha256.Sum256([]byte(codeVerifier))
	return issuer + "/oauth/authorize?" + url.Values{
		"client_id": {a.ID}, "redirect_uri": {Callback}, "response_type": {"code"}, "scope": {scope}, "state": {"s"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}.Encode()
}

// A TokenReply is an answer of the token endpoint.
type TokenReply struct {
	Status  int
	Header  http.Header
	Error   string `json:"error"`
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	IDToken string `json:"id_token"`
	Scope   string `json:"scope"`
}

// Redeem sends a code of [Application.AuthorizeURL].
func (c *Client) Redeem(ctx context.Context, a Application, code string) (TokenReply, error) {
	return c.Token(ctx, a, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {Callback}, "code_verifier": {codeVerifier},
	})
}

// Token sends a form to the token endpoint as the application.
func (c *Client) Token(ctx context.Context, a Application, form url.Values) (reply TokenReply, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+"/oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		return reply, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(a.ID, a.Secret)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return reply, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return reply, err
	}
	err = json.Unmarshal(body, &reply)
	reply.Status, reply.Header = answer.StatusCode, answer.Header
	return reply, err
}

// Must returns the answer if it has tokens.
func (r TokenReply) Must(t testing.TB, err error) TokenReply {
	t.Helper()
	if err != nil || r.Status != http.StatusOK {
		t.Fatalf("token endpoint: %d %s %v", r.Status, r.Error, err)
	}
	return r
}
