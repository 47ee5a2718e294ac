package graph

import (
	"errors"
	goast "go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth"
	"gatehouse/auth/policy"
)

// The schema is the API's manual, so everything in it has a description.
func TestEverythingIsDescribed(t *testing.T) {
	schema := Schema()
	described := func(coordinate, text string) {
		if strings.TrimSpace(text) == "" {
			t.Errorf("%s has no description", coordinate)
		}
	}
	for name, def := range schema.Types {
		if def.BuiltIn {
			continue
		}
		described(name, def.Description)
		for _, field := range def.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			described(name+"."+field.Name, field.Description)
			for _, arg := range field.Arguments {
				described(name+"."+field.Name+"("+arg.Name+":)", arg.Description)
			}
		}
		for _, value := range def.EnumValues {
			described(name+"."+value.Name, value.Description)
		}
	}
	for name, def := range schema.Directives {
		if def.Position.Src.BuiltIn {
			continue
		}
		described("@"+name, def.Description)
	}
}

// The directives for other services are ours, word for word, but for a comment
// above them.
func TestDirectivesForOthers(t *testing.T) {
	_, declared, found := strings.Cut(policy.DirectivesSDL(), "\n\n")
	if !found || !strings.HasPrefix(SDL(), declared) {
		t.Error("auth/policy/directives.graphqls differs from schema.graphqls")
	}
}

// A refused field is null, so guarded fields are nullable.
func TestGuardedFieldsAreNullable(t *testing.T) {
	s := newService(t)
	for name, def := range s.views.whole.policy.Schema().Types {
		for _, field := range def.Fields {
			if rule := s.views.whole.policy.Rule(field); rule != nil && !rule.Public && field.Type.NonNull {
				t.Errorf("%s.%s is guarded, and can't be null", name, field.Name)
			}
		}
	}
}

// The enum of the schema, the constants and the table of errors agree.
func TestErrorCodes(t *testing.T) {
	var enum []string
	for _, value := range Schema().Types["ErrorCode"].EnumValues {
		enum = append(enum, value.Name)
	}
	var constants []string
	for _, spec := range declared(t, "fault/code.go", token.CONST) {
		for _, value := range spec.Values {
			if lit, ok := value.(*goast.BasicLit); ok {
				constants = append(constants, strings.Trim(lit.Value, `"`))
			}
		}
	}
	if !slices.Equal(enum, constants) {
		t.Errorf("enum %v\nconstants %v", enum, constants)
	}
	for _, known := range knownErrors {
		if !slices.Contains(enum, string(known.code)) {
			t.Errorf("%v has the code %s", known.err, known.code)
		}
	}
}

// Every error that auth declares has a code, so that none is shown as INTERNAL. Only
// UNAVAILABLE is logged: its cause is not for clients.
func TestEveryErrorOfAuthHasACode(t *testing.T) {
	table, err := os.ReadFile("errors.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := declared(t, "../auth/errors.go", token.VAR)
	if len(declared) < 10 {
		t.Fatalf("only %d errors are declared", len(declared))
	}
	for _, spec := range declared {
		if name := spec.Names[0].Name; !strings.Contains(string(table), "{auth."+name+",") {
			t.Errorf("%s has no code", name)
		}
	}
	for _, known := range knownErrors {
		s := newService(t)
		g := s.present(WithRequestID(t.Context(), "request-1"), known.err, true)
		if g.Extensions["code"] != known.code || !strings.HasSuffix(g.Message, ".") || strings.ToUpper(g.Message[:1]) != g.Message[:1] || (s.log.Len() > 0) != errors.Is(known.err, auth.ErrUnavailable) {
			t.Errorf("%v is shown as %+v", known.err, g)
		}
	}
}

// declared returns the constants or variables that a file declares.
func declared(t *testing.T, file string, kind token.Token) []*goast.ValueSpec {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var specs []*goast.ValueSpec
	for _, decl := range tree.Decls {
		if g, ok := decl.(*goast.GenDecl); ok && g.Tok == kind {
			for _, spec := range g.Specs {
				if value, ok := spec.(*goast.ValueSpec); ok {
					specs = append(specs, value)
				}
			}
		}
	}
	return specs
}

// The policy in short: what each root field requires, and what else is guarded.
func TestWhoMayReachWhat(t *testing.T) {
	s := newService(t)
	p := s.views.whole.policy
	want := map[string]string{
		"Query.viewer": "authenticated|app", "Query.me": "authenticated|app:email|app:openid|app:profile|app:roles", "Query.scopes": "", "Query.user": "scope:read:users|self", "Query.users": "scope:read:users",
		"Mutation.register": "", "Mutation.login": "", "Mutation.refresh": "", "Mutation.logout": "",
		"Mutation.changePassword": "authenticated & fresh:600|given:input.currentPassword",
		"Mutation.changeEmail":    "authenticated & fresh:600|given:input.currentPassword",
		"Mutation.deleteMe":       "authenticated & fresh:600|given:currentPassword",
		"Mutation.deleteTotp":     "authenticated & fresh:600 & factors:2", "Mutation.addPasskey": "authenticated & fresh:600",
		"Mutation.resetFactors":   "role:admin & fresh:600",
		"Mutation.reauthenticate": "authenticated", "Mutation.answerChallenge": "", "Query.challenge": "",
		"Mutation.updateUser": "scope:write:users|self|app:write:profile", "Mutation.setUserRoles": "role:admin & fresh:600",
		"Mutation.disableUser": "scope:write:users", "Mutation.enableUser": "scope:write:users", "Mutation.deleteUser": "scope:delete:users",
		"Query.clients": "scope:read:clients", "Query.client": "scope:read:clients", "Query.resources": "scope:read:clients",
		"Mutation.createClient": "scope:write:clients & authenticated", "Mutation.rotateClientSecret": "scope:write:clients & authenticated",
		"Mutation.updateClient": "scope:write:clients", "Mutation.disableClient": "scope:write:clients", "Mutation.enableClient": "scope:write:clients",
		"Mutation.deleteClient": "scope:delete:clients", "Mutation.createResource": "scope:write:clients", "Mutation.deleteResource": "scope:delete:clients",
		"Mutation.revokeGrant": "authenticated", "User.grants": "role:admin|self",
		"User.email": "scope:read:users|self|app:email",
	}
	for coordinate, needed := range want {
		typename, field, _ := strings.Cut(coordinate, ".")
		rule := p.Rule(p.Schema().Types[typename].Fields.ForName(field))
		if rule == nil || needs(rule) != needed {
			t.Errorf("%s needs %v, want %q", coordinate, rule, needed)
		}
	}
	for _, root := range []*ast.Definition{p.Schema().Query, p.Schema().Mutation} {
		for _, field := range root.Fields {
			if rule := p.Rule(field); rule == nil && !strings.HasPrefix(field.Name, "__") {
				t.Errorf("%s.%s is open without saying so", root.Name, field.Name)
			}
		}
	}
}

func needs(rule *policy.Rule) string {
	var all []string
	for _, anyOf := range rule.Required() {
		all = append(all, strings.Join(anyOf, "|"))
	}
	return strings.Join(all, " & ")
}
