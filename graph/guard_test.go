package graph

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/auth"
	"gatehouse/auth/policy"
	"gatehouse/graph/document"
	"gatehouse/graph/guard"
)

// execute runs an operation in the executor with the guard and a decision.
func execute(t *testing.T, s *service, query string, decision *policy.Decision) (string, gqlerror.List) {
	t.Helper()
	op := prepare(t, s, query)
	e := &execution{handler: s.Handler, view: s.views.whole, operation: op}
	ctx := auth.WithCaller(context.Background(), &auth.Principal{ID: ann})
	if decision != nil {
		ctx = guard.WithDecision(ctx, decision)
	}
	ctx = graphql.WithOperationContext(ctx, &graphql.OperationContext{
		RawQuery: query, Doc: op.Document.AST, Operation: op.OperationDefinition, RecoverFunc: e.recovered, ResolverMiddleware: e.guard,
		RootResolverMiddleware: func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler { return next(ctx) },
	})
	ctx = graphql.WithResponseContext(ctx, e.present, e.recovered)
	response := s.views.whole.schema.Exec(ctx)(ctx)
	errs := append(response.Errors, graphql.GetErrors(ctx)...)
	guard.Sort(errs, op.Document.AST, op.OperationDefinition)
	return string(response.Data), errs
}

// prepare returns a valid operation.
func prepare(t *testing.T, s *service, query string) *document.Operation {
	t.Helper()
	doc, f := s.views.whole.documents.Parse(query)
	if f != nil {
		t.Fatal(f)
	}
	if f := s.views.whole.documents.Validate(doc); f != nil {
		t.Fatal(f)
	}
	return doc.Operation("")
}

// Without a decision, each guarded field is refused, and everything else is allowed.
func TestGuardWithoutADecision(t *testing.T) {
	s := newService(t)
	tests := []struct {
		query, data, refused string // refused: the response names, in order
	}{
		{`{ viewer { id } }`, `{"viewer":null}`, "viewer"},
		{`{ me { id } users { totalCount } user(id: "` + ann + `") { id } }`, `{"me":null,"users":null,"user":null}`, "me users user"},
		{`{ ... { a: me { id } } ...F } fragment F on Query { b: viewer { id } __typename }`, `{"a":null,"b":null,"__typename":"Query"}`, "a b"},
		{`{ __typename __schema { queryType { name } } __type(name: "User") { name } }`, `{"__typename":"Query","__schema":{"queryType":{"name":"Query"}},"__type":{"name":"User"}}`, ""},
		{`mutation { logout }`, `{"logout":true}`, ""},
		{`mutation { deleteMe(currentPassword: "x") disableUser(id: "x") { id } }`, `{"deleteMe":null,"disableUser":null}`, "deleteMe disableUser"},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			s.store.calls = nil
			data, errs := execute(t, s, tt.query, nil)
			var refused []string
			for _, err := range errs {
				refused = append(refused, err.Path.String())
				if err.Extensions["reason"] != policy.Undecided {
					t.Errorf("%v", err)
				}
			}
			if data != tt.data || strings.Join(refused, " ") != tt.refused {
				t.Errorf("got %s, refused %v", data, refused)
			}
			if tt.refused != "" && len(s.store.calls) > 0 {
				t.Errorf("calls = %v", s.store.calls)
			}
		})
	}
}

// A decision on another operation allows nothing.
func TestGuardWithTheDecisionOnAnother(t *testing.T) {
	s := newService(t)
	all := &policy.Subject{ID: ann, Roles: []string{"admin"}, Scopes: s.views.whole.policy.Scopes()}
	other := prepare(t, s, `{ viewer { roles } }`).Plan.Decide(all, nil)
	if data, errs := execute(t, s, `{ viewer { id } }`, other); data != `{"viewer":null}` || len(errs) != 1 {
		t.Errorf("got %s %v", data, errs)
	}
	own := prepare(t, s, `{ viewer { id } }`)
	if data, errs := execute(t, s, `{ viewer { id } }`, own.Plan.Decide(all, nil)); len(errs) == 0 && own.Document != prepare(t, s, `{ viewer { id } }`).Document {
		t.Errorf("the document was not kept: %s", data)
	} else if data != `{"viewer":{"id":"`+ann+`"}}` {
		t.Errorf("its own: %s %v", data, errs)
	}
}

// belowLogin resolves a login with this result. It returns the refusal of an email
// below it.
func belowLogin(t *testing.T, s *service, result any) error {
	t.Helper()
	op := prepare(t, s, `mutation { refresh { user { email } } }`)
	login := op.SelectionSet[0].(*ast.Field)
	email := login.SelectionSet[0].(*ast.Field).SelectionSet[0].(*ast.Field)
	e := &execution{handler: s.Handler, view: s.views.whole, operation: op}
	ctx := guard.WithDecision(context.Background(), op.Plan.Decide(&policy.Subject{ID: sue, Scopes: []string{"read:users"}}, nil))
	at := func(ctx context.Context, object string, field *ast.Field, parent any) context.Context {
		if parent != nil {
			ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: "parent", Field: graphql.CollectedField{Field: login}, Result: parent})
		}
		return graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: object, Field: graphql.CollectedField{Field: field}})
	}
	var below context.Context
	_, err := e.guard(at(ctx, "Mutation", login, nil), func(ctx context.Context) (any, error) {
		below = ctx
		if _, early := e.guard(at(ctx, "User", email, s.store.users[0]), nothing); early == nil {
			t.Error("an email is shown before the login succeeds")
		}
		return result, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.guard(at(below, "User", email, s.store.users[0]), nothing)
	return err
}

func nothing(context.Context) (any, error) { return "", nil }

// However the emails of others are selected, none is shown: each is null, with an
// error.
func TestEveryWayToAnEmail(t *testing.T) {
	s := newService(t, anyUserLists(t))
	s.addUsers(2)
	for _, selection := range []string{
		`nodes { email }`, `nodes { x: email }`, `nodes { ... { email } }`, `nodes { ... on User { email } }`, `nodes { ...F }`,
		`nodes { email @skip(if: false) }`, `nodes { email @include(if: $yes) }`, `nodes { email email }`, `nodes { ...F email ... on User { email } }`,
		`edges { node { email } }`, `edges { node { ...F } }`, `nodes { id } nodes { email }`, `nodes { id ... @skip(if: $no) { email } }`,
		`nodes { __typename email: email }`, `nodes { id: email email: id }`,
	} {
		query := fmt.Sprintf(`query($yes: Boolean = true, $no: Boolean = false) { users { %s } viewer { id @include(if: $yes) @skip(if: $no) } } fragment F on User { email }`, selection)
		if !strings.Contains(selection, "...F") {
			query, _, _ = strings.Cut(query, " fragment")
		}
		got := s.ask(t, ann, query, nil)
		body := string(got.Data)
		if strings.Contains(body, "sue@") || strings.Contains(body, "adm@") || strings.Contains(body, "user0@") || !strings.Contains(body, "ann@") || len(got.Errors) != 4 {
			t.Errorf("%s: %s", selection, got.Body)
		}
	}
}
