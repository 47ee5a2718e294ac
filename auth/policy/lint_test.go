package policy

import (
	"slices"
	"strings"
	"testing"
)

// review returns the findings of a schema, without the file.
func review(t *testing.T, sdl string, config Config, grants map[string][]string) []string {
	t.Helper()
	config.Sibling = readable
	_, findings := Review(schemaOf(t, declarations+sdl), config, grants, "admin")
	lines := make([]string, len(findings))
	for i, f := range findings {
		lines[i] = strings.TrimPrefix(f.String(), "test.graphqls:")
	}
	return lines
}

func TestReview(t *testing.T) {
	grants := map[string][]string{"admin": {"s:admins"}, "support": {"s:one"}}
	tests := []struct {
		name string
		sdl  string
		want []string // the start of each finding
	}{
		{"a guarded non-null root field", `type Query { a: Int! @authenticated }`,
			[]string{"6: warning: Query.a: a refusal of this non-null field blanks the whole answer: make it Int"}},
		{"a nullable one", `type Query { a: Int @authenticated }`, nil},
		{"an open non-null one", `type Query { a: Int! @public }`, nil},
		{"a guarded non-null list", `type Query { o: O @public } type O { a: [Int!]! @hasScope(scope: "s:one") }`,
			[]string{"6: warning: O.a: a refusal of this non-null field blanks its parent: make it [Int!]"}},
		{"a guarded nullable list", `type Query { o: O @public } type O { a: [Int!] @hasScope(scope: "s:one") }`, nil},
		{"a guard on the type of a non-null field", "type Query { o: O @public }\ntype O @hasScope(scope: \"s:one\") {\na: Int!\nb: Int\n}",
			[]string{"8: warning: O.a: "}},
		{"a guard on an interface's non-null field", "interface I { a: Int! @authenticated }\ntype O implements I { a: Int! }\ntype Query { i: I @public }",
			[]string{"7: warning: O.a: "}},
		{"a scope that no role grants", `type Query { a: Int @hasScope(scope: ["s:one", "s:two"]) }`,
			[]string{"6: warning: Query.a: no role but admin grants the scope s:two: grant it to one (role grant ROLE s:two)"}},
		{"a scope that only admin is granted", `type Query { a: Int @hasScope(scope: "s:admins") }`, []string{"6: warning: Query.a: no role but admin"}},
		{"a scope that another role grants", `type Query { a: Int @hasScope(scope: "s:one") }`, nil},
		{"faults stand before warnings", "type Query { a: Int! @authenticated\n b: Int\n c: Int @public @authenticated }",
			[]string{"7: Query.b: a root field must say", "8: Query.c: @public doesn't lift another guard", "6: warning: Query.a: "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := review(t, tt.sdl, Config{}, grants)
			if !slices.EqualFunc(got, tt.want, strings.HasPrefix) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestReviewOfRoles: a rule with an unknown role is a fault if the roles are
// known.
func TestReviewOfRoles(t *testing.T) {
	const sdl = `type Query { a: Int @hasRole(role: "ghost") }`
	tests := []struct {
		name  string
		roles []string
		want  int
	}{
		{"not there", []string{"admin", "user"}, 1},
		{"there", []string{"admin", "ghost", "user"}, 0},
		{"not known", nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := review(t, sdl, Config{Roles: tt.roles}, nil)
			if len(got) != tt.want || tt.want > 0 && !strings.HasPrefix(got[0], `6: Query.a: unknown role "ghost"`) {
				t.Errorf("findings %q, want %d", got, tt.want)
			}
		})
	}
}

// TestReviewMakesPolicy: Review returns a policy unless there is a fault.
func TestReviewMakesPolicy(t *testing.T) {
	doubtful, _ := Review(schemaOf(t, declarations+`type Query { a: Int! @authenticated }`), Config{}, nil, "admin")
	if doubtful == nil {
		t.Error("no policy for a warning")
	}
	faulty, _ := Review(schemaOf(t, declarations+`type Query { a: Int }`), Config{}, nil, "admin")
	if faulty != nil {
		t.Error("a policy with a fault")
	}
}

// TestUngrantedIsLeftOut: without the grants of roles, scopes are not checked.
func TestUngrantedIsLeftOut(t *testing.T) {
	const sdl = `type Query { a: Int @hasScope(scope: "s:two") }`
	if got := review(t, sdl, Config{}, nil); len(got) != 0 {
		t.Errorf("without grants: %q", got)
	}
	if got := review(t, sdl, Config{}, map[string][]string{}); len(got) != 1 {
		t.Errorf("with no grant at all: %q", got)
	}
}
