package guard_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/auth/policy"
	"gatehouse/graph/guard"
	"gatehouse/graph/guard/internal/shop"
)

// TestGuard: what is refused is not run, and beside it the same request done right.
func TestGuard(t *testing.T) {
	anonymous, ann := caller(""), caller("ann")
	const buy = `mutation { note(text: "x") buy(item: "1") { id } }`
	const price = `mutation($i: [ItemInput!]!) { note(text: "x") change(items: $i) }`
	priced := map[string]any{"id": "1", "price": 1}
	tests := []struct {
		name      string
		who       *policy.Subject
		query     string
		variables map[string]any
		errors    string // "" for none
		data      string
		ran       string
	}{
		{"anonymous, logged in only", anonymous, `{ me { id } about }`, nil, "[me] UNAUTHENTICATED no_credential", `{"me":null,"about":"A shop."}`, "about"},
		{"known", ann, `{ me { id } }`, nil, "", `{"me":{"id":"ann"}}`, "me"},
		{"no scope", ann, `{ items { id } }`, nil, "[items] FORBIDDEN missing_scope", `{"items":null}`, ""},
		{"the scope", caller("ann", "read:items"), `{ items { id } }`, nil, "", `{"items":[{"id":"1"},{"id":"2"},{"id":"3"}]}`, "items"},
		{"another's orders", ann, `{ orders(customer: "ben") { id } }`, nil, "[orders] FORBIDDEN not_self", `{"orders":null}`, ""},
		{"one's own orders", ann, `{ orders(customer: "ann") { id } }`, nil, "", `{"orders":[{"id":"4"}]}`, "orders"},
		{"one's own item", caller("ann", "read:items"), `{ items { cost } }`, nil,
			"[items 1 cost] FORBIDDEN not_self; [items 2 cost] FORBIDDEN not_self", `{"items":[{"cost":10},{"cost":null},{"cost":null}]}`, "items"},
		{"one's own thing", ann, `{ things { cost } }`, nil,
			"[things 1 cost] FORBIDDEN not_self; [things 2 cost] FORBIDDEN not_self", `{"things":[{"cost":10},{"cost":null},{"cost":null}]}`, "things"},
		{"a fault of a resolver", ann, `{ fault }`, nil, "[fault] <nil>", `{"fault":null}`, "fault"},

		{"one field of a mutation is refused, so none runs", ann, buy, nil, "[buy] FORBIDDEN missing_scope", "null", ""},
		{"anonymous, none runs", anonymous, buy, nil, "[note] UNAUTHENTICATED no_credential; [buy] UNAUTHENTICATED no_credential", "null", ""},
		{"both fields are allowed", caller("ann", "buy"), buy, nil, "", `{"note":"x","buy":{"id":"1"}}`, "note buy"},
		{"a refused input field", ann, price, map[string]any{"i": []any{priced}}, "[change] FORBIDDEN missing_scope", "null", ""},
		{"a refused input field, one value for the list", ann, price, map[string]any{"i": priced}, "[change] FORBIDDEN missing_scope", "null", ""},
		{"an allowed input field", caller("ann", "write:prices"), price, map[string]any{"i": priced}, "", `{"note":"x","change":1}`, "note change"},
		{"an input field that is left out", ann, price, map[string]any{"i": map[string]any{"id": "1"}}, "", `{"note":"x","change":1}`, "note change"},

		{"below a login its caller counts", anonymous, `mutation { login(name: "ann") { rival { email } customer { email } } }`, nil,
			"[login rival email] FORBIDDEN not_self", `{"login":{"rival":{"email":null},"customer":{"email":"ann@example.com"}}}`, "login"},
		{"not the one from before", caller("ben"), `mutation { login(name: "ann") { rival { email } customer { email } } }`, nil,
			"[login rival email] FORBIDDEN not_self", `{"login":{"rival":{"email":null},"customer":{"email":"ann@example.com"}}}`, "login"},
		{"a login that fails", anonymous, `mutation { login(name: "x") { customer { email } } }`, nil, "[login] <nil>", `{"login":null}`, "login"},
		{"a login without a result", anonymous, `mutation { login(name: "nil") { customer { email } } }`, nil, "", `{"login":null}`, "login"},
		{"two secrets", anonymous, `mutation { login(name: "ann") { customer { id } } b: login(name: "ben") { customer { id } } }`, nil,
			"[] OPERATION_TOO_LARGE", "null", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t)
			a := s.ask(t, tt.who, tt.query, tt.variables)
			if a.words() != tt.errors || string(a.Data) != tt.data {
				t.Errorf("errors = %s\n  want   %s\n%s", a.words(), tt.errors, a.body)
			}
			if ran := strings.Join(s.Ran(), " "); ran != tt.ran {
				t.Errorf("ran %q, want %q", ran, tt.ran)
			}
		})
	}
}

// TestRefusalSays: what would lift a refusal is for callers that are known,
// unless an option says otherwise.
func TestRefusalSays(t *testing.T) {
	const query = "{\n  all: items { id } }"
	const plain = `"extensions":{"code":"FORBIDDEN","reason":"missing_scope"}}`
	const detailed = `"extensions":{"code":"FORBIDDEN","coordinate":"Query.items","missing":[["scope:read:items"]],"reason":"missing_scope","required":[["scope:read:items"]]}}`
	always := guard.Details(func(context.Context) bool { return true })
	never := guard.Details(func(context.Context) bool { return false })
	tests := []struct {
		name    string
		who     *policy.Subject
		options []guard.Option
		want    string
	}{
		{"anonymous", nil, nil, `"extensions":{"code":"UNAUTHENTICATED","reason":"no_credential"}}`},
		{"known", caller("ann"), nil, detailed},
		{"known, no details", caller("ann"), []guard.Option{never}, plain},
		{"anonymous, details", nil, []guard.Option{always}, strings.Replace(strings.Replace(detailed, "FORBIDDEN", "UNAUTHENTICATED", 1), `"reason":"missing_scope"`, `"reason":"no_credential"`, 1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := serve(t, tt.options...).ask(t, tt.who, query, nil)
			if !strings.Contains(a.body, tt.want) || !strings.Contains(a.body, `"path":["all"],"locations":[{"line":2,"column":3}]`) {
				t.Errorf("%s\nwant %s", a.body, tt.want)
			}
			m := serve(t, tt.options...).ask(t, tt.who, `mutation { buy(item: "1") { id } }`, nil)
			if got := m.Errors[0].Extensions; (got["missing"] != nil) != strings.Contains(tt.want, "missing\":") || len(m.Errors[0].Locations) != 1 {
				t.Errorf("mutation: %s", m.body)
			}
		})
	}
}

// TestMaxErrors: of many errors the first are listed, in the order of the answer.
func TestMaxErrors(t *testing.T) {
	a := serve(t, guard.MaxErrors(2)).ask(t, caller("eve", "read:items"), `{ z: items { cost } a: items { cost } b: fault }`, nil)
	want := "[z 0 cost] FORBIDDEN not_self; [z 1 cost] FORBIDDEN not_self; [b] <nil>; [] FORBIDDEN not_self"
	if a.words() != want || a.Errors[3].Extensions["omitted"] != 4.0 {
		t.Errorf("errors = %s\n  want   %s", a.words(), want)
	}
	m := serve(t, guard.MaxErrors(1)).ask(t, nil, `mutation { a: note(text: "x") b: note(text: "x") c: note(text: "x") }`, nil)
	if want := "[a] UNAUTHENTICATED no_credential; [] UNAUTHENTICATED no_credential"; m.words() != want {
		t.Errorf("errors of a mutation = %s\n  want   %s", m.words(), want)
	}
}

// TestSubscription: one that is refused ends at once, and one that is allowed goes on to its end.
func TestSubscription(t *testing.T) {
	s := serve(t)
	refused := s.events(t, caller("ann"), `subscription { ticks }`)
	if len(refused) != 1 || !strings.Contains(refused[0], `"missing_scope"`) || len(s.Ran()) > 0 {
		t.Errorf("refused: %q, ran %q", refused, s.Ran())
	}
	allowed := s.events(t, caller("ann", "ticks"), `subscription { ticks }`)
	if want := []string{`{"data":{"ticks":1}}`, `{"data":{"ticks":2}}`, `{"data":{"ticks":3}}`}; !slices.Equal(allowed, want) {
		t.Errorf("allowed: %q", allowed)
	}
}

// TestUndecided: a guarded field of an operation that was not decided on is
// refused for any caller, and so is all that is guarded below a login.
func TestUndecided(t *testing.T) {
	resolver := &shop.Resolver{}
	schema, p := compiled(t, resolver)
	s := &service{Resolver: resolver, server: handler.New(schema)}
	s.server.AddTransport(transport.POST{})
	s.server.AroundFields(guard.New(p, subjectOf).InterceptField)
	root := caller("ann", p.Scopes()...)
	if a := s.ask(t, root, `{ about items { id } }`, nil); a.words() != "[items] FORBIDDEN undecided" || string(a.Data) != `{"about":"A shop.","items":null}` {
		t.Error(a.body)
	}
	a := s.ask(t, root, `mutation { login(name: "ann") { customer { email } } }`, nil)
	if a.words() != "[login customer email] FORBIDDEN undecided" {
		t.Error(a.body)
	}
}

// TestPresenter: a presenter of the service tells a refusal from its own errors.
func TestPresenter(t *testing.T) {
	s := serve(t)
	s.server.SetErrorPresenter(func(ctx context.Context, err error) *gqlerror.Error {
		var refusal *policy.Refusal
		if errors.As(err, &refusal) {
			return graphql.DefaultErrorPresenter(ctx, err)
		}
		return gqlerror.Errorf("masked")
	})
	a := s.ask(t, caller("ann"), `{ fault items { id } }`, nil)
	if len(a.Errors) != 2 || a.words() != "[] <nil>; [items] FORBIDDEN missing_scope" || a.Errors[0].Message != "masked" {
		t.Error(a.body)
	}
}

// TestNotAnOperation: what is not an operation is answered as without a guard.
func TestNotAnOperation(t *testing.T) {
	s := serve(t)
	for _, body := range []string{`{`, `{"query":"{"}`, `{"query":"{ unknown }"}`, `{"query":"{ about }","operationName":"x"}`, `{"query":""}`} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.server.ServeHTTP(w, r)
		if !strings.Contains(w.Body.String(), `"errors":[{`) || strings.Contains(w.Body.String(), "internal system error") {
			t.Errorf("%s: %s", body, w.Body)
		}
	}
	if len(s.Ran()) > 0 {
		t.Errorf("ran %q", s.Ran())
	}
}

// ExampleNew is the whole of what a service adds to its gqlgen server.
func ExampleNew() {
	schema := shop.NewExecutableSchema(shop.Config{Resolvers: &shop.Resolver{}})
	compiled, err := policy.Compile(schema.Schema(), policy.Config{})
	if err != nil {
		fmt.Println(err) // every fault, with its line
		return
	}
	server := handler.New(schema)
	server.AddTransport(transport.POST{})
	server.Use(guard.New(compiled, subjectOf))

	r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(`{"query":"mutation { note(text: \"x\") }"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	fmt.Println(w.Body)
	// Output:
	// {"errors":[{"message":"You are not logged in.","path":["note"],"locations":[{"line":1,"column":12}],"extensions":{"code":"UNAUTHENTICATED","reason":"no_credential"}}],"data":null}
}
