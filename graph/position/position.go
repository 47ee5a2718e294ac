// Package position says where the tokens of a GraphQL text begin.
//
// gqlparser places a string behind its opening quotes, a block string on its
// last line, often in a negative column, and everything after a CRLF one column
// too far to the right. Here a location is what the GraphQL specification (7.1.2)
// means by it: line and column count from 1, the column in characters, and both
// are those of the token's first character.
package position

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
)

// Unify returns a text in which every line ends with a line feed. To GraphQL it
// means the same, and it has the same lines and columns.
func Unify(text string) string {
	if !strings.Contains(text, "\r") {
		return text
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}

// Correct replaces the locations that gqlparser has given to errors about a
// text, which [Unify] has returned. A location that is not in the text is removed.
func Correct(text string, errs ...*gqlerror.Error) {
	if !slices.ContainsFunc(errs, func(err *gqlerror.Error) bool { return len(err.Locations) > 0 }) {
		return
	}
	places := locate(text)
	for _, err := range errs {
		var kept []gqlerror.Location
		for _, at := range err.Locations {
			if place, moved := places[at]; moved {
				at = place
			}
			if at.Line > 0 && at.Column > 0 {
				kept = append(kept, at)
			}
		}
		err.Locations = kept
	}
}

// Of returns the location of a node. It is nil for a node that no text has.
func Of(at *ast.Position) []gqlerror.Location {
	if at == nil || at.Src == nil {
		return nil
	}
	err := &gqlerror.Error{Locations: []gqlerror.Location{{Line: at.Line, Column: at.Column}}}
	Correct(at.Src.Input, err)
	return err.Locations
}

// locate returns where each string, and what can't be read, begins, by where
// gqlparser says that it is. It says the truth about all other tokens. No two
// tokens have the same place, so a place stands for one token.
func locate(text string) map[gqlerror.Location]gqlerror.Location {
	places := map[gqlerror.Location]gqlerror.Location{}
	at := newCounter(text)
	end := 0 // of the token before, in characters
	for l := lexer.New(&ast.Source{Input: text}); ; {
		token, err := l.ReadToken()
		start := token.Pos.Start
		if err != nil {
			start = at.opening(start, end)
		}
		if err != nil || token.Kind == lexer.String || token.Kind == lexer.BlockString {
			places[gqlerror.Location{Line: token.Pos.Line, Column: token.Pos.Column}] = at.location(start)
		}
		if err != nil || token.Kind == lexer.EOF {
			return places
		}
		end = token.Pos.End
		if token.Kind == lexer.BlockString {
			end = at.closing(end)
		}
	}
}

// A counter turns offsets in a text, in ascending order, into locations.
type counter struct {
	text   []rune
	offset int
	gqlerror.Location
}

func newCounter(text string) *counter {
	return &counter{text: []rune(text), Location: gqlerror.Location{Line: 1, Column: 1}}
}

// location returns the location of an offset in characters.
func (c *counter) location(offset int) gqlerror.Location {
	for ; c.offset < min(offset, len(c.text)); c.offset++ {
		c.Column++
		if c.text[c.offset] == '\n' {
			c.Line, c.Column = c.Line+1, 1
		}
	}
	return c.Location
}

// opening returns the offset of the quotes before start, which open a string
// that can't be read. Without quotes it returns start. The token before ends at
// end.
func (c *counter) opening(start, end int) int {
	for _, quotes := range []string{`"""`, `"`} {
		if from := start - len(quotes); from >= end && string(c.text[from:start]) == quotes {
			return from
		}
	}
	return start
}

// closing returns the offset after all quotes at an offset: a block string may
// end with more than three.
func (c *counter) closing(offset int) int {
	for offset < len(c.text) && c.text[offset] == '"' {
		offset++
	}
	return offset
}
