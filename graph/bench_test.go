package graph

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth/policy"
)

// thousand asks for a field of a thousand accounts.
func thousand() string {
	var q strings.Builder
	q.WriteString(`{"query":"{`)
	for i := range 10 {
		fmt.Fprintf(&q, " p%d: users(first: 100) { nodes { email } }", i)
	}
	q.WriteString(` }"}`)
	return q.String()
}

// asker sends one operation again and again, as somebody who may have all of it.
func asker(t testing.TB, adjust ...func(*Parts)) func() {
	t.Helper()
	s := newService(t, adjust...)
	s.crowd(100)
	bearer, body := "Bearer "+s.token(t, sue, 30), thousand()
	ask := func() *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", bearer)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	if got := strings.Count(ask().Body.String(), "@example.com"); got != 1000 {
		t.Fatalf("%d addresses, want 1000", got)
	}
	return func() { ask() }
}

// open is a service by a schema in which nothing guards the field.
func open(t testing.TB) func(*Parts) {
	t.Helper()
	return altered(t, `email: String @hasScope(scope: "read:users", orSelf: "id")`, `email: String`)
}

// BenchmarkThousandRows compares a guarded field of a thousand rows with the same field without a directive: within 3 %.
func BenchmarkThousandRows(b *testing.B) {
	for name, adjust := range map[string][]func(*Parts){"guarded": nil, "unguarded": {open(b)}} {
		b.Run(name, func(b *testing.B) {
			ask := asker(b, adjust...)
			b.ReportAllocs()
			for b.Loop() {
				ask()
			}
		})
	}
}

// TestGuardOfManyRowsCostsNothing counts what a guarded field takes from memory that the same field without a directive does not.
func TestGuardOfManyRowsCostsNothing(t *testing.T) {
	guarded, without := testing.AllocsPerRun(20, asker(t)), testing.AllocsPerRun(20, asker(t, open(t)))
	if math.Abs(guarded-without) > 100 {
		t.Errorf("%.0f allocations with a guard, %.0f without: it is not settled beforehand", guarded, without)
	}
}

// TestFaultOutsideOfFields has the executor itself go wrong.
func TestFaultOutsideOfFields(t *testing.T) {
	s := newService(t, func(p *Parts) {
		p.Executable = func(s *ast.Schema) graphql.ExecutableSchema { return broken{NewExecutableSchema(Config{Schema: s})} }
	})
	got := s.ask(t, ann, `{ viewer { id } }`, nil)
	if got.codes() != "INTERNAL" || got.Errors[0].Extensions["requestId"] == nil || strings.Contains(got.Body.String(), "of a canary") {
		t.Errorf("answer = %s", got.Body)
	}
	if strings.Count(s.log.String(), "of a canary") != 1 {
		t.Errorf("log = %s", s.log)
	}
}

// broken is a schema that can't be executed.
type broken struct{ graphql.ExecutableSchema }

func (broken) Exec(context.Context) graphql.ResponseHandler { panic("the song of a canary") }

// TestObserver hears what was decided, once for each guarded place of an operation.
func TestObserver(t *testing.T) {
	var heard []string
	s := newService(t, func(p *Parts) {
		p.Observer.Decided = func(coordinate string, verdict policy.Verdict, reason policy.Reason) {
			heard = append(heard, strings.TrimSpace(fmt.Sprintf("%s %s %s", coordinate, verdict, reason)))
		}
	})
	s.ask(t, ann, `mutation { updateUser(id: "`+ann+`", input: { email: "x@example.com" }) { email } }`, nil)
	s.ask(t, ann, `{ users { totalCount } me { email } __typename }`, nil)
	want := "Mutation.updateUser ALLOW\nUser.email SELF\nUpdateUserInput.email DENY missing_scope\n" +
		"Query.users DENY missing_scope\nQuery.me ALLOW\nUser.email SELF"
	if got := strings.Join(heard, "\n"); got != want {
		t.Errorf("heard\n%s\nwant\n%s", got, want)
	}
}
