package policy

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestOutcomesBelowALogin: what a login selects is not refused to the anonymous
// caller who logs in. The same fields elsewhere are.
func TestOutcomesBelowALogin(t *testing.T) {
	p := policyOf(t, `
type Query { me: User @authenticated }
type Mutation {
  login: Session @public @authenticates
  refresh: Session @public @authenticates
  ping: User @public
}
type Session { user: User }
type User { id: ID note(x: Int @hasRole(role: "admin")): String @authenticated mail: String @hasScope(scope: "s", orSelf: "id") }`)
	const fragment = "fragment F on User { note }"
	tests := []struct{ name, text, want string }{
		{"a query", `{ me { note } }`, "Query.me DENY, User.note DENY"},
		{"below a login", `mutation { login { user { note mail } } }`, "User.mail SELF, User.note SELF"},
		{"below two logins", `mutation { login { user { note } } refresh { user { mail } } }`, "User.mail SELF, User.note SELF"},
		{"an argument below a login", `mutation { login { user { note(x: 1) } } }`, "User.note SELF"},
		{"an argument elsewhere", `mutation { ping { note(x: 1) } }`, "User.note DENY, User.note(x:) DENY"},
		{"below another field", `mutation { ping { note mail } }`, "User.mail DENY, User.note DENY"},
		{"beside a login", `mutation { login { user { mail } } ping { note } }`, "User.mail SELF, User.note DENY"},
		{"a fragment below a login", `mutation { login { user { ...F } } } ` + fragment, "User.note SELF"},
		{"a fragment at both", `mutation { login { user { ...F } } ping { ...F } } ` + fragment, "User.note DENY"},
		{"a login in a fragment", `mutation { ...M } fragment M on Mutation { login { user { note } } }`, "User.note SELF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := map[string]bool{}
			for coordinate, outcome := range planOf(t, p, tt.text).Decide(nil, nil).Outcomes() {
				got[coordinate+" "+string(outcome.Verdict)] = true
			}
			if all := strings.Join(slices.Sorted(maps.Keys(got)), ", "); all != tt.want {
				t.Errorf("%s, want %s", all, tt.want)
			}
		})
	}
}
