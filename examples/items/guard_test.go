package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth/policy"
)

// TestPolicyStopsTheStart: a schema with a fault is served by nobody, and all its faults are named.
func TestPolicyStopsTheStart(t *testing.T) {
	text, err := os.ReadFile("schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	faulty := strings.Replace(string(text), "stockValue: Int @hasRole(role: [\"shop\", \"admin\"])", "stockValue: Int", 1)
	faulty = strings.Replace(faulty, `orSelf: "ownerId"`, `orSelf: "name"`, 1)
	schema := gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphqls", Input: faulty})
	_, err = newHandler(NewExecutableSchema(Config{Schema: schema}), nil, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "Query.stockValue") || !strings.Contains(err.Error(), "Item.cost") {
		t.Errorf("error = %v", err)
	}
	if _, err := newHandler(ownSchema(), nil, slog.New(slog.DiscardHandler)); err != nil {
		t.Error(err)
	}
}

// TestUndecided: a guarded field on whose operation nobody decided is refused, whoever asks.
func TestUndecided(t *testing.T) {
	compiled, err := policy.Compile(ownSchema().Schema(), policy.Config{Sibling: sibling})
	if err != nil {
		t.Fatal(err)
	}
	server := handler.New(ownSchema())
	server.AddTransport(transport.POST{})
	server.AroundFields(guard{compiled}.InterceptField)
	server.SetErrorPresenter(presenter{slog.New(slog.DiscardHandler)}.present)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		root := &policy.Subject{ID: "root", Roles: []string{"admin"}, Scopes: compiled.Scopes()}
		server.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, root)))
	}))
	defer web.Close()
	send(t, http.MethodPost, web.URL, http.Header{"Content-Type": {"application/json"}}, `{"query":"{ about items { id } }"}`).
		wants(t, "FORBIDDEN undecided", `{"about":"Things for sale, for those whom Gatehouse knows.","items":null}`)
}

// TestDirectives: they are declared as they are for Gatehouse's own schema, word for word, and nothing in ours is doubtful.
func TestDirectives(t *testing.T) {
	theirs, err := os.ReadFile("../../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	ours, err := os.ReadFile("schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	const last = "directive @authenticates on FIELD_DEFINITION\n"
	declared, _, found := strings.Cut(string(theirs), last)
	if !found || !strings.HasPrefix(string(ours), declared+last) {
		t.Error("the directives are declared in another way")
	}
	compiled, err := policy.Compile(ownSchema().Schema(), policy.Config{Sibling: sibling})
	if err != nil {
		t.Fatal(err)
	}
	if warnings := compiled.Warnings(nil, ""); len(warnings) > 0 {
		t.Error(warnings)
	}
}
