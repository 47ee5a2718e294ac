package graph

import (
	"fmt"
	"strings"
	"testing"
)

// A value of the wrong type is refused alike in the document and in a variable,
// and never repeated.
func TestCoercion(t *testing.T) {
	tests := []struct {
		name, typ, query string // the value replaces $v
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
			if got.distinctCodes() != want || strings.Contains(got.Body.String(), canary) {
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

// A null that the type of a variable allows, but its place does not, is refused
// before execution.
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
			for range 2 { // the second time from the cache
				if got := s.ask(t, adm, tt.query, tt.vars); got.codes() != tt.want {
					t.Errorf("want %q, got %s", tt.want, got.Body)
				}
			}
		})
	}
}
