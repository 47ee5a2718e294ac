package uses

import (
	"slices"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/auth/policy"
)

// A limit by KEY has a count for each API key, and one for all sessions of the account.
func TestCallerKey(t *testing.T) {
	const ann = "0199f0a2-0000-7000-8000-000000000002"
	key, session := &auth.Principal{ID: ann, KeyID: "0190"}, &auth.Principal{ID: ann}
	for _, tt := range []struct {
		caller *auth.Principal
		by     policy.RateKey
		want   string
	}{
		{key, policy.ByKey, "API key 0190"}, {key, policy.ByUser, "caller " + ann},
		{session, policy.ByKey, "caller " + ann}, {session, policy.ByUser, "caller " + ann},
		{nil, policy.ByUser, "address 192.0.2.1"}, {session, policy.ByIP, "address 192.0.2.1"},
	} {
		limit := &policy.RateLimit{By: []policy.RateKey{tt.by}}
		none := func() (string, bool) { return "", false }
		if got := Key(limit, tt.caller, client.Client{IP: "192.0.2.1"}, none); got != tt.want {
			t.Errorf("%+v by %s: %q, want %q", tt.caller, tt.by, got, tt.want)
		}
	}
}

// TestLogin: a log-in on a page has the keys of one by GraphQL.
func TestLogin(t *testing.T) {
	schema, err := validator.LoadSchema(validator.Prelude, &ast.Source{Input: `
		directive @public on FIELD_DEFINITION
		directive @rateLimit(limit: Int!, per: String!, by: [RateLimitKey!]!, argument: String) repeatable on FIELD_DEFINITION
		enum RateLimitKey { IP USER KEY ARGUMENT }
		type Query { now: Int @public @rateLimit(limit: 1, per: "1m", by: IP) }
		input LoginInput { email: String! }
		type Mutation {
			login(input: LoginInput!): Int @public
				@rateLimit(limit: 120, per: "1m", by: IP)
				@rateLimit(limit: 20, per: "1m", by: [IP, ARGUMENT], argument: "input.email")
		}`})
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := policy.Compile(schema, policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := client.With(t.Context(), client.Client{IP: "2001:db8::1"})
	var keys []string
	for _, use := range Login(compiled)(ctx, " Ann@Example.COM ") {
		keys = append(keys, use.Key)
	}
	slices.Sort(keys)
	if want := []string{"address 2001:db8::/64", "address 2001:db8::/64\x00argument ann@example.com"}; !slices.Equal(keys, want) {
		t.Errorf("keys = %q, want %q", keys, want)
	}
}
