package policy

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestDecideArguments: an argument decides by whose id it is, and by guards on
// what is supplied.
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
		want   string // refused root fields
	}{
		{"own id", `{ x: user(id: "own") { id } }`, nil, plain, ""},
		{"own id in a block string", `{ x: user(id: """own""") { id } }`, nil, plain, ""},
		{"another's id", `{ x: user(id: "other") { id } }`, nil, plain, notSelf},
		{"another's id in other case", `{ x: user(id: "OWN") { id } }`, nil, plain, notSelf},
		{"another's id with the scope", `{ x: user(id: "other") { id } }`, nil, subject("", "read:users"), ""},
		{"own id, anonymous", `{ x: user(id: "own") { id } }`, nil, nil, "x deny no_credential scope:read:users|self"},
		{"empty id, caller without an id", `{ x: user(id: "") { id } }`, nil, &Subject{}, notSelf},
		{"null id", `{ x: user(id: null) { id } }`, nil, plain, notSelf},
		{"no id, where the schema's default is one's own", `{ x: user { id } }`, nil, plain, notSelf},
		{"own id by variable", `query($v: ID) { x: user(id: $v) { id } }`, map[string]any{"v": "own"}, plain, ""},
		{"another's id by variable", `query($v: ID) { x: user(id: $v) { id } }`, map[string]any{"v": "other"}, plain, notSelf},
		{"null id by variable", `query($v: ID) { x: user(id: $v) { id } }`, map[string]any{"v": nil}, plain, notSelf},
		{"variable without a value", `query($v: ID) { x: user(id: $v) { id } }`, nil, plain, notSelf},
		{"a list with one's own id", `query($v: ID) { x: user(id: $v) { id } }`, map[string]any{"v": []any{"own"}}, plain, notSelf},
		{"own id by variable, as a number", `query($v: ID) { x: user(id: $v) { id } }`, map[string]any{"v": json.Number("7")}, &Subject{ID: "7"}, ""},
		{"own id by variable, as a number that was read", `query($v: ID) { x: user(id: $v) { id } }`, map[string]any{"v": int64(7)}, &Subject{ID: "7"}, ""},
		{"another's id by variable, as a number", `query($v: ID) { x: user(id: $v) { id } }`, map[string]any{"v": json.Number("70")}, &Subject{ID: "7"}, notSelf},
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
		{"input field supplied, anonymous", `{ x: ask(filter: {name: "a"}) }`, nil, nil, "x deny no_credential scope:write:users"},
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
		{"object by variable, one for a list, as gqlparser coerces it", `query($v: [Filter!]) { x: ask(filters: $v) }`,
			map[string]any{"v": []map[string]any{{"name": "a"}}}, plain, name},
		{"object by variable, one for a list in an object, as gqlparser coerces it", `query($v: Filter) { x: ask(filter: $v) }`,
			map[string]any{"v": map[string]any{"and": []map[string]any{{"name": "a"}}}}, plain, name},
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

// TestDecideArgumentsBelowARootType: a field that leads to the query type is
// resolved without a check, so an argument below it is refused where it stands.
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
