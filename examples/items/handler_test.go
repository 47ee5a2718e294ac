package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"gatehouse/auth/token"
)

// A desk is this service alone, with a key that signs what it takes.
type desk struct {
	url string
	key *token.Key
	log *recorder
}

func newDesk(t *testing.T, schema graphql.ExecutableSchema) *desk {
	t.Helper()
	key, err := token.NewKey(token.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{key: key, log: &recorder{}}
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

// token returns one of ada's, with scopes.
func (d *desk) token(t *testing.T, scopes ...string) string {
	t.Helper()
	now := time.Now()
	text, err := d.key.Sign(&token.Claims{
		Issuer: "issuer", Audience: []string{"items"}, Subject: "ada", ID: "1", SessionID: "1", ClientID: "test",
		IssuedAt: now, ExpiresAt: now.Add(time.Hour), Scopes: scopes,
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestRequests: what is no GraphQL request is told so, without what it said.
func TestRequests(t *testing.T) {
	d := newDesk(t, ownSchema())
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
			if r.status != tt.status || strings.Contains(r.body, canary) {
				t.Errorf("status = %d, want %d: %s", r.status, tt.status, r.body)
			}
			if allow := r.header.Get("Allow"); (allow == "POST") != (tt.status == http.StatusMethodNotAllowed) {
				t.Errorf("Allow = %q", allow)
			}
		})
	}
}

// TestDocuments: what is wrong with an operation, and nothing of the schema beside it.
func TestDocuments(t *testing.T) {
	d := newDesk(t, ownSchema())
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
			r := ask(t, d.url, writer, tt.query, nil)
			r.wants(t, tt.word, "")
			if strings.Contains(r.body, "Did you mean") || strings.Contains(r.body, "ownerId") {
				t.Errorf("the answer shows the schema: %s", r.body)
			}
			if tt.field != "" && r.Errors[0].Extensions["field"] != tt.field {
				t.Errorf("field = %v, want %s", r.Errors[0].Extensions["field"], tt.field)
			}
		})
	}
}

// TestRefusalSaysWhatIsMissing: to those who are known.
func TestRefusalSaysWhatIsMissing(t *testing.T) {
	d := newDesk(t, ownSchema())
	got := ask(t, d.url, d.token(t), `{ all: items { id } }`, nil).body
	want := `{"errors":[{"message":"You are not allowed to do this.","path":["all"],"extensions":{"code":"FORBIDDEN",` +
		`"coordinate":"Query.items","missing":[["scope:read:items"]],"reason":"missing_scope","required":[["scope:read:items"]]},` +
		`"locations":[{"line":1,"column":3}]}],"data":{"all":null}}`
	if !sameJSON(t, got, want) {
		t.Errorf("answer = %s", got)
	}
	r := ask(t, d.url, "", `{ items { id } }`, nil)
	if len(r.Errors[0].Extensions) != 2 {
		t.Errorf("nobody is told %v", r.Errors[0].Extensions)
	}
}

// TestManyRefusals: one for each item of a list, in order, and no more than anybody would read.
func TestManyRefusals(t *testing.T) {
	s := newShelf()
	for range maxItems {
		if _, err := s.add(Item{Name: "Lamp", OwnerID: "bob"}); err != nil {
			t.Fatal(err)
		}
	}
	d := newDesk(t, NewExecutableSchema(Config{Resolvers: &Resolver{s}}))
	reader := d.token(t, "read:items", "write:items")
	ask(t, d.url, reader, `mutation { createItem(input: {name: "Vase", price: 1}) { id } }`, nil).wants(t, "CONFLICT", `{"createItem":null}`)

	r := ask(t, d.url, d.token(t, "read:items"), `{ items { id cost } }`, nil)
	if len(r.Errors) != errorsShown+1 || r.Errors[errorsShown].Extensions["omitted"] != float64(maxItems-errorsShown) {
		t.Fatalf("%d errors: %s", len(r.Errors), r.body)
	}
	for i, e := range r.Errors[:errorsShown] {
		if !slices.Equal(e.Path, []any{"items", float64(i), "cost"}) {
			t.Errorf("error %d is at %v", i, e.Path)
		}
	}
}

// TestPanic: it is logged, and the client learns nothing.
func TestPanic(t *testing.T) {
	d := newDesk(t, NewExecutableSchema(Config{Resolvers: &Resolver{}})) // without a shelf
	ask(t, d.url, d.token(t, "read:items"), `{ items { id } }`, nil).wants(t, "INTERNAL", `{"items":null}`)
	if !strings.Contains(d.log.String(), "nil pointer") {
		t.Errorf("log = %s", d.log)
	}
}
