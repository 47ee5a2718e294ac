package graph

import (
	"strings"
	"testing"

	"gatehouse/graph/document"
)

// A document is cached unless it may contain a password.
func TestKeptDocuments(t *testing.T) {
	tests := []struct {
		query string
		kept  bool
	}{
		{`{ viewer { id } }`, true},
		{`{ user(id: "` + ann + `") { id } }`, true},
		{`mutation($p: String!) { deleteMe(currentPassword: $p) }`, true},
		{`mutation { deleteMe(currentPassword: "` + canary + `") }`, false},
		{`mutation { deleteMe(currentPassword: """` + canary + `""") }`, false},
		{`mutation($p: String! = "` + canary + `") { deleteMe(currentPassword: $p) }`, false},
		{`mutation M { ...F } fragment F on Mutation { deleteMe(currentPassword: "` + canary + `") }`, false},
		{`mutation { refresh { tokenType } }`, true},
		{`mutation($t: String) { refresh(refreshToken: $t) { user { sessions { id } } } }`, true},
		{`mutation($t: String) { refresh(refreshToken: $t) { user { sessions(first: 5) { id } } } }`, false}, // so may a number
		{`{ me { sessions(first: 5) { id } } }`, true},
		{`{ access(operation: "mutation { deleteMe(currentPassword: \"` + canary + `\") }") { verdict } }`, false},
		{`query($o: String!) { access(operation: $o) { verdict } }`, true},
		{`{ unknown }`, false},
		{`{ viewer {`, false},
		{`{ viewer { id } } #` + strings.Repeat("x", keptLimit), false},
		{`mutation { logout }`, true}, // the last one: it ends the session
	}
	s := newService(t)
	for _, tt := range tests {
		for range 2 {
			s.ask(t, ann, tt.query, map[string]any{"o": `{ me { id } }`, "p": "x"})
			if got := s.kept(tt.query); got != tt.kept {
				t.Errorf("%.80s: kept %t", tt.query, got)
			}
		}
	}
	if s.kept(`mutation { deleteMe(currentPassword: "` + canary + `") }`) {
		t.Error("the operation given to access is kept")
	}
}

// kept reports whether a document is cached: then it is not parsed again.
func (s *service) kept(text string) bool {
	first, _ := s.views.whole.documents.Parse(text)
	second, _ := s.views.whole.documents.Parse(text)
	return first != nil && first == second
}

// Operations of the same name in two documents are not mixed up, nor are two
// operations of one document.
func TestKeptDocumentsStayApart(t *testing.T) {
	s := newService(t)
	for range 2 {
		a := s.send(t, `{"query":"query A { viewer { id } } query B { users { totalCount } }","operationName":"A"}`, "Authorization: Bearer "+s.token(t, ann, 0))
		b := s.send(t, `{"query":"query A { viewer { id } } query B { users { totalCount } }","operationName":"B"}`, "Authorization: Bearer "+s.token(t, ann, 0))
		c := s.send(t, `{"query":"query A { me { id } }","operationName":"A"}`)
		if a.codes() != "" || b.codes() != "FORBIDDEN" || c.codes() != "UNAUTHENTICATED" {
			t.Errorf("%s %s %s", a.Body, b.Body, c.Body)
		}
	}
}

// A document can have many more errors than tokens. The first are reported.
func TestErrorsOfADocumentAreBounded(t *testing.T) {
	s := newService(t)
	for n, want := range map[int]int{3: 3, 20: s.limits.Errors} {
		if got := s.ask(t, "", "{"+repeat(n, " x: user(id: \"#\") { id }")+"}", nil); len(got.Errors) != want {
			t.Errorf("%d conflicting fields: %d errors", n, len(got.Errors))
		}
	}
}

// With introspection off, neither the fields for it nor a suggestion reveals the
// schema.
func TestIntrospectionOff(t *testing.T) {
	off := newService(t, func(p *Parts) { p.Introspection = document.IntrospectionOff })
	on := newService(t)
	for _, query := range []string{
		`{ __schema { types { name } } }`,
		`{ __type(name: "User") { name } }`,
		`{ x: __schema { queryType { name } } }`,
		`{ ... { __type(name: "User") { name } } }`,
		`{ ...F } fragment F on Query { __schema { types { name } } }`,
		`{ ... on Query { ... @include(if: true) { __schema { types { name } } } } }`,
		`{ __schema @skip(if: true) { types { name } } __typename }`,
	} {
		if got := off.ask(t, adm, query, nil); got.distinctCodes() != "GRAPHQL_VALIDATION_FAILED" || got.Data != nil || strings.Contains(got.Body.String(), "User") {
			t.Errorf("off: %s: %s", query, got.Body)
		}
		if got := on.ask(t, adm, query, nil); got.codes() != "" {
			t.Errorf("on: %s: %s", query, got.Body)
		}
	}
	if got := off.ask(t, "", `{ __typename }`, nil); string(got.Data) != `{"__typename":"Query"}` {
		t.Errorf("__typename: %s", got.Body)
	}
	for query, suggested := range map[string]string{
		`{ viewr { id } }`:                                            "viewer",
		`{ viewer { role } }`:                                         "roles",
		`{ user(idd: "x") { id } }`:                                   `\"id\"`,
		`{ viewer { ... on Userr { id } } }`:                          "",
		`query($v: UserFiltr) { users(filter: $v) { nodes { id } } }`: "UserFilter",
		`{ me { ...F } } fragment F on Usr { id }`:                    "Did you mean \\\"User\\\"",
		`{ viewer }`: "selection",
		`{ users(filter: {emial: "x"}) { totalCount } }`:                       "email",
		`mutation { login(input: {emial: "x", password: "x"}) { tokenType } }`: "email",
		`{ me @skipp(if: true) { id } }`:                                       "",
	} {
		if got := off.ask(t, adm, query, nil); strings.Contains(got.Body.String(), "Did you mean") || got.distinctCodes() != "GRAPHQL_VALIDATION_FAILED" {
			t.Errorf("off: %s: %s", query, got.Body)
		}
		if got := on.ask(t, adm, query, nil); !strings.Contains(got.Body.String(), suggested) {
			t.Errorf("on: %s lacks %s: %s", query, suggested, got.Body)
		}
	}
}

// With introspection filtered, what a caller can't reach does not exist for them,
// and everything else runs as usual.
func TestIntrospectionFiltered(t *testing.T) {
	s := newService(t, func(p *Parts) { p.Introspection = document.IntrospectionFiltered })
	tests := []struct{ caller, query, code string }{
		{"", `{ users { totalCount } }`, "GRAPHQL_VALIDATION_FAILED"},
		{ann, `{ users { totalCount } }`, "GRAPHQL_VALIDATION_FAILED"},
		{sue, `{ users { totalCount } }`, ""},
		{"", `{ viewer { id } }`, "GRAPHQL_VALIDATION_FAILED"},
		{ann, `{ viewer { id } }`, ""},
		{ann, `{ user(id: "` + ann + `") { email } }`, ""},
		{ann, `{ user(id: "` + sue + `") { email } }`, "FORBIDDEN"},
		{ann, `mutation { updateUser(id: "` + ann + `", input: {name: "A"}) { name } }`, ""},
		{ann, `mutation { updateUser(id: "` + ann + `", input: {email: "a@b.example"}) { name } }`, "GRAPHQL_VALIDATION_FAILED"},
		{ann, `mutation($i: UpdateUserInput!) { updateUser(id: "` + ann + `", input: $i) { name } }`, "GRAPHQL_VALIDATION_FAILED"},
		{sue, `mutation { updateUser(id: "` + ann + `", input: {email: "a@b.example"}) { name } }`, ""},
		{"", `mutation { logout }`, ""},
	}
	for _, tt := range tests {
		for range 2 {
			got := s.ask(t, tt.caller, tt.query, map[string]any{"i": map[string]any{"email": canary}})
			if got.distinctCodes() != tt.code || strings.Contains(got.Body.String(), canary) {
				t.Errorf("%s as %q: want %q, got %s", tt.query, tt.caller, tt.code, got.Body)
			}
		}
	}
	for caller, known := range map[string]bool{"": false, ann: false, sue: true, adm: true} {
		if got := s.ask(t, caller, `{ __type(name: "UserConnection") { name } }`, nil); strings.Contains(string(got.Data), "UserConnection") != known {
			t.Errorf("%q: %s", caller, got.Body)
		}
	}
}
