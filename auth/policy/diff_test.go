package policy

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// differences formats a diff: movement, coordinate, old, new, and the types
// that a new field leads to.
func differences(all []Difference) []string {
	var lines []string
	for _, d := range all {
		line := string(d.Movement) + " " + d.Coordinate + ": " + d.Old + " -> " + d.New
		if len(d.Leads) > 0 {
			line += " to " + strings.Join(d.Leads, " ")
		}
		lines = append(lines, line)
	}
	return lines
}

func TestDiff(t *testing.T) {
	query := func(guard string) string { return `type Query { a(id: ID): Int ` + guard + ` }` }
	const rest = ` type User { id: ID name: String friend: User } input In { a: Int b: Int @hasRole(role: "r") } type Mutation { m(in: In): Int @public }`
	tests := []struct {
		name    string
		old     string
		new     string
		want    []string
		widened bool
	}{
		{"nothing", query(`@authenticated`), query(`@authenticated`), nil, false},
		{"written otherwise", query(`@hasRole(role: ["a", "b"]) @authenticated`), query(`@hasRole(role: ["b", "a", "b"])`), nil, false},
		{"opened", query(`@authenticated`), query(`@public`), []string{"widened Query.a: authentication -> public"}, true},
		{"closed", query(`@public`), query(`@authenticated`), []string{"narrowed Query.a: public -> authentication"}, false},
		{"one role more", query(`@hasRole(role: "a")`), query(`@hasRole(role: ["a", "b"])`), []string{"widened Query.a: role a -> role a or b"}, true},
		{"one role less", query(`@hasRole(role: ["a", "b"])`), query(`@hasRole(role: "a")`), []string{"narrowed Query.a: role a or b -> role a"}, false},
		{"another role", query(`@hasRole(role: "a")`), query(`@hasRole(role: "b")`), []string{"moved Query.a: role a -> role b"}, true},
		{"owners too", query(`@hasRole(role: "a")`), query(`@hasRole(role: "a", orSelf: "id")`), []string{"widened Query.a: role a -> role a or self (id)"}, true},
		{"a condition less", query(`@hasRole(role: "a") @hasScope(scope: "s")`), query(`@hasScope(scope: "s")`),
			[]string{"widened Query.a: role a, and scope s -> scope s"}, true},
		{"the guard on the type", query(`@authenticated`), `type Query @authenticated { a(id: ID): Int }`, nil, false},
		{"an input field opened", query(`@public`) + rest, query(`@public`) + strings.Replace(rest, `@hasRole(role: "r")`, "", 1),
			[]string{"widened In.b: role r -> open"}, true},
		{"an argument closed", query(`@public`), `type Query { a(id: ID @hasRole(role: "r")): Int @public }`, []string{"narrowed Query.a(id:): open -> role r"}, false},
		{"a login more", query(`@public`) + ` type Mutation { in: Int @public }`, query(`@public`) + ` type Mutation { in: Int @public @authenticates }`,
			[]string{"widened Mutation.in: public -> public, logs in"}, true},
		{"a login less", query(`@public`) + ` type Mutation { in: Int @public @authenticates }`, query(`@public`) + ` type Mutation { in: Int @public }`,
			[]string{"narrowed Mutation.in: public, logs in -> public"}, false},
		{"a new way to data", query(`@public`) + rest, `type Query { a(id: ID): Int @public users: Users @public } type Users { all: [User] }` + rest,
			[]string{"new Query.users:  -> public to User", "new Users.all:  -> open to User"}, false},
		{"a new field", query(`@public`) + rest, query(`@public`) + strings.Replace(rest, "id: ID", "id: ID mail(of: Int): String", 1),
			[]string{"new User.mail:  -> open"}, false},
		{"new guarded arguments and input fields", query(`@public`) + rest, query(`@public`) + strings.NewReplacer("m(", `m(x: Int, y: Int @hasRole(role: "r") `,
			"a: Int", `a: Int c: Int d: Int @hasRole(role: "r")`).Replace(rest), []string{"new In.d:  -> role r", "new Mutation.m(y:):  -> role r"}, false},
		{"gone", query(`@public`) + rest, query(`@public`), []string{"gone In.b: role r -> ", "gone Mutation.m: public -> ", "gone User.friend: open -> ",
			"gone User.id: open -> ", "gone User.name: open -> "}, false},
		{"delegated", query(`@authenticated`), query(`@authenticated @delegable(scope: "own")`), []string{"widened Query.a: authentication -> authentication (apps: own)"}, true},
		{"no longer delegated", query(`@authenticated @delegable`), query(`@authenticated`), []string{"narrowed Query.a: authentication (apps: any) -> authentication"}, false},
		{"with a scope", query(`@authenticated @delegable`), query(`@authenticated @delegable(scope: "own")`),
			[]string{"narrowed Query.a: authentication (apps: any) -> authentication (apps: own)"}, false},
		{"one scope more", query(`@authenticated @delegable(scope: "own")`), query(`@authenticated @delegable(scope: ["own", "mine"])`),
			[]string{"widened Query.a: authentication (apps: own) -> authentication (apps: mine or own)"}, true},
		{"another scope", query(`@authenticated @delegable(scope: "own")`), query(`@authenticated @delegable(scope: "mine")`),
			[]string{"moved Query.a: authentication (apps: own) -> authentication (apps: mine)"}, true},
		{"their own delegated", query(`@hasRole(role: "a", orSelf: "id")`), query(`@hasRole(role: "a", orSelf: "id") @delegable(scope: ["own", "mine"])`),
			[]string{"widened Query.a: role a or self (id) -> role a or self (id; apps: mine or own)"}, true},
		{"delegated by the type", query(`@authenticated @delegable(scope: "own")`), `type Query @delegable(scope: "own") { a(id: ID): Int @authenticated }`, nil, false},
		{"another title", `extend schema @scope(name: "own", title: "New") ` + query(`@authenticated @delegable(scope: "own")`), query(`@authenticated @delegable(scope: "own")`), nil, false},
		{"for sessions", query(`@authenticated`), query(`@authenticated @sensitive`), []string{"narrowed Query.a: authentication -> authentication in a session"}, false},
		{"a scope for sessions", query(`@hasScope(scope: "a")`), query(`@hasScope(scope: "a") @sensitive`), []string{"narrowed Query.a: scope a -> scope a, and authentication in a session"}, false},
		{"a role is for sessions anyway", query(`@hasRole(role: "a")`), query(`@hasRole(role: "a") @sensitive`), nil, false},
		{"a scope for all persons", query(`@hasScope(scope: "a")`), query(`@authenticated`), []string{"moved Query.a: scope a -> authentication"}, true},
		{"by an interface", query(`@public`) + ` interface I { x: Int @authenticated } type O implements I { x: Int }`,
			query(`@public`) + ` interface I { x: Int } type O implements I { x: Int }`, []string{"widened O.x: authentication -> open"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			all := Diff(policyOf(t, titled(tt.old)), policyOf(t, titled(tt.new)))
			if got := differences(all); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if widened := slices.ContainsFunc(all, Difference.Widens); widened != tt.widened {
				t.Errorf("widened: %t", widened)
			}
		})
	}
}

// titled adds titles for the scopes of a schema that needs them.
func titled(sdl string) string {
	for _, name := range []string{"own", "mine", "a", "s"} {
		if strings.Contains(sdl, "@delegable") && !strings.Contains(sdl, `@scope(name: "`+name+`"`) {
			sdl = `extend schema @scope(name: "` + name + `", title: "Something") ` + sdl
		}
	}
	return sdl
}

// A world is one caller and one object: it says which requirements they meet.
type world map[string]bool

// worlds returns all combinations of a few roles, scopes and owners, for persons,
// and without roles for what acts for them and for keys. An anonymous caller meets nothing.
func worlds() []world {
	things := []string{"role:a", "role:b", "scope:a", "scope:b", "self id", "self owner", requireApp, "key"}
	all := []world{{}}
	for bits := range 1 << len(things) {
		w := world{}
		for i, thing := range things {
			w[thing] = bits&(1<<i) != 0
		}
		w[requireAuthenticated] = !w[requireApp]
		w[requireSession] = !w[requireApp] && !w["key"]
		if !w[requireSession] {
			w["role:a"], w["role:b"] = false, false
		}
		if w[requireApp] {
			w["app:a"], w["app:b"] = w["scope:a"], w["scope:b"]
		}
		all = append(all, w)
	}
	return all
}

// meets evaluates a rule by its definition: all of the clauses, any item of
// each.
func (w world) meets(r *Rule) bool {
	for _, c := range r.clauses {
		has := func(need string) bool { return w[need] }
		met := slices.ContainsFunc(c.any, has) || w["self "+c.self] && (!w[requireApp] || slices.ContainsFunc(c.apps, has))
		if !met {
			return false
		}
	}
	return true
}

// TestImplies compares implies with an evaluation in all worlds, for thousands
// of random pairs of rules.
func TestImplies(t *testing.T) {
	chance, all := rand.New(rand.NewPCG(1, 2)), worlds()
	said := map[bool]int{}
	for range 20000 {
		own := [][]string{{}, {"a"}, {"b"}, {"a", "b"}}[chance.IntN(4)]
		a, b := randomRule(chance, own), randomRule(chance, own)
		want := !slices.ContainsFunc(all, func(w world) bool { return w.meets(a) && !w.meets(b) })
		if got := implies(a, b); got != want {
			t.Fatalf("%q implies %q: %t, want %t", a, b, got, want)
		}
		said[want]++
	}
	if said[true] < 2000 || said[false] < 2000 {
		t.Errorf("implied %d, not %d", said[true], said[false])
	}
}

// randomRule returns a rule of up to three clauses of the kinds that directives
// make. The scopes of @delegable are those in own, and others than @hasScope has.
func randomRule(chance *rand.Rand, own []string) *Rule {
	r := &Rule{}
	for range chance.IntN(4) {
		kind := []string{"role", "scope", requireAuthenticated}[chance.IntN(3)]
		if kind == requireAuthenticated {
			r.add(clause{any: []string{requireAuthenticated}})
			continue
		}
		c := clause{any: [][]string{{kind + ":a"}, {kind + ":b"}, {kind + ":a", kind + ":b"}}[chance.IntN(3)]}
		if kind == "scope" {
			c.any = slices.DeleteFunc(c.any, func(need string) bool { return slices.Contains(own, need[len(scopePrefix):]) })
		}
		c.self = []string{"", "", "id", "owner"}[chance.IntN(4)]
		if len(c.any) > 0 {
			r.add(c)
		}
	}
	var apps [][]string
	for range chance.IntN(3) {
		list := []string{requireApp}
		if len(own) > 0 && chance.IntN(3) > 0 {
			list = []string{appPrefix + own[chance.IntN(len(own))]}
		}
		apps = append(apps, list)
	}
	if len(own) == 2 && len(apps) > 0 && chance.IntN(2) == 0 {
		apps[0] = []string{"app:a", "app:b"}
	}
	switch {
	case chance.IntN(5) == 0:
		r.keepSessions()
	case len(apps) > 0:
		r.letAct(necessary(apps))
	}
	return r
}
