package policy

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// noon is the time of the requests in these tests.
var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// proved returns a person who proved who they are some time ago, with so many
// factors.
func proved(ago time.Duration, factors int, roles ...string) *Subject {
	return &Subject{ID: "own", Roles: roles, AuthTime: noon.Add(-ago), Factors: factors, Now: noon}
}

const stepped = `
type Query { me: User @authenticated user(id: ID!): User @hasRole(role: "boss", orSelf: "id") }
type User {
  id: ID!
  name: String
  codes: [String!] @hasRole(role: "boss", orSelf: "id") @fresh(within: "10m")
  keys: Int @factors(least: 2)
}
type Mutation {
  rename(name: String @fresh(within: "1h")): User @authenticated
  codes: [String!] @authenticated @fresh(within: "10m") @sensitive
  remove: User @authenticated @fresh(within: "5m") @factors(least: 2)
  reset(id: ID!): User @hasRole(role: "boss") @fresh(within: "10m")
  change(input: In!): User @authenticated @fresh(within: "10m", orGiven: "input.old") @sensitive
  delete(old: String): User @authenticated @fresh(within: "10m", orGiven: "old") @sensitive
  set(in: Settings): User @authenticated
  guarded(a: String @hasRole(role: "boss")): User @authenticated @fresh(within: "10m")
  login: Session @public @authenticates
}
type Session { user: User }
type Vault @fresh(within: "1m") { one: Int two: Int @fresh(within: "30s") }
extend type Query { vault: Vault @authenticated }
input In { old: String new: String! }
input Settings { plain: Int two: Int @factors(least: 2) lately: Int @fresh(within: "1m") nested: Settings }`

// What a proof of who the caller is opens, and what it does not. The field in
// question has the response name x. Each refusal is next to the same request
// after the proof.
func TestStepUp(t *testing.T) {
	p := policyOf(t, stepped)
	const minute = time.Minute
	boss := func(ago time.Duration) *Subject { return proved(ago, 1, "boss") }
	delegated := &Subject{ID: "own", Delegated: true, AuthTime: noon, Now: noon, Factors: 2}
	key := &Subject{ID: "own", Key: true, AuthTime: noon, Now: noon, Factors: 2}
	unknown := proved(0, 1)
	unknown.Now = time.Time{}
	never := &Subject{ID: "own", Now: noon, Factors: 1}
	changed := func(in any) map[string]any { return map[string]any{"in": in} }
	tests := []struct {
		text   string
		who    *Subject
		vars   map[string]any
		want   string
		maxAge time.Duration
		least  int
	}{
		{`mutation { x: codes }`, nil, nil, "deny no_credential authenticated & fresh:600", 0, 0},
		{`mutation { x: codes }`, never, nil, "deny stale fresh:600", 10 * minute, 0},
		{`mutation { x: codes }`, unknown, nil, "deny stale fresh:600", 10 * minute, 0},
		{`mutation { x: codes }`, proved(10*minute, 1), nil, "deny stale fresh:600", 10 * minute, 0},
		{`mutation { x: codes }`, proved(10*minute-1, 1), nil, "allow", 0, 0},
		{`mutation { x: codes }`, proved(0, 1), nil, "allow", 0, 0},
		{`mutation { x: codes }`, proved(-1, 1), nil, "deny stale fresh:600", 10 * minute, 0}, // to come
		{`mutation { x: codes }`, delegated, nil, "deny not_delegable authenticated & fresh:600", 0, 0},
		{`mutation { x: codes }`, key, nil, "deny not_delegable authenticated & fresh:600", 0, 0},

		{`mutation { x: remove { id } }`, proved(5*minute, 1), nil, "deny one_factor fresh:300 & factors:2", 5 * minute, 2},
		{`mutation { x: remove { id } }`, proved(5*minute, 2), nil, "deny stale fresh:300", 5 * minute, 2},
		{`mutation { x: remove { id } }`, proved(0, 1), nil, "deny one_factor factors:2", 5 * minute, 2},
		{`mutation { x: remove { id } }`, proved(0, 0), nil, "deny one_factor factors:2", 5 * minute, 2},
		{`mutation { x: remove { id } }`, proved(0, 2), nil, "allow", 0, 0},
		{`mutation { x: remove { id } }`, delegated, nil, "deny not_delegable authenticated & fresh:300 & factors:2", 0, 0},
		{`mutation { x: remove { id } }`, key, nil, "deny not_delegable fresh:300 & factors:2", 0, 0},

		// a caller is not asked for a proof that would not be enough
		{`mutation { x: reset(id: "a") { id } }`, proved(time.Hour, 1), nil, "deny missing_role role:boss & fresh:600", 0, 0},
		{`mutation { x: reset(id: "a") { id } }`, proved(0, 1), nil, "deny missing_role role:boss", 0, 0},
		{`mutation { x: reset(id: "a") { id } }`, boss(time.Hour), nil, "deny stale fresh:600", 10 * minute, 0},
		{`mutation { x: reset(id: "a") { id } }`, boss(0), nil, "allow", 0, 0},
		{`mutation { x: guarded(a: "a") { id } }`, proved(time.Hour, 1), nil, "deny missing_role role:boss", 0, 0},
		{`mutation { x: guarded(a: "a") { id } }`, boss(time.Hour), nil, "deny stale fresh:600", 10 * minute, 0},
		{`mutation { x: guarded(a: "a") { id } }`, boss(0), nil, "allow", 0, 0},
		{`mutation { x: guarded { id } }`, proved(time.Hour, 1), nil, "deny stale fresh:600", 10 * minute, 0},

		// what proves it instead
		{`mutation { x: delete { id } }`, proved(time.Hour, 1), nil, "deny stale fresh:600|given:old", 10 * minute, 0},
		{`mutation { x: delete { id } }`, proved(0, 1), nil, "allow", 0, 0},
		{`mutation { x: delete(old: null) { id } }`, proved(time.Hour, 1), nil, "deny stale fresh:600|given:old", 10 * minute, 0},
		{`mutation { x: delete(old: "") { id } }`, proved(time.Hour, 1), nil, "allow", 0, 0},
		{`mutation { x: delete(old: "a") { id } }`, proved(time.Hour, 1), nil, "allow", 0, 0},
		{`mutation { x: delete(old: """a""") { id } }`, never, nil, "allow", 0, 0},
		{`mutation { x: delete(old: "a") { id } }`, nil, nil, "deny no_credential authenticated & fresh:600|given:old", 0, 0},
		{`mutation { x: delete(old: "a") { id } }`, delegated, nil, "deny not_delegable authenticated & fresh:600|given:old", 0, 0},
		{`mutation { x: delete(old: "a") { id } }`, key, nil, "deny not_delegable authenticated & fresh:600|given:old", 0, 0},
		{`mutation($o: String) { x: delete(old: $o) { id } }`, never, nil, "deny stale fresh:600|given:old", 10 * minute, 0},
		{`mutation($o: String) { x: delete(old: $o) { id } }`, never, map[string]any{"o": nil}, "deny stale fresh:600|given:old", 10 * minute, 0},
		{`mutation($o: String) { x: delete(old: $o) { id } }`, never, map[string]any{"o": "a"}, "allow", 0, 0},
		{`mutation { x: change(input: {new: "b"}) { id } }`, never, nil, "deny stale fresh:600|given:input.old", 10 * minute, 0},
		{`mutation { x: change(input: {new: "b", old: null}) { id } }`, never, nil, "deny stale fresh:600|given:input.old", 10 * minute, 0},
		{`mutation { x: change(input: {new: "b", old: "a"}) { id } }`, never, nil, "allow", 0, 0},
		{`mutation($o: String) { x: change(input: {new: "b", old: $o}) { id } }`, never, nil, "deny stale fresh:600|given:input.old", 10 * minute, 0},
		{`mutation($o: String) { x: change(input: {new: "b", old: $o}) { id } }`, never, map[string]any{"o": nil}, "deny stale fresh:600|given:input.old", 10 * minute, 0},
		{`mutation($o: String) { x: change(input: {new: "b", old: $o}) { id } }`, never, map[string]any{"o": "a"}, "allow", 0, 0},
		{`mutation($in: In!) { x: change(input: $in) { id } }`, never, changed(map[string]any{"new": "b"}), "deny stale fresh:600|given:input.old", 10 * minute, 0},
		{`mutation($in: In!) { x: change(input: $in) { id } }`, never, changed(map[string]any{"new": "b", "old": nil}), "deny stale fresh:600|given:input.old", 10 * minute, 0},
		{`mutation($in: In!) { x: change(input: $in) { id } }`, never, changed(map[string]any{"new": "b", "old": "a"}), "allow", 0, 0},

		// arguments and input fields
		{`mutation { x: rename { id } }`, never, nil, "allow", 0, 0},
		{`mutation { x: rename(name: "a") { id } }`, proved(time.Hour, 1), nil, "deny stale fresh:3600", time.Hour, 0},
		{`mutation { x: rename(name: "a") { id } }`, proved(time.Hour-1, 1), nil, "allow", 0, 0},
		{`mutation { x: rename(name: "a") { id } }`, delegated, nil, "deny not_delegable authenticated", 0, 0},
		{`mutation { x: rename(name: "a") { id } }`, key, nil, "deny not_delegable fresh:3600", 0, 0},
		{`mutation { x: set(in: {plain: 1}) { id } }`, never, nil, "allow", 0, 0},
		{`mutation { x: set(in: {nested: {two: 1}}) { id } }`, never, nil, "deny one_factor factors:2", 0, 2},
		{`mutation { x: set(in: {nested: {two: 1}}) { id } }`, proved(time.Hour, 2), nil, "allow", 0, 0},
		{`mutation($in: Settings) { x: set(in: $in) { id } }`, never, changed(map[string]any{"lately": nil}), "deny stale fresh:60", minute, 0},
		{`mutation($in: Settings) { x: set(in: $in) { id } }`, proved(minute-1, 1), changed(map[string]any{"lately": nil}), "allow", 0, 0},

		// a type, and the shorter of two times
		{`{ vault { x: one } }`, proved(minute, 1), nil, "deny stale fresh:60", minute, 0},
		{`{ vault { x: one } }`, proved(minute-1, 1), nil, "allow", 0, 0},
		{`{ vault { x: two } }`, proved(minute-1, 1), nil, "deny stale fresh:30", 30 * time.Second, 0},
		{`{ vault { x: two } }`, proved(minute, 1), nil, "deny stale fresh:60 & fresh:30", 30 * time.Second, 0},
		{`{ vault { x: two } }`, proved(0, 1), nil, "allow", 0, 0},
		{`{ me { x: keys } }`, proved(0, 1), nil, "deny one_factor factors:2", 0, 2},
		{`{ me { x: keys } }`, proved(time.Hour, 2), nil, "allow", 0, 0},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s %+v %v", tt.text, tt.who, tt.vars), func(t *testing.T) {
			plan := planOf(t, p, tt.text)
			field := fieldNamed(t, plan, "x")
			for _, again := range []string{"first", "again"} {
				d := plan.Decide(tt.who, tt.vars)
				if got := outcome(p, d, field, field.ObjectDefinition.Name); got != tt.want {
					t.Errorf("%s: %s, want %s", again, got, tt.want)
				}
				if r := p.Check(d, field, field.ObjectDefinition.Name, nil); r != nil && (r.MaxAge != tt.maxAge || r.Factors != tt.least || r.StepUp() != (tt.maxAge > 0 || tt.least > 0)) {
					t.Errorf("%s: max age %s, factors %d", again, r.MaxAge, r.Factors)
				}
				if root := field.ObjectDefinition == p.schema.Mutation; root && (len(d.Refused()) > 0) != (tt.want != "allow") {
					t.Errorf("%s: refused %v", again, d.Refused())
				}
			}
		})
	}
}

// An object that is not the caller's is not for them, whatever they prove.
func TestStepUpOfObjects(t *testing.T) {
	p := policyOf(t, stepped)
	plan := planOf(t, p, `{ me { x: codes } }`)
	tests := []struct {
		who        *Subject
		own, other string
	}{
		{proved(time.Hour, 1), "deny stale fresh:600", "deny not_self role:boss|self & fresh:600"},
		{proved(0, 1), "", "deny not_self role:boss|self"},
		{proved(time.Hour, 1, "boss"), "deny stale fresh:600", "deny stale fresh:600"},
		{proved(0, 1, "boss"), "", ""},
		{&Subject{ID: "own", Key: true}, "deny not_delegable role:boss|self & fresh:600", "deny not_delegable role:boss|self & fresh:600"},
	}
	for _, tt := range tests {
		d := plan.Decide(tt.who, nil)
		for object, want := range map[string]string{"own": tt.own, "other": tt.other} {
			got := ""
			if r := p.Check(d, fieldNamed(t, plan, "x"), "User", object); r != nil {
				got = denied(r)
			}
			if got != want {
				t.Errorf("%v on %s: %q, want %q", tt.who, object, got, want)
			}
		}
	}
}

// What was decided for a caller does not stay when their proof is too old.
func TestStepUpIsNotKept(t *testing.T) {
	plan := planOf(t, policyOf(t, stepped), `mutation { codes }`)
	s := proved(0, 1)
	for i, want := range []bool{true, true, false, true} {
		s.Now = noon.Add([]time.Duration{0, 10*time.Minute - 1, 10 * time.Minute, 0}[i])
		if got := plan.Decide(s, nil).Clear(); got != want {
			t.Errorf("at %s: %t", s.Now, got)
		}
	}
}

// Below a field that logs in, what counts is the proof of who logged in.
func TestStepUpBelowLogin(t *testing.T) {
	p := policyOf(t, stepped)
	plan := planOf(t, p, `mutation { login { user { x: codes } } }`)
	if d := plan.Decide(nil, nil); len(d.Refused()) > 0 {
		t.Fatal(d.Refused())
	}
	for ago, want := range map[time.Duration]string{0: "", time.Hour: "deny stale fresh:600"} {
		got := ""
		if r := p.Check(plan.DecideBelow(proved(ago, 1), nil), fieldNamed(t, plan, "x"), "User", "own"); r != nil {
			got = denied(r)
		}
		if got != want {
			t.Errorf("%s ago: %q, want %q", ago, got, want)
		}
	}
}

// TestDecideAgainWithSteps: a decision that depends on a proof allocates nothing
// either.
func TestDecideAgainWithSteps(t *testing.T) {
	decide := decideSteps(t)
	if n := testing.AllocsPerRun(100, decide); n > 0 {
		t.Errorf("%.0f allocations", n)
	}
}

// BenchmarkDecideAgainWithSteps is BenchmarkDecideAgain for fields that need a
// proof: under 100 ns and without an allocation.
func BenchmarkDecideAgainWithSteps(b *testing.B) {
	decide := decideSteps(b)
	b.ReportAllocs()
	for b.Loop() {
		decide()
	}
}

func decideSteps(t testing.TB) func() {
	p := policyOf(t, stepped)
	plan, caller := planOf(t, p, `mutation { codes remove { name } reset(id: "a") { codes keys } }`), proved(time.Minute, 2, "boss")
	return func() {
		if !plan.Decide(caller, nil).Clear() {
			t.Fatal("refused")
		}
	}
}

// A schema with more requirements than a key has bits decides by the time, too.
func TestStepUpWithManyRequirements(t *testing.T) {
	var fields strings.Builder
	for i := range 70 {
		fmt.Fprintf(&fields, "f%d: Int @hasScope(scope: \"s%d\") ", i, i)
	}
	p := policyOf(t, `type Query { `+fields.String()+`late: Int @authenticated @fresh(within: "10m") @factors(least: 2) }`)
	if p.requirements != nil {
		t.Fatalf("only %d requirements", len(p.requirements))
	}
	plan := planOf(t, p, `{ x: late }`)
	field := fieldNamed(t, plan, "x")
	for _, tt := range []struct {
		who  *Subject
		want string
	}{
		{proved(10*time.Minute, 2), "deny stale fresh:600"},
		{proved(0, 2), "allow"},
		{proved(0, 1), "deny one_factor factors:2"},
		{&Subject{ID: "own", Key: true}, "deny not_delegable fresh:600 & factors:2"},
	} {
		if got := outcome(p, plan.Decide(tt.who, nil), field, "Query"); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.who, got, tt.want)
		}
	}
}
