package policy

import (
	"strings"
	"testing"
)

// nasty has one person behind five fields, interfaces of interfaces, a path
// back to the query type, guards on types, on fields of interfaces, on
// arguments and in recursive input types.
const nasty = `
type Query {
  me: User @authenticated
  open: Open @public
  user(id: ID = "own"): User @hasScope(scope: "read:users", orSelf: "id")
  node: Node @public
  entity: Entity @public
  found: [Found] @public
  vault: Vault @public
  staff: Int @hasRole(role: ["admin", "support"])
  both(id: ID): Int @hasRole(role: ["admin", "support"]) @hasScope(scope: ["read:users", "read:all"], orSelf: "id")
  ask(filter: Filter, filters: [Filter!], outer: Outer, limit: Int = 5 @hasRole(role: "admin")): Int @public
  again: Query @public
}
type Mutation {
  login(filter: Filter): Session @public @authenticates
  touch(id: ID): Int @hasScope(scope: "write:users", orSelf: "id")
  ping(filter: Filter): Open @public
}
interface Node { id: ID! owner: String @hasScope(scope: "read:owner", orSelf: "id") }
interface Entity implements Node { id: ID! owner: String note: String posts(tag: String): Int }
type User implements Node & Entity {
  id: ID!
  owner: String
  note: String @authenticated
  posts(tag: String @hasRole(role: "admin")): Int
  email: String @hasScope(scope: "read:users", orSelf: "id")
  friend: User
}
type Bot implements Node & Entity { id: ID! owner: String note: String @hasRole(role: "admin") posts(tag: String): Int }
type Vault @hasScope(scope: "read:vault") { text: String door: Vault @hasRole(role: "admin") user: User }
union Found = User | Bot | Vault
type Open { user: User many: [[User]] vault: Vault query: Query }
type Session { token: String user: User vault: Vault query: Query }
input Filter { name: String @hasScope(scope: "write:users") size: Int = 3 @hasRole(role: "admin") and: [Filter!] not: Filter plain: Int }
input Outer { list: [Between] plain: Int }
input Between { filter: Filter }
`

// subject returns a caller with the id "own".
func subject(roles, scopes string) *Subject {
	return &Subject{ID: "own", Roles: strings.Fields(roles), Scopes: strings.Fields(scopes)}
}

func TestDecideFields(t *testing.T) {
	none, plain := (*Subject)(nil), subject("", "")
	const anonymous = "deny no_credential "
	tests := []struct {
		name     string
		query    string // the field in question has the response name x
		typename string // of its object
		caller   *Subject
		want     string
	}{
		{"root, anonymous", `{ x: me { id } }`, "Query", none, anonymous + "authenticated"},
		{"root, authenticated", `{ x: me { id } }`, "Query", plain, "allow"},
		{"public root, anonymous", `{ x: node { id } }`, "Query", none, "allow"},
		{"typename of a guarded type", `{ vault { x: __typename } }`, "Vault", none, "allow"},
		{"introspection", `{ x: __schema { types { name } } }`, "Query", none, "allow"},

		{"any of, none", `{ x: staff }`, "Query", subject("user", "admin support"), "deny missing_role role:admin|role:support"},
		{"any of, first", `{ x: staff }`, "Query", subject("admin", ""), "allow"},
		{"any of, second", `{ x: staff }`, "Query", subject("support", ""), "allow"},
		{"all of, none", `{ x: both }`, "Query", plain, "deny missing_role role:admin|role:support & scope:read:all|scope:read:users|self"},
		{"all of, role", `{ x: both }`, "Query", subject("support", ""), "deny not_self scope:read:all|scope:read:users|self"},
		{"all of, scope", `{ x: both }`, "Query", subject("", "read:all"), "deny missing_role role:admin|role:support"},
		{"all of, both", `{ x: both }`, "Query", subject("support", "read:all"), "allow"},
		{"all of, role and self", `{ x: both(id: "own") }`, "Query", subject("admin", ""), "allow"},
		{"all of, self alone", `{ x: both(id: "own") }`, "Query", plain, "deny missing_role role:admin|role:support & scope:read:all|scope:read:users|self"},
		{"a scope is no role", `{ x: staff }`, "Query", subject("scope:admin", "role:admin"), "deny missing_role role:admin|role:support"},

		{"object field, anonymous", `{ open { user { x: email } } }`, "User", none, anonymous + "scope:read:users|self"},
		{"object field, owner or not", `{ open { user { x: email } } }`, "User", plain, "self"},
		{"object field, scope", `{ open { user { x: email } } }`, "User", subject("", "read:users"), "allow"},
		{"door: list of lists", `{ open { many { x: email } } }`, "User", plain, "self"},
		{"door: friend of friend", `{ me { friend { friend { x: email } } } }`, "User", plain, "self"},
		{"door: interface", `{ node { ... on User { x: email } } }`, "User", plain, "self"},
		{"door: union", `{ found { ... on User { x: email } } }`, "User", plain, "self"},
		{"door: guarded type", `{ vault { user { x: email } } }`, "User", subject("", "read:vault"), "self"},
		{"door: back to the query", `{ open { query { open { user { x: email } } } } }`, "User", plain, "self"},

		{"guarded type, anonymous", `{ vault { x: text } }`, "Vault", none, anonymous + "scope:read:vault"},
		{"guarded type, none", `{ vault { x: text } }`, "Vault", plain, "deny missing_scope scope:read:vault"},
		{"guarded type, scope", `{ vault { x: text } }`, "Vault", subject("", "read:vault"), "allow"},
		{"guarded type in a union", `{ found { ... on Vault { x: text } } }`, "Vault", plain, "deny missing_scope scope:read:vault"},
		{"type and field, scope", `{ vault { x: door { text } } }`, "Vault", subject("", "read:vault"), "deny missing_role role:admin"},
		{"type and field, role", `{ vault { x: door { text } } }`, "Vault", subject("admin", ""), "deny missing_scope scope:read:vault"},
		{"type and field, both", `{ vault { x: door { text } } }`, "Vault", subject("admin", "read:vault"), "allow"},

		{"interface field on its implementer", `{ me { x: owner } }`, "User", plain, "self"},
		{"interface field through the interface", `{ node { x: owner } }`, "Bot", plain, "self"},
		{"interface field through an interface of it", `{ entity { x: owner } }`, "User", plain, "self"},
		{"interface field, scope", `{ entity { x: owner } }`, "User", subject("", "read:owner"), "allow"},
		{"what every possible type needs", `{ entity { x: note } }`, "User", plain, "deny missing_role role:admin"},
		{"what every possible type needs, met", `{ entity { x: note } }`, "User", subject("admin", ""), "allow"},
		{"what only this type needs", `{ entity { ... on User { x: note } } }`, "User", plain, "allow"},
		{"what only the other type needs", `{ entity { ... on Bot { x: note } } }`, "Bot", plain, "deny missing_role role:admin"},
		{"interface within an interface", `{ node { ... on Entity { x: note } } }`, "User", plain, "deny missing_role role:admin"},
		{"named fragment", `{ found { ...F } } fragment F on Entity { ...G } fragment G on User { x: email }`, "User", plain, "self"},
		{"query without a login", `query A { x: staff }`, "Query", none, anonymous + "role:admin|role:support"},
		{"root field reached through a payload", `{ open { query { x: staff } } }`, "Query", plain, "deny missing_role role:admin|role:support"},
		{"root field reached through a payload, one's own", `{ open { query { x: user(id: "own") { id } } } }`, "Query", plain, "allow"},
		{"root field reached through a payload, another's", `{ open { query { x: user(id: "other") { id } } } }`, "Query", plain, "deny not_self scope:read:users|self"},
	}
	p := policyOf(t, nasty)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			plan := planOf(t, p, tt.query)
			d := plan.Decide(tt.caller, nil)
			got := outcome(p, d, fieldNamed(t, plan, "x"), tt.typename)
			if got != tt.want {
				t.Errorf("%s: got %q, want %q", tt.query, got, tt.want)
			}
			if d.Clear() && got != "allow" {
				t.Error("the decision is clear, so that nothing would be checked")
			}
			field := fieldNamed(t, plan, "x")
			rule := p.Rule(field.Definition)
			if open := p.Check(nil, field, tt.typename, "own") == nil; open == (rule != nil && rule.guarded()) {
				t.Errorf("without a decision: open %t", open)
			}
		})
	}
}
