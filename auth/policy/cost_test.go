package policy

import (
	"strings"
	"testing"
)

// costDirectives are those of the GraphQL cost specification, as IBM and Apollo
// declare them.
const costDirectives = `
	directive @cost(weight: String!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR
	directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
`

// TestOtherDirectives: the policy accepts directives that are not its own, in
// all places, and doesn't take them for guards.
func TestOtherDirectives(t *testing.T) {
	const guarded = `
		type Query {
			users(first: Int @cost(weight: "2"), filter: Filter @hasRole(role: "admin") @cost(weight: "1")): Users @hasScope(scope: "read:users") @cost(weight: "3")
				@listSize(assumedSize: 10, slicingArguments: ["first"], sizedFields: ["nodes"], requireOneSlicingArgument: false)
			kind: Kind @public @cost(weight: "0")
		}
		type Users @cost(weight: "5") { nodes: [User] @listSize(assumedSize: 10) }
		type User @cost(weight: "2") { id: ID @cost(weight: "1") email: Email @authenticated @cost(weight: "1.5") }
		input Filter { email: Email @cost(weight: "4") @hasRole(role: "admin") }
		enum Kind @cost(weight: "1") { A }
		scalar Email @cost(weight: "1")`
	p := policyOf(t, costDirectives+guarded)
	if warnings := p.Warnings(map[string][]string{"clerk": {"read:users"}}, "admin"); len(warnings) > 0 {
		t.Errorf("warnings: %v", warnings)
	}
	plain := guarded
	for _, d := range []string{"@cost(", "@listSize("} {
		for {
			at := strings.Index(plain, d)
			if at < 0 {
				break
			}
			end := at + strings.IndexByte(plain[at:], ')') + 1
			plain = plain[:at] + plain[end:]
		}
	}
	if changes := Diff(policyOf(t, plain), p); len(changes) > 0 {
		t.Errorf("the directives changed access: %v", changes)
	}

	const open = `type Query { a: Int @cost(weight: "1") }`
	if _, err := Compile(schemaOf(t, costDirectives+declarations+open), Config{}); err == nil || !strings.Contains(err.Error(), "a root field must say") {
		t.Errorf("@cost alone on a root field: %v", err)
	}
}
