package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/transport"

	"gatehouse/auth/token"
	"gatehouse/graph"
)

// No rule is left in the schema.
func TestSchemaWithoutDirectives(t *testing.T) {
	schema := executable(nil).Schema()
	for _, name := range []string{"public", "authenticated", "hasScope", "rateLimit"} {
		if schema.Directives[name] != nil {
			t.Errorf("@%s is declared", name)
		}
	}
	for name, typ := range schema.Types {
		for _, field := range typ.Fields {
			if len(typ.Directives)+len(field.Directives) > 0 {
				t.Errorf("%s.%s has a directive", name, field.Name)
			}
		}
	}
	if graph.Schema().Query.Fields.ForName("users").Directives.ForName("hasScope") == nil {
		t.Error("the schema of the service has lost its directives, too")
	}
}

// A token says who calls; a bad one is refused, so that no test measures refusals.
func TestAuthenticate(t *testing.T) {
	const issuer = "https://id.example"
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	key, err := token.NewKey(token.ES256)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := key.Sign(&token.Claims{
		Issuer: issuer, Audience: []string{issuer}, Subject: "ada", ID: "1", SessionID: "2", ClientID: "3",
		IssuedAt: now, ExpiresAt: now.Add(time.Minute), Roles: []string{"user"}, Scopes: []string{"read:users"},
	})
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := token.NewCachedVerifier(&token.Verifier{
		Issuer: issuer, Audience: issuer, Now: func() time.Time { return now },
		Key: func(context.Context, string) (*token.Key, error) { return key, nil },
	}, func() uint64 { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	api := handler.New(executable(&graph.Resolver{}))
	api.AddTransport(transport.POST{})
	h := authenticate(verifier, api)
	tests := []struct {
		name, header string
		status       int
		body         string
	}{
		{"not a token", "Bearer x", 401, "invalid token"},
		{"another scheme", "Basic YTpi", 401, "invalid token"},
		{"none", "", 200, `{"data":{"viewer":null}}`},
		{"a token", "Bearer " + signed, 200, `{"data":{"viewer":{"id":"ada","roles":["user"],"scopes":["read:users"]}}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(`{"query":"{ viewer { id roles scopes } }"}`))
			r.Header.Set("Content-Type", "application/json")
			if tt.header != "" {
				r.Header.Set("Authorization", tt.header)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if got := strings.TrimSpace(w.Body.String()); w.Code != tt.status || got != tt.body {
				t.Errorf("%d %s, want %d %s", w.Code, got, tt.status, tt.body)
			}
		})
	}
}
