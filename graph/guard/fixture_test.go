package guard_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth/policy"
	"gatehouse/graph/guard"
	"gatehouse/graph/guard/internal/shop"
)

type subjectKey struct{}

func subjectOf(ctx context.Context) *policy.Subject {
	s, _ := ctx.Value(subjectKey{}).(*policy.Subject)
	return s
}

// caller returns a caller with scopes, "" for an anonymous one.
func caller(id string, scopes ...string) *policy.Subject {
	if id == "" {
		return nil
	}
	return &policy.Subject{ID: id, Scopes: scopes}
}

// compiled returns a schema of the shop, with its policy.
func compiled(t testing.TB, resolver *shop.Resolver) (graphql.ExecutableSchema, *policy.Policy) {
	t.Helper()
	schema := shop.NewExecutableSchema(shop.Config{Resolvers: resolver})
	p, err := policy.Compile(schema.Schema(), policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return schema, p
}

// A service is the shop behind a guard.
type service struct {
	*shop.Resolver
	server *handler.Server
}

func serve(t testing.TB, options ...guard.Option) *service {
	t.Helper()
	s := &service{Resolver: &shop.Resolver{}}
	schema, p := compiled(t, s.Resolver)
	s.server = handler.New(schema)
	s.server.AddTransport(transport.SSE{})
	s.server.AddTransport(transport.POST{})
	s.server.Use(guard.New(p, subjectOf, options...))
	return s
}

// An answer is what came back.
type answer struct {
	Data   json.RawMessage
	Errors []struct {
		Message    string
		Path       []any
		Locations  []struct{ Line, Column int }
		Extensions map[string]any
	}
	body string
}

// ask sends an operation as the caller.
func (s *service) ask(t testing.TB, who *policy.Subject, query string, variables map[string]any) answer {
	t.Helper()
	w := s.post(t, who, "application/json", map[string]any{"query": query, "variables": variables})
	a := answer{body: w.Body.String()}
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return a
}

func (s *service) post(t testing.TB, who *policy.Subject, accept string, request any) *httptest.ResponseRecorder {
	t.Helper()
	body, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.WithValue(t.Context(), subjectKey{}, who)
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	guard.Challenging(s.server).ServeHTTP(w, r)
	return w
}

// events subscribes, and returns the events until the end.
func (s *service) events(t testing.TB, who *policy.Subject, query string) (events []string) {
	t.Helper()
	w := s.post(t, who, "text/event-stream", map[string]any{"query": query})
	for lines := bufio.NewScanner(w.Body); lines.Scan(); {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			events = append(events, data)
		}
	}
	return events
}

// words says each error in a few words: where it is, its code and its reason.
func (a answer) words() string {
	all := make([]string, len(a.Errors))
	for i, e := range a.Errors {
		all[i] = fmt.Sprint(e.Path, " ", e.Extensions["code"])
		if reason := e.Extensions["reason"]; reason != nil {
			all[i] += fmt.Sprint(" ", reason)
		}
	}
	return strings.Join(all, "; ")
}

// a schema that is executed by other means than the generated ones.
type wrapped struct{ graphql.ExecutableSchema }

// other returns the same schema, read once more.
func other(schema graphql.ExecutableSchema) *ast.Schema {
	copied := *schema.Schema()
	return &copied
}
