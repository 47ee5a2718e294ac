package policy

import (
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"pgregory.net/rapid"
)

const explainable = `type Query {
	open: Person @public
	me: Person @authenticated
	person(id: ID, in: In, secret: Boolean @hasScope(scope: "s:secret")): Person @hasScope(scope: "s:read", orSelf: "id")
	any: Any @public
}
type Mutation { login: Login @public @authenticates  end: Int @hasRole(role: "boss") }
type Login { person: Person }
type Person { id: ID name: String @authenticated mail: String @hasScope(scope: "s:read", orSelf: "id") pay: Int @hasRole(role: "boss") friend: Person }
type Robot { id: ID pay: Int @hasScope(scope: "s:robot") }
union Any = Person | Robot
input In { a: Int @hasRole(role: "boss") b: Int more: [In!] }
`

// rowsOf formats decisions: verdict, coordinate, path, reason and missing
// requirements.
func rowsOf(decisions []FieldDecision) []string {
	var all []string
	for _, d := range decisions {
		row := []string{string(d.Verdict), d.Coordinate, strings.Join(d.Path, ".")}
		if d.Reason != nil {
			row = append(row, string(*d.Reason))
		}
		for _, any := range d.Missing {
			row = append(row, strings.Join(any, "|"))
		}
		all = append(all, strings.Join(row, " "))
	}
	return all
}

func TestExplain(t *testing.T) {
	anyCaller := func(roles, scopes string) *Subject {
		s := subject(roles, scopes)
		s.ID = ""
		return s
	}
	tests := []struct {
		name string
		who  *Subject
		text string
		vars map[string]any
		want []string
	}{
		{"nothing guarded", nil, `{ open { id } }`, nil, nil},
		{"anonymous", nil, `{ me { name } }`, nil, []string{"DENY Query.me me no_credential authenticated", "DENY Person.name me.name no_credential authenticated"}},
		{"authenticated", subject("", ""), `{ me { name } }`, nil, []string{"ALLOW Query.me me", "ALLOW Person.name me.name"}},
		{"a role that is missing", subject("", ""), `mutation { end }`, nil, []string{"DENY Mutation.end end missing_role role:boss"}},
		{"a role", subject("boss", ""), `mutation { end }`, nil, []string{"ALLOW Mutation.end end"}},
		{"an object's own", subject("", ""), `{ open { mail } }`, nil, []string{"SELF Person.mail open.mail scope:s:read|self"}},
		{"an object, anonymous", nil, `{ open { mail } }`, nil, []string{"DENY Person.mail open.mail no_credential scope:s:read|self"}},
		{"an object, with the scope", subject("", "s:read"), `{ open { mail } }`, nil, []string{"ALLOW Person.mail open.mail"}},
		{"another's argument", subject("", ""), `{ person(id: "other") { id } }`, nil, []string{"DENY Query.person person not_self scope:s:read|self"}},
		{"one's own argument", subject("", ""), `{ person(id: "own") { id } }`, nil, []string{"ALLOW Query.person person"}},
		{"an argument, unknown id", anyCaller("", ""), `{ person(id: "7") { id } }`, nil, []string{"SELF Query.person person scope:s:read|self"}},
		{"no argument", anyCaller("", ""), `{ person { id } }`, nil, []string{"DENY Query.person person not_self scope:s:read|self"}},
		{"an empty argument", anyCaller("", ""), `{ person(id: "") { id } }`, nil, []string{"DENY Query.person person not_self scope:s:read|self"}},
		{"no argument, null", anyCaller("", ""), `{ person(id: null) { id } }`, nil, []string{"DENY Query.person person not_self scope:s:read|self"}},
		{"one's own variable", subject("", ""), `query($i: ID!) { person(id: $i) { id } }`, map[string]any{"i": "own"}, []string{"ALLOW Query.person person"}},
		{"another's variable", subject("", ""), `query($i: ID!) { person(id: $i) { id } }`, map[string]any{"i": "x"}, []string{"DENY Query.person person not_self scope:s:read|self"}},
		{"a variable that is not known yet", subject("", ""), `query($i: ID!) { person(id: $i) { id } }`, nil, []string{"SELF Query.person person scope:s:read|self"}},
		{"a variable that is left out", subject("", ""), `query($i: ID) { person(id: $i) { id } }`, nil, []string{"DENY Query.person person not_self scope:s:read|self"}},
		{"what is supplied", subject("", "s:read"), `{ person(secret: true, in: {more: [{a: 1}, {b: 2, more: {a: null}}]}) { id } }`, nil,
			[]string{"ALLOW Query.person person", "DENY Query.person(secret:) person missing_scope scope:s:secret", "DENY In.a person missing_role role:boss"}},
		{"not supplied", subject("", "s:read"), `query($s: Boolean) { person(secret: $s, in: {b: 1}) { id } }`, nil, []string{"ALLOW Query.person person"}},
		{"what will be supplied", subject("", "s:read"), `query($s: Boolean!) { person(secret: $s) { id } }`, nil,
			[]string{"ALLOW Query.person person", "DENY Query.person(secret:) person missing_scope scope:s:secret"}},
		{"below a login", nil, `mutation { login { person { name mail pay } } end }`, nil,
			[]string{"ALLOW Person.name login.person.name", "SELF Person.mail login.person.mail", "SELF Person.pay login.person.pay", "DENY Mutation.end end no_credential role:boss"}},
		{"left out", subject("", ""), `query($b: Boolean!) { me @skip(if: true) { id } open { name @include(if: $b) pay @skip(if: $b) } }`, map[string]any{"b": true},
			[]string{"ALLOW Person.name open.name"}},
		{"perhaps left out", subject("", ""), `query($b: Boolean!) { open { name @include(if: $b) pay @skip(if: $b) } }`, nil,
			[]string{"ALLOW Person.name open.name", "DENY Person.pay open.pay missing_role role:boss"}},
		{"each place once, under response names", subject("", ""), `{ a: open { ...F friend { ...F } name } b: open { ...F } } fragment F on Person { name }`, nil,
			[]string{"ALLOW Person.name a.name", "ALLOW Person.name a.friend.name", "ALLOW Person.name b.name"}},
		{"each type at one place", subject("", ""), `{ any { ... on Person { pay } ... on Robot { pay } } }`, nil,
			[]string{"DENY Person.pay any.pay missing_role role:boss", "DENY Robot.pay any.pay missing_scope scope:s:robot"}},
	}
	p := policyOf(t, explainable)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			decisions, whole := planOf(t, p, tt.text).Explain(tt.who, tt.vars)
			if got := rowsOf(decisions); !slices.Equal(got, tt.want) || !whole {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestExplainIsBounded: an explanation stops at its limits if an operation is
// far larger than its text.
func TestExplainIsBounded(t *testing.T) {
	const head = `{ open { ...F0 } }`
	tests := []struct {
		name string
		text string
		rows int // -1 if there are too many
	}{
		{"a thousand places", doubling(10, head, "Person", "friend", "name"), 1 << 10},
		{"more guarded places than we list", doubling(11, head, "Person", "friend", "name"), -1},
		{"nothing guarded, some thousand places", doubling(11, head, "Person", "friend", "id"), 0},
		{"nothing guarded, 2^60 places", doubling(60, head, "Person", "friend", "id"), -1},
	}
	p := policyOf(t, explainable)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := documentOf(t, tt.text)
			define(p.schema, doc) // validation would take too long
			rows, whole := p.Plan(doc, doc.Operations[0]).Explain(nil, nil)
			if whole != (tt.rows >= 0) || whole && len(rows) != tt.rows || len(rows) > ExplainedRows+1 {
				t.Errorf("%d rows, whole: %t", len(rows), whole)
			}
		})
	}
}

// TestExplainAgreesWithDecide: an explanation says of each place what Decide
// and Check then do, for random operations of random schemas.
func TestExplainAgreesWithDecide(t *testing.T) {
	explained := map[Verdict]int{}
	rapid.Check(t, func(t *rapid.T) {
		g := &generator{T: t, variables: map[string]string{}, by: map[string][]string{}}
		schema, err := validator.LoadSchema(validator.Prelude, &ast.Source{Input: g.schema()})
		if err != nil {
			t.Fatal(err)
		}
		p, err := Compile(schema, Config{Sibling: readable})
		if err != nil {
			t.Fatal(err)
		}
		doc := documentOfProperty(t, schema, g.operation())
		plan, vars := p.Plan(doc, doc.Operations[0]), g.values()
		for range 5 { // several callers, for enough of each verdict
			who := g.caller()
			rows, _ := plan.Explain(who, vars)
			t.Logf("%s\n%v %v", printed(doc), who, vars)
			a := accord{T: t, plan: plan, decision: plan.Decide(who, vars), fields: map[string]*ast.Field{}}
			a.name(doc)
			for _, row := range rows {
				a.compare(row)
				explained[row.Verdict]++
			}
			for _, root := range a.decision.Refused() {
				verdict := outcomeOf(root.Err).Verdict
				if !slices.ContainsFunc(rows, func(d FieldDecision) bool { return d.Verdict == verdict && d.Path[0] == root.Name }) {
					t.Fatalf("%s is refused: %v", root.Name, rowsOf(rows))
				}
			}
		}
	})
	least := 50
	if testing.Short() {
		least = 1 // a fifth of the schemas may have few
	}
	for _, v := range []Verdict{Allow, Deny, Self, StepUp} {
		if v == StepUp {
			least /= 25 // they are rarer
		}
		if explained[v] < least {
			t.Errorf("only %d were %s", explained[v], v)
		}
	}
}

// An accord compares an explanation with the decision on the same operation, in
// which each field has its own response name.
type accord struct {
	*rapid.T
	plan     *Plan
	decision *Decision
	fields   map[string]*ast.Field
}

func (a accord) name(doc *ast.QueryDocument) {
	var name func(set ast.SelectionSet)
	name = func(set ast.SelectionSet) {
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				a.fields[s.Alias] = s
				name(s.SelectionSet)
			case *ast.InlineFragment:
				name(s.SelectionSet)
			}
		}
	}
	for _, op := range doc.Operations {
		name(op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		name(f.SelectionSet)
	}
}

func (a accord) compare(row FieldDecision) {
	field := a.fields[row.Path[len(row.Path)-1]]
	if a.fields[row.Path[0]].Name == "login" && len(row.Path) > 1 {
		return // the user who logs in decides; see TestExplain
	}
	typename, _, _ := strings.Cut(row.Coordinate, ".")
	if typename == "I" || typename == "J" {
		typename = "A" // a possible type
	}
	own := a.plan.policy.Check(a.decision, field, typename, "own")
	other := a.plan.policy.Check(a.decision, field, typename, "other")
	want := Allow
	switch {
	case other != nil && other.Coordinate != row.Coordinate:
		return // refused for another reason
	case own != nil && own.StepUp() && other.StepUp():
		want = StepUp
		if row.Reason == nil || *row.Reason != own.Reason {
			a.Fatalf("%v, and the decision is %s", row, own.Reason)
		}
	case own != nil && own.StepUp():
		want = Self // and after that STEP_UP
	case own != nil:
		want = Deny
	case other != nil:
		want = Self
	}
	if row.Verdict != want {
		a.Fatalf("%v, and the decision is %s", row, want)
	}
}
