package graph

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/auth/token"
)

// canary stands for a password in what is sent; no answer and no line of the log repeats it.
const canary = "hunter2-canary"

// Each row is sent once for each media type of the answer. Where the query is a good one, it runs.
func TestRequests(t *testing.T) {
	const good = `{"query":"{ viewer { id } }"}`
	tests := []struct {
		name   string
		method string // "" is POST
		body   string
		header []string
		want   string // "" for data; else the code
		status int    // as application/graphql-response+json; 0: by the code
	}{
		{"done right", "", good, nil, "", 200},
		{"GET", "GET", "", nil, "BAD_REQUEST", 405},
		{"HEAD", "HEAD", "", nil, "BAD_REQUEST", 405},
		{"PUT", "PUT", good, nil, "BAD_REQUEST", 405},
		{"DELETE", "DELETE", good, nil, "BAD_REQUEST", 405},
		{"OPTIONS", "OPTIONS", "", nil, "BAD_REQUEST", 405},

		{"content type in capitals", "", good, []string{"Content-Type: Application/JSON"}, "", 200},
		{"content type with charset", "", good, []string{`Content-Type: application/json; charset="UTF-8"`}, "", 200},
		{"another charset", "", good, []string{"Content-Type: application/json; charset=utf-16"}, "BAD_REQUEST", 415},
		{"latin 1", "", good, []string{"Content-Type: application/json; charset=iso-8859-1"}, "BAD_REQUEST", 415},
		{"no content type", "", good, []string{"Content-Type: "}, "BAD_REQUEST", 415},
		{"plain text", "", good, []string{"Content-Type: text/plain"}, "BAD_REQUEST", 415},
		{"a form", "", "query={viewer{id}}", []string{"Content-Type: application/x-www-form-urlencoded"}, "BAD_REQUEST", 415},
		{"multipart", "", good, []string{"Content-Type: multipart/form-data; boundary=x"}, "BAD_REQUEST", 415},
		{"graphql", "", "{ viewer { id } }", []string{"Content-Type: application/graphql"}, "BAD_REQUEST", 415},
		{"the answer's own media type", "", good, []string{"Content-Type: application/graphql-response+json"}, "BAD_REQUEST", 415},
		{"no media type at all", "", good, []string{"Content-Type: ;;;"}, "BAD_REQUEST", 415},

		{"no body", "", "", nil, "BAD_REQUEST", 400},
		{"no JSON", "", "{ viewer { id } }", nil, "BAD_REQUEST", 400},
		{"half a body", "", good[:20], nil, "BAD_REQUEST", 400},
		{"a body behind the body", "", good + good, nil, "BAD_REQUEST", 400},
		{"garbage behind the body", "", good + " " + canary, nil, "BAD_REQUEST", 400},
		{"space behind the body", "", good + " \r\n\t", nil, "", 200},
		{"a NUL behind the body", "", good + "\x00", nil, "BAD_REQUEST", 400},
		{"a byte order mark", "", "\ufeff" + good, nil, "BAD_REQUEST", 400},
		{"UTF-16", "", "\xff\xfe{\x00}\x00", nil, "BAD_REQUEST", 400},
		{"invalid UTF-8", "", "{\"query\":\"{ viewer { id } } # \xff" + canary + "\"}", nil, "BAD_REQUEST", 400},
		{"invalid UTF-8 in a variable", "", "{\"query\":\"{ viewer { id } }\",\"variables\":{\"" + canary + "\":\"\xc3\x28\"}}", nil, "BAD_REQUEST", 400},
		{"half a surrogate pair", "", `{"query":"{ viewer { id } } # \ud800"}`, nil, "BAD_REQUEST", 400},
		{"half a surrogate pair in a variable", "", `{"query":"{ viewer { id } }","variables":{"a":"` + canary + `\udc00"}}`, nil, "BAD_REQUEST", 400},
		{"a surrogate pair", "", `{"query":"{ viewer { id } } # \ud83d\ude00"}`, nil, "", 200},
		{"a control character", "", "{\"query\":\"{ viewer { id } }\n\"}", nil, "BAD_REQUEST", 400},
		{"two queries", "", `{"query":"{ viewer { id } }","query":"{ ` + canary + ` }"}`, nil, "BAD_REQUEST", 400},
		{"two of a variable", "", `{"query":"{ viewer { id } }","variables":{"a":1,"a":"` + canary + `"}}`, nil, "BAD_REQUEST", 400},
		{"two of a member deep down", "", `{"query":"{ viewer { id } }","variables":{"a":[{"b":{"c":1,"\u0063":2}}]}}`, nil, "BAD_REQUEST", 400},
		{"two of a member in extensions", "", `{"query":"{ viewer { id } }","extensions":{"a":{"b":1,"b":2}}}`, nil, "BAD_REQUEST", 400},
		{"a member in capitals", "", `{"QUERY":"{ viewer { id } }"}`, nil, "BAD_REQUEST", 400},
		{"a member in capitals beside it", "", `{"query":"{ viewer { id } }","Query":"` + canary + `"}`, nil, "BAD_REQUEST", 400},
		{"an unknown member", "", `{"query":"{ viewer { id } }","` + canary + `":1}`, nil, "BAD_REQUEST", 400},
		{"headers in the body", "", `{"query":"{ viewer { id } }","headers":{"Authorization":"x"}}`, nil, "BAD_REQUEST", 400},
		{"an array", "", "[" + good + "]", nil, "BAD_REQUEST", 400},
		{"an array of two", "", "[" + good + "," + good + "]", nil, "BAD_REQUEST", 400},
		{"an empty array", "", "[]", nil, "BAD_REQUEST", 400},
		{"null", "", "null", nil, "BAD_REQUEST", 400},
		{"a string", "", `"` + canary + `"`, nil, "BAD_REQUEST", 400},
		{"a number", "", "5", nil, "BAD_REQUEST", 400},
		{"an empty object", "", "{}", nil, "BAD_REQUEST", 400},
		{"no query", "", `{"variables":{"password":"` + canary + `"}}`, nil, "BAD_REQUEST", 400},
		{"null query", "", `{"query":null}`, nil, "BAD_REQUEST", 400},
		{"empty query", "", `{"query":""}`, nil, "BAD_REQUEST", 400},
		{"blank query", "", `{"query":" \n\t"}`, nil, "BAD_REQUEST", 400},
		{"a query that is no string", "", `{"query":{"a":"` + canary + `"}}`, nil, "BAD_REQUEST", 400},
		{"a query that is a number", "", `{"query":5}`, nil, "BAD_REQUEST", 400},
		{"variables null", "", `{"query":"{ viewer { id } }","variables":null}`, nil, "", 200},
		{"variables empty", "", `{"query":"{ viewer { id } }","variables":{}}`, nil, "", 200},
		{"variables that nobody declares", "", `{"query":"{ viewer { id } }","variables":{"a":"` + canary + `"}}`, nil, "", 200},
		{"variables an array", "", `{"query":"{ viewer { id } }","variables":["` + canary + `"]}`, nil, "BAD_REQUEST", 400},
		{"variables a string", "", `{"query":"{ viewer { id } }","variables":"` + canary + `"}`, nil, "BAD_REQUEST", 400},
		{"variables a number", "", `{"query":"{ viewer { id } }","variables":0}`, nil, "BAD_REQUEST", 400},
		{"extensions", "", `{"query":"{ viewer { id } }","extensions":{"a":1}}`, nil, "", 200},
		{"extensions a string", "", `{"query":"{ viewer { id } }","extensions":"` + canary + `"}`, nil, "BAD_REQUEST", 400},
		{"operationName null", "", `{"query":"{ viewer { id } }","operationName":null}`, nil, "", 200},
		{"operationName empty", "", `{"query":"{ viewer { id } }","operationName":""}`, nil, "", 200},
		{"operationName a number", "", `{"query":"{ viewer { id } }","operationName":5}`, nil, "BAD_REQUEST", 400},

		{"operationName unknown", "", `{"query":"query A { viewer { id } }","operationName":"` + canary + `"}`, nil, "GRAPHQL_VALIDATION_FAILED", 400},
		{"operationName of two", "", `{"query":"query A { viewer { id } } query B { me { id } }","operationName":"A"}`, nil, "", 200},
		{"two and no operationName", "", `{"query":"query A { viewer { id } } query B { me { id } }"}`, nil, "GRAPHQL_VALIDATION_FAILED", 400},
		{"two of one name", "", `{"query":"query A { viewer { id } } query A { me { id } }","operationName":"A"}`, nil, "GRAPHQL_VALIDATION_FAILED", 400},
		{"two without a name", "", `{"query":"{ viewer { id } } { me { id } }"}`, nil, "GRAPHQL_VALIDATION_FAILED", 400},
		{"no operation", "", `{"query":"fragment F on User { id }"}`, nil, "GRAPHQL_VALIDATION_FAILED", 400},
		{"a schema", "", `{"query":"type T { a: Int }"}`, nil, "GRAPHQL_PARSE_FAILED", 400},
		{"no GraphQL", "", `{"query":"SELECT '` + canary + `'"}`, nil, "GRAPHQL_PARSE_FAILED", 400},
		{"a string without an end", "", `{"query":"{ user(id: \"` + canary + `) { id } }"}`, nil, "GRAPHQL_PARSE_FAILED", 400},
		{"a byte order mark in the query", "", `{"query":"\ufeff{ viewer { id } }"}`, nil, "", 200},
		{"only a comment", "", `{"query":"# ` + canary + `"}`, nil, "GRAPHQL_VALIDATION_FAILED", 400},
		{"too many tokens", "", `{"query":"{ ` + strings.Repeat("a ", 1000) + `}"}`, nil, "OPERATION_TOO_LARGE", 400},
		{"too deep", "", `{"query":"` + strings.Repeat("{ a ", 21) + strings.Repeat("}", 21) + `"}`, nil, "OPERATION_TOO_LARGE", 400},
		{"too deep for the parser", "", `{"query":"{ a(b: ` + strings.Repeat("[", 1200) + `"}`, nil, "OPERATION_TOO_LARGE", 400},
		{"too large a body", "", `{"query":"{ viewer { id } } #` + strings.Repeat("x", bodyLimit) + `"}`, nil, "BAD_REQUEST", 413},
		{"as large a body as may be", "", good + strings.Repeat(" ", bodyLimit-len(good)), nil, "", 200},
		{"a byte more", "", good + strings.Repeat(" ", bodyLimit-len(good)+1), nil, "BAD_REQUEST", 413},
		{"a subscription", "", `{"query":"subscription { viewer { id } }"}`, nil, "GRAPHQL_VALIDATION_FAILED", 400},
		{"deferred", "", `{"query":"{ viewer { id ... @defer { roles } } }"}`, nil, "GRAPHQL_VALIDATION_FAILED", 400},
		{"streamed", "", `{"query":"{ viewer { id roles @stream(initialCount: 0) } }"}`, nil, "GRAPHQL_VALIDATION_FAILED", 400},

		{"from this site", "", good, []string{"Sec-Fetch-Site: same-origin", "Origin: https://evil.example"}, "", 200},
		{"typed by a person", "", good, []string{"Sec-Fetch-Site: none"}, "", 200},
		{"from another site", "", good, []string{"Sec-Fetch-Site: cross-site"}, "BAD_REQUEST", 403},
		{"from another host of this site", "", good, []string{"Sec-Fetch-Site: same-site"}, "BAD_REQUEST", 403},
		{"from another origin", "", good, []string{"Origin: https://evil.example"}, "BAD_REQUEST", 403},
		{"from no origin", "", good, []string{"Origin: null"}, "BAD_REQUEST", 403},
		{"from an origin that may", "", good, []string{"Origin: https://app.example", "Sec-Fetch-Site: cross-site"}, "", 200},
		{"from nearly an origin that may", "", good, []string{"Origin: https://app.example:444", "Sec-Fetch-Site: cross-site"}, "BAD_REQUEST", 403},
		{"from an origin that may, without encryption", "", good, []string{"Origin: http://app.example", "Sec-Fetch-Site: cross-site"}, "BAD_REQUEST", 403},
	}
	s := newService(t, func(p *Parts) { p.Origins = []string{"https://app.example"} })
	authorization := "Bearer " + s.token(t, ann, 0)
	for _, tt := range tests {
		for _, media := range []string{mediaGraphQL, mediaJSON} {
			t.Run(tt.name+" as "+media, func(t *testing.T) {
				method := tt.method
				if method == "" {
					method = http.MethodPost
				}
				r := httptest.NewRequestWithContext(context.Background(), method, "http://id.example/graphql", strings.NewReader(tt.body))
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Accept", media)
				r.Header.Set("Authorization", authorization)
				for _, h := range tt.header {
					name, value, _ := strings.Cut(h, ": ")
					r.Header.Set(name, value)
				}
				got := s.answer(t, r)
				status := tt.status
				if media == mediaJSON && (strings.HasPrefix(tt.want, "GRAPHQL_") || tt.want == "OPERATION_TOO_LARGE") {
					status = 200
				}
				if got.Code != status || got.kinds() != tt.want {
					t.Errorf("got %d %q, want %d %q\n%s", got.Code, got.kinds(), status, tt.want, got.Body)
				}
				if (got.Data == nil) == (tt.want == "") {
					t.Errorf("data = %s", got.Data)
				}
				if strings.Contains(got.Body.String(), canary) {
					t.Errorf("the answer repeats what was sent: %s", got.Body)
				}
				if ct := got.Header().Get("Content-Type"); ct != media+"; charset=utf-8" || got.Header().Get("Cache-Control") != "no-store" {
					t.Errorf("headers = %v", got.Header())
				}
				if allow := got.Header().Get("Allow"); (allow != "") != (status == 405) {
					t.Errorf("Allow = %q", allow)
				}
			})
		}
	}
	if strings.Contains(s.log.String(), canary) {
		t.Error("the log repeats what was sent")
	}
}

// Values that do not fit are refused alike, whether they stand in the document or in a variable, and not repeated.
func TestCoercion(t *testing.T) {
	tests := []struct {
		name, typ, query string // the query has the value where $v stands
		literal, json    string
		want             string
	}{
		{"Int", "Int", `{ users(first: $v) { pageInfo { hasNextPage } } }`, `3`, `3`, ""},
		{"Int null", "Int", `{ users(first: $v) { pageInfo { hasNextPage } } }`, `null`, `null`, ""},
		{"Int as a string", "Int", `{ users(first: $v) { pageInfo { hasNextPage } } }`, `"1"`, `"1"`, "GRAPHQL_VALIDATION_FAILED"},
		{"Int with a fraction", "Int", `{ users(first: $v) { pageInfo { hasNextPage } } }`, `1.5`, `1.5`, "GRAPHQL_VALIDATION_FAILED"},
		{"Int as a truth", "Int", `{ users(first: $v) { pageInfo { hasNextPage } } }`, `true`, `true`, "GRAPHQL_VALIDATION_FAILED"},
		{"Int too large", "Int", `{ users(first: $v) { pageInfo { hasNextPage } } }`, `2147483648`, `2147483648`, "GRAPHQL_VALIDATION_FAILED"},
		{"Int too small", "Int", `{ users(first: $v) { pageInfo { hasNextPage } } }`, `-2147483649`, `-2147483649`, "GRAPHQL_VALIDATION_FAILED"},
		{"Int far too large", "Int", `{ users(first: $v) { pageInfo { hasNextPage } } }`, `99999999999999999999`, `99999999999999999999`, "GRAPHQL_VALIDATION_FAILED"},
		{"Int out of our range", "Int", `{ users(first: $v) { pageInfo { hasNextPage } } }`, `2147483647`, `2147483647`, "BAD_USER_INPUT"},
		{"Int out of our range below", "Int", `{ users(first: $v) { pageInfo { hasNextPage } } }`, `-2147483648`, `-2147483648`, "BAD_USER_INPUT"},
		{"Int as an object", "Int", `{ users(first: $v) { pageInfo { hasNextPage } } }`, `{a: "` + canary + `"}`, `{"a":"` + canary + `"}`, "GRAPHQL_VALIDATION_FAILED"},
		{"Int as a list", "Int", `{ users(first: $v) { pageInfo { hasNextPage } } }`, `["` + canary + `"]`, `["` + canary + `"]`, "GRAPHQL_VALIDATION_FAILED"},
		{"String", "String", `{ users(filter: {email: $v}) { pageInfo { hasNextPage } } }`, `"a"`, `"a"`, ""},
		{"String null", "String", `{ users(filter: {email: $v}) { pageInfo { hasNextPage } } }`, `null`, `null`, ""},
		{"String as a number", "String", `{ users(filter: {email: $v}) { pageInfo { hasNextPage } } }`, `5`, `5`, "GRAPHQL_VALIDATION_FAILED"},
		{"String as a truth", "String", `{ users(filter: {email: $v}) { pageInfo { hasNextPage } } }`, `true`, `true`, "GRAPHQL_VALIDATION_FAILED"},
		{"String as a list", "String", `{ users(filter: {email: $v}) { pageInfo { hasNextPage } } }`, `["` + canary + `"]`, `["` + canary + `"]`, "GRAPHQL_VALIDATION_FAILED"},
		{"Boolean", "Boolean", `{ users(filter: {disabled: $v}) { pageInfo { hasNextPage } } }`, `true`, `true`, ""},
		{"Boolean as a string", "Boolean", `{ users(filter: {disabled: $v}) { pageInfo { hasNextPage } } }`, `"` + canary + `"`, `"` + canary + `"`, "GRAPHQL_VALIDATION_FAILED"},
		{"Boolean as a number", "Boolean", `{ users(filter: {disabled: $v}) { pageInfo { hasNextPage } } }`, `1`, `1`, "GRAPHQL_VALIDATION_FAILED"},
		{"ID", "ID!", `{ user(id: $v) { id } }`, `"` + ann + `"`, `"` + ann + `"`, ""},
		{"ID as a number", "ID!", `{ user(id: $v) { id } }`, `5`, `5`, "BAD_USER_INPUT"},
		{"ID null", "ID!", `{ user(id: $v) { id } }`, `null`, `null`, "GRAPHQL_VALIDATION_FAILED"},
		{"ID with a fraction", "ID!", `{ user(id: $v) { id } }`, `5.5`, `5.5`, "GRAPHQL_VALIDATION_FAILED"},
		{"ID as a truth", "ID!", `{ user(id: $v) { id } }`, `true`, `true`, "GRAPHQL_VALIDATION_FAILED"},
		{"ID as a list", "ID!", `{ user(id: $v) { id } }`, `["` + canary + `"]`, `["` + canary + `"]`, "GRAPHQL_VALIDATION_FAILED"},
		{"list", "[String!]!", `mutation { setUserRoles(id: "` + ann + `", roles: $v) { id } }`, `["user"]`, `["user"]`, ""},
		{"list of one", "[String!]!", `mutation { setUserRoles(id: "` + ann + `", roles: $v) { id } }`, `"user"`, `"user"`, ""},
		{"list of none", "[String!]!", `mutation { setUserRoles(id: "` + ann + `", roles: $v) { id } }`, `[]`, `[]`, ""},
		{"list null", "[String!]!", `mutation { setUserRoles(id: "` + ann + `", roles: $v) { id } }`, `null`, `null`, "GRAPHQL_VALIDATION_FAILED"},
		{"list with a null", "[String!]!", `mutation { setUserRoles(id: "` + ann + `", roles: $v) { id } }`, `["` + canary + `", null]`, `["` + canary + `", null]`, "GRAPHQL_VALIDATION_FAILED"},
		{"list with a number", "[String!]!", `mutation { setUserRoles(id: "` + ann + `", roles: $v) { id } }`, `["` + canary + `", 5]`, `["` + canary + `", 5]`, "GRAPHQL_VALIDATION_FAILED"},
		{"list in a list", "[String!]!", `mutation { setUserRoles(id: "` + ann + `", roles: $v) { id } }`, `[["` + canary + `"]]`, `[["` + canary + `"]]`, "GRAPHQL_VALIDATION_FAILED"},
		{"input", "UpdateUserInput!", `mutation { updateUser(id: "` + ann + `", input: $v) { id } }`, `{name: "Ann"}`, `{"name":"Ann"}`, ""},
		{"input, unknown field", "UpdateUserInput!", `mutation { updateUser(id: "` + ann + `", input: $v) { id } }`, `{roles: ["` + canary + `"]}`, `{"roles":["` + canary + `"]}`, "GRAPHQL_VALIDATION_FAILED"},
		{"input, field in capitals", "UpdateUserInput!", `mutation { updateUser(id: "` + ann + `", input: $v) { id } }`, `{Name: "` + canary + `"}`, `{"Name":"` + canary + `"}`, "GRAPHQL_VALIDATION_FAILED"},
		{"input, a field twice", "UpdateUserInput!", `mutation { updateUser(id: "` + ann + `", input: $v) { id } }`, `{name: "` + canary + `", name: "b"}`, `{"name":"` + canary + `","name":"b"}`, "GRAPHQL_VALIDATION_FAILED BAD_REQUEST"},
		{"input, a string", "UpdateUserInput!", `mutation { updateUser(id: "` + ann + `", input: $v) { id } }`, `"` + canary + `"`, `"` + canary + `"`, "GRAPHQL_VALIDATION_FAILED"},
		{"input, a list", "UpdateUserInput!", `mutation { updateUser(id: "` + ann + `", input: $v) { id } }`, `[{name: "` + canary + `"}]`, `[{"name":"` + canary + `"}]`, "GRAPHQL_VALIDATION_FAILED"},
		{"input, a field missing", "LoginInput!", `mutation { login(input: $v) { tokenType } }`, `{password: "` + canary + `"}`, `{"password":"` + canary + `"}`, "GRAPHQL_VALIDATION_FAILED"},
		{"input, a field null", "LoginInput!", `mutation { login(input: $v) { tokenType } }`, `{password: "` + canary + `", email: null}`, `{"password":"` + canary + `","email":null}`, "GRAPHQL_VALIDATION_FAILED"},
	}
	s := newService(t)
	for _, tt := range tests {
		want, byVariable, two := strings.Cut(tt.want, " ")
		if !two {
			byVariable = want
		}
		check := func(t *testing.T, got *reply, want string) {
			if got.kinds() != want || strings.Contains(got.Body.String(), canary) {
				t.Errorf("want %q, got %s", want, got.Body)
			}
		}
		t.Run(tt.name+" by literal", func(t *testing.T) {
			check(t, s.ask(t, adm, strings.Replace(tt.query, "$v", tt.literal, 1), nil), want)
		})
		t.Run(tt.name+" by variable", func(t *testing.T) {
			query := fmt.Sprintf("query($v: %s) %s", tt.typ, tt.query)
			if rest, ok := strings.CutPrefix(tt.query, "mutation"); ok {
				query = fmt.Sprintf("mutation($v: %s) %s", tt.typ, rest)
			}
			body := fmt.Sprintf(`{"query":%q,"variables":{"v":%s}}`, query, tt.json)
			check(t, s.send(t, body, "Authorization: Bearer "+s.token(t, adm, 0)), byVariable)
		})
	}
	if strings.Contains(s.log.String(), canary) {
		t.Error("the log repeats what was sent")
	}
}

// A null that the type of a variable allows and its use does not is refused before the executor meets it.
func TestNullWhereNoneCanBe(t *testing.T) {
	tests := []struct {
		query string
		vars  map[string]any
		want  string
	}{
		{`query($v: Boolean = true) { viewer { id roles @include(if: $v) } }`, map[string]any{"v": nil}, "GRAPHQL_VALIDATION_FAILED"},
		{`query($v: Boolean = true) { viewer { id roles @include(if: $v) } }`, map[string]any{"v": false}, ""},
		{`query($v: Boolean = true) { viewer { id roles @include(if: $v) } }`, nil, ""},
		{`query($v: Boolean = true) { viewer { ... @skip(if: $v) { roles } id } }`, map[string]any{"v": nil}, "GRAPHQL_VALIDATION_FAILED"},
		{`query($v: Boolean = true) { ...F @skip(if: $v) __typename } fragment F on Query { me { id } }`, map[string]any{"v": nil}, "GRAPHQL_VALIDATION_FAILED"},
		{`query($v: Boolean = true) { ...F } fragment F on Query { me { id @skip(if: $v) name } }`, map[string]any{"v": nil}, "GRAPHQL_VALIDATION_FAILED"},
		{`query($v: ID = "` + ann + `") { user(id: $v) { id } }`, map[string]any{"v": nil}, "GRAPHQL_VALIDATION_FAILED"},
		{`query($v: ID = "` + ann + `") { user(id: $v) { id } }`, nil, ""},
		{`query($v: String = "User") { __type(name: $v) { name } }`, map[string]any{"v": nil}, "GRAPHQL_VALIDATION_FAILED"},
		{`query($v: Int = 3) { users(first: $v) { totalCount } }`, map[string]any{"v": nil}, ""},
		{`mutation($v: String = "user") { setUserRoles(id: "` + ann + `", roles: [$v]) { id } }`, map[string]any{"v": nil}, "GRAPHQL_VALIDATION_FAILED"},
		{`mutation($v: String = "a") { login(input: {email: $v, password: "` + canary + `"}) { tokenType } }`, map[string]any{"v": nil}, "GRAPHQL_VALIDATION_FAILED"},
		{`query A($v: Boolean = true) { ...F } query B($v: Boolean = true) { ...F } fragment F on Query { me { id @skip(if: $v) name } }`, nil, "GRAPHQL_VALIDATION_FAILED"},
	}
	s := newService(t)
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			for range 2 { // the second time from memory
				if got := s.ask(t, adm, tt.query, tt.vars); got.codes() != tt.want {
					t.Errorf("want %q, got %s", tt.want, got.Body)
				}
			}
		})
	}
}

func TestAccept(t *testing.T) {
	tests := []struct {
		accept []string
		want   string // "" is 406
	}{
		{nil, mediaJSON},
		{[]string{"*/*"}, mediaJSON},
		{[]string{"application/*"}, mediaJSON},
		{[]string{"text/*"}, ""},
		{[]string{"text/html"}, ""},
		{[]string{"application/json"}, mediaJSON},
		{[]string{"APPLICATION/JSON"}, mediaJSON},
		{[]string{"application/json; charset=utf-8"}, mediaJSON},
		{[]string{"application/json; charset=latin1"}, ""},
		{[]string{"application/graphql-response+json"}, mediaGraphQL},
		{[]string{"application/graphql-response+json, application/json"}, mediaGraphQL},
		{[]string{"application/json, application/graphql-response+json"}, mediaGraphQL},
		{[]string{"application/json", "application/graphql-response+json"}, mediaGraphQL},
		{[]string{"application/graphql-response+json;q=0.5, application/json;q=0.9"}, mediaJSON},
		{[]string{"application/graphql-response+json;q=0.9, application/json;q=0.5"}, mediaGraphQL},
		{[]string{"application/json;q=0"}, ""},
		{[]string{"application/graphql-response+json;q=0, application/json"}, mediaJSON},
		{[]string{"*/*;q=0.1, application/graphql-response+json;q=0.1"}, mediaGraphQL},
		{[]string{"text/html, application/xhtml+xml, */*;q=0.8"}, mediaJSON},
		{[]string{"application/json;q=x"}, ""},
		{[]string{"application/json;q=NaN"}, ""},
		{[]string{""}, ""},
		{[]string{";;;"}, ""},
		{[]string{"multipart/mixed"}, ""},
		{[]string{"text/event-stream, application/json;q=0.1"}, mediaJSON},
		{[]string{"*/*, application/json;q=0"}, mediaGraphQL},
		{[]string{"application/json;q=0, */*"}, mediaGraphQL},
		{[]string{"*/*;q=0.5, application/graphql-response+json;q=0"}, mediaJSON},
		{[]string{"*/*, application/json;q=0, application/graphql-response+json;q=0"}, ""},
	}
	for _, tt := range tests {
		if got := accepted(http.Header{"Accept": tt.accept}); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.accept, got, tt.want)
		}
	}
	s := newService(t)
	if got := s.ask(t, ann, `{ viewer { id } }`, nil, "Accept: text/html"); got.Code != http.StatusNotAcceptable || got.codes() != "BAD_REQUEST" {
		t.Errorf("text/html: %d %s", got.Code, got.Body)
	}
}

func TestPosted(t *testing.T) {
	for value, want := range map[string]bool{
		"application/json": true, "application/json;charset=UTF-8": true, "application/json; boundary=x": true,
		"": false, "text/plain": false, "application/json;charset=ascii": false, "application/json, text/plain": false,
		"text/plain; application/json": false, "application/jsonp": false,
	} {
		if got := posted(http.Header{"Content-Type": {value}}); got != want {
			t.Errorf("%q: %t", value, got)
		}
	}
	if posted(http.Header{}) || posted(http.Header{"Content-Type": {"application/json", "text/plain"}}) {
		t.Error("none, or two, pass")
	}
}

// An operation of public fields runs whatever the credential; any other only with none or a good one.
func TestBadCredentials(t *testing.T) {
	s := newService(t)
	good := s.token(t, ann, 0)
	ended := s.token(t, sue, 0, func(c *token.Claims) { c.SessionID = "gone" })
	end(s.live, "gone")
	tests := []struct {
		name          string
		authorization []string
		reason        string // "" for a good one or none
	}{
		{"none", nil, ""},
		{"good", []string{"Bearer " + good}, ""},
		{"good, in small letters", []string{"bearer " + good}, ""},
		{"expired", []string{"Bearer " + s.token(t, ann, 60)}, "token_expired"},
		{"of an ended session", []string{"Bearer " + ended}, "session_ended"},
		{"forged", []string{"Bearer " + good[:len(good)-4] + "AAAA"}, "token_invalid"},
		{"nothing", []string{""}, "token_invalid"},
		{"only the scheme", []string{"Bearer"}, "token_invalid"},
		{"empty", []string{"Bearer "}, "token_invalid"},
		{"a space too many", []string{"Bearer  " + good}, "token_invalid"},
		{"another scheme", []string{"Basic " + canary}, "token_invalid"},
		{"no scheme", []string{good}, "token_invalid"},
		{"two", []string{"Bearer " + good, "Bearer " + good}, "token_invalid"},
		{"two in one", []string{"Bearer " + good + ", Bearer " + good}, "token_invalid"},
		{"for others", []string{"Bearer " + s.token(t, ann, 0, func(c *token.Claims) { c.Audience = []string{"https://shop.example"} })}, "token_invalid"},
	}
	operations := []struct {
		query string
		open  bool
		data  string // of somebody whose credential counts as none
	}{
		{`{ __typename }`, true, `{"__typename":"Query"}`},
		{`{ __schema { queryType { name } } }`, true, `{"__schema":{"queryType":{"name":"Query"}}}`},
		{`mutation { logout }`, true, `{"logout":true}`},
		{`mutation { a: logout ...F } fragment F on Mutation { logout }`, true, `{"a":true,"logout":true}`},
		{`{ viewer { id } }`, false, ""},
		{`{ viewer @skip(if: true) { id } __typename }`, false, ""},
		{`mutation { logout deleteMe(currentPassword: "` + canary + `") }`, false, ""},
		{`mutation { ...F } fragment F on Mutation { disableUser(id: "` + ann + `") { id } }`, false, ""},
	}
	for _, tt := range tests {
		for _, op := range operations {
			t.Run(tt.name+" "+op.query, func(t *testing.T) {
				s.memory.calls = nil
				var headers []string
				for _, value := range tt.authorization {
					headers = append(headers, "Authorization: "+value)
				}
				got := s.ask(t, "", op.query, nil, headers...)
				switch {
				case tt.reason == "" && got.Code != http.StatusOK, op.open && string(got.Data) != op.data:
					t.Errorf("got %d %s", got.Code, got.Body)
				case tt.reason != "" && !op.open:
					refusedOutright(t, s, got, tt.reason)
				}
				if strings.Contains(got.Body.String(), canary) || strings.Contains(got.Body.String(), good[:20]) {
					t.Errorf("the answer repeats the credential: %s", got.Body)
				}
			})
		}
	}
	if strings.Contains(s.log.String(), canary) || strings.Contains(s.log.String(), good[:20]) {
		t.Error("the log repeats a credential")
	}
}

func refusedOutright(t *testing.T, s *service, got *reply, reason string) {
	t.Helper()
	if got.Code != http.StatusUnauthorized || got.codes() != "UNAUTHENTICATED" || got.Data != nil || len(s.memory.calls) > 0 {
		t.Errorf("got %d %s, after %v", got.Code, got.Body, s.memory.calls)
		return
	}
	if why := got.Errors[0].Extensions["reason"]; why != reason {
		t.Errorf("reason %v, want %s", why, reason)
	}
	if header := got.Header().Get("WWW-Authenticate"); header != `Bearer error="invalid_token"` {
		t.Errorf("WWW-Authenticate = %q", header)
	}
}

// A refused caller learns of the refusal, not of what else is wrong; but what is no operation of ours at all comes before the credential.
func TestOrderOfWork(t *testing.T) {
	s := newService(t)
	bad := "Authorization: Bearer x"
	tests := []struct {
		name, caller, query, header, want string
		status                            int
	}{
		{"parse before credential", "", `{ viewer {`, bad, "GRAPHQL_PARSE_FAILED", 200},
		{"size before credential", "", "{ " + strings.Repeat("a ", 1000) + "}", bad, "OPERATION_TOO_LARGE", 200},
		{"operation before credential", "", `fragment F on User { id }`, bad, "GRAPHQL_VALIDATION_FAILED", 200},
		{"credential before validation", "", `{ unknown }`, bad, "UNAUTHENTICATED", 401},
		{"credential before coercion", "", `{ user(id: true) { id } }`, bad, "UNAUTHENTICATED", 401},
		{"validation before decision", "", `{ users { unknown } }`, "X: y", "GRAPHQL_VALIDATION_FAILED", 200},
		{"decision before our own rules", ann, `{ users(first: -1) { totalCount } }`, "X: y", "FORBIDDEN", 200},
		{"our own rules", sue, `{ users(first: -1) { totalCount } }`, "X: y", "BAD_USER_INPUT", 200},
		{"decision before a malformed id", ann, `{ user(id: "x") { id } }`, "X: y", "FORBIDDEN", 200},
		{"nobody before a malformed id", "", `{ user(id: "x") { id } }`, "X: y", "UNAUTHENTICATED", 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := s.ask(t, tt.caller, tt.query, nil, tt.header); got.codes() != tt.want || got.Code != tt.status {
				t.Errorf("want %d %s, got %d %s", tt.status, tt.want, got.Code, got.Body)
			}
		})
	}
}

func TestNewHandlerRefusesAnOriginThatIsNone(t *testing.T) {
	for origin, good := range map[string]bool{"https://app.example": true, "*": true, "app.example": false, "https://app.example/path": false} {
		if _, err := NewHandler(Parts{Resolver: &Resolver{}, Policy: newService(t).views.whole.policy, Origins: []string{origin}}); (err == nil) != good {
			t.Errorf("%q: %v", origin, err)
		}
	}
}

func TestEveryOrigin(t *testing.T) {
	s := newService(t, func(p *Parts) { p.Origins = []string{"*"} })
	if got := s.ask(t, ann, `{ viewer { id } }`, nil, "Origin: https://evil.example", "Sec-Fetch-Site: cross-site"); got.Code != http.StatusOK {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

// The log has a line for each request, of what is on its list and nothing else.
func TestLogLine(t *testing.T) {
	s := newService(t)
	name := strings.Repeat("n", 100)
	s.ask(t, ann, `query `+name+` { users { totalCount } }`, nil)
	line := s.log.String()
	for _, want := range []string{`"request_id":"request-1"`, `"status":200`, `"operation":"query"`, `"name":"` + name[:64] + `"`, `"caller":"` + ann + `"`, `"codes":["FORBIDDEN"]`} {
		if !strings.Contains(line, want) {
			t.Errorf("%s lacks %s", line, want)
		}
	}
	if strings.Count(line, "\n") != 1 || strings.Contains(line, "users") || strings.Contains(line, "Bearer") {
		t.Errorf("line = %s", line)
	}
}
