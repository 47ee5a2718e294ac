package bearer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatehouse/auth/token"
	"gatehouse/auth/token/bearer"
)

const issuer, audience = "https://id.example", "https://api.example"

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// signed returns a token that is good until the given time.
func signed(t *testing.T, key *token.Key, until time.Time) string {
	t.Helper()
	text, err := key.Sign(&token.Claims{
		Issuer: issuer, Audience: []string{audience}, Subject: "ada", ID: "1", SessionID: "1", ClientID: "test",
		IssuedAt: until.Add(-time.Hour), ExpiresAt: until, Scopes: []string{"read:items"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestNew(t *testing.T) {
	key, err := token.NewKey(token.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	good, old := signed(t, key, now.Add(time.Minute)), signed(t, key, now)
	const (
		invalid     = `{"errors":[{"message":"The access token is not valid.","extensions":{"code":"UNAUTHENTICATED","reason":"token_invalid"}}]}`
		expired     = `{"errors":[{"message":"The access token has expired.","extensions":{"code":"UNAUTHENTICATED","reason":"token_expired"}}]}`
		unavailable = `{"errors":[{"message":"The service can't verify credentials now. Try again.","extensions":{"code":"UNAVAILABLE"}}]}`
		challenge   = `Bearer error="invalid_token"`
	)
	unknown := fmt.Errorf("%w: no such key", token.ErrInvalid)
	away := fmt.Errorf("%w: no route to host", token.ErrKeysUnavailable)
	tests := []struct {
		name        string
		credentials []string
		key         error // of the look-up; nil finds it
		status      int
		body        string
		challenge   string
		retry       string
	}{
		{"not a token", []string{"Bearer x"}, nil, 401, invalid, challenge, ""},
		{"forged", []string{"Bearer " + good[:len(good)-4] + "AAAA"}, nil, 401, invalid, challenge, ""},
		{"of an unknown key", []string{"Bearer " + good}, unknown, 401, invalid, challenge, ""},
		{"expired", []string{"Bearer " + old}, nil, 401, expired, challenge, ""},
		{"an empty header", []string{""}, nil, 401, invalid, challenge, ""},
		{"an empty token", []string{"Bearer "}, nil, 401, invalid, challenge, ""},
		{"another scheme", []string{"Basic YTpi"}, nil, 401, invalid, challenge, ""},
		{"two tokens", []string{"Bearer " + good, "Bearer " + good}, nil, 401, invalid, challenge, ""},
		{"keys away", []string{"Bearer " + good}, away, 503, unavailable, "", "1"},

		{"a good token", []string{"Bearer " + good}, nil, 200, "ada [read:items]", "", ""},
		{"a scheme in lower case", []string{"bearer " + good}, nil, 200, "ada [read:items]", "", ""},
		{"none", nil, nil, 200, "anonymous", "", ""},
		{"none, keys away", nil, away, 200, "anonymous", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			verifier := &token.Verifier{
				Issuer: issuer, Audience: audience, Now: func() time.Time { return now },
				Key: func(context.Context, string) (*token.Key, error) { return key, tt.key },
			}
			var log bytes.Buffer
			h := bearer.New(verifier, slog.New(slog.NewTextHandler(&log, nil)))(http.HandlerFunc(greet))
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", nil)
			r.Header["Authorization"] = tt.credentials
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)

			if got := strings.TrimSpace(w.Body.String()); w.Code != tt.status || got != tt.body {
				t.Errorf("%d %s\nwant %d %s", w.Code, got, tt.status, tt.body)
			}
			if got := w.Header().Get("WWW-Authenticate"); got != tt.challenge {
				t.Errorf("WWW-Authenticate = %q, want %q", got, tt.challenge)
			}
			if got := w.Header().Get("Retry-After"); got != tt.retry {
				t.Errorf("Retry-After = %q, want %q", got, tt.retry)
			}
			if logged := strings.Contains(log.String(), "no route to host"); logged != (tt.status == 503) || strings.Contains(log.String(), good) {
				t.Errorf("log = %s", &log)
			}
		})
	}
}

// greet names the caller.
func greet(w http.ResponseWriter, r *http.Request) {
	claims := bearer.Claims(r.Context())
	if claims == nil {
		_, _ = io.WriteString(w, "anonymous")
		return
	}
	fmt.Fprint(w, claims.Subject, " ", claims.Scopes)
}

// TestLookUpEndsWithRequest: when a client disconnects, its look-up ends and
// nothing is logged as an error.
func TestLookUpEndsWithRequest(t *testing.T) {
	key, err := token.NewKey(token.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := false
	verifier := &token.Verifier{
		Issuer: issuer, Audience: audience, Now: func() time.Time { return now },
		Key: func(ctx context.Context, _ string) (*token.Key, error) {
			cancel()
			<-ctx.Done()
			ended = errors.Is(ctx.Err(), context.Canceled)
			return nil, ctx.Err()
		},
	}
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", nil)
	r.Header.Set("Authorization", "Bearer "+signed(t, key, now.Add(time.Minute)))
	w := httptest.NewRecorder()
	var log bytes.Buffer
	bearer.New(verifier, slog.New(slog.NewTextHandler(&log, nil)))(http.HandlerFunc(greet)).ServeHTTP(w, r)
	if !ended || w.Code != http.StatusServiceUnavailable || log.Len() > 0 {
		t.Errorf("ended = %t, status = %d, log = %s", ended, w.Code, &log)
	}
}
