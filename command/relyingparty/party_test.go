package relyingparty

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// A provider answers as told. Its zero value, started, lets anyone in.
type provider struct {
	*httptest.Server
	key    *ecdsa.PrivateKey
	issuer string            // that it claims to be; "": itself
	claims map[string]any    // of the ID token, beside the usual
	answer map[string]any    // of the token endpoint, instead of tokens
	back   map[string]string // parameters of the redirect, beside the usual
	nonce  string
}

func (p *provider) start(t *testing.T) *provider {
	t.Helper()
	var err error
	if p.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	routes := http.NewServeMux()
	routes.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		issuer := p.issuer
		if issuer == "" {
			issuer = p.URL
		}
		reply(w, http.StatusOK, map[string]any{
			"issuer": issuer, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "userinfo_endpoint": p.URL + "/userinfo",
			"jwks_uri": p.URL + "/jwks", "id_token_signing_alg_values_supported": []string{"ES256"},
		})
	})
	routes.HandleFunc("/jwks", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
	})
	routes.HandleFunc("/authorize", p.authorize)
	routes.HandleFunc("/token", func(w http.ResponseWriter, _ *http.Request) { p.token(t, w) })
	routes.HandleFunc("/userinfo", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, map[string]any{"sub": "u1", "email": "ada@example.com"})
	})
	p.Server = httptest.NewServer(routes)
	t.Cleanup(p.Close)
	return p
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p.nonce = q.Get("nonce")
	back := url.Values{"code": {"c1"}, "state": {q.Get("state")}, "iss": {p.URL}}
	for name, value := range p.back {
		back.Set(name, value)
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusSeeOther)
}

func (p *provider) token(t *testing.T, w http.ResponseWriter) {
	if p.answer != nil {
		status := http.StatusOK
		if p.answer["error"] != nil {
			status = http.StatusBadRequest
		}
		reply(w, status, p.answer)
		return
	}
	now := time.Now()
	claims := map[string]any{"iss": p.URL, "sub": "u1", "aud": "client", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "nonce": p.nonce}
	for name, value := range p.claims {
		claims[name] = value
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: p.key, KeyID: "k1"}}, nil)
	if err != nil {
		t.Error(err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Error(err)
	}
	reply(w, http.StatusOK, map[string]any{
		"access_token": "a1", "refresh_token": "r1", "token_type": "Bearer", "expires_in": 900, "scope": "openid email", "id_token": text,
	})
}

// tryIt logs in, and returns what the application got and the browser's last page.
func tryIt(t *testing.T, p *provider) (*Result, string, error) {
	t.Helper()
	party, err := New(t.Context(), Config{Issuer: p.URL, ClientID: "client", Scopes: []string{"openid", "email"}})
	if err != nil {
		return nil, "", err
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	shown := make(chan string, 1)
	go func() {
		text := ""
		if answer, err := http.Get(party.Address()); err == nil {
			body, _ := io.ReadAll(answer.Body)
			_ = answer.Body.Close()
			text = string(body)
		}
		shown <- text
	}()
	result, err := party.Wait(ctx)
	return result, <-shown, err
}

// TestLogIn is a whole code flow.
func TestLogIn(t *testing.T) {
	result, shown, err := tryIt(t, (&provider{claims: map[string]any{"name": "<b>Ada"}}).start(t))
	if err != nil {
		t.Fatal(err)
	}
	if result.Subject != "u1" || result.Scope != "openid email" || result.ExpiresIn != 900 || !result.RefreshToken ||
		!strings.Contains(string(result.IDToken), `"u1"`) || !strings.Contains(string(result.UserInfo), "ada@example.com") {
		t.Errorf("result = %+v", result)
	}
	if !strings.Contains(shown, "Logged in") || strings.Contains(shown, "<b>Ada") || !strings.Contains(shown, "\\u003cb\\u003eAda") {
		t.Errorf("the page is %s", shown)
	}
}

// TestRefused are answers that no application may take.
func TestRefused(t *testing.T) {
	tests := []struct {
		name     string
		provider provider
		want     string
	}{
		{"metadata of another issuer", provider{issuer: "https://other.example.com"}, "can't read the metadata"},
		{"the person refuses", provider{back: map[string]string{"error": "access_denied", "error_description": "no"}}, "the provider refuses: access_denied: no"},
		{"an answer of another issuer", provider{back: map[string]string{"iss": "https://other.example.com"}}, `the answer comes from "https://other.example.com"`},
		{"a refused code", provider{answer: map[string]any{"error": "invalid_grant", "error_description": "used"}}, "the token endpoint refuses: invalid_grant: used"},
		{"no ID token", provider{answer: map[string]any{"access_token": "a1", "token_type": "Bearer"}}, "add the scope openid"},
		{"another nonce", provider{claims: map[string]any{"nonce": "other"}}, "another nonce"},
		{"another audience", provider{claims: map[string]any{"aud": "other"}}, "audience"},
		{"an expired ID token", provider{claims: map[string]any{"exp": 1}}, "expired"},
		{"another person", provider{claims: map[string]any{"sub": "u2"}}, "userinfo"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			result, shown, err := tryIt(t, tt.provider.start(t))
			if err == nil || !strings.Contains(err.Error(), tt.want) || result != nil {
				t.Errorf("result = %+v, err = %v, want %q", result, err, tt.want)
			}
			if shown != "" && !strings.Contains(shown, "Not logged in") {
				t.Errorf("the page is %s", shown)
			}
		})
	}
}

// TestStrayCallback does not end the wait: only the answer with the state of this program does.
func TestStrayCallback(t *testing.T) {
	p := (&provider{}).start(t)
	party, err := New(t.Context(), Config{Issuer: p.URL, ClientID: "client", Scopes: []string{"openid"}})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := party.Wait(t.Context())
		done <- err
	}()
	for _, query := range []string{"", "?code=c1", "?code=c1&state=wrong", "?error=access_denied&state="} {
		answer, err := http.Get(party.Address() + CallbackPath + query)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: status = %d", query, answer.StatusCode)
		}
	}
	answer, err := http.Get(party.Address())
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if err := <-done; err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("the right answer: %d, %v", answer.StatusCode, err)
	}
}

// TestWaitEnds with the context.
func TestWaitEnds(t *testing.T) {
	p := (&provider{}).start(t)
	party, err := New(t.Context(), Config{Issuer: p.URL, ClientID: "client"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := party.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}

// TestNoProvider says what to do.
func TestNoProvider(t *testing.T) {
	off := httptest.NewServer(http.NotFoundHandler())
	defer off.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for issuer, want := range map[string]string{off.URL: "start the service with OAUTH=on", gone.URL: "no service answers"} {
		if _, err := New(t.Context(), Config{Issuer: issuer, ClientID: "client"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("err = %v, want %q", err, want)
		}
	}
}
