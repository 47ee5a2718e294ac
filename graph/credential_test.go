package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gatehouse/auth"
	"gatehouse/auth/token"
)

// An operation with public root fields only runs with any credential, another one
// without a credential or with a good one.
func TestBadCredentials(t *testing.T) {
	s := newService(t)
	good := s.token(t, ann, 0)
	ended := s.token(t, sue, 0, func(c *token.Claims) { c.SessionID = "gone" })
	end(s.revocations, "gone")
	tests := []struct {
		name          string
		authorization []string
		reason        string // "" for a good credential or none
	}{
		{"none", nil, ""},
		{"good", []string{"Bearer " + good}, ""},
		{"good, in small letters", []string{"bearer " + good}, ""},
		{"expired", []string{"Bearer " + s.token(t, ann, 60)}, "token_expired"},
		{"of an ended session", []string{"Bearer " + ended}, "session_ended"},
		{"forged", []string{"Bearer " + good[:len(good)-4] + "AAAA"}, "token_invalid"},
		{"nothing", []string{""}, "token_invalid"},
		{"only the scheme", []string{"Bearer"}, "token_invalid"},
		{"empty", []string{"Bearer "}, "token_invalid"},
		{"a space too many", []string{"Bearer  " + good}, "token_invalid"},
		{"another scheme", []string{"Basic " + canary}, "token_invalid"},
		{"no scheme", []string{good}, "token_invalid"},
		{"two", []string{"Bearer " + good, "Bearer " + good}, "token_invalid"},
		{"two in one", []string{"Bearer " + good + ", Bearer " + good}, "token_invalid"},
		{"for others", []string{"Bearer " + s.token(t, ann, 0, func(c *token.Claims) { c.Audience = []string{"https://shop.example"} })}, "token_invalid"},
	}
	operations := []struct {
		query string
		open  bool
		data  string // for a caller whose credential is ignored
	}{
		{`{ __typename }`, true, `{"__typename":"Query"}`},
		{`{ __schema { queryType { name } } }`, true, `{"__schema":{"queryType":{"name":"Query"}}}`},
		{`mutation { logout }`, true, `{"logout":true}`},
		{`mutation { a: logout ...F } fragment F on Mutation { logout }`, true, `{"a":true,"logout":true}`},
		{`{ viewer { id } }`, false, ""},
		{`{ viewer @skip(if: true) { id } __typename }`, false, ""},
		{`mutation { logout deleteMe(currentPassword: "` + canary + `") }`, false, ""},
		{`mutation { ...F } fragment F on Mutation { disableUser(id: "` + ann + `") { id } }`, false, ""},
	}
	for _, tt := range tests {
		for _, op := range operations {
			t.Run(tt.name+" "+op.query, func(t *testing.T) {
				s := newService(t) // a new one, because logout ends the session
				end(s.revocations, "gone")
				var headers []string
				for _, value := range tt.authorization {
					headers = append(headers, "Authorization: "+value)
				}
				got := s.ask(t, "", op.query, nil, headers...)
				switch {
				case tt.reason == "" && got.Code != http.StatusOK, op.open && string(got.Data) != op.data:
					t.Errorf("got %d %s", got.Code, got.Body)
				case tt.reason != "" && !op.open:
					refusedOutright(t, s, got, tt.reason)
				}
				if strings.Contains(got.Body.String(), canary) || strings.Contains(got.Body.String(), good[:20]) {
					t.Errorf("the answer repeats the credential: %s", got.Body)
				}
			})
		}
	}
	if strings.Contains(s.log.String(), canary) || strings.Contains(s.log.String(), good[:20]) {
		t.Error("the log repeats a credential")
	}
}

func refusedOutright(t *testing.T, s *service, got *reply, reason string) {
	t.Helper()
	if got.Code != http.StatusUnauthorized || got.codes() != "UNAUTHENTICATED" || got.Data != nil || len(s.store.calls) > 0 {
		t.Errorf("got %d %s, after %v", got.Code, got.Body, s.store.calls)
		return
	}
	if why := got.Errors[0].Extensions["reason"]; why != reason {
		t.Errorf("reason %v, want %s", why, reason)
	}
	if header := got.Header().Get("WWW-Authenticate"); header != `Bearer error="invalid_token"` {
		t.Errorf("WWW-Authenticate = %q", header)
	}
}

// failingStates answers with an error.
type failingStates struct{ err error }

func (s failingStates) SessionState(context.Context, string, string) (*auth.SessionState, error) {
	return nil, s.err
}

// A credential that can't be checked now is not a bad one: the client must not
// discard it.
func TestCredentialThatCantBeChecked(t *testing.T) {
	tests := []struct {
		name   string
		err    error
		status int
		code   string
		retry  string
	}{
		{"the database is away", fmt.Errorf("standing: %w", auth.ErrUnavailable), http.StatusServiceUnavailable, "UNAVAILABLE", "1"},
		{"a fault", errors.New("pq: " + canary), http.StatusInternalServerError, "INTERNAL", ""},
		{"the session has ended", auth.ErrSessionEnded, http.StatusUnauthorized, "UNAUTHENTICATED", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newService(t, func(p *Parts) {
				p.Authenticator.Callers = &auth.Callers{Revocations: p.Authenticator.Callers.Revocations, InSync: func() bool { return false }, Store: failingStates{tt.err}}
			})
			bearer := "Authorization: Bearer " + s.token(t, ann, 0)
			got := s.ask(t, "", `{ viewer { id } }`, nil, bearer)
			challenged := got.Header().Get("WWW-Authenticate") != ""
			if got.Code != tt.status || got.codes() != tt.code || got.Data != nil || got.Header().Get("Retry-After") != tt.retry || challenged != (tt.code == "UNAUTHENTICATED") {
				t.Errorf("got %d %s, %v", got.Code, got.Body, got.Header())
			}
			if strings.Contains(got.Body.String(), canary) {
				t.Errorf("the answer says what is wrong: %s", got.Body)
			}
			open := s.ask(t, "", `{ __typename }`, nil, bearer)
			if counted := open.Code == http.StatusOK; counted != (tt.code == "UNAUTHENTICATED") {
				t.Errorf("an operation of public fields is answered %d %s", open.Code, open.Body)
			}
		})
	}
}
