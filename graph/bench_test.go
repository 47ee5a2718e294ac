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

// thousandRows returns a request for a field of a thousand accounts.
func thousandRows() string {
	var q strings.Builder
	q.WriteString(`{"query":"{`)
	for i := range 10 {
		fmt.Fprintf(&q, " p%d: users(first: 100) { nodes { email } }", i)
	}
	q.WriteString(` }"}`)
	return q.String()
}

// rowsSender returns a function that sends that request, as a caller who may see
// all of it.
func rowsSender(t testing.TB, adjust ...func(*Parts)) func() {
	t.Helper()
	s := newService(t, adjust...)
	s.addUsers(100)
	bearer, body := "Bearer "+s.token(t, sue, 30), thousandRows()
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

// withoutGuard changes the schema so that the field is not guarded.
func withoutGuard(t testing.TB) func(*Parts) {
	t.Helper()
	return altered(t, `email: String @hasScope(scope: "read:users", orSelf: "id") @delegable(scope: "email")`, `email: String`)
}

// BenchmarkThousandRows compares a guarded field of a thousand rows with the same
// field without a directive: they should be within 3 %.
func BenchmarkThousandRows(b *testing.B) {
	for name, adjust := range map[string][]func(*Parts){"guarded": nil, "unguarded": {withoutGuard(b)}} {
		b.Run(name, func(b *testing.B) {
			ask := rowsSender(b, adjust...)
			b.ReportAllocs()
			for b.Loop() {
				ask()
			}
		})
	}
}

// A guarded field of many rows allocates no more than the same field without a
// directive.
func TestGuardOfManyRowsCostsNothing(t *testing.T) {
	guarded, without := testing.AllocsPerRun(20, rowsSender(t)), testing.AllocsPerRun(20, rowsSender(t, withoutGuard(t)))
	if math.Abs(guarded-without) > 100 {
		t.Errorf("%.0f allocations with a guard, %.0f without: it is not decided beforehand", guarded, without)
	}
}

// A panic of the executor itself is recovered.
func TestPanicOutsideOfFields(t *testing.T) {
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

// broken is a schema whose execution panics.
type broken struct{ graphql.ExecutableSchema }

func (broken) Exec(context.Context) graphql.ResponseHandler { panic("the song of a canary") }

// The observer is called with the decision on each guarded coordinate.
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
