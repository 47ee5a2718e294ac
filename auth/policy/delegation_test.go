package policy

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// delegating has @delegable in each place that it may have: on fields of roots
// and objects, on types, on interfaces and in extensions, next to each guard.
const delegating = `
type Query {
  any: User @authenticated @delegable
  me: User @authenticated @delegable(scope: ["profile", "openid"])
  mine: User @authenticated
  user(id: ID): User @hasScope(scope: "read:users", orSelf: "id") @delegable(scope: "email")
  other(id: ID): User @hasScope(scope: "read:users", orSelf: "id")
  boss(id: ID): User @hasRole(role: "boss", orSelf: "id") @delegable
  staff: User @hasRole(role: "boss")
  users: [User] @hasScope(scope: "read:users")
  kept: User @hasScope(scope: "read:users") @authenticated
  node: Node @public
  found: Found @public
  diary: Diary @public
  secret: Int @hasScope(scope: "read:users") @sensitive
  word: Int @authenticated @sensitive
}
type Mutation {
  login: User @public @authenticates @sensitive
  touch(name: String, in: In): User @authenticated @delegable(scope: "write:profile")
}
type Subscription { ticks: Int @authenticated @delegable(scope: "profile") tocks: Int @authenticated }
input In { power: Int @hasScope(scope: "read:users") role: Int @hasRole(role: "boss") }
interface Node { id: ID note: String @hasRole(role: "boss", orSelf: "id") @delegable(scope: "note") name: String }
type User implements Node {
  id: ID note: String
  name: String @hasScope(scope: "read:users", orSelf: "id")
  email: String @hasScope(scope: "read:users", orSelf: "id") @delegable(scope: "email")
  friend: User
}
type Bot implements Node { id: ID note: String name: String @hasScope(scope: "read:users", orSelf: "id") @delegable(scope: "email") }
union Found = User | Bot
type Diary @authenticated @delegable(scope: "diary") { id: ID page: String }
extend type Diary { lock: String @delegable(scope: "lock") }
extend schema @scope(name: "profile", title: "Profile") @scope(name: "openid", title: "Id") @scope(name: "email", title: "Address")
  @scope(name: "write:profile", title: "Change") @scope(name: "note", title: "Note") @scope(name: "diary", title: "Diary")
extend schema @scope(name: "lock", title: "Lock") @scope(name: "read:users", title: "All")
`

// acting returns what acts for the caller "own", with its scopes.
func acting(scopes string) *Subject {
	return &Subject{ID: "own", Roles: []string{"boss"}, Scopes: strings.Fields(scopes), Delegated: true}
}

// ofKey returns the key of a program with an account of its own.
func ofKey(scopes string) *Subject {
	return &Subject{ID: "own", Roles: []string{"boss"}, Scopes: strings.Fields(scopes), Key: true}
}

func TestDelegation(t *testing.T) {
	person := subject("", "")
	tests := []struct {
		query    string // the field in question has the response name x
		typename string
		caller   *Subject
		want     string
	}{
		{`{ x: any { id } }`, "Query", acting(""), "allow"},
		{`{ x: any { id } }`, "Query", nil, "deny no_credential authenticated|app"},
		{`{ x: me { id } }`, "Query", acting(""), "deny missing_scope authenticated|app:openid|app:profile"},
		{`{ x: me { id } }`, "Query", acting("email read:users"), "deny missing_scope authenticated|app:openid|app:profile"},
		{`{ x: me { id } }`, "Query", acting("openid"), "allow"},
		{`{ x: me { id } }`, "Query", person, "allow"},
		{`{ x: mine { id } }`, "Query", acting("openid profile read:users"), "deny not_delegable authenticated"},
		{`{ x: mine { id } }`, "Query", person, "allow"},
		{`{ x: mine { id } }`, "Query", ofKey(""), "allow"},

		{`{ x: user(id: "own") { id } }`, "Query", acting("email"), "allow"},
		{`{ x: user(id: "other") { id } }`, "Query", acting("email"), "deny not_self scope:read:users|self|app:email"},
		{`{ x: user(id: "own") { id } }`, "Query", acting("profile"), "deny missing_scope scope:read:users|self|app:email"},
		{`{ x: user(id: "other") { id } }`, "Query", acting("read:users"), "allow"},
		{`{ x: other(id: "own") { id } }`, "Query", acting("email"), "deny missing_scope scope:read:users|self"},
		{`{ x: other(id: "own") { id } }`, "Query", person, "allow"},
		{`{ x: other(id: "own") { id } }`, "Query", ofKey(""), "allow"},
		{`{ x: boss(id: "own") { id } }`, "Query", acting(""), "allow"},
		{`{ x: boss(id: "other") { id } }`, "Query", acting("email"), "deny not_self role:boss|self|app"},
		{`{ x: staff { id } }`, "Query", acting("read:users"), "deny not_delegable role:boss"},
		{`{ x: staff { id } }`, "Query", subject("boss", ""), "allow"},
		{`{ x: staff { id } }`, "Query", ofKey("read:users"), "deny missing_role role:boss"},
		{`{ x: users { id } }`, "Query", acting(""), "deny missing_scope scope:read:users"},
		{`{ x: users { id } }`, "Query", acting("read:users"), "allow"},
		{`{ x: kept { id } }`, "Query", acting("read:users"), "deny not_delegable authenticated"},
		{`{ x: kept { id } }`, "Query", subject("", "read:users"), "allow"},
		{`{ x: node { id } }`, "Query", acting(""), "allow"},

		{`{ x: word }`, "Query", acting("profile"), "deny not_delegable authenticated"},
		{`{ x: word }`, "Query", ofKey(""), "deny not_delegable authenticated"},
		{`{ x: word }`, "Query", person, "allow"},
		{`{ x: secret }`, "Query", acting("read:users"), "deny not_delegable authenticated"},
		{`{ x: secret }`, "Query", ofKey("read:users"), "deny not_delegable authenticated"},
		{`{ x: secret }`, "Query", subject("", "read:users"), "allow"},
		{`mutation { x: login { id } }`, "Mutation", acting(""), "allow"},

		{`mutation { x: touch(name: "n") { id } }`, "Mutation", acting("write:profile"), "allow"},
		{`mutation { x: touch(in: {power: 1}) { id } }`, "Mutation", acting("write:profile"), "deny missing_scope scope:read:users"},
		{`mutation { x: touch(in: {power: 1}) { id } }`, "Mutation", acting("write:profile read:users"), "allow"},
		{`mutation { x: touch(in: {role: 1}) { id } }`, "Mutation", acting("write:profile read:users"), "deny not_delegable role:boss"},
		{`subscription { x: ticks }`, "Subscription", acting("profile"), "allow"},
		{`subscription { x: tocks }`, "Subscription", acting("profile"), "deny not_delegable authenticated"},

		{`{ any { x: email } }`, "User", acting(""), "deny missing_scope scope:read:users|self|app:email"},
		{`{ any { x: email } }`, "User", acting("email"), "self"},
		{`{ any { x: email } }`, "User", acting("read:users"), "allow"},
		{`{ any { x: email } }`, "User", person, "self"},
		{`{ any { ...F } } fragment F on User { friend { ... on Node { ... on User { x: email } } } }`, "User", acting("note"), "deny missing_scope scope:read:users|self|app:email"},
		{`{ found { ... on User { x: email } } }`, "User", acting("email"), "self"},
		{`{ any { x: note } }`, "User", acting("note"), "self"},
		{`{ any { x: note } }`, "User", acting("email"), "deny missing_scope role:boss|self|app:note"},
		{`{ node { x: note } }`, "Bot", acting("note"), "self"},
		{`{ node { x: name } }`, "User", acting("email"), "deny missing_scope scope:read:users|self & scope:read:users|self|app:email"}, // as both
		{`{ node { x: name } }`, "Bot", acting("read:users"), "allow"},
		{`{ node { ... on Bot { x: name } } }`, "Bot", acting("email"), "self"},

		{`{ diary { x: page } }`, "Diary", acting("diary"), "allow"},
		{`{ diary { x: page } }`, "Diary", acting("lock"), "deny missing_scope authenticated|app:diary"},
		{`{ diary { x: lock } }`, "Diary", acting("lock"), "deny missing_scope authenticated|app:diary"},
		{`{ diary { x: lock } }`, "Diary", acting("diary"), "deny missing_scope authenticated|app:lock"},
		{`{ diary { x: lock } }`, "Diary", acting("diary lock"), "allow"},
		{`{ diary { x: lock } }`, "Diary", person, "allow"},
	}
	p := policyOf(t, delegating)
	for _, tt := range tests {
		plan := planOf(t, p, tt.query)
		got := outcome(p, plan.Decide(tt.caller, nil), fieldNamed(t, plan, "x"), tt.typename)
		if got != tt.want {
			t.Errorf("%s by %+v: %s, want %s", tt.query, tt.caller, got, tt.want)
		}
	}
}

// TestDelegatesShareNoVerdict: a plan that has decided for a person doesn't take
// that for what acts for them with the same scopes, nor for a key, and the other
// way round; also if all decide at once, and with too many requirements to cache.
func TestDelegatesShareNoVerdict(t *testing.T) {
	const scopes = "profile email read:users write:profile note diary lock"
	var titles, names strings.Builder
	for i := range 70 {
		fmt.Fprintf(&names, `"s%d" `, i)
		fmt.Fprintf(&titles, `@scope(name: "s%d", title: "Number %[1]d") `, i)
	}
	crowded := policyOf(t, delegating+`extend type Query { crowd: Int @hasScope(scope: [`+names.String()+`]) } extend schema `+titles.String())
	if crowded.requirements != nil {
		t.Fatal("decisions are cached")
	}
	queries := []string{`{ mine { id } }`, `{ word }`, `{ secret }`, `{ kept { id } }`, `{ other(id: "own") { id } }`, `{ users { name } }`, `{ staff { id } }`, `{ node { note } }`}
	callers := []*Subject{subject("boss", scopes), acting(scopes), ofKey(scopes), nil}
	p := policyOf(t, delegating)
	for _, query := range queries {
		var want []string
		for _, caller := range callers {
			want = append(want, decided(planOf(t, crowded, query).Decide(caller, nil)))
		}
		for first := range callers {
			plan := planOf(t, p, query)
			var done sync.WaitGroup
			for i := range 4 * len(callers) {
				at := (first + i) % len(callers)
				done.Go(func() {
					if got := decided(plan.Decide(callers[at], nil)); got != want[at] {
						t.Errorf("%s by %+v: %s, want %s", query, callers[at], got, want[at])
					}
				})
				if i < len(callers) {
					done.Wait() // in each order first, then all at once
				}
			}
			done.Wait()
		}
	}
}

// decided returns all that was decided, as text.
func decided(d *Decision) string {
	var all []string
	for coordinate, o := range d.Outcomes() {
		all = append(all, coordinate+" "+string(o.Verdict)+" "+string(o.Reason))
	}
	for _, r := range d.Refused() {
		all = append(all, r.Name+" "+denied(r.Err))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// TestDelegatesSee: what is shown, said and explained to what acts for a person
// is what it may reach.
func TestDelegatesSee(t *testing.T) {
	p := policyOf(t, delegating)
	whole := p.SDL()
	tests := []struct {
		who      *Subject
		sees     string // coordinates
		can      string
		explains string // of { mine { id } any { email } me { id } word }
	}{
		{acting(""), "Query.any Query.node Query.boss", "Query.any Query.node", "DENY not_delegable, ALLOW, DENY missing_scope, DENY missing_scope, DENY not_delegable"},
		{acting("email"), "Query.any Query.node Query.boss Query.user Bot.name", "Query.any Query.node", "DENY not_delegable, ALLOW, SELF, DENY missing_scope, DENY not_delegable"},
		{acting("openid diary"), "Query.any Query.node Query.boss Query.me Diary.page", "Query.any Query.node Query.me Diary.page", "DENY not_delegable, ALLOW, DENY missing_scope, ALLOW, DENY not_delegable"},
		{acting("read:users"), "Query.any Query.node Query.boss Query.user Query.other Query.users Bot.name", "Query.any Query.node Query.user Query.other Query.users Bot.name In.power",
			"DENY not_delegable, ALLOW, ALLOW, DENY missing_scope, DENY not_delegable"},
		{ofKey(""), "Query.any Query.node Query.boss Query.me Query.mine Query.user Query.other Bot.name Diary.page Diary.lock", "Query.any Query.node Query.me Query.mine Diary.page Diary.lock",
			"ALLOW, ALLOW, SELF, ALLOW, DENY not_delegable"},
		{subject("", ""), "Query.any Query.node Query.boss Query.me Query.mine Query.user Query.other Query.word Bot.name Diary.page Diary.lock",
			"Query.any Query.node Query.me Query.mine Query.word Diary.page Diary.lock", "ALLOW, ALLOW, SELF, ALLOW, ALLOW"},
	}
	all := strings.Fields("Query.any Query.node Query.boss Query.me Query.mine Query.user Query.other Query.users Query.kept Query.secret Query.staff Query.word Bot.name Diary.page Diary.lock In.power In.role")
	for _, tt := range tests {
		view := p.View(tt.who)
		var sees, can []string
		for _, coordinate := range all {
			if def, _ := view.member(coordinate); def != nil {
				sees = append(sees, coordinate)
			}
			if may, known := p.Can(tt.who, coordinate); may && known {
				can = append(can, coordinate)
			}
		}
		slices.Sort(sees)
		slices.Sort(can)
		if want := sorted(strings.Fields(tt.sees)); !slices.Equal(sees, want) {
			t.Errorf("%+v sees\n%q, want\n%q", tt.who, sees, want)
		}
		if want := sorted(strings.Fields(tt.can)); !slices.Equal(can, want) {
			t.Errorf("%+v can\n%q, want\n%q", tt.who, can, want)
		}
		rows, _ := planOf(t, p, `{ mine { id } any { email } me { id } word }`).Explain(tt.who, nil)
		var explains []string
		for _, row := range rows {
			explains = append(explains, strings.TrimSpace(string(row.Verdict)+" "+deref(row.Why())))
		}
		if got := strings.Join(explains, ", "); got != tt.explains {
			t.Errorf("%+v is explained\n%s, want\n%s", tt.who, got, tt.explains)
		}
	}
	for who, titles := range map[*Subject]string{nil: "read:users email", acting("openid"): "profile openid read:users email", subject("", ""): whole} {
		text := p.View(who).SDL()
		for _, scope := range p.ScopeList() {
			if shown := strings.Contains(text, `@scope(name: "`+scope.Name+`"`); shown != strings.Contains(titles, scope.Name) {
				t.Errorf("the title of %s is shown to %+v: %t\n%s", scope.Name, who, shown, text)
			}
		}
	}
	if p.Key(subject("", "openid")) == p.Key(acting("openid")) {
		t.Error("a person and what acts for them are of one class")
	}
	if p.SDL() != whole {
		t.Error("the schema was changed")
	}
}

func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
