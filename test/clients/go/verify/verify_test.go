// Package verify verifies our access tokens with Go libraries of other
// projects, set up as in docs/verifiers.md.
package verify

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// An expectation is what a verifier is told.
type expectation struct {
	issuer, audience, algorithm string
	now                         time.Time
}

// verifiers return the subject of a valid token. keys is the URL of the key set.
var verifiers = map[string]func(ctx context.Context, token, keys string, want expectation) (string, error){
	"go-oidc": func(ctx context.Context, token, keys string, want expectation) (string, error) {
		verifier := oidc.NewVerifier(want.issuer, oidc.NewRemoteKeySet(ctx, keys), &oidc.Config{
			ClientID: want.audience, SupportedSigningAlgs: []string{want.algorithm}, Now: func() time.Time { return want.now },
		})
		verified, err := verifier.Verify(ctx, token)
		if err != nil {
			return "", err
		}
		return verified.Subject, nil
	},
	"jwx": func(ctx context.Context, token, keys string, want expectation) (string, error) {
		set, err := jwk.Fetch(ctx, keys)
		if err != nil {
			return "", err
		}
		verified, err := jwt.Parse([]byte(token), jwt.WithKeySet(set), jwt.WithIssuer(want.issuer), jwt.WithAudience(want.audience),
			jwt.WithClock(jwt.ClockFunc(func() time.Time { return want.now })))
		if err != nil {
			return "", err
		}
		subject, _ := verified.Subject()
		return subject, nil
	},
}

func TestVerifiers(t *testing.T) {
	url := os.Getenv("GATEHOUSE_URL")
	if url == "" {
		t.Fatal("set GATEHOUSE_URL to the URL of a running service")
	}
	token := accessToken(t, url)
	valid := expectation{issuer: url, audience: url, algorithm: "ES256", now: time.Now()}
	tests := []struct {
		name   string
		token  string
		change func(*expectation)
	}{
		{"another audience", token, func(e *expectation) { e.audience = "https://api.example.com" }},
		{"another issuer", token, func(e *expectation) { e.issuer = "https://id.example.com" }},
		{"expired", token, func(e *expectation) { e.now = e.now.Add(16 * time.Minute) }},
		{"a claim changed", withSubject(t, token), func(*expectation) {}},
		{"without a signature", token[:strings.LastIndex(token, ".")+1], func(*expectation) {}},
	}
	for name, verify := range verifiers {
		for _, tt := range tests {
			want := valid
			tt.change(&want)
			if subject, err := verify(t.Context(), tt.token, url+"/.well-known/jwks.json", want); err == nil {
				t.Errorf("%s, %s: accepted as %s", name, tt.name, subject)
			}
			if subject, err := verify(t.Context(), token, url+"/.well-known/jwks.json", valid); err != nil || len(subject) != 36 {
				t.Errorf("%s: subject %q, %v", name, subject, err)
			}
		}
	}
}

// TestGoOIDCNeedsTheAlgorithm: unless it is told otherwise, go-oidc accepts
// RS256 alone.
func TestGoOIDCNeedsTheAlgorithm(t *testing.T) {
	url := os.Getenv("GATEHOUSE_URL")
	token := accessToken(t, url)
	keys := oidc.NewRemoteKeySet(t.Context(), url+"/.well-known/jwks.json")
	for _, tt := range []struct {
		algorithms []string
		ok         bool
	}{{nil, false}, {[]string{"ES256"}, true}} {
		_, err := oidc.NewVerifier(url, keys, &oidc.Config{ClientID: url, SupportedSigningAlgs: tt.algorithms}).Verify(t.Context(), token)
		if (err == nil) != tt.ok {
			t.Errorf("algorithms %q: %v", tt.algorithms, err)
		}
	}
}

// TestMetadata: the metadata names the issuer and the key set.
func TestMetadata(t *testing.T) {
	url := os.Getenv("GATEHOUSE_URL")
	response, err := http.Get(url + "/.well-known/oauth-authorization-server")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var metadata struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if err := json.NewDecoder(response.Body).Decode(&metadata); err != nil || metadata.Issuer != url {
		t.Fatalf("%+v, %v", metadata, err)
	}
	if set, err := jwk.Fetch(t.Context(), metadata.Keys); err != nil || set.Len() != 1 {
		t.Errorf("keys %v, %v", set, err)
	}
}

// accessToken logs in the account of docs/clients.md.
func accessToken(t *testing.T, url string) string {
	t.Helper()
	const operation = `{"query":"mutation { login(input: {email: \"ada@example.com\", password: \"seven quiet herons\"}) { accessToken } }"}`
	response, err := http.Post(url+"/graphql", "application/json", strings.NewReader(operation))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Data struct{ Login struct{ AccessToken string } }
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Data.Login.AccessToken == "" {
		t.Fatalf("no token: %v", err)
	}
	return answer.Data.Login.AccessToken
}

// withSubject returns the token with another subject and the old signature.
func withSubject(t *testing.T, token string) string {
	t.Helper()
	parts := strings.Split(token, ".")
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(claims, []byte(`"sub":"0`), []byte(`"sub":"1`), 1)
	if bytes.Equal(changed, claims) {
		t.Fatalf("claims %s", claims)
	}
	parts[1] = base64.RawURLEncoding.EncodeToString(changed)
	return strings.Join(parts, ".")
}
