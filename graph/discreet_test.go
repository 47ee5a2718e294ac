package graph

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

func TestDiscreet(t *testing.T) {
	tests := []struct{ rule, message, want string }{
		{"", `Unexpected String "canary"`, "The document is not GraphQL: Unexpected String."},
		{"", `Expected Name, found String "canary"`, "The document is not GraphQL: Expected Name, found String."},
		{"", `Invalid character escape sequence: \u00canary.`, "The document is not GraphQL: Invalid character escape sequence."},
		{"", `Invalid number, unexpected digit after 0: "c".`, "The document is not GraphQL: Invalid number, unexpected digit after 0."},
		{"", `Expected "on", found Name "canary"`, "The document is not GraphQL: Expected."},
		{"", `Unterminated string.`, "The document is not GraphQL: Unterminated string."},
		{"ValuesOfCorrectType", `String cannot represent a non string value: ["canary"]`, "String cannot represent a non string value."},
		{"ValuesOfCorrectType", `ID cannot represent a non-string and non-integer value: ["canary, found x"]`, "ID cannot represent a non-string and non-integer value."},
		{"ValuesOfCorrectType", `Expected value of type "LoginInput!", found "a: canary".`, `Expected value of type "LoginInput!".`},
		{"ValuesOfCorrectType", `Enum "E" cannot represent non-enum value: "canary". Did you mean the enum value "X"?`, `Enum "E" cannot represent non-enum value.`},
		{"ValuesOfCorrectType", `Value "canary: x" does not exist in "E" enum.`, "A value is not of the type expected here."},
		{"ValuesOfCorrectType", `Something else "canary"`, "A value is not of the type expected here."},
		{"ValuesOfCorrectTypeWithoutSuggestions", `Boolean cannot represent a non boolean value: "canary"`, "Boolean cannot represent a non boolean value."},
		{"ValuesOfCorrectType", `Field "LoginInput.email" of required type "String!" was not provided.`, `Field "LoginInput.email" of required type "String!" was not provided.`},
		{"FieldsOnCorrectType", `Cannot query field "x" on type "Query".`, `Cannot query field "x" on type "Query".`},
	}
	for _, tt := range tests {
		if got := discreet(&gqlerror.Error{Rule: tt.rule, Message: tt.message}).Message; got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.message, got, tt.want)
		}
	}
}

// A password that stands in a document with one typing mistake, wherever it is, is not repeated.
func TestMistypedDocumentsAreNotRepeated(t *testing.T) {
	s := newService(t)
	const canary = `canary9f`
	documents := []string{
		`mutation { updateUser(id: "x", input: {name: "a@b.c", email: "` + canary + `"}) { id } }`,
		`mutation { refresh(refreshToken: """` + canary + `""") { tokenType } }`,
		`{ user(id: ["` + canary + `"]) { id } }`,
		`{ users(first: "` + canary + `", filter: {disabled: "` + canary + `", name: ["` + canary + `, found"]}) { totalCount } }`,
		`query($p: Int = "` + canary + `") { users(first: $p) { totalCount } }`,
		`{ me @skip(if: "` + canary + `") { id } }`,
	}
	for _, document := range documents {
		from, to := strings.Index(document, canary), strings.LastIndex(document, canary)+len(canary)
		for at := range document {
			for _, mark := range []string{"", `"`, `\`, `\u00`, `\u{`, "{", "}", "(", ")", ":", "$", "\n", "0", "-", "'", "#", ",", "\x00", "é"} {
				mistyped := document[:at] + mark + document[at:]
				if mark == "" {
					mistyped = document[:at] + document[at+1:]
				}
				if inside := at > from && at < to && mark == ""; inside {
					continue
				}
				got := s.ask(t, "", mistyped, nil)
				if strings.Contains(got.Body.String(), canary) && !named(got, canary) {
					t.Errorf("%s:\n%s", mistyped, got.Body)
				}
			}
		}
	}
	if strings.Contains(s.log.String(), canary) {
		t.Error("the log repeats it")
	}
}

// named reports whether the text is repeated only as a name that stands in the document outside of any string, which errors do say.
func named(r *reply, text string) bool {
	for _, e := range r.Errors {
		rest := e.Message
		for _, quoted := range []string{`Field %q is not defined`, `Variable "$%s" is not defined`} {
			rest = strings.ReplaceAll(rest, fmt.Sprintf(quoted, text), "")
		}
		if strings.Contains(rest, text) {
			return false
		}
	}
	return true
}
