package graph

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func automatic(p *Parts) { p.Documents.Automatic = true }

// hashed returns a request with the hash of a text and, if sent, the text.
func hashed(t testing.TB, text string, sent bool, more ...string) string {
	t.Helper()
	members := append([]string{`"extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + sha256Of(text) + `"}}`}, more...)
	if sent {
		members = append(members, `"query":`+quote(t, text))
	}
	return "{" + strings.Join(members, ",") + "}"
}

// A client that has sent a document with its hash can send the hash alone. A
// document that may contain a secret, or does not run, is not kept.
func TestAutomaticPersistedQueries(t *testing.T) {
	password := `{email: "ann@example.com", password: "` + canary + `"}`
	tests := []struct {
		name, text string
		kept       bool
		code       string // of the request with the text
	}{
		{"a query", meText, true, ""},
		{"a query with a literal", `{ user(id: "` + ann + `") { id } }`, true, ""},
		{"one that is refused", `{ users { totalCount } }`, true, "FORBIDDEN"},
		{"a mutation", loginText, true, "INVALID_CREDENTIALS"},
		{"a mutation without a secret", `mutation { logout }`, true, ""},
		{"a password", `mutation { login(input: ` + password + `) { tokenType } }`, false, "INVALID_CREDENTIALS"},
		{"a password in a default", `mutation($i: LoginInput! = ` + password + `) { login(input: $i) { tokenType } }`, false, "INVALID_CREDENTIALS"},
		{"a password within a question", `{ access(operation: "mutation { deleteMe(currentPassword: \"` + canary + `\") }") { verdict } }`, false, ""},
		{"no GraphQL", `{ me {`, false, "GRAPHQL_PARSE_FAILED"},
		{"invalid", `{ nothing }`, false, "GRAPHQL_VALIDATION_FAILED"},
		{"too large", `{` + repeat(30, " a#: me { id }") + `}`, false, "OPERATION_TOO_LARGE"},
		{"long", meText + "#" + strings.Repeat("x", keptLimit), false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newService(t, automatic)
			variables := `"variables":{"input":{"email":"ann@example.com","password":"not-` + canary + `"}}`
			bearer := "Authorization: Bearer " + s.token(t, ann, 0)
			if got := s.send(t, hashed(t, tt.text, false, variables), bearer); got.codes() != "PERSISTED_QUERY_NOT_FOUND" {
				t.Fatalf("before: %s", got.Body)
			}
			first := s.send(t, hashed(t, tt.text, true, variables), bearer)
			if first.codes() != tt.code {
				t.Fatalf("with the text: %s", first.Body)
			}
			again := s.send(t, hashed(t, tt.text, false, variables), bearer)
			if tt.kept && again.Body.String() != first.Body.String() || !tt.kept && again.codes() != "PERSISTED_QUERY_NOT_FOUND" {
				t.Errorf("after: %s", again.Body)
			}
		})
	}
}

// A hash must be the hash of the document, so that a client can't replace the
// document of another.
func TestHashIsOfTheQuery(t *testing.T) {
	s := newService(t, automatic)
	for name, body := range map[string]string{
		"another text":     strings.Replace(hashed(t, meText, true), `query Me`, `query You`, 1),
		"in capitals":      strings.Replace(hashed(t, meText, true), sha256Of(meText), strings.ToUpper(sha256Of(meText)), 1),
		"no hash":          strings.Replace(hashed(t, meText, true), sha256Of(meText), "a", 1),
		"another version":  strings.Replace(hashed(t, meText, true), `"version":1`, `"version":"1"`, 1),
		"an id beside it":  strings.Replace(hashed(t, meText, true), `{"ext`, `{"documentId":"`+sha256Of(meText)+`","ext`, 1),
		"a hash of sha256": strings.Replace(hashed(t, meText, true), `"sha256Hash"`, `"sha1Hash"`, 1),
	} {
		if got := s.send(t, body); got.Code != http.StatusBadRequest || got.codes() != "BAD_REQUEST" {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
	if got := s.send(t, hashed(t, meText, false)); got.codes() != "PERSISTED_QUERY_NOT_FOUND" {
		t.Errorf("it was kept: %s", got.Body)
	}
	if got := s.send(t, hashed(t, meText, true)); got.codes() != "UNAUTHENTICATED" {
		t.Errorf("the same done right: %s", got.Body)
	}
	for _, body := range []string{hashed(t, meText, false), `{"documentId":"sha256:` + sha256Of(meText) + `"}`} {
		if got := s.send(t, body); got.codes() != "UNAUTHENTICATED" {
			t.Errorf("%s: %s", body, got.Body)
		}
	}
}

// GET works as POST does. A mutation needs POST by its hash too, and is not kept if
// it comes with GET.
func TestAutomaticPersistedQueriesWithGet(t *testing.T) {
	s := newService(t, automatic)
	extension := func(text string) []string {
		return []string{"extensions", `{"persistedQuery":{"version":1,"sha256Hash":"` + sha256Of(text) + `"}}`}
	}
	for _, step := range []struct {
		text   string
		sent   bool
		code   string
		header string
	}{
		{`{ __typename }`, false, "PERSISTED_QUERY_NOT_FOUND", "X-Requested-With: x"},
		{`{ __typename }`, true, "BAD_REQUEST", "GraphQL-Require-Preflight"},
		{`{ __typename }`, false, "PERSISTED_QUERY_NOT_FOUND", "X-Requested-With: x"},
		{`{ __typename }`, true, "", "X-Requested-With: x"},
		{`{ __typename }`, false, "", "X-Requested-With: x"},
		{`{ __typename }`, false, "BAD_REQUEST", "GraphQL-Require-Preflight"},
		{`mutation { logout }`, true, "BAD_REQUEST", "X-Requested-With: x"},
		{`mutation { logout }`, false, "PERSISTED_QUERY_NOT_FOUND", "X-Requested-With: x"},
	} {
		query := extension(step.text)
		if step.sent {
			query = append(query, "query", step.text)
		}
		if got := s.get(t, params(query...), step.header); got.codes() != step.code {
			t.Errorf("%+v: %s", step, got.Body)
		}
	}
	s.send(t, hashed(t, `mutation { logout }`, true))
	if got := s.get(t, params(extension(`mutation { logout }`)...)); got.Code != http.StatusMethodNotAllowed {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

// A document that is used stays, whatever other clients send.
func TestUsedDocumentsStay(t *testing.T) {
	s := newService(t, automatic)
	s.send(t, hashed(t, `{ __typename }`, true))
	for i := range 2100 {
		if got := s.send(t, hashed(t, fmt.Sprintf("{ a%d: __typename }", i), true)); got.codes() != "" {
			t.Fatal(got.Body)
		}
		if i%50 == 0 {
			if got := s.send(t, hashed(t, `{ __typename }`, i%100 == 0)); got.codes() != "" {
				t.Fatalf("after %d: %s", i, got.Body)
			}
		}
	}
	if got := s.send(t, hashed(t, "{ a0: __typename }", false)); got.codes() != "PERSISTED_QUERY_NOT_FOUND" {
		t.Errorf("the oldest: %s", got.Body)
	}
}
