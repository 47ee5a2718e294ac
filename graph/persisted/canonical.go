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

// canonical is the hash of what a text says, however it is printed: of its tokens, without comments, commas and blanks, and with its definitions
// in the order of their texts, for tools print fragments before or behind the operation. Two texts of one hash are the same document but for the places
// of what stands in it. A text that can't be read, or has more tokens than most, has none.
func canonical(text string, most int) (digest, bool) {
	var definitions []string
	var current strings.Builder
	l := lexer.New(&ast.Source{Input: text})
	braces, parens := 0, 0
	for range most + 1 {
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
		spell(&current, token)
		braces, parens = braces+nested(token, lexer.BraceL, lexer.BraceR), parens+nested(token, lexer.ParenL, lexer.ParenR)
		if token.Kind == lexer.BraceR && braces == 0 && parens == 0 {
			definitions = append(definitions, current.String())
			current.Reset()
		}
	}
	return digest{}, false
}

// spell writes a token so that it can't be taken for another, nor for a part of one. A block string is the string that it stands for.
func spell(b *strings.Builder, token lexer.Token) {
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

// nested is what a token adds to how deep one is within a pair of them.
func nested(token lexer.Token, opens, closes lexer.Type) int {
	switch token.Kind {
	case opens:
		return 1
	case closes:
		return -1
	}
	return 0
}
