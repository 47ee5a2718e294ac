package guard_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/auth/policy"
)

var now = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// proved returns a caller who proved who they are some time ago.
func proved(ago time.Duration, factors int, scopes ...string) *policy.Subject {
	return &policy.Subject{ID: "ann", Scopes: scopes, AuthTime: now.Add(-ago), Factors: factors, Now: now}
}

// TestStepUp: who must prove again who they are is told what to prove, in the error and in the header
// (RFC 9470), and beside each refusal is the same request after that.
func TestStepUp(t *testing.T) {
	const stale, header = "STEP_UP_REQUIRED stale", `Bearer error="insufficient_user_authentication"`
	const closing, emptying = `mutation { close }`, `mutation { empty }`
	tests := []struct {
		name, query string
		who         *policy.Subject
		errors      string
		says        string // in the body
		header      string
		ran         string
	}{
		{"stale", closing, proved(10*time.Minute, 1), "[close] " + stale, `"message":"You must prove again who you are."`, header + ", max_age=600", ""},
		{"stale, in numbers", closing, proved(10*time.Minute, 1), "[close] " + stale, `"maxAge":600`, header + ", max_age=600", ""},
		{"fresh", closing, proved(10*time.Minute-1, 1), "", `"closed"`, "", "close"},
		{"proved by the field", `mutation { close(password: "right") }`, proved(time.Hour, 1), "", `"closed"`, "", "close"},
		{"the field refuses it", `mutation { close(password: "wrong") }`, proved(time.Hour, 1), "[close] <nil>", `"close":null`, "", "close"},
		{"null proves nothing", `mutation { close(password: null) }`, proved(time.Hour, 1), "[close] " + stale, `"maxAge":600`, header + ", max_age=600", ""},
		{"one factor", emptying, proved(0, 1, "empty"), "[empty] STEP_UP_REQUIRED one_factor", `"factors":2,"maxAge":300`, header + `, max_age=300, acr_values="aal2"`, ""},
		{"one factor, told", emptying, proved(0, 1, "empty"), "[empty] STEP_UP_REQUIRED one_factor", `"message":"You must prove who you are with a second factor."`, header + `, max_age=300, acr_values="aal2"`, ""},
		{"stale with two", emptying, proved(time.Hour, 2, "empty"), "[empty] " + stale, `"factors":2,"maxAge":300`, header + `, max_age=300, acr_values="aal2"`, ""},
		{"two factors", emptying, proved(0, 2, "empty"), "", `"empty":3`, "", "empty"},
		{"a proof would not help", emptying, proved(time.Hour, 1), "[empty] FORBIDDEN missing_scope", `"missing":[["scope:empty"],["fresh:300"],["factors:2"]]`, "", ""},
		{"a key", emptying, &policy.Subject{ID: "ann", Scopes: []string{"empty"}, Key: true, AuthTime: now, Now: now, Factors: 2}, "[empty] FORBIDDEN not_delegable", `"FORBIDDEN"`, "", ""},
		{"anonymous", emptying, nil, "[empty] UNAUTHENTICATED no_credential", `"UNAUTHENTICATED"`, "", ""},
		{"two to prove", `mutation { close empty }`, proved(time.Hour, 1, "empty"), "[close] " + stale + "; [empty] STEP_UP_REQUIRED one_factor", "", header + `, max_age=300, acr_values="aal2"`, ""},
		{"beside another refusal", `mutation { empty buy(item: "1") { id } }`, proved(time.Hour, 2, "empty"), "[empty] " + stale + "; [buy] FORBIDDEN missing_scope", "", "", ""},
		{"beside what is allowed", `mutation { empty note(text: "x") }`, proved(time.Hour, 2, "empty"), "[empty] " + stale, "", header + `, max_age=300, acr_values="aal2"`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t)
			a := s.ask(t, tt.who, tt.query, nil)
			got := s.post(t, tt.who, "application/json", map[string]any{"query": tt.query}).Result()
			_ = got.Body.Close()
			if a.words() != tt.errors || !strings.Contains(a.body, tt.says) || got.StatusCode != 200 {
				t.Errorf("%d %s\nwant %s with %s", got.StatusCode, a.body, tt.errors, tt.says)
			}
			if got.Header.Get("WWW-Authenticate") != tt.header {
				t.Errorf("the header is %q, want %q", got.Header.Get("WWW-Authenticate"), tt.header)
			}
			if ran := strings.Join(s.Ran(), " "); ran != strings.TrimSpace(tt.ran+" "+tt.ran) {
				t.Errorf("ran %q", ran)
			}
		})
	}
}
