package graph

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"gatehouse/auth/policy"
)

// mark is what every name of a strange schema begins with, so that none is a word of a sentence too.
const mark = "zq"

var identifier = regexp.MustCompile(`[_A-Za-z][_0-9A-Za-z]*`)

// strange is our schema with a mark before each name of it, and what does the same to a document.
func strange(t *testing.T) (func(*Parts), func(string) string) {
	t.Helper()
	doc, fault := parser.ParseSchema(sources[0])
	if fault != nil {
		t.Fatal(fault)
	}
	names := map[string]bool{}
	for _, def := range doc.Definitions {
		def.Name = marked(names, def.Name)
		for _, value := range def.EnumValues {
			value.Name = marked(names, value.Name)
		}
		for _, field := range def.Fields {
			field.Name = marked(names, field.Name)
			markType(names, field.Type)
			for _, d := range field.Directives {
				if self := d.Arguments.ForName("orSelf"); self != nil {
					self.Value.Raw = mark + self.Value.Raw
				}
			}
			for _, arg := range field.Arguments {
				arg.Name = marked(names, arg.Name)
				markType(names, arg.Type)
			}
		}
	}
	var sdl strings.Builder
	sdl.WriteString("schema { query: " + mark + "Query mutation: " + mark + "Mutation }\n")
	formatter.NewFormatter(&sdl).FormatSchemaDocument(doc)
	schema, err := validator.LoadSchema(validator.Prelude, &ast.Source{Name: "strange.graphqls", Input: sdl.String()})
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := policy.Compile(schema, policy.Config{Sibling: func(string, string) policy.Value { return func(any) (string, bool) { return "", false } }})
	if err != nil {
		t.Fatal(err)
	}
	return func(p *Parts) { p.Policy = compiled }, func(text string) string {
		return identifier.ReplaceAllStringFunc(text, func(name string) string {
			if names[name] {
				return mark + name
			}
			return name
		})
	}
}

func marked(names map[string]bool, name string) string {
	names[name] = true
	return mark + name
}

func markType(names map[string]bool, typ *ast.Type) {
	for typ.Elem != nil {
		typ = typ.Elem
	}
	if !slices.Contains([]string{"String", "Int", "ID", "Boolean"}, typ.NamedType) {
		typ.NamedType = marked(names, typ.NamedType)
	}
}

// mistakes are a document with a mistake in each place: each name misspelt or another, each value of another kind, each group left out, and a
// selection, an argument or a directive where none belongs.
func mistakes(t *testing.T, text string) []string {
	t.Helper()
	var tokens []lexer.Token
	for l := lexer.New(&ast.Source{Input: text}); ; {
		token, err := l.ReadToken()
		if err != nil {
			t.Fatal(err)
		}
		if token.Kind == lexer.EOF {
			break
		}
		tokens = append(tokens, token)
	}
	var all []string
	for i, token := range tokens {
		replace := func(to ...string) {
			for _, other := range to {
				all = append(all, text[:token.Pos.Start]+other+text[token.Pos.End:])
			}
		}
		switch token.Kind {
		case lexer.Name:
			name := text[token.Pos.Start:token.Pos.End]
			replace("", name+"x", name[:len(name)-1], name[:len(name)/2+1], "x: "+name, name+" @skip", name+" @include(iff: 1)", name+" @deprecated",
				name+" { x }", name+"(x: 1)", name+" { __typename }", name+" "+name, "... on "+name+" { id }", "id: "+name, "name", "User", "__schema")
		case lexer.String, lexer.Int:
			replace("1", "1.5", "99999999999", "\"x\"", "true", "null", "[1]", "[[null]]", "{}", "{x: 1}", "{email: 1}", "ALLOW", "$x")
		case lexer.BraceL, lexer.ParenL, lexer.BracketL:
			if end := closing(tokens[i:]); end > 0 {
				all = append(all, text[:token.Pos.Start]+text[tokens[i+end].Pos.End:], text[:token.Pos.End]+text[tokens[i+end].Pos.Start:])
			}
			replace(text[token.Pos.Start:token.Pos.End] + " x: 1 ")
		}
	}
	return all
}

// closing is how many tokens on the first of them is closed.
func closing(tokens []lexer.Token) int {
	depth := 0
	for i, token := range tokens {
		switch token.Kind {
		case lexer.BraceL, lexer.ParenL, lexer.BracketL:
			depth++
		case lexer.BraceR, lexer.ParenR, lexer.BracketR:
			depth--
		}
		if depth == 0 {
			return i
		}
	}
	return 0
}

// betrayed are the names of the schema in messages that neither the document nor what else the caller may know has.
func betrayed(got *reply, document string, known map[string]bool) (all []string) {
	named := identifier.FindAllString(document, -1)
	for _, e := range got.Errors {
		if strings.HasPrefix(e.Message, "The document is not GraphQL: ") {
			continue // it knows no schema, and calls numbers Int
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

// Where nothing may be learnt of the schema, or only a part, no message names what the document does not. Each document is one of these with
// one mistake or two.
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
	change, rename := strange(t)
	for _, introspection := range []Introspection{IntrospectionOff, IntrospectionFiltered} {
		s := newService(t, change, func(p *Parts) { p.Introspection = introspection })
		known := map[string]bool{}
		if introspection == IntrospectionFiltered {
			v, err := s.views.of(nil)
			if err != nil {
				t.Fatal(err)
			}
			known = namesOf(v.policy.Schema())
		}
		rules, tried := map[string]int{}, 0
		for _, document := range documents {
			if errs := s.faultsOf(t, rename(document)); introspection == IntrospectionOff && len(errs) > 0 {
				t.Fatalf("%s, done right: %v", document, errs)
			}
			for _, mistaken := range mistakes(t, document) {
				mistaken, tried = rename(mistaken), tried+1
				for _, err := range s.faultsOf(t, mistaken) {
					rules[err.Rule]++
				}
				got := s.ask(t, "", mistaken, map[string]any{"n": 1})
				for _, name := range betrayed(got, mistaken, known) {
					t.Errorf("introspection %s: %s\n\t%s", introspection, mistaken, name)
				}
				if strings.Contains(got.Body.String(), "Did you mean") && introspection == IntrospectionOff {
					t.Errorf("suggests: %s: %s", mistaken, got.Body)
				}
			}
		}
		t.Logf("introspection %s: %d documents, %d rules: %v", introspection, tried, len(rules), rules)
		if introspection == IntrospectionOff && (tried < 1500 || len(rules) < 15) {
			t.Errorf("%d documents break %d rules only: %v", tried, len(rules), slices.Sorted(maps.Keys(rules)))
		}
	}
}

// faultsOf are those of a document by the whole schema.
func (s *service) faultsOf(t *testing.T, text string) gqlerror.List {
	t.Helper()
	if doc, err := s.views.whole.documents.parse(text); err == nil {
		return s.views.whole.documents.validate(doc)
	}
	return nil
}

// namesOf are the names that somebody who knows a schema knows.
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

// The same for what is wrong with the values of variables.
func TestErrorsOfVariablesNameNothing(t *testing.T) {
	change, rename := strange(t)
	off := newService(t, change, func(p *Parts) { p.Introspection = IntrospectionOff })
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
		var variables, strangers map[string]any
		if json.Unmarshal([]byte(tt.variables), &variables) != nil || json.Unmarshal([]byte(rename(tt.variables)), &strangers) != nil {
			t.Fatal(tt.variables)
		}
		if got := on.ask(t, "", tt.document, variables); got.kinds() != "GRAPHQL_VALIDATION_FAILED" || got.Errors[0].Message != tt.on {
			t.Errorf("on: %s: %s", tt.variables, got.Body)
		}
		got := off.ask(t, "", rename(tt.document), strangers)
		if got.kinds() != "GRAPHQL_VALIDATION_FAILED" || len(betrayed(got, rename(tt.document), nil)) > 0 || len(got.Errors[0].Locations) != 1 {
			t.Errorf("off: %s: %s", tt.variables, got.Body)
		}
		which := rename(identifier.FindString(strings.TrimPrefix(tt.on, "Variable $")))
		if want := "Variable $" + which + " is missing, or does not fit its type."; got.Errors[0].Message != want {
			t.Errorf("off: %s: want %s, got %s", tt.variables, want, got.Body)
		}
	}
}

// What a message says instead, beside what it says where introspection is on.
func TestUnnamed(t *testing.T) {
	off := newService(t, func(p *Parts) { p.Introspection = IntrospectionOff })
	on := newService(t)
	for _, tt := range []struct{ query, on, off string }{
		{`{ viewr }`, `Cannot query field "viewr" on type "Query". Did you mean "viewer" or "user"?`, `Cannot query field "viewr".`},
		{`{ user { id } }`, `Field "user" argument "id" of type "ID!" is required, but it was not provided.`, `Field "user" lacks an argument that is required.`},
		{`{ me { id(x: 1) } }`, `Unknown argument "x" on field "User.id".`, `Unknown argument "x".`},
		{`{ me }`, `Field "me" of type "User" must have a selection of subfields. Did you mean "me { ... }"?`, `Field "me" must have a selection of subfields.`},
		{`{ me { id { __typename } } }`, `Field "id" must not have a selection since type "ID" has no subfields.`, `Field "id" must not have a selection.`},
		{`{ me { x: id x: disabled } }`, `Fields "x" conflict because "id" and "disabled" are different fields. Use different aliases on the fields to fetch both if this was intentional.`,
			`Fields "x" conflict. Use different aliases to fetch both.`},
		{`{ users(filter: {emial: "x"}) { totalCount } }`, `Field "emial" is not defined by type "UserFilter". Did you mean "email"?`, `Field "emial" is not defined here.`},
		{`{ users(first: "x") { totalCount } }`, `Int cannot represent non-integer value.`, unfitValue},
		{`mutation { register(input: {email: "x"}) { tokenType } }`, `Field "RegisterInput.password" of required type "String!" was not provided.`, unfitValue},
		{`query($v: Int) { user(id: $v) { id } }`, `Variable "$v" of type "Int" used in position expecting type "ID!".`, `Variable "$v" of type "Int" can't be used here.`},
		{`{ me { ... on Query { me { id } } } }`, `Fragment cannot be spread here as objects of type "User" can never be of type "Query".`, `Fragment cannot be spread here.`},
		{`{ me { id @skip } }`, `Directive "@skip" argument "if" of type "Boolean!" is required, but it was not provided.`, `Directive "@skip" lacks an argument that is required.`},
		{`{ me { id @nothing } }`, `Unknown directive "@nothing".`, `Unknown directive "@nothing".`},
	} {
		for which, s := range map[string]*service{tt.on: on, tt.off: off} {
			if got := s.ask(t, "", tt.query, nil); got.kinds() != "GRAPHQL_VALIDATION_FAILED" || got.Errors[0].Message != which || len(got.Errors[0].Locations) == 0 {
				t.Errorf("%s: want %s, got %s", tt.query, which, got.Body)
			}
		}
	}
	nobodys := &gqlerror.Error{Rule: "ARuleToCome", Message: `Use the type "User".`}
	if unnamed(nobodys); strings.Contains(nobodys.Message, "User") {
		t.Errorf("a rule that is not known yet: %s", nobodys.Message)
	}
}
