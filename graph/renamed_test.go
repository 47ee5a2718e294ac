package graph

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"gatehouse/auth/policy"
)

// mark begins every name of the renamed schema, so that no name is an English word.
const mark = "zq"

var identifier = regexp.MustCompile(`[_A-Za-z][_0-9A-Za-z]*`)

// renamed returns our schema with marked names, and a function that marks the names
// in a document.
func renamed(t *testing.T) (func(*Parts), func(string) string) {
	t.Helper()
	doc, fault := parser.ParseSchema(sources[0])
	if fault != nil {
		t.Fatal(fault)
	}
	names := map[string]bool{}
	for _, def := range doc.Definitions {
		if def.Name == "RateLimitKey" { // an argument of a directive
			continue
		}
		def.Name = marked(names, def.Name)
		for _, value := range def.EnumValues {
			value.Name = marked(names, value.Name)
		}
		for _, field := range def.Fields {
			field.Name = marked(names, field.Name)
			markType(names, field.Type)
			for _, d := range field.Directives {
				if self := d.Arguments.ForName("orSelf"); self != nil {
					self.Value.Raw = mark + self.Value.Raw
				}
				if slicing := d.Arguments.ForName("slicingArguments"); slicing != nil {
					slicing.Value.Raw = mark + slicing.Value.Raw
				}
				for _, name := range []string{"argument", "orGiven"} {
					if path := d.Arguments.ForName(name); path != nil {
						path.Value.Raw = mark + strings.ReplaceAll(path.Value.Raw, ".", "."+mark)
					}
				}
			}
			for _, arg := range field.Arguments {
				arg.Name = marked(names, arg.Name)
				markType(names, arg.Type)
			}
		}
	}
	for _, root := range doc.Schema[0].OperationTypes {
		root.Type = mark + root.Type
	}
	var sdl strings.Builder
	formatter.NewFormatter(&sdl).FormatSchemaDocument(doc)
	schema, err := validator.LoadSchema(validator.Prelude, &ast.Source{Name: "renamed.graphqls", Input: sdl.String()})
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := policy.Compile(schema, policy.Config{Sibling: func(string, string) policy.Value { return func(any) (string, bool) { return "", false } }})
	if err != nil {
		t.Fatal(err)
	}
	return func(p *Parts) { p.Policy = compiled }, func(text string) string {
		return identifier.ReplaceAllStringFunc(text, func(name string) string {
			if names[name] {
				return mark + name
			}
			return name
		})
	}
}

func marked(names map[string]bool, name string) string {
	names[name] = true
	return mark + name
}

func markType(names map[string]bool, typ *ast.Type) {
	for typ.Elem != nil {
		typ = typ.Elem
	}
	if !slices.Contains([]string{"String", "Int", "ID", "Boolean"}, typ.NamedType) {
		typ.NamedType = marked(names, typ.NamedType)
	}
}

// mistakes returns variants of a document with one mistake each: a name misspelt or
// replaced, a value of another kind, a group left out, or a selection, an argument or
// a directive in a wrong place.
func mistakes(t *testing.T, text string) []string {
	t.Helper()
	var tokens []lexer.Token
	for l := lexer.New(&ast.Source{Input: text}); ; {
		token, err := l.ReadToken()
		if err != nil {
			t.Fatal(err)
		}
		if token.Kind == lexer.EOF {
			break
		}
		tokens = append(tokens, token)
	}
	var all []string
	for i, token := range tokens {
		replace := func(to ...string) {
			for _, other := range to {
				all = append(all, text[:token.Pos.Start]+other+text[token.Pos.End:])
			}
		}
		switch token.Kind {
		case lexer.Name:
			name := text[token.Pos.Start:token.Pos.End]
			replace("", name+"x", name[:len(name)-1], name[:len(name)/2+1], "x: "+name, name+" @skip", name+" @include(iff: 1)", name+" @deprecated",
				name+" { x }", name+"(x: 1)", name+" { __typename }", name+" "+name, "... on "+name+" { id }", "id: "+name, "name", "User", "__schema")
		case lexer.String, lexer.Int:
			replace("1", "1.5", "99999999999", "\"x\"", "true", "null", "[1]", "[[null]]", "{}", "{x: 1}", "{email: 1}", "ALLOW", "$x")
		case lexer.BraceL, lexer.ParenL, lexer.BracketL:
			if end := closing(tokens[i:]); end > 0 {
				all = append(all, text[:token.Pos.Start]+text[tokens[i+end].Pos.End:], text[:token.Pos.End]+text[tokens[i+end].Pos.Start:])
			}
			replace(text[token.Pos.Start:token.Pos.End] + " x: 1 ")
		}
	}
	return all
}

// closing returns the index of the token that closes the first one.
func closing(tokens []lexer.Token) int {
	depth := 0
	for i, token := range tokens {
		switch token.Kind {
		case lexer.BraceL, lexer.ParenL, lexer.BracketL:
			depth++
		case lexer.BraceR, lexer.ParenR, lexer.BracketR:
			depth--
		}
		if depth == 0 {
			return i
		}
	}
	return 0
}
