package graph

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/graph/direct"
	"gatehouse/graph/document"
)

// countCompiled makes the service count the fields that it compiles from now on,
// but not __typename. Nothing may be asked of it at the same time.
func countCompiled(t testing.TB, s *service) *int {
	t.Helper()
	v, fields := s.views.whole, new(int)
	compiler := direct.NewCompiler(v.schema.(direct.Executable), func(*ast.FieldDefinition) direct.Check {
		*fields++
		return direct.Intercepted
	})
	var err error
	if v.documents, err = document.NewCache(v.policy, s.limits, true, compiler); err != nil {
		t.Fatal(err)
	}
	return fields
}

// An operation is compiled once for the values of its conditions, whatever it
// returns.
func TestCompiledOnce(t *testing.T) {
	s := newService(t)
	fields := countCompiled(t, s)
	const query = `query($deep: Boolean!) { me { id email sessions @include(if: $deep) { id } } viewer { id } }`
	tests := []struct {
		name  string
		deep  bool
		who   string
		query string
		want  int
	}{
		{"at first", false, ann, query, 5},
		{"again", false, ann, query, 0},
		{"for another caller", false, adm, query, 0},
		{"with a field more", true, ann, query, 7},
		{"with it again", true, ann, query, 0},
		{"refused", false, ann, `{ users { nodes { id } } }`, 3},
		{"refused again", false, ann, `{ users { nodes { id } } }`, 0},
		{"merged fields", false, ann, `{ me { id } ... { me { id id } } }`, 2},
		{"introspection", false, ann, `{ __schema { types { name } } me { id } }`, 5},
		{"introspection again", false, ann, `{ __schema { types { name } } me { id } }`, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			*fields = 0
			s.ask(t, tt.who, tt.query, map[string]any{"deep": tt.deep})
			if *fields != tt.want {
				t.Errorf("%d fields compiled, want %d", *fields, tt.want)
			}
		})
	}
}

// A request allocates little, however many rows it returns. The bounds are a tenth
// above what it is now.
func TestAllocations(t *testing.T) {
	s := newService(t)
	s.addUsers(100)
	bearer := "Bearer " + s.token(t, sue, 30)
	tests := []struct {
		name, body string
		most       float64
	}{
		{"viewer", `{"query":"{ viewer { id roles scopes } }"}`, 115},
		{"me", `{"query":"{ me { id email roles } }"}`, 121},
		{"a thousand rows", thousandRows(), 510},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := testing.AllocsPerRun(20, func() {
				r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(tt.body))
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Authorization", bearer)
				w := httptest.NewRecorder()
				s.ServeHTTP(w, r)
				if strings.Contains(w.Body.String(), `"errors"`) {
					t.Errorf("answer = %.300s", w.Body)
				}
			})
			if most := slowdown * tt.most; got > most {
				t.Errorf("%.0f allocations, want at most %.0f", got, most)
			}
		})
	}
}
