package policy

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// misspelt finds directives that the schema declares beside ours, under names that differ from ours in one place: what they stand on would look
// guarded, and be open.
func (c *compiler) misspelt(schema *ast.Schema) {
	for name, def := range schema.Directives {
		if ours(name) {
			continue
		}
		for meant := range signatures() {
			if nearly(strings.ToLower(name), strings.ToLower(meant)) {
				c.fault("@"+name, def.Position, "it is nearly @%s, and does nothing: correct the name, or take one that nobody confuses", meant)
			}
		}
	}
}

// nearly reports whether two words are the same, but for one letter that is there or not, is another, or has changed places with the next.
func nearly(a, b string) bool {
	for a != "" && b != "" && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for a != "" && b != "" && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a) == 2 && len(b) == 2 {
		return a[0] == b[1] && a[1] == b[0]
	}
	return len(a) <= 1 && len(b) <= 1
}
