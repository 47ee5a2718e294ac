// Package client is a client that genqlient generates from our schema, set up as in
// docs/clients.md.
package client

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/Khan/genqlient/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

const (
	email    = "ada@example.com" // an account in the service
	password = "seven quiet herons"
)

// service returns the URL of the running service's API.
func service(t *testing.T) string {
	t.Helper()
	url := os.Getenv("GATEHOUSE_URL")
	if url == "" {
		t.Fatal("set GATEHOUSE_URL to the URL of a running service")
	}
	return url + "/graphql"
}

// loggedIn returns a new session.
func loggedIn(t *testing.T) *session {
	t.Helper()
	url := service(t)
	answer, err := login(t.Context(), graphql.NewClient(url, http.DefaultClient), LoginInput{Email: email, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return &session{url: url, access: answer.Login.AccessToken, refresh: *answer.Login.RefreshToken}
}

// codes returns the codes and reasons of a list of errors. Any other error fails the test.
func codes(t *testing.T, err error) [][2]any {
	t.Helper()
	var list gqlerror.List
	if !errors.As(err, &list) {
		t.Fatalf("%T is not a list of GraphQL errors: %v", err, err)
	}
	var found [][2]any
	for _, e := range list {
		found = append(found, [2]any{e.Extensions["code"], e.Extensions["reason"]})
	}
	return found
}

func wantCode(t *testing.T, err error, code, reason any) {
	t.Helper()
	if got := codes(t, err); len(got) != 1 || got[0] != [2]any{code, reason} {
		t.Errorf("errors %v, want %v with reason %v", got, code, reason)
	}
}

func TestLogin(t *testing.T) {
	_, err := login(t.Context(), graphql.NewClient(service(t), http.DefaultClient), LoginInput{Email: email, Password: "not-the-password-42"})
	wantCode(t, err, "INVALID_CREDENTIALS", nil)
	if s := loggedIn(t); s.access == "" || s.refresh == "" {
		t.Error("login without tokens")
	}
}

// A refused field comes with an error, and the other fields with data.
func TestRefusedField(t *testing.T) {
	s := loggedIn(t)
	first := 3
	answer, err := accounts(t.Context(), graphql.NewClient(s.url, s), &first)
	wantCode(t, err, "FORBIDDEN", "missing_scope")
	me := answer.Me
	if me == nil || me.Email == nil || *me.Email != email || answer.Users != nil {
		t.Fatalf("answer %+v", answer)
	}
	if age := time.Since(me.CreatedAt); age < -time.Minute || age > time.Hour || me.LastLoginAt == nil {
		t.Errorf("created at %v, last login %v", me.CreatedAt, me.LastLoginAt)
	}
}

// Without a session that refreshes it, an invalid token is an HTTPError with the code. A session
// refreshes it.
func TestBadToken(t *testing.T) {
	s := loggedIn(t)
	s.access = "not-a-token"

	request, response := &graphql.Request{OpName: "me", Query: "query me { me { id } }"}, &graphql.Response{}
	err := graphql.NewClient(s.url, bearer(s.access)).MakeRequest(t.Context(), request, response)
	var refused *graphql.HTTPError
	if !errors.As(err, &refused) || refused.StatusCode != http.StatusUnauthorized {
		t.Fatalf("error %v, want an HTTPError with status 401", err)
	}
	wantCode(t, refused.Response.Errors, "UNAUTHENTICATED", "token_invalid")

	answer, err := accounts(t.Context(), graphql.NewClient(s.url, s), nil)
	wantCode(t, err, "FORBIDDEN", "missing_scope")
	if answer.Me == nil || s.access == "not-a-token" {
		t.Errorf("not refreshed: %+v", answer)
	}
}

// If the refresh fails, so does the operation, with the same error.
func TestLostSession(t *testing.T) {
	s := &session{url: service(t), access: "not-a-token", refresh: "not-a-token"}
	_, err := accounts(t.Context(), graphql.NewClient(s.url, s), nil)
	wantCode(t, err, "REFRESH_TOKEN_INVALID", nil)
}

// A router in front of the service may answer a missing scope with 401, where a refresh doesn't help,
// and an expired token with 200, where it does.
func TestStatusOfARouter(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		want   int // requests
	}{
		{"a missing scope", http.StatusUnauthorized, `{"data":{"me":null},"errors":[{"message":"no","extensions":{"code":"UNAUTHORIZED_FIELD_OR_TYPE"}}]}`, 1},
		{"an ended session", http.StatusUnauthorized, `{"errors":[{"message":"no","extensions":{"code":"UNAUTHENTICATED","reason":"session_ended"}}]}`, 1},
		{"a page of a proxy", http.StatusUnauthorized, `<html>401</html>`, 1},
		{"a reason of another type", http.StatusOK, `{"errors":[{"message":"no","extensions":{"reason":["token_expired"]}}]}`, 1},
		{"an expired token", http.StatusOK, `{"data":{"me":null},"errors":[{"message":"no","extensions":{"code":"UNAUTHENTICATED","reason":"token_expired"}}]}`, 2},
		{"an invalid token", http.StatusUnauthorized, `{"errors":[{"message":"no","extensions":{"code":"UNAUTHENTICATED","reason":"token_invalid"}}]}`, 2},
	}
	for _, tt := range tests {
		asked := 0
		router := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked++
			w.WriteHeader(tt.status)
			_, _ = w.Write([]byte(tt.body))
		}))
		s := loggedIn(t)
		_, err := accounts(t.Context(), graphql.NewClient(router.URL, s), nil)
		router.Close()
		if err == nil || asked != tt.want {
			t.Errorf("%s: %d requests, want %d; %v", tt.name, asked, tt.want, err)
		}
	}
}

// bearer sends requests with a token, and never refreshes it.
type bearer string

func (b bearer) Do(r *http.Request) (*http.Response, error) {
	return send(r, string(b))
}
