package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/auth/token"
	"gatehouse/test/harness"
)

// TestFresh: who logged in too long ago is told so, in the error and in the header (RFC 9470), and
// beside it the same request after they proved again who they are.
func TestFresh(t *testing.T) {
	s := newService(t, ownSchema())
	const header = `Bearer error="insufficient_user_authentication", max_age=300`
	tests := []struct {
		name     string
		client   string
		self     bool
		roles    []string
		ago      time.Duration
		code     string // "" for none
		header   string
		shelfful int
	}{
		{"stale", token.SessionClient, false, []string{"shop"}, 5 * time.Minute, "STEP_UP_REQUIRED stale", header, 1},
		{"never", token.SessionClient, false, []string{"shop"}, 0, "STEP_UP_REQUIRED stale", header, 1},
		{"stale, and no role", token.SessionClient, false, nil, 5 * time.Minute, "FORBIDDEN missing_role", "", 1},
		{"an application", "app", false, []string{"shop"}, time.Second, "FORBIDDEN not_delegable", "", 1},
		{"a program", "app", true, []string{"shop"}, time.Second, "FORBIDDEN not_delegable", "", 1},
		{"fresh", token.SessionClient, false, []string{"shop"}, 4 * time.Minute, "", "", 0},
	}
	add := `mutation { createItem(input: {name: "Lamp", price: 1}) { id } }`
	if r := s.send(t, s.token(t, "write:items"), add); len(r.Errors) > 0 {
		t.Fatal(r.Body)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now := time.Now()
			claims := &token.Claims{
				Issuer: "issuer", Audience: []string{"items"}, Subject: "ada", ID: "1", SessionID: "1", ClientID: tt.client,
				IssuedAt: now, ExpiresAt: now.Add(time.Hour), Roles: tt.roles,
			}
			if tt.ago > 0 {
				claims.AuthTime = now.Add(-tt.ago)
			}
			claims.Private.Self = tt.self
			text, err := s.key.Sign(claims)
			if err != nil {
				t.Fatal(err)
			}
			r := s.send(t, text, `mutation { clearShelf }`)
			code := ""
			if len(r.Errors) > 0 {
				code = r.Errors[0].Extensions["code"].(string) + " " + r.Errors[0].Extensions["reason"].(string)
			}
			if code != tt.code || r.Header.Get("WWW-Authenticate") != tt.header || r.Status != http.StatusOK {
				t.Errorf("%d %s, %q", r.Status, r.Body, r.Header.Get("WWW-Authenticate"))
			}
			left := s.send(t, s.token(t, "read:items"), `{ items { id } }`)
			if got := strings.Count(left.Body, `"id"`); got != tt.shelfful {
				t.Errorf("%d items are left, want %d", got, tt.shelfful)
			}
		})
	}
}

// send sends an operation with a token.
func (s *service) send(t *testing.T, token, query string) harness.Reply {
	t.Helper()
	header := harness.Bearer(token)
	header.Set("Content-Type", "application/json")
	return send(t, http.MethodPost, s.url+"/graphql", header, string(harness.Body(query, nil)))
}
