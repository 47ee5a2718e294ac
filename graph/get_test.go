package graph

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"gatehouse/graph/transport"
)

// get sends a GET request with a header that forces a preflight.
func (s *service) get(t testing.TB, query string, headers ...string) *reply {
	t.Helper()
	r := httptest.NewRequestWithContext(WithRequestID(context.Background(), "request-1"), http.MethodGet, issuer+"/graphql", nil)
	r.URL.RawQuery = query
	r.Header.Set("GraphQL-Require-Preflight", "1")
	return s.sendWith(t, r, headers)
}

// post sends a JSON body.
func (s *service) post(t testing.TB, body string, headers ...string) *reply {
	t.Helper()
	r := httptest.NewRequestWithContext(WithRequestID(context.Background(), "request-1"), http.MethodPost, issuer+"/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return s.sendWith(t, r, headers)
}

// sendWith sends a request with more headers, each written "Name: value". A
// Content-Type replaces the previous one, and a name alone removes the header.
func (s *service) sendWith(t testing.TB, r *http.Request, headers []string) *reply {
	t.Helper()
	for _, h := range headers {
		name, value, set := strings.Cut(h, ": ")
		if !set || name == "Content-Type" {
			r.Header.Del(name)
		}
		if set {
			r.Header.Add(name, value)
		}
	}
	return s.answer(t, r)
}

// params encodes pairs of names and values.
func params(pairs ...string) string {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	return values.Encode()
}

func TestGet(t *testing.T) {
	const two = `query A($id: ID!) { user(id: $id) { id } } query B { viewer { id } }`
	s := newService(t)
	bearer := "Authorization: Bearer " + s.token(t, ann, 0)
	tests := []struct {
		name, query, code string
		status            int
	}{
		{"a query", params("query", "{ viewer { id } }"), "", 200},
		{"spaces as they come", "query=%7B+viewer%20{+id+}+}", "", 200},
		{"variables", params("query", "query($id: ID!) { user(id: $id) { id } }", "variables", `{"id":"`+ann+`"}`), "", 200},
		{"one of two operations", params("query", two, "operationName", "B"), "", 200},
		{"the other", params("query", two, "operationName", "A", "variables", `{"id":"`+ann+`"}`), "", 200},
		{"an empty name", params("query", "{ viewer { id } }", "operationName", ""), "", 200},
		{"no variables", params("query", "{ viewer { id } }", "variables", "null", "extensions", "null"), "", 200},
		{"extensions", params("query", "{ viewer { id } }", "extensions", `{"a":{"b":1}}`), "", 200},

		{"no query", "", "BAD_REQUEST", 400},
		{"a blank query", params("query", " \n"), "BAD_REQUEST", 400},
		{"nothing but variables", params("variables", "{}"), "BAD_REQUEST", 400},
		{"two queries", params("query", "{ viewer { id } }", "query", canary), "BAD_REQUEST", 400},
		{"two of the variables", params("query", "{ viewer { id } }", "variables", "{}", "variables", "{}"), "BAD_REQUEST", 400},
		{"an unknown parameter", params("query", "{ viewer { id } }", canary, "1"), "BAD_REQUEST", 400},
		{"a known one in capitals", params("Query", "{ viewer { id } }"), "BAD_REQUEST", 400},
		{"a token", params("query", "{ viewer { id } }", "access_token", canary), "BAD_REQUEST", 400},
		{"variables that are no JSON", params("query", "{ viewer { id } }", "variables", "{"+canary), "BAD_REQUEST", 400},
		{"variables and more", params("query", "{ viewer { id } }", "variables", "{} "+canary), "BAD_REQUEST", 400},
		{"variables that are a list", params("query", "{ viewer { id } }", "variables", "[1]"), "BAD_REQUEST", 400},
		{"empty variables", params("query", "{ viewer { id } }", "variables", ""), "BAD_REQUEST", 400},
		{"a variable twice", params("query", "{ viewer { id } }", "variables", `{"a":1,"a":"`+canary+`"}`), "BAD_REQUEST", 400},
		{"extensions that are a string", params("query", "{ viewer { id } }", "extensions", `"`+canary+`"`), "BAD_REQUEST", 400},
		{"half an escape", "query={viewer{id}}%2", "BAD_REQUEST", 400},
		{"a semicolon", "query={viewer{id}};variables={}", "BAD_REQUEST", 400},
		{"no UTF-8", "query={viewer{id}}%23%ff", "BAD_REQUEST", 400},

		{"no GraphQL", params("query", "{ viewer {"), "GRAPHQL_PARSE_FAILED", 400},
		{"another operation", params("query", two, "operationName", "C"), "GRAPHQL_VALIDATION_FAILED", 400},
		{"an unknown field", params("query", "{ viewr }"), "GRAPHQL_VALIDATION_FAILED", 400},
		{"a variable of another type", params("query", two, "operationName", "A", "variables", `{"id":true}`), "GRAPHQL_VALIDATION_FAILED", 400},
		{"a subscription", params("query", "subscription { viewer { id } }"), "GRAPHQL_VALIDATION_FAILED", 400},
		{"too many tokens", params("query", "{"+strings.Repeat("a ", 1000)+"}"), "OPERATION_TOO_LARGE", 400},
		{"too long", params("query", "{ viewer { id } } #"+strings.Repeat("x", urlLimit)), "OPERATION_TOO_LARGE", 414},
		{"a mutation", params("query", "mutation { logout }"), "BAD_REQUEST", 405},
		{"a mutation beside a query", params("query", "query A { viewer { id } } mutation B { logout }", "operationName", "B"), "BAD_REQUEST", 405},
		{"a query beside a mutation", params("query", "query A { viewer { id } } mutation B { logout }", "operationName", "A"), "", 200},
		{"an unknown mutation", params("query", "mutation { nothing }"), "BAD_REQUEST", 405},
		{"a login", params("query", `mutation { login(input: {email: "ann@example.com", password: "`+canary+`"}) { tokenType } }`), "BAD_REQUEST", 405},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.store.calls = nil
			got := s.get(t, tt.query, bearer, "Accept: "+transport.MediaGraphQL)
			if got.Code != tt.status || got.distinctCodes() != tt.code || (got.Data == nil) == (tt.code == "") {
				t.Errorf("want %d %q, got %d %s", tt.status, tt.code, got.Code, got.Body)
			}
			if allow := got.Header().Get("Allow"); (allow == "POST") != (tt.status == 405) {
				t.Errorf("Allow = %q", allow)
			}
			if got.Header().Get("Cache-Control") != "no-store" || got.Header().Get("Content-Type") != transport.MediaGraphQL+"; charset=utf-8" {
				t.Errorf("%v", got.Header())
			}
			if tt.code != "" && len(s.store.calls) > 0 {
				t.Errorf("calls = %v", s.store.calls)
			}
			if strings.Contains(got.Body.String()+s.log.String(), canary) {
				t.Errorf("it is repeated: %s", got.Body)
			}
		})
	}
}

func TestLimitOfTheURL(t *testing.T) {
	s := newService(t)
	query := "query=" + strings.Repeat("+", urlLimit-len("query={__typename}")) + "{__typename}"
	if got := s.get(t, query); got.codes() != "" || got.Code != http.StatusOK {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	got := s.get(t, query+"+")
	if e := got.Errors[0].Extensions; got.Code != http.StatusRequestURITooLong || e["limit"] != "url" || e["allowed"] != float64(urlLimit) || e["asked"] != float64(urlLimit+1) {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

// A page of another site can make a browser send a GET request, but not with one
// of these headers, unless a preflight allows it.
func TestGetNeedsPreflightHeader(t *testing.T) {
	const none = "GraphQL-Require-Preflight"
	tests := []struct {
		name    string
		headers []string
		status  int
	}{
		{"no header", []string{none}, 400},
		{"an empty header", []string{none, "X-Requested-With: "}, 400},
		{"X-Requested-With", []string{none, "X-Requested-With: XMLHttpRequest"}, 200},
		{"GraphQL-Require-Preflight", nil, 200},
		{"Apollo-Require-Preflight", []string{none, "apollo-require-preflight: true"}, 200},
		{"another header", []string{none, "X-Requested: 1"}, 400},
		{"a credential that browsers add", []string{none, "Authorization: Basic YTpi"}, 400},
		{"an access token", []string{none, "Authorization: bearer x"}, 200}, // a bad one is ignored here
		{"JSON", []string{none, "Content-Type: application/json"}, 200},
		{"JSON in UTF-8", []string{none, "Content-Type: application/json; charset=utf-8"}, 200},
		{"a form", []string{none, "Content-Type: application/x-www-form-urlencoded"}, 415},
		{"plain text", []string{none, "Content-Type: text/plain"}, 415},
		{"multipart", []string{none, "Content-Type: multipart/form-data; boundary=x"}, 415},
		{"plain text that mentions JSON", []string{none, "Content-Type: text/plain; application/json"}, 415},
		{"an invalid media type", []string{none, "Content-Type: x"}, 415},
		{"a form, and the header", []string{"Content-Type: text/plain"}, 415},
		{"from another site", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"from another origin", []string{"Origin: https://evil.example"}, 403},
		{"from this site", []string{"Sec-Fetch-Site: same-origin"}, 200},
		{"from an origin that may", []string{"Origin: https://app.example", "Sec-Fetch-Site: cross-site"}, 200},
		{"what it can't read", []string{"Accept: text/html"}, 406},
	}
	s := newService(t, func(p *Parts) { p.Origins = allowed(t, "https://app.example") })
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := s.get(t, params("query", "{ __typename }"), tt.headers...)
			if got.Code != tt.status || (got.distinctCodes() == "BAD_REQUEST") != (tt.status != 200) {
				t.Errorf("want %d, got %d %s", tt.status, got.Code, got.Body)
			}
			if tt.status == 400 && !strings.Contains(got.Errors[0].Message, none) {
				t.Errorf("%s does not say what to send", got.Errors[0].Message)
			}
		})
	}
}

// A query that takes a secret is not accepted in a URL, where proxies would log it.
func TestGetTakesNoSecret(t *testing.T) {
	s := newService(t, altered(t, "viewer: Viewer @authenticated @delegable", "viewer: Viewer @authenticated @sensitive"))
	bearer := "Authorization: Bearer " + s.token(t, ann, 0)
	for query, status := range map[string]int{
		`{ me { id } }`:     200,
		`{ viewer { id } }`: 405,
		`{ me { id } ...F } fragment F on Query { x: viewer { id } }`: 405,
	} {
		got := s.get(t, params("query", query), bearer)
		if got.Code != status || got.Header().Get("Allow") == "POST" != (status == 405) {
			t.Errorf("%s: %d %s", query, got.Code, got.Body)
		}
		if posted := s.ask(t, ann, query, nil); posted.codes() != "" {
			t.Errorf("POST %s: %s", query, posted.Body)
		}
	}
}
