package policy

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestFederation(t *testing.T) {
	const before = `directive @tag(name: String!) on FIELD_DEFINITION
type Query @tag2 { open: Int @public  me: Int @authenticated @tag(name: "x")
  one(id: ID, x: Int @hasRole(role: "boss")): O @hasScope(scope: "s", orSelf: "id")
  both: Int @hasRole(role: ["boss", "clerk"]) @hasScope(scope: "s") }
directive @cost(weight: String!) on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | ENUM
directive @listSize(assumedSize: Int, slicingArguments: [String!]) on FIELD_DEFINITION
"All of it or nothing."
type Mutation { login: Int @public @authenticates @cost(weight: "9")
  rename(name: String @cost(weight: "2")): Int @authenticated @listSize(assumedSize: 4) }
interface I { a: Int @hasScope(scope: "s") }
type O implements I @hasRole(role: "boss", orSelf: "id") @cost(weight: "7") { id: ID a: Int }
input In @tag3 { a: Int @hasScope(scope: "t") @cost(weight: "1.5") }
directive @tag3 on INPUT_OBJECT
enum E @cost(weight: "3") { ONE }
directive @tag2 on OBJECT
`
	const want = `# For a router of Apollo Federation, so that it can refuse early what the service refuses anyway.
# A role is the scope role:NAME: let the router add one for each role in a token: boss, clerk
# Federation can't express all of these rules (orSelf, many alternatives), so they require less, at least @authenticated: O.id, O.a, Query.one
# Federation has no guards on arguments and input fields: In.a, Query.one(x:)
# These log a caller in, but for the router the fields below still have no caller, so it refuses the guarded ones: Mutation.login
# A router may send each of these as a request of its own, also if a client sends several at once. Then one that is refused does not stop the others, and a limit on a request, such as one sensitive field, is a limit on each: Mutation.login, Mutation.rename

extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated", "@requiresScopes"])

directive @tag(name: String!) on FIELD_DEFINITION
directive @tag2 on OBJECT
directive @tag3 on INPUT_OBJECT
enum E {
  ONE
}
interface I {
  a: Int
}
input In @tag3 {
  a: Int
}
"""
All of it or nothing.
A router may send each field as a request of its own: then one that is refused does not stop the others.
"""
type Mutation {
  login: Int
  rename(name: String): Int @authenticated
}
type O implements I {
  id: ID @authenticated
  a: Int @requiresScopes(scopes: [["s"]])
}
type Query @tag2 {
  open: Int
  me: Int @tag(name: "x") @authenticated
  one(id: ID, x: Int): O @authenticated
  both: Int @requiresScopes(scopes: [["role:boss","s"],["role:clerk","s"]])
}
`
	p := policyOf(t, before)
	whole := p.SDL()
	if got := p.Federation(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if p.SDL() != whole {
		t.Error("the policy's own schema was changed")
	}
}

// TestFederationOfAView: the schema for a router of a caller's view has only
// what the caller may reach.
func TestFederationOfAView(t *testing.T) {
	p := policyOf(t, `type Query { open: Int @public  me: Int @authenticated  all: Int @hasRole(role: "boss") }`)
	for _, tt := range []struct {
		who  *Subject
		want []string
	}{
		{nil, []string{"open: Int\n"}},
		{subject("", ""), []string{"open: Int\n", "me: Int @authenticated\n"}},
		{subject("boss", ""), []string{"open: Int\n", "me: Int @authenticated\n", `all: Int @requiresScopes(scopes: [["role:boss"]])` + "\n"}},
	} {
		text := p.View(tt.who).Federation()
		if strings.Count(text, ": Int") != len(tt.want) || slices.ContainsFunc(tt.want, func(line string) bool { return !strings.Contains(text, line) }) {
			t.Errorf("%v: %s", tt.who, text)
		}
	}
}

// TestFederationOfDelegates: a router can't tell what acts for a person, and is
// told neither of it nor of titles.
func TestFederationOfDelegates(t *testing.T) {
	text := policyOf(t, `extend schema @scope(name: "own", title: "Mine") @scope(name: "all", title: "All")
		type Query { me: Int @authenticated @delegable(scope: "own")  one(id: ID): Int @hasScope(scope: "all", orSelf: "id") @delegable }`).Federation()
	for _, line := range []string{"# Federation knows persons only: what acts for one (@delegable) is @authenticated for the router too.\n",
		"  me: Int @authenticated\n", "  one(id: ID): Int @authenticated\n"} {
		if !strings.Contains(text, line) {
			t.Errorf("%q is missing in %s", line, text)
		}
	}
	for _, word := range []string{"@scope", "@delegable(", "directive @delegable", "Mine"} {
		if strings.Contains(text, word) {
			t.Errorf("%q is in %s", word, text)
		}
	}
}

// TestFederationOfTooMany: a rule with too many alternatives is left to the
// service.
func TestFederationOfTooMany(t *testing.T) {
	guards := `@hasScope(scope: ["a", "b", "c"]) @hasScope(scope: ["d", "e", "f"]) @hasScope(scope: ["g", "h", "i"])`
	some := policyOf(t, `type Query { a: Int `+guards+` }`).Federation()
	if strings.Count(some, `["`) != 27+1 || strings.Contains(some, "they require less") {
		t.Errorf("27 alternatives: %s", some)
	}
	more := policyOf(t, `type Query { a: Int `+guards+` @hasScope(scope: ["j", "k", "l"]) }`).Federation()
	if !strings.Contains(more, "a: Int @authenticated\n") || !strings.Contains(more, "they require less") {
		t.Errorf("81 alternatives: %s", more)
	}
}

// TestAlternatives: in all worlds, the disjunction of sets is met by a person if
// and only if the clauses are, and by what acts for one if they are.
func TestAlternatives(t *testing.T) {
	chance, all := rand.New(rand.NewPCG(5, 6)), worlds()
	for range 5000 {
		rule := randomRule(chance, []string{"b"})
		for i := range rule.clauses {
			rule.clauses[i].self = ""
		}
		sets, ok := alternatives(rule.clauses)
		for _, w := range all {
			passes, meets := w.hasOne(sets), w.meets(rule)
			if !ok || meets && !passes || (len(rule.clauses) == 0 || w[requireSession]) && passes && !meets {
				t.Fatalf("%q becomes %q, %t, which differ for %v", rule, sets, ok, w)
			}
		}
		for i, set := range sets {
			for j, other := range sets {
				if i != j && covers(set, single(other)) {
					t.Fatalf("%q becomes %q, of which one holds another", rule, sets)
				}
			}
		}
	}
}

// hasOne reports whether the world has all items of any of the sets, in which
// scopes have no prefix.
func (w world) hasOne(sets [][]string) bool {
	return slices.ContainsFunc(sets, func(set []string) bool {
		return !slices.ContainsFunc(set, func(need string) bool { return !w[need] && !w["scope:"+need] })
	})
}

// single returns a choice of one for each name.
func single(names []string) [][]string {
	var all [][]string
	for _, name := range names {
		all = append(all, []string{name})
	}
	return all
}
