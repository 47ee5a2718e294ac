package graph

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/edge/origin"
	"gatehouse/graph/document"
	"gatehouse/graph/transport"
)

// canary stands for a password in requests. Answers and the log must not repeat it.
const canary = "hunter2-canary"

// Each row is sent once per media type of the answer.
func TestRequests(t *testing.T) {
	const good = `{"query":"{ viewer { id } }"}`
	body := document.DefaultLimits().Body
	tests := []struct {
		name   string
		method string // "" is POST
		body   string
		header []string
		want   string // "" for data; else the code
		status int    // as application/graphql-response+json; 0: by the code
	}{
		{"done right", "", good, nil, "", 200},
		{"GET without a query", "GET", "", nil, "BAD_REQUEST", 400},
		{"GET with the body of a POST", "GET", good, nil, "BAD_REQUEST", 400},
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
		{"variables that are not declared", "", `{"query":"{ viewer { id } }","variables":{"a":"` + canary + `"}}`, nil, "", 200},
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
		{"too large a body", "", `{"query":"{ viewer { id } } #` + strings.Repeat("x", body) + `"}`, nil, "OPERATION_TOO_LARGE", 413},
		{"as large a body as may be", "", good + strings.Repeat(" ", body-len(good)), nil, "", 200},
		{"a byte more", "", good + strings.Repeat(" ", body-len(good)+1), nil, "OPERATION_TOO_LARGE", 413},
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
	s := newService(t, func(p *Parts) { p.Origins = allowed(t, "https://app.example") })
	authorization := "Bearer " + s.token(t, ann, 0)
	for _, tt := range tests {
		for _, media := range []string{transport.MediaGraphQL, transport.MediaJSON} {
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
				if media == transport.MediaJSON && (strings.HasPrefix(tt.want, "GRAPHQL_") || tt.want == "OPERATION_TOO_LARGE" && tt.status == 400) {
					status = 200
				}
				if got.Code != status || got.distinctCodes() != tt.want {
					t.Errorf("got %d %q, want %d %q\n%s", got.Code, got.distinctCodes(), status, tt.want, got.Body)
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

// A refused caller learns of the refusal and not of other faults. An operation that
// is invalid by itself comes before the credential.
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
		{"anonymous before a malformed id", "", `{ user(id: "x") { id } }`, "X: y", "UNAUTHENTICATED", 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := s.ask(t, tt.caller, tt.query, nil, tt.header); got.codes() != tt.want || got.Code != tt.status {
				t.Errorf("want %d %s, got %d %s", tt.status, tt.want, got.Code, got.Body)
			}
		})
	}
}

// allowed parses origins whose pages may send requests.
func allowed(t *testing.T, text string) origin.List {
	t.Helper()
	list, err := origin.ParseList(text)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestEveryOrigin(t *testing.T) {
	s := newService(t, func(p *Parts) { p.Origins = allowed(t, "*") })
	if got := s.ask(t, ann, `{ viewer { id } }`, nil, "Origin: https://evil.example", "Sec-Fetch-Site: cross-site"); got.Code != http.StatusOK {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

// The log has a line for each request, with what is on the allow-list only.
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

func TestNotAcceptable(t *testing.T) {
	s := newService(t)
	if got := s.ask(t, ann, `{ viewer { id } }`, nil, "Accept: text/html"); got.Code != http.StatusNotAcceptable || got.codes() != "BAD_REQUEST" {
		t.Errorf("text/html: %d %s", got.Code, got.Body)
	}
}
