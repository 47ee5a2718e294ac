package policy

import (
	"slices"
	"strings"
	"testing"
)

// TestDirectives: the compiler accepts the declarations that we publish.
func TestDirectives(t *testing.T) {
	declared := schemaOf(t, DirectivesSDL()+RateLimitDirective+`type Query { a: Int @public }`)
	if _, err := Compile(declared, Config{}); err != nil {
		t.Error(err)
	}
	for name := range signatures {
		if declared.Directives[name] == nil || !slices.Contains(DirectiveNames(), name) {
			t.Errorf("@%s is not declared, or not named", name)
		}
	}
	if !Declared(declared) || Declared(schemaOf(t, `type Query { a: Int }`)) {
		t.Errorf("declared: %t, not declared: %t", Declared(declared), Declared(schemaOf(t, `type Query { a: Int }`)))
	}
}

// TestGqlgenConfig: the lines for gqlgen.yml skip each directive in the file,
// which quotes them.
func TestGqlgenConfig(t *testing.T) {
	for line := range strings.Lines(GqlgenConfig) {
		if !strings.Contains(DirectivesSDL(), "#   "+line) {
			t.Errorf("the file doesn't say %q", line)
		}
	}
	for name, d := range schemaOf(t, DirectivesSDL()+`type Query { a: Int @public }`).Directives {
		if d.Position.Src.BuiltIn {
			continue
		}
		if !strings.Contains(GqlgenConfig, "\n  "+name+": {skip_runtime: true}\n") {
			t.Errorf("@%s is not skipped", name)
		}
		if d.Description == "" {
			t.Errorf("@%s is not described", name)
		}
	}
}
