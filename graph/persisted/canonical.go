package persisted

import (
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
)

// A digest is a SHA-256.
type digest = [sha256.Size]byte

// canonical returns a hash of what a document says, however it is printed: a
// hash of its tokens, without comments, commas and white space, and with its
// definitions sorted, because tools print fragments before or after the
// operation. Two documents with the same hash differ in positions only. It
// returns false for a text that can't be read or has more than limit tokens.
//
// The formatter of gqlparser can't be used: it drops the directives of
// variables, so that two different documents would have the same hash.
func canonical(text string, limit int) (digest, bool) {
	var definitions []string
	var current strings.Builder
	l := lexer.New(&ast.Source{Input: text})
	braces, parens := 0, 0
	for range limit + 1 {
		token, err := l.ReadToken()
		switch {
		case err != nil:
			return digest{}, false
		case token.Kind == lexer.EOF:
			definitions = append(definitions, current.String())
			slices.Sort(definitions)
			return sha256.Sum256([]byte(strings.Join(definitions, "\n"))), true
		case token.Kind == lexer.Comment:
			continue
		}
		writeToken(&current, token)
		braces += nesting(token, lexer.BraceL, lexer.BraceR)
		parens += nesting(token, lexer.ParenL, lexer.ParenR)
		if token.Kind == lexer.BraceR && braces == 0 && parens == 0 {
			definitions = append(definitions, current.String())
			current.Reset()
		}
	}
	return digest{}, false
}

// writeToken writes a token so that it can't be mistaken for another one or for
// a part of one. A block string is written as the string it stands for.
func writeToken(b *strings.Builder, token lexer.Token) {
	switch token.Kind {
	case lexer.String, lexer.BlockString:
		b.WriteString(strconv.Quote(token.Value))
	case lexer.Name, lexer.Int, lexer.Float:
		b.WriteString(token.Value)
	default:
		b.WriteString(token.Kind.String())
	}
	b.WriteByte(' ')
}

// nesting returns 1 for the opening token, -1 for the closing one, else 0.
func nesting(token lexer.Token, opening, closing lexer.Type) int {
	switch token.Kind {
	case opening:
		return 1
	case closing:
		return -1
	}
	return 0
}
