package graph

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gatehouse/auth"
	"gatehouse/graph/transport"
)

// The HTTP status of each kind of answer, with GET and POST and for each media type.
func TestStatuses(t *testing.T) {
	const same = 0 // for any media type
	tests := []struct {
		name, query   string
		variables     string
		headers       []string
		code          string // of the errors, "" without errors
		legacy        int    // the status as application/json
		modern        int    // as application/graphql-response+json
		data          string // "" without the member
		header, value string // of the answer, "" for any
		post          bool   // with POST only
		down          bool   // the database is down
	}{
		{name: "executed", query: `{ viewer { id } }`, legacy: 200, data: `{"viewer":{"id":"` + ann + `"}}`},
		{name: "refused, and nothing else asked", query: `{ user(id: "` + unknownID + `") { id } }`, code: "FORBIDDEN", legacy: 200, data: `{"user":null}`},
		{name: "refused in part", query: `{ viewer { id } users { totalCount } }`, code: "FORBIDDEN", legacy: 200, data: `{"viewer":{"id":"` + ann + `"},"users":null}`},
		{name: "refused as a whole", query: `mutation { disableUser(id: "` + sue + `") { id } }`, code: "FORBIDDEN", legacy: 200, data: `null`, post: true},
		{name: "no credential", query: `{ viewer { id } }`, headers: []string{"Authorization"}, code: "UNAUTHENTICATED", legacy: 200, data: `{"viewer":null}`},
		{name: "a wrong password", query: `mutation { deleteMe(currentPassword: "x") }`, code: "INVALID_CREDENTIALS", legacy: 200, data: `{"deleteMe":null}`, post: true},

		{name: "no GraphQL", query: `{ viewer {`, code: "GRAPHQL_PARSE_FAILED", legacy: 200, modern: 400},
		{name: "not of the schema", query: `{ unknown }`, code: "GRAPHQL_VALIDATION_FAILED", legacy: 200, modern: 400},
		{name: "a literal of another type", query: `{ user(id: true) { id } }`, code: "GRAPHQL_VALIDATION_FAILED", legacy: 200, modern: 400},
		{name: "a variable of another type", query: `query($id: ID!) { user(id: $id) { id } }`, variables: `{"id":true}`, code: "GRAPHQL_VALIDATION_FAILED", legacy: 200, modern: 400},
		{name: "a variable missing", query: `query($id: ID!) { user(id: $id) { id } }`, code: "GRAPHQL_VALIDATION_FAILED", legacy: 200, modern: 400},
		{name: "no such operation", query: `query A { viewer { id } } query B { viewer { id } }`, code: "GRAPHQL_VALIDATION_FAILED", legacy: 200, modern: 400},
		{name: "beyond a limit", query: `{` + strings.Repeat(" viewer { id }", 21) + ` }`, code: "OPERATION_TOO_LARGE", legacy: 200, modern: 400},
		{name: "two secrets", query: `mutation { a: refresh { tokenType } b: refresh { tokenType } }`, code: "OPERATION_TOO_LARGE", legacy: 200, modern: 400, post: true},

		{name: "variables of another shape", query: `{ viewer { id } }`, variables: `[]`, code: "BAD_REQUEST", legacy: 400, modern: same},
		{name: "no query", query: "", code: "BAD_REQUEST", legacy: 400},
		{name: "a bad credential", query: `{ viewer { id } }`, headers: []string{"Authorization: Bearer x"}, code: "UNAUTHENTICATED", legacy: 401, header: "WWW-Authenticate", value: `Bearer error="invalid_token"`},
		{name: "two credentials", query: `{ viewer { id } }`, headers: []string{"Authorization: Bearer TOKEN", "Authorization: Bearer TOKEN"}, code: "UNAUTHENTICATED", legacy: 401, header: "WWW-Authenticate", value: `Bearer error="invalid_token"`},
		{name: "a bad credential, for what is public", query: `{ __typename }`, headers: []string{"Authorization: Bearer x"}, legacy: 200, data: `{"__typename":"Query"}`},
		{name: "another site", query: `{ viewer { id } }`, headers: []string{"Sec-Fetch-Site: cross-site"}, code: "BAD_REQUEST", legacy: 403},
		{name: "another media type", query: `{ viewer { id } }`, headers: []string{"Content-Type: text/plain"}, code: "BAD_REQUEST", legacy: 415},
		{name: "away", query: `{ me { id } }`, down: true, code: "UNAVAILABLE", legacy: 503, data: `{"me":null}`, header: "Retry-After", value: "1"},
		{name: "away in part", query: `{ me { id } viewer { id } }`, down: true, code: "UNAVAILABLE", legacy: 200, data: `{"me":null,"viewer":{"id":"` + ann + `"}}`},
	}
	for _, tt := range tests {
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			for accept, media := range map[string]string{"": transport.MediaJSON, "*/*": transport.MediaJSON, transport.MediaJSON: transport.MediaJSON, transport.MediaGraphQL: transport.MediaGraphQL, transport.MediaGraphQL + ", " + transport.MediaJSON: transport.MediaGraphQL} {
				t.Run(fmt.Sprintf("%s: %s, accepting %q", tt.name, method, accept), func(t *testing.T) {
					s := newService(t)
					if tt.down {
						s.store.faults["User"] = func() error { return auth.ErrUnavailable }
					}
					headers := tt.headers
					if !strings.Contains(strings.Join(headers, " "), "Authorization") {
						headers = append(headers, "Authorization: Bearer TOKEN")
					}
					if accept != "" {
						headers = append(headers, "Accept: "+accept)
					}
					got := s.sendEither(t, method, tt.query, tt.variables, headers)
					status, code, data := tt.legacy, tt.code, tt.data
					if media == transport.MediaGraphQL && tt.modern != same {
						status = tt.modern
					}
					if tt.post && method == http.MethodGet {
						status, code, data = http.StatusMethodNotAllowed, "BAD_REQUEST", ""
					}
					if got.Code != status || got.distinctCodes() != code || string(got.Data) != data {
						t.Errorf("want %d %q %s, got %d %s", status, code, data, got.Code, got.Body)
					}
					if got.Header().Get("Content-Type") != media+"; charset=utf-8" {
						t.Errorf("as %s", got.Header().Get("Content-Type"))
					}
					if tt.header != "" && got.Header().Get(tt.header) != tt.value {
						t.Errorf("%s = %q, want %q", tt.header, got.Header().Get(tt.header), tt.value)
					}
				})
			}
		}
	}
}

// sendEither sends an operation with POST or GET. TOKEN in a header stands for a
// good one.
func (s *service) sendEither(t *testing.T, method, query, variables string, headers []string) *reply {
	t.Helper()
	var given []string
	for _, h := range headers {
		given = append(given, strings.ReplaceAll(h, "TOKEN", s.token(t, ann, 0)))
	}
	if method == http.MethodGet {
		pairs := []string{"query", query}
		if variables != "" {
			pairs = append(pairs, "variables", variables)
		}
		return s.get(t, params(pairs...), given...)
	}
	if variables == "" {
		variables = "null"
	}
	return s.post(t, `{"query":`+quote(t, query)+`,"variables":`+variables+`}`, given...)
}
