package position

import (
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"
	"pgregory.net/rapid"
)

// pieces are tokens and what may stand between them.
var pieces = []string{
	`"a"`, `""`, `"\u00e9 \u{1F600} \""`, `"😀é"`, `"""b"""`, "\"\"\"\n\n  b\n\"\"\"", "\"\"\"\r\n😀\r\r\n\"\"\"", `"""q""""`, `""""""`, `"""\""""""`,
	"name", "$", "{", "}", "...", "1.5", "-7", "@", "[", "]", "!", "|", "&", ":", "=", "(", ")",
	"# 😀 \"comment\" \n", "#\r\n", "\n", "\r\n", "\r", "\t", ",", "\ufeff", " ", "  ",
}

// TestTokens: every token of a text is where an editor shows it. The texts are
// pieces in random order; each is searched for in its line.
func TestTokens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "pieces"), " ")
		unified := Unify(text)
		lines := strings.Split(unified, "\n")
		for l := lexer.New(&ast.Source{Input: unified}); ; {
			token, err := l.ReadToken()
			if err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			if token.Kind == lexer.EOF {
				return
			}
			at := Of(&token.Pos)[0]
			if at.Line < 1 || at.Line > len(lines) || at.Column < 1 || at.Column > len([]rune(lines[at.Line-1])) {
				t.Fatalf("%q: %v is at %v", text, token, at)
			}
			rest := string([]rune(lines[at.Line-1])[at.Column-1:])
			first := map[lexer.Type]string{lexer.String: `"`, lexer.BlockString: `"""`, lexer.Name: token.Value, lexer.Spread: "...",
				lexer.BraceL: "{", lexer.At: "@", lexer.Int: token.Value, lexer.Float: token.Value, lexer.Comment: "#", lexer.Dollar: "$"}[token.Kind]
			if !strings.HasPrefix(rest, first) {
				t.Fatalf("%q: %v is at %v, where %q is", text, token, at, rest)
			}
		}
	})
}

// TestCorrect: syntax errors are where their token begins.
func TestCorrect(t *testing.T) {
	tests := []struct {
		name, text   string
		line, column int
	}{
		{"a name", "{ a( }", 1, 6},
		{"a string", `{ a "b" }`, 1, 5},
		{"a block string", "{ a \"\"\"\nb\n\"\"\" }", 1, 5},
		{"after a block string", "{ a(b: \"\"\"\nb\n  c\n\"\"\" } }", 4, 5},
		{"after a block string with CRLF", "{ a(b: \"\"\"\r\nb\r\n  c\r\n\"\"\" } }", 4, 5},
		{"after CRLF", "{\r\n  a(}\r\n}", 2, 5},
		{"after CR", "{\r  a(}\r}", 2, 5},
		{"after tabs", "{\n\t\ta(}", 2, 5},
		{"after a byte order mark", "\ufeff{ a(}", 1, 6},
		{"after astral characters", `{ a(b: "😀😀" }`, 1, 13},
		{"after a comment", "# 😀 \"\"\"\n{ a(}", 2, 5},
		{"a character", "{ a(b: 'c') }", 1, 8},
		{"a character after a string", "{ a(b: \"c\"') }", 1, 11},
		{"a string that does not end", "{ a(b: \"c) }\n}", 1, 8},
		{"a quote at the end", `{ a(b: "`, 1, 8},
		{"a block string that does not end", "{\n a(b: \"\"\"c\nd) }\n}", 2, 7},
		{"an escape", `{ a(b: "c\q") }`, 1, 8},
		{"a number", "{ a(b: 01) }", 1, 8},
		{"the end", "{ a\n", 2, 1},
		{"the end of nothing", "query", 1, 6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := Unify(tt.text)
			_, err := parser.ParseQuery(&ast.Source{Input: text})
			g, ok := err.(*gqlerror.Error) //nolint:errorlint // as the parser returns it
			if !ok {
				t.Fatalf("err = %v", err)
			}
			Correct(text, g)
			if want := []gqlerror.Location{{Line: tt.line, Column: tt.column}}; !slices.Equal(g.Locations, want) {
				t.Errorf("locations = %v, want %v", g.Locations, want)
			}
		})
	}
}

// TestNowhere: an error without a place in the text gets none.
func TestNowhere(t *testing.T) {
	nowhere := &gqlerror.Error{Locations: []gqlerror.Location{{Line: -1, Column: -1}}}
	Correct("{ a }", nowhere)
	if len(nowhere.Locations) > 0 || Of(nil) != nil {
		t.Errorf("locations = %v", nowhere.Locations)
	}
}
