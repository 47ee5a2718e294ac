package policy

import (
	_ "embed" // the directives

	"github.com/vektah/gqlparser/v2/ast"
)

//go:embed directives.graphqls
var directives string

// DirectivesSDL returns the file that declares the directives, with their
// descriptions, for a schema that shall have a policy. A comment says which
// lines gqlgen.yml needs. @rateLimit is not among them: the policy says how
// often a field may be resolved, and counts nothing itself.
func DirectivesSDL() string { return directives }

// GqlgenConfig is what gqlgen.yml must say about the directives of
// [DirectivesSDL], so that the generated code leaves them to the policy.
const GqlgenConfig = `directives:
  public: {skip_runtime: true}
  authenticated: {skip_runtime: true}
  hasRole: {skip_runtime: true}
  hasScope: {skip_runtime: true}
  authenticates: {skip_runtime: true}
  sensitive: {skip_runtime: true}
`

// DirectiveNames returns the names of all directives that a policy reads.
func DirectiveNames() []string {
	return []string{public, authenticated, hasRole, hasScope, authenticates, sensitive, rateLimit}
}

// RateLimitDirective declares @rateLimit, for a schema with something to count.
const RateLimitDirective = `directive @rateLimit(limit: Int!, per: String!, by: [RateLimitKey!]!, argument: String) repeatable on FIELD_DEFINITION
enum RateLimitKey { IP USER ARGUMENT }
`

// Declared reports whether a schema declares any of the directives. One that declares none knows nothing of policies yet.
func Declared(schema *ast.Schema) bool {
	for name := range signatures {
		if schema.Directives[name] != nil {
			return true
		}
	}
	return false
}

// ours reports whether a directive is one of a policy.
func ours(name string) bool {
	_, is := signatures[name]
	return is
}
