package document

import (
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
		if got := Discreet(&gqlerror.Error{Rule: tt.rule, Message: tt.message}).Message; got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.message, got, tt.want)
		}
	}
}

func TestUnnamedUnknownRule(t *testing.T) {
	nobodys := &gqlerror.Error{Rule: "ARuleToCome", Message: `Use the type "User".`}
	if unnamed(nobodys); strings.Contains(nobodys.Message, "User") {
		t.Errorf("a rule that is not known yet: %s", nobodys.Message)
	}
}
