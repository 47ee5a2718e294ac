package policy

import (
	"slices"
	"strings"
	"testing"
)

// nasty has the same person behind five doors, interfaces of interfaces, a way back to the query type, guards on types, on the fields of
// interfaces, on arguments and in input types that hold themselves.
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

// callers of the tables; each has the id "own".
func subject(roles, scopes string) *Subject {
	return &Subject{ID: "own", Roles: strings.Fields(roles), Scopes: strings.Fields(scopes)}
}

func TestDecideFields(t *testing.T) {
	nobody, plain := (*Subject)(nil), subject("", "")
	const anonymous = "deny no_credential "
	tests := []struct {
		name     string
		query    string // the field asked about has the response name x
		typename string // of the object it is resolved on
		caller   *Subject
		want     string
	}{
		{"root, nobody", `{ x: me { id } }`, "Query", nobody, anonymous + "authenticated"},
		{"root, somebody", `{ x: me { id } }`, "Query", plain, "allow"},
		{"public root, nobody", `{ x: node { id } }`, "Query", nobody, "allow"},
		{"typename of a guarded type", `{ vault { x: __typename } }`, "Vault", nobody, "allow"},
		{"introspection", `{ x: __schema { types { name } } }`, "Query", nobody, "allow"},

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

		{"object field, nobody", `{ open { user { x: email } } }`, "User", nobody, anonymous + "scope:read:users|self"},
		{"object field, owner or not", `{ open { user { x: email } } }`, "User", plain, "self"},
		{"object field, scope", `{ open { user { x: email } } }`, "User", subject("", "read:users"), "allow"},
		{"door: list of lists", `{ open { many { x: email } } }`, "User", plain, "self"},
		{"door: friend of friend", `{ me { friend { friend { x: email } } } }`, "User", plain, "self"},
		{"door: interface", `{ node { ... on User { x: email } } }`, "User", plain, "self"},
		{"door: union", `{ found { ... on User { x: email } } }`, "User", plain, "self"},
		{"door: guarded type", `{ vault { user { x: email } } }`, "User", subject("", "read:vault"), "self"},
		{"door: back to the query", `{ open { query { open { user { x: email } } } } }`, "User", plain, "self"},

		{"guarded type, nobody", `{ vault { x: text } }`, "Vault", nobody, anonymous + "scope:read:vault"},
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
		{"query beside a login in no document", `query A { x: staff }`, "Query", nobody, anonymous + "role:admin|role:support"},
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

// What an argument decides: whose id it is, and whether something is supplied that has a guard of its own.
func TestDecideArguments(t *testing.T) {
	plain, writer := subject("", ""), subject("", "write:users")
	const (
		notSelf = "x deny not_self scope:read:users|self"
		limit   = "x deny missing_role role:admin"
		name    = "x deny missing_scope scope:write:users"
	)
	tests := []struct {
		name   string
		query  string
		vars   map[string]any
		caller *Subject
		want   string // the refused root fields
	}{
		{"own id", `{ x: user(id: "own") { id } }`, nil, plain, ""},
		{"own id in a block string", `{ x: user(id: """own""") { id } }`, nil, plain, ""},
		{"another's id", `{ x: user(id: "other") { id } }`, nil, plain, notSelf},
		{"another's id in other case", `{ x: user(id: "OWN") { id } }`, nil, plain, notSelf},
		{"another's id with the scope", `{ x: user(id: "other") { id } }`, nil, subject("", "read:users"), ""},
		{"own id, nobody", `{ x: user(id: "own") { id } }`, nil, nil, "x deny no_credential scope:read:users|self"},
		{"empty id of somebody without one", `{ x: user(id: "") { id } }`, nil, &Subject{}, notSelf},
		{"null id", `{ x: user(id: null) { id } }`, nil, plain, notSelf},
		{"no id, where the schema's default is one's own", `{ x: user { id } }`, nil, plain, notSelf},
		{"own id by variable", `query($v: ID) { x: user(id: $v) { id } }`, map[string]any{"v": "own"}, plain, ""},
		{"another's id by variable", `query($v: ID) { x: user(id: $v) { id } }`, map[string]any{"v": "other"}, plain, notSelf},
		{"null id by variable", `query($v: ID) { x: user(id: $v) { id } }`, map[string]any{"v": nil}, plain, notSelf},
		{"variable without a value", `query($v: ID) { x: user(id: $v) { id } }`, nil, plain, notSelf},
		{"a list with one's own id", `query($v: ID) { x: user(id: $v) { id } }`, map[string]any{"v": []any{"own"}}, plain, notSelf},
		{"two aliases, one own", `{ x: user(id: "other") { id } y: user(id: "own") { id } }`, nil, plain, notSelf},

		{"argument left to its default", `{ x: ask }`, nil, nil, ""},
		{"argument supplied", `{ x: ask(limit: 1) }`, nil, plain, limit},
		{"argument supplied, with the role", `{ x: ask(limit: 1) }`, nil, subject("admin", ""), ""},
		{"argument null", `{ x: ask(limit: null) }`, nil, plain, limit},
		{"argument by variable", `query($v: Int) { x: ask(limit: $v) }`, map[string]any{"v": int64(1)}, plain, limit},
		{"argument by variable, null", `query($v: Int) { x: ask(limit: $v) }`, map[string]any{"v": nil}, plain, limit},
		{"argument by variable without a value", `query($v: Int) { x: ask(limit: $v) }`, nil, plain, ""},
		{"variable supplied and not used there", `query($v: Int) { x: ask(filter: {plain: $v}) }`, map[string]any{"v": int64(1)}, plain, ""},

		{"input field left out", `{ x: ask(filter: {plain: 1}) }`, nil, nil, ""},
		{"input field supplied", `{ x: ask(filter: {name: "a"}) }`, nil, plain, name},
		{"input field supplied, nobody", `{ x: ask(filter: {name: "a"}) }`, nil, nil, "x deny no_credential scope:write:users"},
		{"input field supplied, with the scope", `{ x: ask(filter: {name: "a"}) }`, nil, writer, ""},
		{"input field null", `{ x: ask(filter: {name: null}) }`, nil, plain, name},
		{"input field with a default, supplied", `{ x: ask(filter: {size: 3}) }`, nil, writer, limit},
		{"input field by variable", `query($v: String) { x: ask(filter: {name: $v}) }`, map[string]any{"v": "a"}, plain, name},
		{"input field by variable without a value", `query($v: String) { x: ask(filter: {name: $v}) }`, nil, plain, ""},
		{"input field deep in a list", `{ x: ask(filters: [{plain: 1}, {and: [{not: {name: "a"}}]}]) }`, nil, plain, name},
		{"one value for a list", `{ x: ask(filters: {and: {name: "a"}}) }`, nil, plain, name},
		{"input field within types without guards", `{ x: ask(outer: {list: {filter: {name: "a"}}}) }`, nil, plain, name},
		{"input field within types without guards, left out", `{ x: ask(outer: {plain: 1, list: [{filter: {plain: 1}}]}) }`, nil, plain, ""},
		{"input field within types without guards, by variable", `query($v: Outer) { x: ask(outer: $v) }`,
			map[string]any{"v": map[string]any{"list": []any{map[string]any{"filter": map[string]any{"name": "a"}}}}}, plain, name},
		{"object by variable", `query($v: Filter) { x: ask(filter: $v) }`, map[string]any{"v": map[string]any{"name": nil}}, plain, name},
		{"object by variable, deep", `query($v: [Filter!]) { x: ask(filters: $v) }`,
			map[string]any{"v": []any{map[string]any{"and": []any{map[string]any{"not": map[string]any{"size": int64(1)}}}}}}, writer, limit},
		{"object by variable, one for a list", `query($v: [Filter!]) { x: ask(filters: $v) }`, map[string]any{"v": map[string]any{"name": "a"}}, plain, name},
		{"object by variable, open", `query($v: Filter) { x: ask(filter: $v) }`, map[string]any{"v": map[string]any{"plain": int64(1)}}, nil, ""},
		{"object by variable within a literal", `query($v: Filter) { x: ask(filter: {not: $v}) }`, map[string]any{"v": map[string]any{"name": "a"}}, plain, name},
		{"object by variable within a list", `query($v: Filter!) { x: ask(filters: [$v]) }`, map[string]any{"v": map[string]any{"name": "a"}}, plain, name},

		{"deep argument refuses its root field", `{ x: open { user { posts(tag: "a") } } }`, nil, plain, limit},
		{"deep argument left out", `{ x: open { user { posts } } }`, nil, plain, ""},
		{"deep argument through an interface", `{ x: entity { posts(tag: "a") } }`, nil, plain, limit},
		{"deep argument through an interface, the open type", `{ x: entity { ... on Bot { posts(tag: "a") } } }`, nil, plain, ""},
		{"deep argument in a fragment", `{ x: open { ...F } } fragment F on Open { user { ...G } } fragment G on User { posts(tag: "a") }`, nil, plain, limit},
		{"only the root field it stands below", `{ y: open { user { id } } x: open { user { posts(tag: "a") } } }`, nil, plain, limit},
		{"fields of one name are refused together", `{ x: open { user { id } } x: open { user { posts(tag: "a") } } }`, nil, plain, limit},

		{"skipped", `{ x: ask(limit: 1) @skip(if: true) y: ask }`, nil, plain, ""},
		{"not skipped", `{ x: ask(limit: 1) @skip(if: false) }`, nil, plain, limit},
		{"not included", `{ x: ask(limit: 1) @include(if: false) y: ask }`, nil, plain, ""},
		{"included", `{ x: ask(limit: 1) @include(if: true) }`, nil, plain, limit},
		{"skipped and included", `{ x: ask(limit: 1) @skip(if: true) @include(if: true) y: ask }`, nil, plain, ""},
		{"skipped by variable", `query($b: Boolean!) { x: ask(limit: 1) @skip(if: $b) y: ask }`, map[string]any{"b": true}, plain, ""},
		{"not skipped by variable", `query($b: Boolean!) { x: ask(limit: 1) @skip(if: $b) y: ask }`, map[string]any{"b": false}, plain, limit},
		{"included by variable", `query($b: Boolean!) { ... @include(if: $b) { x: ask(limit: 1) } }`, map[string]any{"b": true}, plain, limit},
		{"not included by variable", `query($b: Boolean!) { ... @include(if: $b) { x: ask(limit: 1) } y: ask }`, map[string]any{"b": false}, plain, ""},
		{"spread skipped, then not", `{ ...F @skip(if: true) ...F } fragment F on Query { x: ask(limit: 1) }`, nil, plain, limit},
		{"spread skipped", `{ ...F @skip(if: true) y: ask } fragment F on Query { x: ask(limit: 1) }`, nil, plain, ""},
		{"skipped deep down", `{ x: open { user { posts(tag: "a") @skip(if: true) } } }`, nil, plain, ""},
		{"skipped root of a guard", `{ x: staff @skip(if: true) y: ask }`, nil, nil, ""},

		{"mutations in order", `mutation { a: touch x: ping(filter: {name: "a"}) { __typename } b: ping { __typename } c: touch(id: "own") }`, nil, plain,
			"a deny not_self scope:write:users|self, " + name},
		{"below a login nothing refuses it", `mutation { x: login { user { posts(tag: "a") email } vault { text } } }`, nil, nil, ""},
		{"what is supplied to a login does", `mutation { x: login(filter: {name: "a"}) { token } }`, nil, plain, name},
		{"the same fragment below a login and elsewhere",
			`mutation { y: login { user { ...F } } x: ping { user { ...F } } } fragment F on User { posts(tag: "a") }`, nil, plain, limit},
	}
	p := policyOf(t, nasty)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			plan := planOf(t, p, tt.query)
			d := plan.Decide(tt.caller, tt.vars)
			var got []string
			for _, root := range d.Refused() {
				got = append(got, root.Name+" "+denied(root.Err))
				if r := p.Check(d, root.Field, "Query", "own"); r != root.Err {
					t.Errorf("%s is refused, and its check says %v", root.Name, r)
				}
			}
			if list := strings.Join(got, ", "); list != tt.want {
				t.Errorf("%s: refused %q, want %q", tt.query, list, tt.want)
			}
			if d.Clear() && tt.want != "" {
				t.Error("the decision is clear")
			}
		})
	}
}

// A root field that leads to the query type is begun without a check, so what is supplied below it is refused where it stands.
func TestDecideArgumentsBelowARootType(t *testing.T) {
	p := policyOf(t, nasty)
	plan := planOf(t, p, `{ again { x: ask(limit: 1) y: ask } }`)
	d := plan.Decide(subject("", ""), nil)
	if got := outcome(p, d, fieldNamed(t, plan, "x"), "Query"); got != "deny missing_role role:admin" {
		t.Errorf("x: %s", got)
	}
	if got := outcome(p, d, fieldNamed(t, plan, "y"), "Query"); got != "allow" {
		t.Errorf("y: %s", got)
	}
}

// Below a field that authenticates, the caller is whom it authenticated; each of two logins has a decision of its own.
func TestDecideBelow(t *testing.T) {
	tests := []struct {
		name, selection, typename string
		who                       *Subject
		want                      string
	}{
		{"own e-mail", "user { x: email }", "User", subject("", ""), "self"},
		{"any e-mail, with the scope", "user { x: email }", "User", subject("", "read:users"), "allow"},
		{"nobody was authenticated", "user { x: email }", "User", nil, "deny no_credential scope:read:users|self"},
		{"guarded type", "vault { x: text }", "Vault", subject("", ""), "deny missing_scope scope:read:vault"},
		{"guarded type, with the scope", "vault { x: text }", "Vault", subject("", "read:vault"), "allow"},
		{"argument", `user { x: posts(tag: "a") }`, "User", subject("", ""), "deny missing_role role:admin"},
		{"argument, with the role", `user { x: posts(tag: "a") }`, "User", subject("admin", ""), "allow"},
		{"argument left out", `user { x: posts }`, "User", subject("", ""), "allow"},
		{"query in the payload", "query { x: staff }", "Query", subject("", ""), "deny missing_role role:admin|role:support"},
		{"query in the payload, with the role", "query { x: staff }", "Query", subject("support", ""), "allow"},
		{"query in the payload, one's own", `query { x: user(id: "own") { id } }`, "Query", subject("", ""), "allow"},
	}
	p := policyOf(t, nasty)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			plan := planOf(t, p, "mutation { login { "+tt.selection+" } }")
			before := plan.Decide(subject("admin support", "read:users read:vault"), nil)
			if before.Clear() || len(before.Refused()) > 0 {
				t.Errorf("before: clear %t, refused %v", before.Clear(), before.Refused())
			}
			if got := outcome(p, plan.DecideBelow(tt.who, nil), fieldNamed(t, plan, "x"), tt.typename); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A field of a document that was not planned is refused if it is guarded, whatever the decision.
func TestCheckOfAnotherOperation(t *testing.T) {
	p := policyOf(t, nasty)
	all := subject("admin support", "read:users read:vault read:owner write:users")
	other := planOf(t, p, "{ staff node { id } }").Decide(all, nil)
	plan := planOf(t, p, "{ x: staff y: node { id } }")
	for _, d := range []*Decision{other, nil} {
		if r := p.Check(d, fieldNamed(t, plan, "x"), "Query", nil); r == nil || r.Reason != Undecided || len(r.Required) != 1 {
			t.Errorf("guarded: %v", r)
		}
		if r := p.Check(d, fieldNamed(t, plan, "y"), "Query", nil); r != nil {
			t.Errorf("open: %v", r)
		}
	}
	var none *Decision
	if none.Clear() {
		t.Error("no decision is clear")
	}
}

// What another possible type lets its owner through for, lets through the owner of any: A names no orSelf itself.
func TestInterfaceLetsOwnersThrough(t *testing.T) {
	p := policyOf(t, `type Query { n: N @public }
		interface N { id: ID x: Int }
		type A implements N { id: ID x: Int }
		type B implements N { id: ID x: Int @hasRole(role: "r", orSelf: "id") }`)
	plan := planOf(t, p, "{ n { x } }")
	for _, typename := range []string{"A", "B"} {
		if got := outcome(p, plan.Decide(subject("", ""), nil), fieldNamed(t, plan, "x"), typename); got != "self" {
			t.Errorf("%s: %s", typename, got)
		}
	}
}

// The object decides only where it can be read: an unreadable one, an empty id and a type without the sibling are never one's own.
func TestCheckUnreadableObjects(t *testing.T) {
	p := policyOf(t, nasty)
	plan := planOf(t, p, "{ me { x: email } }")
	tests := []struct {
		typename string
		object   any
		caller   *Subject
		own      bool
	}{
		{"User", "own", subject("", ""), true},
		{"User", "OWN", subject("", ""), false},
		{"User", nil, subject("", ""), false},
		{"User", 5, subject("", ""), false},
		{"User", "", &Subject{}, false},
		{"Stranger", "own", subject("", ""), false},
	}
	for _, tt := range tests {
		d := plan.Decide(tt.caller, nil)
		if got := p.Check(d, fieldNamed(t, plan, "x"), tt.typename, tt.object) == nil; got != tt.own {
			t.Errorf("%s %v: %t, want %t", tt.typename, tt.object, got, tt.own)
		}
	}
}

func TestRefusalSaysNothingOfTheCaller(t *testing.T) {
	p := policyOf(t, nasty)
	plan := planOf(t, p, `{ x: user(id: "canary-9f") { id } }`)
	for _, s := range []*Subject{nil, {ID: "canary-1a", Roles: []string{"canary-2b"}, Scopes: []string{"canary-3c"}}} {
		r := plan.Decide(s, nil).Refused()[0].Err
		text := r.Error() + denied(r) + r.Coordinate
		if strings.Contains(text, "canary") || r.Coordinate != "Query.user" || !slices.Equal(r.Required[0], []string{"scope:read:users", "self"}) {
			t.Errorf("refusal %+v", r)
		}
	}
}
