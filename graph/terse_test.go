package graph

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/graph/document"
)

// leaked returns the names of the schema that messages have, but neither the
// document nor what else the caller may know.
func leaked(got *reply, document string, known map[string]bool) (all []string) {
	named := identifier.FindAllString(document, -1)
	for _, e := range got.Errors {
		if strings.HasPrefix(e.Message, "The document is not GraphQL: ") {
			continue // the parser knows no schema, and calls numbers Int
		}
		for _, word := range identifier.FindAllString(e.Message, -1) {
			builtin := slices.Contains([]string{"String", "Int", "ID", "Boolean", "Float", "JSON", "Time"}, word)
			if (builtin || strings.HasPrefix(word, mark)) && !slices.Contains(named, word) && !known[word] {
				all = append(all, word+" in: "+e.Message)
			}
		}
	}
	return all
}

// With introspection off or filtered, no message names what the document does not.
// Each document has a mistake or two.
func TestErrorsNameNothingOfTheSchema(t *testing.T) {
	documents := []string{
		`query Q($n: Int = 5, $f: UserFilter, $id: ID!) { users(first: $n, after: "x", filter: $f) { nodes { id email } totalCount } user(id: $id) { id } }`,
		`{ users(first: 1, filter: {email: "x", role: "y", disabled: true}) { edges { node { ...F sessions(first: 2) { device } } } } } fragment F on User { id name roles }`,
		`mutation { register(input: {email: "x", password: "y", name: "z"}) { accessToken user { ... on User { id } } } }`,
		`mutation M($i: LoginInput!) { login(input: $i) { tokenType user { email } } }`,
		`mutation { changePassword(input: {currentPassword: "x", newPassword: "y"}) { expiresIn } }`,
		`mutation { updateUser(id: "x", input: {name: "y"}) { id } setUserRoles(id: "x", roles: ["y"]) { id } deleteMe(currentPassword: "x") }`,
		`{ viewer { id roles can(coordinates: ["x"]) } me { name createdAt } access(operation: "{ me { id } }", variables: {x: 1}) { verdict path } }`,
	}
	change, rename := renamed(t)
	for _, introspection := range []document.Introspection{document.IntrospectionOff, document.IntrospectionFiltered} {
		s := newService(t, change, func(p *Parts) { p.Introspection = introspection })
		known := map[string]bool{}
		if introspection == document.IntrospectionFiltered {
			v, err := s.views.of(nil)
			if err != nil {
				t.Fatal(err)
			}
			known = namesOf(v.policy.Schema())
		}
		rules, tried := map[string]int{}, 0
		for _, text := range documents {
			if errs := s.validate(t, rename(text)); introspection == document.IntrospectionOff && len(errs) > 0 {
				t.Fatalf("%s, done right: %v", text, errs)
			}
			for _, mistaken := range mistakes(t, text) {
				mistaken, tried = rename(mistaken), tried+1
				for _, err := range s.validate(t, mistaken) {
					rules[err.Rule]++
				}
				got := s.ask(t, "", mistaken, map[string]any{"n": 1})
				for _, name := range leaked(got, mistaken, known) {
					t.Errorf("introspection %s: %s\n\t%s", introspection, mistaken, name)
				}
				if strings.Contains(got.Body.String(), "Did you mean") && introspection == document.IntrospectionOff {
					t.Errorf("suggests: %s: %s", mistaken, got.Body)
				}
			}
		}
		t.Logf("introspection %s: %d documents, %d rules: %v", introspection, tried, len(rules), rules)
		if introspection == document.IntrospectionOff && (tried < 1500 || len(rules) < 15) {
			t.Errorf("%d documents break %d rules only: %v", tried, len(rules), slices.Sorted(maps.Keys(rules)))
		}
	}
}

// validate returns the errors of a document in the whole schema.
func (s *service) validate(t *testing.T, text string) gqlerror.List {
	t.Helper()
	if doc, err := s.views.whole.documents.Parse(text); err == nil {
		if f := s.views.whole.documents.Validate(doc); f != nil {
			return f.Errors
		}
	}
	return nil
}

// namesOf returns the names in a schema.
func namesOf(schema *ast.Schema) map[string]bool {
	names := map[string]bool{}
	for name, def := range schema.Types {
		names[name] = true
		for _, field := range def.Fields {
			names[field.Name] = true
			for _, arg := range field.Arguments {
				names[arg.Name] = true
			}
		}
		for _, value := range def.EnumValues {
			names[value.Name] = true
		}
	}
	return names
}

// The same for the values of variables.
func TestErrorsOfVariablesNameNothing(t *testing.T) {
	change, rename := renamed(t)
	off := newService(t, change, func(p *Parts) { p.Introspection = document.IntrospectionOff })
	on := newService(t)
	const query = `query Q($id: ID!, $n: Int, $f: UserFilter) { user(id: $id) { id } users(first: $n, filter: $f) { totalCount } }`
	const mutation = `mutation M($i: LoginInput!, $r: [String!]!) { login(input: $i) { tokenType } setUserRoles(id: "x", roles: $r) { id } }`
	for _, tt := range []struct{ document, variables, on string }{
		{query, `{}`, "Variable $id is required, of type ID!."},
		{query, `{"id":true}`, "Variable $id must be of type ID."},
		{query, `{"id":null}`, "Variable $id can't be null."},
		{query, `{"id":"x","n":"1"}`, "Variable $n must be of type Int."},
		{query, `{"id":"x","f":1}`, "Variable $f must be an object of type UserFilter."},
		{query, `{"id":"x","f":{"emial":"x"}}`, "Variable $f has a field that UserFilter does not define."},
		{query, `{"id":"x","f":{"email":1}}`, "Variable $f.email must be of type String."},
		{mutation, `{"i":{},"r":[]}`, "Variable $i.email is required, of type String!."},
		{mutation, `{"i":{"email":"x"},"r":[]}`, "Variable $i.password is required, of type String!."},
		{mutation, `{"i":{"email":"x","password":null},"r":[]}`, "Variable $i.password can't be null."},
		{mutation, `{"i":{"email":"x","password":"y"},"r":["a",1]}`, "Variable $r[1] must be of type String."},
	} {
		var variables, marked map[string]any
		if json.Unmarshal([]byte(tt.variables), &variables) != nil || json.Unmarshal([]byte(rename(tt.variables)), &marked) != nil {
			t.Fatal(tt.variables)
		}
		if got := on.ask(t, "", tt.document, variables); got.distinctCodes() != "GRAPHQL_VALIDATION_FAILED" || got.Errors[0].Message != tt.on {
			t.Errorf("on: %s: %s", tt.variables, got.Body)
		}
		got := off.ask(t, "", rename(tt.document), marked)
		if got.distinctCodes() != "GRAPHQL_VALIDATION_FAILED" || len(leaked(got, rename(tt.document), nil)) > 0 || len(got.Errors[0].Locations) != 1 {
			t.Errorf("off: %s: %s", tt.variables, got.Body)
		}
		which := rename(identifier.FindString(strings.TrimPrefix(tt.on, "Variable $")))
		if want := "Variable $" + which + " is missing, or does not fit its type."; got.Errors[0].Message != want {
			t.Errorf("off: %s: want %s, got %s", tt.variables, want, got.Body)
		}
	}
}

// Messages with introspection on and off.
func TestTerseMessages(t *testing.T) {
	off := newService(t, func(p *Parts) { p.Introspection = document.IntrospectionOff })
	on := newService(t)
	for _, tt := range []struct{ query, on, off string }{
		{`{ viewr }`, `Cannot query field "viewr" on type "Query". Did you mean "viewer" or "user"?`, `Cannot query field "viewr".`},
		{`{ user { id } }`, `Field "user" argument "id" of type "ID!" is required, but it was not provided.`, `Field "user" lacks a required argument.`},
		{`{ me { id(x: 1) } }`, `Unknown argument "x" on field "User.id".`, `Field "id" has an unknown argument.`},
		{`{ me }`, `Field "me" of type "User" must have a selection of subfields. Did you mean "me { ... }"?`, `Field "me" must have a selection of subfields.`},
		{`{ me { id { __typename } } }`, `Field "id" must not have a selection since type "ID" has no subfields.`, `Field "id" must not have a selection.`},
		{`{ me { x: id x: disabled } }`, `Fields "x" conflict because "id" and "disabled" are different fields. Use different aliases on the fields to fetch both if this was intentional.`,
			`Fields with the same response name conflict. Use different aliases to fetch both.`},
		{`{ users(filter: {emial: "x"}) { totalCount } }`, `Field "emial" is not defined by type "UserFilter". Did you mean "email"?`, `Field "emial" is not defined here.`},
		{`{ users(first: "x") { totalCount } }`, `Expected a value of type "Int".`, "A value is not of the type expected here."},
		{`mutation { register(input: {email: "x"}) { tokenType } }`, `Field "RegisterInput.password" of required type "String!" was not provided.`, "A value is not of the type expected here."},
		{`query($v: Int) { user(id: $v) { id } }`, `Variable "$v" of type "Int" used in position expecting type "ID!".`, `Variable "$v" of type "Int" can't be used here.`},
		{`{ me { ... on Query { me { id } } } }`, `Fragment cannot be spread here as objects of type "User" can never be of type "Query".`, `Fragment cannot be spread here.`},
		{`{ me { id @skip } }`, `Directive "@skip" argument "if" of type "Boolean!" is required, but it was not provided.`, `Directive "@skip" lacks a required argument.`},
		{`{ me { id @nothing } }`, `Unknown directive "@nothing".`, `Unknown directive "@nothing".`},
	} {
		for which, s := range map[string]*service{tt.on: on, tt.off: off} {
			if got := s.ask(t, "", tt.query, nil); got.distinctCodes() != "GRAPHQL_VALIDATION_FAILED" || got.Errors[0].Message != which || len(got.Errors[0].Locations) == 0 {
				t.Errorf("%s: want %s, got %s", tt.query, which, got.Body)
			}
		}
	}
}
