package authorization

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/auth/oauth"
)

// push pushes a request of a client.
func (f *fixture) push(id string, form url.Values) (uri, fault string) {
	f.t.Helper()
	client, _ := f.Clients.Client(id)
	uri, life, err := f.Push(f.t.Context(), client, form)
	if refused := new(oauth.Error); errors.As(err, &refused) {
		return "", string(refused.Code)
	}
	if err != nil || life != 90*time.Second || !strings.HasPrefix(uri, requestURN) {
		f.t.Fatalf("%q for %s, %v", uri, life, err)
	}
	return uri, ""
}

func TestPushIsJudged(t *testing.T) {
	tests := []struct {
		name, client string
		form         url.Values
		want         string
	}{
		{"another client's", "app", asking("client_id", "ours"), "invalid_request"},
		{"two clients", "app", twice(asking(), "client_id", "app"), "invalid_request"},
		{"pushed again", "app", asking("request_uri", requestURN+"x"), "invalid_request"},
		{"no redirect URI", "app", asking("redirect_uri", ""), "invalid_request"},
		{"another redirect URI", "app", asking("redirect_uri", "https://evil.example.com"), "invalid_request"},
		{"two redirect URIs", "app", twice(asking(), "redirect_uri", callback), "invalid_request"},
		{"no PKCE", "app", asking("code_challenge", "", "code_challenge_method", ""), "invalid_request"},
		{"a request object", "app", asking("request", "eyJ"), "request_not_supported"},
		{"an unknown resource", "app", asking("resource", "x"), "invalid_target"},
		{"a bad scope", "app", asking("scope", "x"), "invalid_scope"},
		{"implicit", "app", asking("response_type", "token"), "unsupported_response_type"},
		{"good", "app", asking(), ""},
		{"good, of a client that has to", "pushing", asking("client_id", "pushing"), ""},
		{"good, without client_id", "pushing", asking("client_id", ""), ""},
	}
	for _, tt := range tests {
		f := newFixture(t)
		if _, got := f.push(tt.client, tt.form); got != tt.want || len(f.store.requests) > 0 != (got == "") {
			t.Errorf("%s: %q, want %q; stored %d", tt.name, got, tt.want, len(f.store.requests))
		}
	}
}

// TestPushedOnce: a pushed request belongs to the browser that brings it first, which may
// load the page again.
func TestPushedOnce(t *testing.T) {
	f := newFixture(t)
	uri, _ := f.push("pushing", asking("client_id", "pushing"))
	form := url.Values{"client_id": {"pushing"}, "request_uri": {uri}, "scope": {"openid"}, "redirect_uri": {"https://evil.example.com"}}
	for name, other := range map[string]url.Values{
		"another client": {"client_id": {"app"}, "request_uri": {uri}},
		"no client":      {"request_uri": {uri}},
		"unknown":        {"client_id": {"pushing"}, "request_uri": {requestURN + "0199f0a2-0000-7000-8000-000000000002"}},
		"malformed":      {"client_id": {"pushing"}, "request_uri": {requestURN + "x"}},
		"twice":          {"client_id": {"pushing"}, "request_uri": {uri, uri}},
	} {
		if _, got := f.begin(other); !strings.HasPrefix(got, "page ") {
			t.Errorf("%s: %s", name, got)
		}
	}
	for range 2 {
		step, got := f.begin(form)
		if got != "login" || step.Request.RedirectURI != callback || len(step.Request.Scopes) != 2 {
			t.Errorf("outcome = %s, %+v", got, step)
		}
	}
	f.browser.Flow = NewFlow()
	if _, got := f.begin(form); got != "page expired_request" {
		t.Errorf("in another browser: %s", got)
	}
}

// TestReceive: a form of another site goes on as a request of the browser.
func TestReceive(t *testing.T) {
	f := newFixture(t)
	query, step, err := f.Receive(t.Context(), asking())
	if err != nil || step != nil {
		t.Fatal(err)
	}
	if _, got := f.begin(query); got != "login" {
		t.Errorf("outcome = %s", got)
	}
	if _, step, err := f.Receive(t.Context(), asking("scope", "x")); outcome(step, err) != "invalid_scope" {
		t.Errorf("outcome = %s", outcome(step, err))
	}
	if _, step, err := f.Receive(t.Context(), asking("client_id", "pushing")); outcome(step, err) != "invalid_request" {
		t.Errorf("a client that has to push: %s", outcome(step, err))
	}
	if _, step, err := f.Receive(t.Context(), asking("redirect_uri", "x")); outcome(step, err) != "page bad_redirect" {
		t.Errorf("outcome = %s", outcome(step, err))
	}
}
