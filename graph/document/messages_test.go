package document

import (
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
)

const messageSchema = `
directive @public on FIELD_DEFINITION
type Query {
  text(s: String): Int @public
  key(id: ID): Int @public
  number(n: Int): Int @public
  colour(e: Colour): Int @public
  login(input: Login): Int @public
  list(l: [String!]): Int @public
}
enum Colour { RED BLUE }
input Login { email: String! password: String! }
`

// Errors never repeat a literal, which may be a password. "canary" stands for
// one in the documents.
func TestMessagesRepeatNoLiteral(t *testing.T) {
	const syntax = "The document is not GraphQL: "
	tests := []struct{ document, want string }{
		{`{ text "canary" }`, syntax + "unexpected String."},
		{`{ text(s: "canary) }`, syntax + "invalid character, string or number."},
		{`{ text(s: "\u00zcanary") }`, syntax + "invalid character, string or number."},
		{`{ number(n: 00) }`, syntax + "invalid character, string or number."},
		{`fragment F canary { text }`, syntax + "unexpected Name."},
		{`{ text(s: """canary""") "canary" }`, syntax + "unexpected String."},
		{`{ text(s: `, syntax + "unexpected <EOF>."},
		{`{ text(s: 'canary') }`, syntax + "invalid character, string or number."},

		{`{ text(s: ["canary"]) }`, `Expected a value of type "String".`},
		{`{ text(s: canary) }`, `Expected a value of type "String".`},
		{`{ text(s: {a: "canary"}) }`, `Field "a" is not defined by type "String".`},
		{`{ key(id: ["canary, found x"]) }`, `Expected a value of type "ID".`},
		{`{ number(n: "canary") }`, `Expected a value of type "Int".`},
		{`{ colour(e: "canary") }`, `Expected a value of type "Colour".`},
		{`{ colour(e: canary) }`, `Expected a value of type "Colour".`},
		{`{ login(input: "a: canary") }`, `Expected a value of type "Login".`},
		{`{ login(input: {email: "canary"}) }`, `Field "Login.password" of required type "String!" was not provided.`},
		{`{ login(input: {emial: "canary", email: "a", password: "b"}) }`, `Field "emial" is not defined by type "Login". Did you mean "email"?`},
		{`{ login(input: {email: "canary", password: 99999999999999999999}) }`, `Expected a value of type "Login".`},
		{`{ login(input: {email: null, password: "canary"}) }`, `Expected a value of type "String!".`},
		{`{ list(l: ["canary", null]) }`, `Expected a value of type "String!".`},
		{`query($l: [String!] = {a: "canary"}) { list(l: $l) }`, `Field "a" is not defined by type "String".`},
	}
	cache := newCache(t, messageSchema)
	for _, tt := range tests {
		doc, f := cache.Parse(tt.document)
		if f == nil {
			f = cache.Validate(doc)
		}
		if f == nil {
			t.Errorf("%s is valid", tt.document)
			continue
		}
		var messages []string
		for _, err := range f.Errors {
			messages = append(messages, err.Message)
		}
		if !slices.Contains(messages, tt.want) || strings.Contains(f.Error(), "canary") || len(f.Errors[0].Locations) == 0 {
			t.Errorf("%s: got %q, want %q", tt.document, messages, tt.want)
		}
	}
}

// TestLocations: an error is where its token begins, also if that is a string,
// or follows a block string or a CRLF.
func TestLocations(t *testing.T) {
	tests := []struct {
		name, document string
		line, column   int
	}{
		{"a string", `{ number(n: "a") }`, 1, 13},
		{"a block string", "{\n  number(n: \"\"\"\na\n\"\"\") }", 2, 13},
		{"a field after one", "{ text(s: \"\"\"\n  a\n b\"\"\") nope }", 3, 8},
		{"the same with CRLF", "{ text(s: \"\"\"\r\n  a\r\n b\"\"\") nope }", 3, 8},
		{"a field after CRLF", "{\r\n  nope\r\n}", 2, 3},
		{"a field after CR", "{\r\tnope\r}", 2, 2},
		{"after astral characters", `{ text(s: "😀") nope }`, 1, 16},
		{"a string after astral characters", `{ text(s: "😀") number(n: "😀") }`, 1, 26},
		{"after a comment", "# é\n#😀\r\n{ nope }", 3, 3},
		{"a syntax error after a block string", "{ text(s: \"\"\"\n a\n\"\"\" } }", 3, 5},
		{"a syntax error after CRLF", "{\r\n  text(}", 2, 8},
	}
	cache := newCache(t, messageSchema)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, f := cache.Parse(tt.document)
			if f == nil {
				f = cache.Validate(doc)
			}
			if f == nil {
				t.Fatal("it is valid")
			}
			if want := []gqlerror.Location{{Line: tt.line, Column: tt.column}}; !slices.Equal(f.Errors[0].Locations, want) {
				t.Errorf("%q: %v, want %v", f.Errors[0].Message, f.Errors[0].Locations, want)
			}
		})
	}
}

// Each rule of the library is known here, so that an update shows what its
// errors say. A rule that isn't known says next to nothing.
func TestTerseMessagesKnowEachRule(t *testing.T) {
	const spoken = "IntRange JSONObject SingleFieldSubscriptions ValuesOfCorrectType" // by one sentence, or by valueMessage
	for _, rule := range validationRules(false) {
		if _, known := terseMessages[rule.Name]; !known && !strings.Contains(spoken, rule.Name) {
			t.Errorf("%s is unknown", rule.Name)
		}
	}
	err := &gqlerror.Error{Rule: "ARuleToCome", Message: `Use the type "User".`}
	if got := message(err, nil, true); strings.Contains(got, "User") {
		t.Errorf("an unknown rule says %q", got)
	}
}

// Of the errors of the parser, only that about tokens has no location. It is how
// they are told apart.
func TestOnlyTheTokenErrorHasNoLocation(t *testing.T) {
	for _, text := range []string{"{ a(", "}", `{ "`, "{ a ^", "", "{", strings.Repeat("{a", 1100), "{ a(b: 0x1) }", "fragment on on T { a }"} {
		_, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, 5000)
		if g, ok := err.(*gqlerror.Error); err != nil && (!ok || len(g.Locations) != 1) { //nolint:errorlint // as the parser returns it
			t.Errorf("%.20q: %v", text, err)
		}
	}
	_, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: "{ a b c }"}, 3)
	if g, ok := err.(*gqlerror.Error); !ok || len(g.Locations) != 0 { //nolint:errorlint // likewise
		t.Errorf("%v", err)
	}
}
