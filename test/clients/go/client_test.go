// Package client is what genqlient, which is not ours, makes of our schema, as docs/clients.md sets it up.
package client

import (
	"errors"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/Khan/genqlient/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

const (
	email    = "ada@example.com" // of an account that the service has
	password = "seven quiet herons"
)

// service is where the API of a running service is.
func service(t *testing.T) string {
	t.Helper()
	url := os.Getenv("GATEHOUSE_URL")
	if url == "" {
		t.Fatal("GATEHOUSE_URL must be that of a running service")
	}
	return url + "/graphql"
}

// loggedIn is a new session.
func loggedIn(t *testing.T) *session {
	t.Helper()
	url := service(t)
	answer, err := login(t.Context(), graphql.NewClient(url, http.DefaultClient), LoginInput{Email: email, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return &session{url: url, access: answer.Login.AccessToken, refresh: *answer.Login.RefreshToken}
}

// codes are those of a list of errors, with their reasons. Any other error is a fault.
func codes(t *testing.T, err error) [][2]any {
	t.Helper()
	var list gqlerror.List
	if !errors.As(err, &list) {
		t.Fatalf("%T is no list of GraphQL errors: %v", err, err)
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
		t.Error("a login without tokens")
	}
}

// TestRefusedField: what is not refused is there, beside the error.
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
		t.Errorf("made at %v, last login %v", me.CreatedAt, me.LastLoginAt)
	}
}

// TestBadToken: without a session that refreshes it is an HTTPError with the code; with one nobody notices.
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

// TestLostSession: an operation ends with the error of the refresh.
func TestLostSession(t *testing.T) {
	s := &session{url: service(t), access: "not-a-token", refresh: "none-either"}
	_, err := accounts(t.Context(), graphql.NewClient(s.url, s), nil)
	wantCode(t, err, "REFRESH_TOKEN_INVALID", nil)
}

// bearer sends requests with a token, and leaves it at that.
type bearer string

func (b bearer) Do(r *http.Request) (*http.Response, error) {
	return send(r, string(b))
}
