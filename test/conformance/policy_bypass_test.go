package conformance_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/test/nasty"
)

// TestPolicyBypass sends the shapes of operations by which guards have been
// bypassed elsewhere, on the schema of package nasty. Callers are Ann, with the
// role or scope of the table or none, and an anonymous one.
func TestPolicyBypass(t *testing.T) {
	s := startNasty(t)
	h, err := s.handler(s.schema)
	if err != nil {
		t.Fatal(err)
	}
	ann, anonymous := class{name: "ann", roles: []string{"user"}}, class{name: "anonymous", anonymous: true}
	vet, chips, weights, vaults := role("vet"), scope("read:chips"), scope("read:weights"), scope("open:vaults")
	all := class{name: "all", roles: []string{"admin", "vet", "keeper"}}
	stale := class{name: "stale", roles: all.roles, ago: 5 * time.Hour}
	tests := []struct {
		name    string
		caller  class
		query   string
		refused string // path and reason of each error, in order
		data    string
	}{
		{"interface field: one type requires it, so all do", ann, `{ mascot { chip } }`, "mascot.chip missing_scope", `{"mascot":{"chip":null}}`},
		{"interface field: met", chips, `{ mascot { chip } }`, "", `{"mascot":{"chip":"c"}}`},
		{"interface field: a type without requirements, by fragment", anonymous, `{ animals { ... on Wolf { chip } } }`, "",
			`{"animals":[{},{},{"chip":"w"},{},{},{"chip":"w"}]}`},
		{"interface field: the same type, on the interface", anonymous, `{ animals { chip } }`,
			"animals.0.chip no_credential; animals.1.chip no_credential; animals.2.chip no_credential; " +
				"animals.3.chip no_credential; animals.4.chip no_credential; animals.5.chip no_credential",
			`{"animals":[{"chip":null},{"chip":null},{"chip":null},{"chip":null},{"chip":null},{"chip":null}]}`},
		{"interface field: inherited by each type", anonymous, `{ mascot { ... on Cat { name } } }`, "mascot.name no_credential", `{"mascot":{"name":null}}`},
		{"interface field: inherited, met", ann, `{ mascot { ... on Cat { name } } }`, "", `{"mascot":{"name":"Cat"}}`},
		{"interface in an interface: inherited from the outer", anonymous, `{ mascot { ... on Pet { colour } } }`, "mascot.colour no_credential", `{"mascot":{"colour":null}}`},
		{"interface in an interface: the inner one's own", ann, `{ mascot { ... on Pet { colour toy } } }`, "mascot.toy missing_role",
			`{"mascot":{"colour":"black","toy":null}}`},
		{"interface in an interface: met", vet, `{ mascot { ... on Pet { toy } } }`, "", `{"mascot":{"toy":"mouse"}}`},

		{"interface type: a guarded type among the possible ones", ann, `{ nodes { __typename id } }`,
			"nodes.4.id not_self; nodes.5.id not_self; nodes.6.id not_self; nodes.7.id not_self", `{"nodes":null}`},
		{"interface type: met", vaults, `{ nodes { id } }`, "", `{"nodes":[{"id":"cat-ann"},{"id":"dog-ann"},{"id":"wolf-ann"},{"id":"vault-ann"},` +
			`{"id":"cat-ben"},{"id":"dog-ben"},{"id":"wolf-ben"},{"id":"vault-ben"}]}`},
		{"interface fragment: types without requirements", anonymous, `{ nodes { ... on Cat { id } ... on Wolf { howl } } }`, "",
			`{"nodes":[{"id":"cat-ann"},{},{"howl":"ooh"},{},{"id":"cat-ben"},{},{"howl":"ooh"},{}]}`},
		{"interface fragment: the guarded one", ann, `{ nodes { ... on Vault { keeperId } } }`, "nodes.7.keeperId not_self",
			`{"nodes":[{},{},{},{"keeperId":"ann"},{},{},{},{"keeperId":null}]}`},
		{"interface fragment: back to the interface", ann, `{ mascot { ... on Cat { lives ... on Animal { weight } } } }`, "mascot.weight missing_role",
			`{"mascot":{"lives":9,"weight":null}}`},

		{"the same rule on each type", chips, `{ mascot { ... on Pet { chip } } }`, "", `{"mascot":{"chip":"c"}}`},
		{"the same rule on each type, not met", ann, `{ mascot { ... on Pet { chip } } }`, "mascot.chip missing_scope", `{"mascot":{"chip":null}}`},
		{"different rules: all of them", vet, `{ mascot { weight } }`, "mascot.weight missing_scope", `{"mascot":{"weight":null}}`},
		{"different rules: all of them, the other half", weights, `{ mascot { weight } }`, "mascot.weight missing_role", `{"mascot":{"weight":null}}`},
		{"different rules: met", all, `{ mascot { weight } }`, "", `{"mascot":{"weight":4}}`},
		{"different rules: each its own", vet, `{ animals { ... on Cat { weight } ... on Dog { heavy: weight } } }`,
			"animals.1.heavy missing_scope; animals.4.heavy missing_scope",
			`{"animals":[{"weight":4},{"heavy":null},{},{"weight":4},{"heavy":null},{}]}`},

		{"union", ann, `{ things { ... on Cat { lives } ... on Dog { tricks } ... on Vault { combination } ... on Note { text } } }`,
			"things.1.tricks missing_role; things.2.combination missing_role; things.5.tricks missing_role; things.6.combination missing_role",
			`{"things":[{"lives":9},{"tricks":null},{"combination":null},{"text":"feed them"},` +
				`{"lives":9},{"tricks":null},{"combination":null},{"text":"feed them"}]}`},
		{"union: through an interface of its members", ann, `{ things { ... on Animal { chip } } }`,
			"things.0.chip missing_scope; things.1.chip missing_scope; things.4.chip missing_scope; things.5.chip missing_scope",
			`{"things":[{"chip":null},{"chip":null},{},{},{"chip":null},{"chip":null},{},{}]}`},
		{"fragment", ann, `{ mascot { ...f } } fragment f on Animal { name chip }`, "mascot.chip missing_scope", `{"mascot":{"name":"Cat","chip":null}}`},
		{"fragments in fragments", ann, `{ mascot { ...a } } fragment a on Node { ...b } fragment b on Animal { ...c } fragment c on Cat { lives weight }`,
			"mascot.weight missing_role", `{"mascot":{"lives":9,"weight":null}}`},
		{"fragment on the root", anonymous, `{ ...q } fragment q on Query { count ... { me { id } } }`, "me no_credential", `{"count":6,"me":null}`},
		{"list: an error for each null", ann, `{ cats { id weight } }`, "cats.0.weight missing_role; cats.1.weight missing_role",
			`{"cats":[{"id":"cat-ann","weight":null},{"id":"cat-ben","weight":null}]}`},
		{"list in a list", ann, `{ cats { friends { ... on Dog { chip } } } }`, "cats.0.friends.1.chip missing_scope; cats.1.friends.1.chip missing_scope",
			`{"cats":[{"friends":[{},{"chip":null}]},{"friends":[{},{"chip":null}]}]}`},
		{"scalar: stacked and any of", vet, `{ either count }`, "either missing_scope", `{"either":null,"count":6}`},
		{"scalar: the other half", weights, `{ either count }`, "either missing_role", `{"either":null,"count":6}`},
		{"scalar: met", all, `{ either }`, "", `{"either":"both"}`},
		{"not null: the parent goes with it", ann, `{ me { id phone } count }`, "me.phone missing_scope", `{"me":null,"count":6}`},

		{"mutation: all or nothing", ann, `mutation { rename(id: "cat-ann", name: "Tom") { animal { id } } feed(input: { what: "fish" }) { animal { id } } }`,
			"feed missing_role", `null`},
		{"mutation: a refusal below a root field", ann, `mutation { rename(id: "cat-ann", name: "Tom") { animal { name chip } } }`, "rename.animal.chip missing_scope",
			`{"rename":{"animal":{"name":"Dog","chip":null}}}`},
		{"mutation: behind the type's directive", anonymous, `mutation { rename(id: "cat-ann", name: "Tom") { animal { __typename } } }`, "rename no_credential", `null`},
		{"alias", ann, `{ a: mascot { b: chip lives: name } }`, "a.b missing_scope", `{"a":{"b":null,"lives":"Cat"}}`},
		{"alias of an open field's name", ann, `{ mascot { id: chip } }`, "mascot.id missing_scope", `{"mascot":{"id":null}}`},
		{"with introspection", anonymous, `{ __schema { queryType { name } } __type(name: "Cat") { name } me { __typename id } __typename }`, "me no_credential",
			`{"__schema":{"queryType":{"name":"Query"}},"__type":{"name":"Cat"},"me":null,"__typename":"Query"}`},
		{"left out by a directive", anonymous, `{ me @include(if: false) { id } ... @skip(if: true) { cats { id } } count }`, "", `{"count":6}`},
		{"left in by a directive", anonymous, `{ me @include(if: true) { id } ... @skip(if: false) { cats { id } } count }`, "me no_credential; cats no_credential",
			`{"me":null,"cats":null,"count":6}`},

		{"the root through a payload", ann, `{ home { query { home { query { either me { id } } } } } }`, "home.query.home.query.either missing_role",
			`{"home":{"query":{"home":{"query":{"either":null,"me":{"id":"ann"}}}}}}`},
		{"the root through a payload: another's, and nothing above it", ann, `{ home { keepers { id } query { keeper(id: "ben") { id } } } }`,
			"home.query.keeper not_self", `{"home":{"keepers":[{"id":"ann"},{"id":"ben"}],"query":{"keeper":null}}}`},
		{"the root through a payload: the caller's own", ann, `{ home { query { keeper(id: "ann") { id } } } }`, "", `{"home":{"query":{"keeper":{"id":"ann"}}}}`},
		{"the root through the payload of a mutation", ann, `mutation { rename(id: "x", name: "y") { query { count keeper(id: "ben") { id } } } }`,
			"rename.query.keeper not_self", `{"rename":{"query":{"count":6,"keeper":null}}}`},
		{"an argument of the root through a payload", ann, `{ home { query { animals(limit: 1) { __typename } } } count }`, "home missing_role", `{"home":null,"count":6}`},
		{"recursive types", ann, `{ me { salary boss { salary boss { salary } } } }`, "me.boss.salary not_self",
			`{"me":{"salary":1000,"boss":{"salary":null,"boss":{"salary":1000}}}}`},
		{"one object, five paths", vaults, `{
			things { ... on Vault { combination } } nodes { ... on Vault { combination } }
			a: me { vault { combination } } keeper(id: "ann") { best { ... on Dog { tricks } } vault { combination } } home { keepers { vault { combination } } } }`,
			"things.2.combination missing_role; things.6.combination missing_role; nodes.3.combination missing_role; nodes.7.combination missing_role; " +
				"a.vault missing_role; keeper.best.tricks missing_role; keeper.vault missing_role; home.keepers.0.vault missing_role; home.keepers.1.vault missing_role",
			`{"things":[{},{},{"combination":null},{},{},{},{"combination":null},{}],"nodes":[{},{},{},{"combination":null},{},{},{},{"combination":null}],` +
				`"a":{"vault":null},"keeper":{"best":{"tricks":null},"vault":null},"home":{"keepers":[{"vault":null},{"vault":null}]}}`},
		{"one object, five paths: met", all, `{ me { vault { combination } } home { keepers { vault { combination } } } }`, "",
			`{"me":{"vault":{"combination":"2"}},"home":{"keepers":[{"vault":{"combination":"2"}},{"vault":{"combination":"2"}}]}}`},
		{"a proof: too old", stale, `mutation { retire(input: {}) { __typename } }`, "retire STEP_UP_REQUIRED stale", "null"},
		{"a proof: null is none", stale, `mutation { retire(input: {word: null}) { __typename } }`, "retire STEP_UP_REQUIRED stale", "null"},
		{"a proof: a variable without a value is none", stale, `mutation($w: String) { retire(input: {word: $w}) { __typename } }`, "retire STEP_UP_REQUIRED stale", "null"},
		{"a proof: given to another field", stale, `mutation { sell(id: "1", word: "w") { __typename } rename(id: "1", name: "n", loudly: true) { __typename } }`,
			"sell STEP_UP_REQUIRED one_factor; rename STEP_UP_REQUIRED one_factor", "null"},
		{"a proof: under an alias of a public field", stale, `mutation { word: retire(input: {}) { __typename } }`, "word STEP_UP_REQUIRED stale", "null"},
		{"a proof: in a fragment that is skipped for some", stale, `mutation { ... @include(if: true) { retire(input: {}) { __typename } } }`, "retire STEP_UP_REQUIRED stale", "null"},
		{"a proof: given", stale, `mutation { retire(input: {word: ""}) { __typename } }`, "", `{"retire":{"__typename":"Meal"}}`},
		{"a proof: recent", all, `mutation { retire(input: {}) { __typename } }`, "", `{"retire":{"__typename":"Meal"}}`},
		{"a proof: an input field asks for a later one", stale, `mutation { retire(input: {word: "w", when: 1}) { __typename } }`, "retire STEP_UP_REQUIRED stale", "null"},
		{"a proof: an input field, met", all, `mutation { retire(input: {when: 1}) { __typename } }`, "", `{"retire":{"__typename":"Meal"}}`},
		{"a proof: through an interface", stale, `{ pets { toy } }`, "pets.0.toy STEP_UP_REQUIRED stale; pets.1.toy STEP_UP_REQUIRED stale", `{"pets":[{"toy":null},{"toy":null}]}`},
		{"a proof: through an interface, met", all, `{ pets { toy } }`, "", `{"pets":[{"toy":"mouse"},{"toy":"ball"}]}`},
		{"a proof: not for who may not anyway", ann, `{ keeper(id: "ann") { codes } other: home { keepers { codes } } }`,
			"keeper.codes STEP_UP_REQUIRED one_factor; other.keepers.0.codes STEP_UP_REQUIRED one_factor; other.keepers.1.codes not_self",
			`{"keeper":{"codes":null},"other":{"keepers":[{"codes":null},{"codes":null}]}}`},
		{"below a login", ann, `mutation { become(id: "ann") { keeper { salary pets { toy chip } } rival { salary } query { me { id } keeper(id: "ben") { id } } } }`,
			"become.rival.salary not_self; become.query.keeper not_self",
			`{"become":{"keeper":{"salary":1000,"pets":[{"toy":"mouse","chip":"c"},{"toy":"ball","chip":"d"}]},"rival":{"salary":null},` +
				`"query":{"me":{"id":"ann"},"keeper":null}}}`},
		{"below a login: an argument", ann, `mutation { become(id: "ann") { query { count(secretly: true) animals(filter: { chip: "c" }) { __typename } } } }`,
			"become.query.count missing_scope",
			`{"become":{"query":{"count":null,"animals":[{"__typename":"Cat"},{"__typename":"Dog"},{"__typename":"Wolf"},` +
				`{"__typename":"Cat"},{"__typename":"Dog"},{"__typename":"Wolf"}]}}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			token := ""
			if !tt.caller.anonymous {
				token = s.sign(t, nasty.Ann, tt.caller)
			}
			r := serve(t, h, token, tt.query, nil)
			var refused []string
			for _, e := range r.Errors {
				path := strings.Trim(strings.ReplaceAll(fmt.Sprint(e.Path), " ", "."), "[]")
				refused = append(refused, path+" "+strings.TrimPrefix(strings.TrimPrefix(refusalOf(e), "FORBIDDEN "), "UNAUTHENTICATED "))
			}
			if got := strings.Join(refused, "; "); got != tt.refused {
				t.Errorf("refused\n%s, want\n%s", got, tt.refused)
			}
			var answer struct{ Data json.RawMessage }
			if err := json.Unmarshal([]byte(r.Body), &answer); err != nil || string(answer.Data) != tt.data {
				t.Errorf("data\n%s, want\n%s", answer.Data, tt.data)
			}
		})
	}
}

func role(name string) class { return class{name: name, roles: []string{name}} }

func scope(name string) class {
	return class{name: name, roles: []string{onlyRole(name)}, scopes: []string{name}}
}

// TestPolicyBypassAtStart starts services with schemas in which a directive looks
// like a guard but does not guard: they don't start.
func TestPolicyBypassAtStart(t *testing.T) {
	s := startNasty(t)
	const guard = `either: String @hasRole(role: ["vet", "keeper"]) @hasScope(scope: ["read:chips", "read:weights"])`
	tests := []struct{ name, from, to, want string }{
		{"a directive of another name", guard, `either: String @requiresRole(role: "vet")`, "Undefined directive requiresRole"},
		{"a directive of another name, declared", guard, `either: String @requiresRole(role: "vet") } directive @requiresRole(role: String) on FIELD_DEFINITION extend type Query { other: Int @public`,
			"Query.either: a root field must say who may reach it"},
		{"an argument of another name", guard, `either: String @hasRole(roles: "vet")`, "roles"},
		{"a directive declared otherwise", "directive @hasRole(role: [String!]!,", "directive @hasRole(role: [String!]! = [\"user\"],", "@hasRole: declare the argument role"},
		{"a directive on an interface", "interface Node {", "interface Node @authenticated {", "INTERFACE"},
		{"a directive on a union", "union Thing =", "union Thing @authenticated =", "UNION"},
		{"a directive on the way to the root", "type Home {\n  keepers: [Keeper!]\n  query: Query!", "type Home {\n  keepers: [Keeper!]\n  query: Query! @authenticated",
			"Home.query: a guard on a field that leads to the root type Query"},
		{"no directive", guard, "either: String", "Query.either: a root field must say who may reach it"},
		{"unchanged", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(nasty.SDL, tt.from) {
				t.Fatalf("the schema has no %q", tt.from)
			}
			err := s.starts(strings.Replace(nasty.SDL, tt.from, tt.to, 1))
			if tt.want == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want %q", err, tt.want)
			}
		})
	}
}
