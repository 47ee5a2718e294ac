package graph

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/graph/document"
)

// These are the requests of the scanner graphql-cop, and what it takes for a
// weakness. Introspection is off, as it recommends. Its check of the explorer
// needs the whole service and is not here.
func TestScannerFindsNothing(t *testing.T) {
	s := newService(t, func(p *Parts) { p.Introspection = document.IntrospectionOff })
	form := func(method, query, body string) *reply {
		r := httptest.NewRequestWithContext(context.Background(), method, issuer+"/graphql", strings.NewReader(body))
		r.URL.RawQuery = query
		if body != "" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		return s.answer(t, r)
	}
	ask := func(query string) *reply { return s.ask(t, "", query, nil) }
	tests := []struct {
		name string
		got  *reply
		weak func(*reply) bool // besides an answer with data
		code string
	}{
		{"field suggestions", ask(`query cop { __schema { directive } }`), says("Did you mean"), "GRAPHQL_VALIDATION_FAILED"},
		{"introspection", ask(`query cop { __schema { types { name fields { name } } } }`), nil, "GRAPHQL_VALIDATION_FAILED"},
		{"GET", form(http.MethodGet, params("query", "query cop { __typename }"), ""), nil, "BAD_REQUEST"},
		{"aliases", ask(`query cop {` + repeat(101, " alias#: __typename") + ` }`), nil, "OPERATION_TOO_LARGE"},
		{"a batch", s.send(t, "["+strings.TrimSuffix(repeat(10, `{"query":"query cop { __typename }"},`), ",")+"]"), nil, "BAD_REQUEST"},
		{"directives", ask(`query cop { __typename ` + strings.Repeat("@aa", 10) + ` }`), func(r *reply) bool { return len(r.Errors) == 10 }, "GRAPHQL_VALIDATION_FAILED"},
		{"circular introspection", ask(`query cop { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }`), nil, "GRAPHQL_VALIDATION_FAILED"},
		{"a mutation with GET", form(http.MethodGet, params("query", "mutation cop { __typename }"), ""), nil, "BAD_REQUEST"},
		{"a form", form(http.MethodPost, "", params("query", "query cop { __typename }")), nil, "BAD_REQUEST"},
		{"unhandled errors", ask(`qwerty cop { abc }`), says("exception"), "GRAPHQL_PARSE_FAILED"},
		{"fields over and over", ask(`query cop {` + strings.Repeat(" __typename", 500) + ` }`), nil, "OPERATION_TOO_LARGE"},
	}
	for _, tt := range tests {
		if tt.got.Data != nil || tt.weak != nil && tt.weak(tt.got) || tt.got.distinctCodes() != tt.code {
			t.Errorf("%s: %d %s", tt.name, tt.got.Code, tt.got.Body)
		}
	}
	if traced := ask(`query cop { __typename }`); string(traced.Data) != `{"__typename":"Query"}` || says("tracing")(traced) || says("extensions")(traced) {
		t.Errorf("trace mode: %s", traced.Body)
	}
}

func says(text string) func(*reply) bool {
	return func(r *reply) bool { return strings.Contains(r.Body.String(), text) }
}
