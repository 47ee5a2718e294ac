package policy

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// A Finding is a fault or a warning about a schema's policy.
type Finding struct {
	Coordinate string
	File       string
	Line       int
	Message    string // what is wrong and how to fix it
	Warning    bool   // enforceable, but perhaps not intended
}

// String returns the finding on one line.
func (f Finding) String() string {
	kind := ""
	if f.Warning {
		kind = "warning: "
	}
	return fmt.Sprintf("%s:%d: %s%s: %s", f.File, f.Line, kind, f.Coordinate, f.Message)
}

// Findings are the findings about a schema, sorted by place.
type Findings []Finding

// Error lists the findings, one on each line.
func (all Findings) Error() string {
	lines := make([]string, len(all))
	for i, f := range all {
		lines[i] = f.String()
	}
	return "invalid policy:\n" + strings.Join(lines, "\n")
}

func byPlace(a, b Finding) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Coordinate, b.Coordinate),
		cmp.Compare(a.Message, b.Message))
}

// newFinding returns a finding at a place of the schema.
func newFinding(coordinate string, at *ast.Position, format string, args ...any) Finding {
	f := Finding{Coordinate: coordinate, Message: fmt.Sprintf(format, args...)}
	if at != nil {
		f.Line = at.Line
		if at.Src != nil {
			f.File = at.Src.Name
		}
	}
	return f
}
