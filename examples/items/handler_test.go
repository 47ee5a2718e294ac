package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth/policy"
	"gatehouse/auth/token"
	"gatehouse/test/harness"
)

// maxErrors is how many errors of a kind an answer lists.
const maxErrors = 20

// A service is the example alone, with a key that signs tokens for it.
type service struct {
	url string
	key *token.Key
	log *harness.Recorder
}

func newService(t *testing.T, schema graphql.ExecutableSchema) *service {
	t.Helper()
	key, err := token.NewKey(token.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	d := &service{key: key, log: &harness.Recorder{}}
	verifier := &token.Verifier{
		Issuer: "issuer", Audience: "items", Now: time.Now, Key: func(context.Context, string) (*token.Key, error) { return key.Public(), nil },
	}
	h, err := newHandler(schema, verifier, slog.New(slog.NewTextHandler(d.log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	d.url = server.URL
	return d
}

func ownSchema() graphql.ExecutableSchema {
	return NewExecutableSchema(Config{Resolvers: &Resolver{newShelf()}})
}

// token returns a token of ada's with scopes.
func (s *service) token(t *testing.T, scopes ...string) string {
	t.Helper()
	return s.issue(t, token.SessionClient, scopes)
}

// issue returns a token of ada's that a client has.
func (s *service) issue(t *testing.T, client string, scopes []string) string {
	t.Helper()
	now := time.Now()
	text, err := s.key.Sign(&token.Claims{
		Issuer: "issuer", Audience: []string{"items"}, Subject: "ada", ID: "1", SessionID: "1", ClientID: client,
		IssuedAt: now, ExpiresAt: now.Add(time.Hour), Scopes: scopes,
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestRequests: a request that is not GraphQL is answered without repeating it.
func TestRequests(t *testing.T) {
	d := newService(t, ownSchema())
	const good, canary = `{"query":"{ about }"}`, "canary-of-otters"
	tests := []struct {
		name, method, path, media, body string
		status                          int
	}{
		{"GET", http.MethodGet, "/graphql?query={about}", "", "", http.StatusMethodNotAllowed},
		{"PUT", http.MethodPut, "/graphql", "application/json", good, http.StatusMethodNotAllowed},
		{"another path", http.MethodPost, "/", "application/json", good, http.StatusNotFound},
		{"a form", http.MethodPost, "/graphql", "application/x-www-form-urlencoded", "query={about}", http.StatusUnsupportedMediaType},
		{"a document", http.MethodPost, "/graphql", "application/graphql", "{ about }", http.StatusUnsupportedMediaType},
		{"text", http.MethodPost, "/graphql", "text/plain", good, http.StatusUnsupportedMediaType},
		{"no media type", http.MethodPost, "/graphql", "", good, http.StatusUnsupportedMediaType},
		{"no JSON", http.MethodPost, "/graphql", "application/json", canary, http.StatusBadRequest},
		{"a list", http.MethodPost, "/graphql", "application/json", "[" + good + "]", http.StatusBadRequest},
		{"null", http.MethodPost, "/graphql", "application/json", "null", http.StatusBadRequest},
		{"nothing", http.MethodPost, "/graphql", "application/json", "", http.StatusBadRequest},
		{"two", http.MethodPost, "/graphql", "application/json", good + good, http.StatusBadRequest},
		{"no query", http.MethodPost, "/graphql", "application/json", `{"variables":{"a":"` + canary + `"}}`, http.StatusBadRequest},
		{"a query of another kind", http.MethodPost, "/graphql", "application/json", `{"query":["` + canary + `"]}`, http.StatusBadRequest},
		{"too large", http.MethodPost, "/graphql", "application/json", good + strings.Repeat(" ", 128<<10), http.StatusRequestEntityTooLarge},
		{"done right", http.MethodPost, "/graphql", "application/json; charset=utf-8", good, http.StatusOK},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header := http.Header{}
			if tt.media != "" {
				header.Set("Content-Type", tt.media)
			}
			r := send(t, tt.method, d.url+tt.path, header, tt.body)
			if r.Status != tt.status || strings.Contains(r.Body, canary) {
				t.Errorf("status = %d, want %d: %s", r.Status, tt.status, r.Body)
			}
			if allow := r.Header.Get("Allow"); (allow == "POST") != (tt.status == http.StatusMethodNotAllowed) {
				t.Errorf("Allow = %q", allow)
			}
		})
	}
}

// TestDocuments: errors say what is wrong with an operation, and show nothing else of the schema.
func TestDocuments(t *testing.T) {
	d := newService(t, ownSchema())
	writer := d.token(t, "read:items", "write:items", "predict:items")
	item := func(members string) string { return `mutation { createItem(input: {` + members + `}) { name price } }` }
	predict := func(members string) string { return `{ predict(input: {` + members + `}) { label } }` }
	tests := []struct{ name, query, word, field string }{
		{"no document", `{`, "GRAPHQL_PARSE_FAILED", ""},
		{"too many tokens", "{" + strings.Repeat(" about", 1000) + "}", "GRAPHQL_PARSE_FAILED", ""},
		{"unknown field", `{ abou }`, "GRAPHQL_VALIDATION_FAILED", ""},
		{"unknown argument", `{ item(ide: "1", id: "1") { id } }`, "GRAPHQL_VALIDATION_FAILED", ""},
		{"unknown type", `{ ... on Quer { about } }`, "GRAPHQL_VALIDATION_FAILED", ""},
		{"introspection", `{ __schema { types { name } } }`, "GRAPHQL_VALIDATION_FAILED", ""},
		{"introspection of a type", `{ about __type(name: "Item") { name } }`, "GRAPHQL_VALIDATION_FAILED", ""},
		{"no such operation", `subscription { about }`, "GRAPHQL_VALIDATION_FAILED", ""},
		{"a number beyond 64 bits", item(`name: "Lamp", price: 99999999999999999999`), "GRAPHQL_VALIDATION_FAILED", ""},
		{"no name", item(`name: " ", price: 1`), "BAD_USER_INPUT", "input.name"},
		{"a long name", item(`name: "` + strings.Repeat("ä", 81) + `", price: 1`), "BAD_USER_INPUT", "input.name"},
		{"less than nothing", item(`name: "Lamp", price: -1`), "BAD_USER_INPUT", "input.price"},
		{"too dear", item(`name: "Lamp", price: 10000001`), "BAD_USER_INPUT", "input.price"},
		{"a cost below nothing", item(`name: "Lamp", price: 1, cost: -1`), "BAD_USER_INPUT", "input.cost"},
		{"a price below nothing", predict(`price: -1, photos: 0, rating: 1`), "BAD_USER_INPUT", "input.price"},
		{"too many photos", predict(`price: 1, photos: 21, rating: 1`), "BAD_USER_INPUT", "input.photos"},
		{"too good", predict(`price: 1, photos: 0, rating: 5.01`), "BAD_USER_INPUT", "input.rating"},

		{"a typename", `{ __typename about }`, "", ""},
		{"the longest name", item(`name: "` + strings.Repeat("ä", 80) + `", price: 10000000, cost: 0`), "", ""},
		{"in bounds", predict(`price: 10000000, photos: 20, rating: 5`), "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := ask(t, d.url, writer, tt.query)
			want(t, r, tt.word, "")
			if strings.Contains(r.Body, "Did you mean") || strings.Contains(r.Body, "ownerId") {
				t.Errorf("the answer shows the schema: %s", r.Body)
			}
			if tt.field != "" && r.Errors[0].Extensions["field"] != tt.field {
				t.Errorf("field = %v, want %s", r.Errors[0].Extensions["field"], tt.field)
			}
		})
	}
}

// TestRefusalSaysWhatIsMissing: known callers are told.
func TestRefusalSaysWhatIsMissing(t *testing.T) {
	d := newService(t, ownSchema())
	got := ask(t, d.url, d.token(t), `{ all: items { id } }`).Body
	want := `{"errors":[{"message":"You are not allowed to do this.","path":["all"],"extensions":{"code":"FORBIDDEN",` +
		`"coordinate":"Query.items","missing":[["scope:read:items"]],"reason":"missing_scope","required":[["scope:read:items"]]},` +
		`"locations":[{"line":1,"column":3}]}],"data":{"all":null}}`
	if !sameJSON(t, got, want) {
		t.Errorf("answer = %s", got)
	}
	r := ask(t, d.url, "", `{ items { id } }`)
	if len(r.Errors[0].Extensions) != 2 {
		t.Errorf("an anonymous caller is told %v", r.Errors[0].Extensions)
	}
}

// TestApplications: what acts for ada sees her items with the scope for that, and
// not as she does without it. Beside each refusal is ada's own request.
func TestApplications(t *testing.T) {
	d := newService(t, ownSchema())
	want(t, ask(t, d.url, d.token(t, "write:items"), `mutation { createItem(input: {name: "Lamp", price: 1250, cost: 800}) { id } }`), "", `{"createItem":{"id":"1"}}`)
	const mine, others = `{ itemsOf(owner: "ada") { name cost } }`, `{ itemsOf(owner: "bob") { name } }`
	const lamp, unpriced = `{"itemsOf":[{"name":"Lamp","cost":800}]}`, `{"items":[{"name":"Lamp","cost":null}]}`
	tests := []struct {
		query, scopes string
		word, data    string
	}{
		{`{ caller }`, "", "", `{"caller":"ada"}`},
		{mine, "", "FORBIDDEN missing_scope scope:read:items self app:read:own-items", `{"itemsOf":null}`},
		{mine, "write:items", "FORBIDDEN missing_scope scope:read:items self app:read:own-items", `{"itemsOf":null}`},
		{mine, "read:own-items", "", lamp},
		{others, "read:own-items", "FORBIDDEN not_self scope:read:items self app:read:own-items", `{"itemsOf":null}`},
		{others, "read:items", "", `{"itemsOf":[]}`},
		{`{ items { name cost } }`, "read:items", "FORBIDDEN missing_scope scope:write:items self app:read:own-items", unpriced},
		{`{ items { name cost } }`, "read:items read:own-items", "", `{"items":[{"name":"Lamp","cost":800}]}`},
		{`{ stockValue }`, "read:items read:own-items", "FORBIDDEN not_delegable role:admin role:shop", `{"stockValue":null}`},
		{`mutation { updateItem(id: "1", input: {ownerId: "eve"}) { id } }`, "write:items", "FORBIDDEN not_delegable role:admin role:shop", "null"},
		{`mutation { updateItem(id: "1", input: {price: 1250}) { price } }`, "write:items", "", `{"updateItem":{"price":1250}}`},
	}
	for _, tt := range tests {
		want(t, ask(t, d.url, d.issue(t, "app", strings.Fields(tt.scopes)), tt.query), tt.word, tt.data)
	}
	want(t, ask(t, d.url, d.token(t), mine), "", lamp)
}

// TestManyRefusals: an answer lists the refusals of a list in order, and at most 20.
func TestManyRefusals(t *testing.T) {
	s := newShelf()
	for range maxItems {
		if _, err := s.add(Item{Name: "Lamp", OwnerID: "bob"}); err != nil {
			t.Fatal(err)
		}
	}
	d := newService(t, NewExecutableSchema(Config{Resolvers: &Resolver{s}}))
	reader := d.token(t, "read:items", "write:items")
	want(t, ask(t, d.url, reader, `mutation { createItem(input: {name: "Vase", price: 1}) { id } }`), "CONFLICT", `{"createItem":null}`)

	r := ask(t, d.url, d.token(t, "read:items"), `{ items { id cost } }`)
	if len(r.Errors) != maxErrors+1 || r.Errors[maxErrors].Extensions["omitted"] != float64(maxItems-maxErrors) {
		t.Fatalf("%d errors: %s", len(r.Errors), r.Body)
	}
	for i, e := range r.Errors[:maxErrors] {
		if !slices.Equal(e.Path, []any{"items", float64(i), "cost"}) {
			t.Errorf("error %d is at %v", i, e.Path)
		}
	}
}

// TestPanic: a panic is logged, and the client learns nothing of it.
func TestPanic(t *testing.T) {
	d := newService(t, NewExecutableSchema(Config{Resolvers: &Resolver{}})) // without a shelf
	want(t, ask(t, d.url, d.token(t, "read:items"), `{ items { id } }`), "INTERNAL", `{"items":null}`)
	if !strings.Contains(d.log.String(), "nil pointer") {
		t.Errorf("log = %s", d.log)
	}
}

// TestPolicyStopsTheStart: a schema with faults is not served, and the error lists all of them.
func TestPolicyStopsTheStart(t *testing.T) {
	text, err := os.ReadFile("schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	faulty := strings.Replace(string(text), "stockValue: Int @hasRole(role: [\"shop\", \"admin\"])", "stockValue: Int", 1)
	faulty = strings.Replace(faulty, `orSelf: "ownerId"`, `orSelf: "price"`, 1)
	schema := gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphqls", Input: faulty + policy.DirectivesSDL()})
	_, err = newHandler(NewExecutableSchema(Config{Schema: schema}), nil, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "Query.stockValue") || !strings.Contains(err.Error(), "Item.cost") {
		t.Errorf("error = %v", err)
	}
	if _, err := newHandler(ownSchema(), nil, slog.New(slog.DiscardHandler)); err != nil {
		t.Error(err)
	}
}

// TestSchema: the directives are those that "gatehouse schema directives"
// prints, and the policy has no warnings.
func TestSchema(t *testing.T) {
	declared, err := os.ReadFile("directives.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	if string(declared) != policy.DirectivesSDL() {
		t.Error("directives.graphqls is out of date: print it again")
	}
	compiled, err := policy.Compile(ownSchema().Schema(), policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if warnings := compiled.Warnings(nil, ""); len(warnings) > 0 {
		t.Error(warnings)
	}
}
