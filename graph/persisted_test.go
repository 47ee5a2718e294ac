package graph

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gatehouse/graph/document"
	"gatehouse/graph/persisted"
	"gatehouse/graph/transport"
)

// A document that is named by its ID runs as if it had been sent.
func TestDocumentsByID(t *testing.T) {
	s := newService(t, withManifest(t, apolloManifest(t), persisted.ModeOnly))
	me, login := sha256Of(meText), sha256Of(loginText)
	extension := func(hash string) string {
		return `"extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + hash + `"}}`
	}
	person := `"variables":{"input":{"email":"ann@example.com","password":"` + canary + `"}}`
	tests := []struct {
		name, body, code string
		status           int
	}{
		{"documentId", `{"documentId":"` + me + `"}`, "", 200},
		{"with its prefix", `{"documentId":"sha256:` + me + `"}`, "", 200},
		{"of one's own", `{"documentId":"people-7"}`, "FORBIDDEN", 200},
		{"Apollo's extension", `{"operationName":"Me","variables":{},` + extension(me) + `}`, "", 200},
		{"and what urql adds to it", `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + me + `","miss":true}}}`, "", 200},
		{"Relay's doc_id", `{"doc_id":"` + me + `","variables":{}}`, "", 200},
		{"Relay's id", `{"id":"` + me + `","query":null,"variables":{}}`, "", 200},
		{"an empty query", `{"documentId":"` + me + `","query":""}`, "", 200},
		{"two ids of one document", `{"documentId":"sha256:` + me + `",` + extension(me) + `}`, "", 200},
		{"its operation by name", `{"documentId":"` + me + `","operationName":"Me"}`, "", 200},
		{"a mutation", `{"documentId":"` + login + `",` + person + `}`, "INVALID_CREDENTIALS", 200},

		{"another operation", `{"documentId":"` + me + `","operationName":"You"}`, "GRAPHQL_VALIDATION_FAILED", 400},
		{"no variable", `{"documentId":"` + login + `"}`, "GRAPHQL_VALIDATION_FAILED", 400},
		{"an unknown id", `{"documentId":"` + canary + `"}`, "PERSISTED_QUERY_NOT_FOUND", 400},
		{"an unknown hash", `{` + extension(sha256Of(canary)) + `}`, "PERSISTED_QUERY_NOT_FOUND", 400},
		{"nothing but the prefix", `{"documentId":"sha256:"}`, "PERSISTED_QUERY_NOT_FOUND", 400},
		{"the hash in capitals", `{"documentId":"` + strings.ToUpper(me) + `"}`, "PERSISTED_QUERY_NOT_FOUND", 400},
		{"ids of two documents", `{"documentId":"` + me + `",` + extension(login) + `}`, "BAD_REQUEST", 400},
		{"two ids", `{"id":"` + me + `","doc_id":"` + login + `"}`, "BAD_REQUEST", 400},
		{"an id and a query", `{"documentId":"` + me + `","query":"{ me { id } }"}`, "BAD_REQUEST", 400},
		{"an id that is a number", `{"documentId":7}`, "BAD_REQUEST", 400},
		{"an empty id", `{"documentId":""}`, "BAD_REQUEST", 400},
		{"another version", `{"extensions":{"persistedQuery":{"version":2,"sha256Hash":"` + me + `"}}}`, "BAD_REQUEST", 400},
		{"no version", `{"extensions":{"persistedQuery":{"sha256Hash":"` + me + `"}}}`, "BAD_REQUEST", 400},
		{"no hash", `{"extensions":{"persistedQuery":{"version":1}}}`, "BAD_REQUEST", 400},
		{"a malformed extension", `{"extensions":{"persistedQuery":"` + me + `"}}`, "BAD_REQUEST", 400},
		{"nothing", `{"variables":{}}`, "BAD_REQUEST", 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := s.post(t, tt.body, "Accept: "+transport.MediaGraphQL, "Authorization: Bearer "+s.token(t, ann, 0))
			if got.Code != tt.status || got.codes() != tt.code || (got.Data == nil) != (tt.status == 400) {
				t.Errorf("want %d %q, got %d %s", tt.status, tt.code, got.Code, got.Body)
			}
			if strings.Contains(got.Body.String()+s.log.String(), canary) {
				t.Errorf("it is repeated: %s", got.Body)
			}
		})
	}
	// A client that reads plain JSON gets the same with status 200, as for any fault of
	// a document.
	if got := s.send(t, `{"documentId":"x"}`); got.Code != http.StatusOK || got.Errors[0].Message != "PersistedQueryNotFound" {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

// With GET an ID is treated as a query is: it needs a header that forces a
// preflight, and mutations need POST.
func TestDocumentsByIDWithGet(t *testing.T) {
	s := newService(t, withManifest(t, apolloManifest(t), persisted.ModeOnly))
	bearer := "Authorization: Bearer " + s.token(t, ann, 0)
	extension := func(text string) string {
		return params("extensions", `{"persistedQuery":{"version":1,"sha256Hash":"`+sha256Of(text)+`"}}`)
	}
	tests := []struct {
		name, query, code string
		status            int
		headers           []string
	}{
		{"documentId", "documentId=sha256:" + sha256Of(meText), "", 200, nil},
		{"doc_id", "doc_id=" + sha256Of(meText), "", 200, nil},
		{"id", "id=" + sha256Of(meText), "", 200, nil},
		{"the extension", extension(meText), "", 200, nil},
		{"variables", params("documentId", "people-7", "variables", `{"first":1}`), "FORBIDDEN", 200, nil},
		{"without anything that forces a preflight", extension(meText), "BAD_REQUEST", 400, []string{"GraphQL-Require-Preflight"}},
		{"a mutation", extension(loginText), "BAD_REQUEST", 405, nil},
		{"twice", "documentId=a&documentId=a", "BAD_REQUEST", 400, nil},
		{"with a query", params("documentId", sha256Of(meText), "query", meText), "BAD_REQUEST", 400, nil},
		{"an unknown one", "documentId=a", "PERSISTED_QUERY_NOT_FOUND", 400, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.headers == nil {
				tt.headers = []string{bearer}
			}
			got := s.get(t, tt.query, append(tt.headers, "Accept: "+transport.MediaGraphQL)...)
			if got.Code != tt.status || got.codes() != tt.code {
				t.Errorf("want %d %q, got %d %s", tt.status, tt.code, got.Code, got.Body)
			}
		})
	}
}

// Which documents run in which mode. Operations that describe the schema have a
// setting of their own.
func TestTrustedDocumentsModes(t *testing.T) {
	const (
		none  = ""
		alien = "FORBIDDEN untrusted_document"
		byID  = "FORBIDDEN document_id_required"
		off   = "GRAPHQL_VALIDATION_FAILED"
	)
	swapped := "query People($first: Int = 5) { users(first: $first) { nodes { ...Person } } }\n# as another tool prints it\nfragment Person on User { id, name }"
	tests := []struct {
		name, text           string
		log, allowList, only string
	}{
		{"as it is listed", peopleText, none, none, byID},
		{"printed in another way", swapped, none, none, byID},
		{"a mutation that is listed", loginText, "INVALID_CREDENTIALS", "INVALID_CREDENTIALS", byID},
		{"not listed", `query Mine { users { totalCount } }`, none, alien, byID},
		{"a field more", strings.Replace(swapped, "id,", "id, email,", 1), none, alien, byID},
		{"a literal instead of a variable", `query People { users(first: 5) { nodes { ...Person } } } fragment Person on User { id name }`, none, alien, byID},
		{"two that are listed, in one", peopleText + " " + strings.Replace(meText, "query Me", "query You", 1), off, alien, byID}, // ambiguous
		{"no GraphQL", `query {`, "GRAPHQL_PARSE_FAILED", alien, byID},
		{"invalid", `{ nothing }`, off, alien, byID},
		{"too large", "{" + repeat(1100, " a") + "}", "OPERATION_TOO_LARGE", alien, byID},
		{"introspection", `{ __schema { queryType { name } } __type(name: "User") { name } }`, none, none, none},
		{"introspection in fragments", `{ ...F ...F ... { __typename } } fragment F on Query { ...G } fragment G on Query { __schema { queryType { name } } }`, none, none, none},
		{"introspection and more", `{ __schema { queryType { name } } ...F } fragment F on Query { me { id } }`, none, alien, byID},
		{"more and introspection", `{ ... { users { totalCount } } __typename }`, none, alien, byID},
		{"a circle of fragments", `{ __typename ...F } fragment F on Query { me { id } ...F }`, off, alien, byID},
		{"an unknown fragment", `{ __typename ...F }`, off, alien, byID},
		{"__typename of a mutation", `mutation { __typename }`, none, alien, byID},
	}
	for mode, code := range map[persisted.Mode]func(int) string{
		"":                      func(i int) string { return tests[i].log },
		persisted.ModeLog:       func(i int) string { return tests[i].log },
		persisted.ModeAllowList: func(i int) string { return tests[i].allowList },
		persisted.ModeOnly:      func(i int) string { return tests[i].only },
	} {
		t.Run("mode "+string(mode), func(t *testing.T) {
			s := newService(t, withManifest(t, apolloManifest(t), mode))
			for i, tt := range tests {
				got := s.ask(t, sue, tt.text, map[string]any{"input": map[string]any{"email": "a@b.example", "password": canary}}, "Accept: "+transport.MediaGraphQL)
				told := got.codes()
				if len(got.Errors) > 0 && got.Errors[0].Extensions["reason"] != nil {
					told += " " + fmt.Sprint(got.Errors[0].Extensions["reason"])
				}
				if told != code(i) {
					t.Errorf("%s: want %q, got %s", tt.name, code(i), got.Body)
				}
				if refused := strings.HasPrefix(told, "FORBIDDEN"); refused && (got.Code != http.StatusBadRequest || got.Data != nil) {
					t.Errorf("%s: %d %s", tt.name, got.Code, got.Body)
				}
			}
			if got := s.send(t, `{"documentId":"people-7"}`, "Authorization: Bearer "+s.token(t, sue, 0)); got.codes() != "" {
				t.Errorf("by its id: %s", got.Body)
			}
		})
	}
}

// With introspection off, an operation that describes the schema needs the manifest
// too.
func TestTrustedDocumentsWithoutIntrospection(t *testing.T) {
	for _, mode := range []persisted.Mode{persisted.ModeAllowList, persisted.ModeOnly} {
		s := newService(t, withManifest(t, apolloManifest(t), mode), func(p *Parts) { p.Introspection = document.IntrospectionOff })
		for _, text := range []string{`{ __schema { queryType { name } } }`, `{ __typename }`} {
			if got := s.ask(t, adm, text, nil); got.codes() != "FORBIDDEN" {
				t.Errorf("%s: %s: %s", mode, text, got.Body)
			}
		}
	}
}

// A document that is not in the manifest is logged once, with its name and hash. The
// hash of one with literals is left out: a short secret could be guessed from it.
func TestUnlistedIsLoggedOnce(t *testing.T) {
	login := `mutation In { login(input: {email: "ann@example.com", password: "` + canary + `"}) { tokenType } }`
	for mode, name := range map[persisted.Mode]string{persisted.ModeLog: "runs", persisted.ModeAllowList: "is refused", persisted.ModeOnly: "is refused too"} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, withManifest(t, apolloManifest(t), mode))
			for range 3 {
				for _, text := range []string{`query Mine { me { name } }`, login, peopleText, `{ __typename }`, `query {`} {
					s.ask(t, ann, text, nil)
				}
			}
			var lines []string
			for line := range strings.Lines(s.log.String()) {
				if strings.Contains(line, "operation not in the manifest") {
					lines = append(lines, line)
				}
			}
			if len(lines) != 2 || !strings.Contains(lines[0], `"operation":"query","name":"Mine","sha256":"`+sha256Of(`query Mine { me { name } }`)+`"`) ||
				!strings.Contains(lines[1], `"operation":"mutation","name":"In","sha256":""`) {
				t.Errorf("%d lines: %s", len(lines), lines)
			}
			if log := s.log.String(); strings.Contains(log, canary) || strings.Contains(log, sha256Of(login)) {
				t.Error("the log tells of the password")
			}
		})
	}
}

// If documents have no IDs, a client that names one is told so in the words it
// knows, and sends documents from then on.
func TestNoPersistedQueries(t *testing.T) {
	s := newService(t)
	bearer := "Authorization: Bearer " + s.token(t, ann, 0)
	extension := `"extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + sha256Of(meText) + `"}}`
	for _, body := range []string{`{` + extension + `}`, `{"documentId":"a"}`, `{"doc_id":"a"}`, `{"id":"a"}`} {
		got := s.send(t, body, bearer)
		if got.codes() != "PERSISTED_QUERY_NOT_SUPPORTED" || got.Errors[0].Message != "PersistedQueryNotSupported" || got.Code != http.StatusOK {
			t.Errorf("%s: %d %s", body, got.Code, got.Body)
		}
	}
	for _, body := range []string{
		`{"query":` + quote(t, meText) + `}`,
		`{"query":` + quote(t, meText) + `,` + extension + `}`,
		`{"query":` + quote(t, meText+" ") + `,` + extension + `}`, // the hash is not used, so it may be wrong
	} {
		if got := s.send(t, body, bearer); got.codes() != "" {
			t.Errorf("%s: %s", body, got.Body)
		}
	}
}

// The observer is told where documents came from.
func TestSources(t *testing.T) {
	var heard []persisted.Source
	listen := func(p *Parts) { p.Observer.Answered = func(r Record) { heard = append(heard, r.Source) } }
	s := newService(t, withManifest(t, apolloManifest(t), persisted.ModeLog), func(p *Parts) { p.Documents.Automatic = true }, listen)
	extension := `"extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + sha256Of(`{ viewer { id } }`) + `"}}`
	for _, body := range []string{
		`{"query":` + quote(t, peopleText) + `}`, `{"query":"{ __typename }"}`, `{"query":"{ me { name } }"}`, `{"query":"{ me {"}`,
		`{"documentId":"people-7"}`, `{"documentId":"a"}`, `{` + extension + `}`, `{"query":"{ viewer { id } }",` + extension + `}`, `{` + extension + `}`,
		`{"variables":{}}`, `[]`,
	} {
		s.send(t, body)
	}
	want := "[text text unlisted unlisted manifest unknown unknown unlisted cache  ]"
	if got := fmt.Sprint(heard); got != want {
		t.Errorf("heard %s, want %s", got, want)
	}
	heard = nil
	plain := newService(t, listen)
	plain.ask(t, "", `{ __typename }`, nil)
	if fmt.Sprint(heard) != "[text]" {
		t.Errorf("heard %v", heard)
	}
}
