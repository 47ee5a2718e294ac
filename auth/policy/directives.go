package policy

import (
	_ "embed" // the directives

	"github.com/vektah/gqlparser/v2/ast"
)

//go:embed directives.graphqls
var directives string

// DirectivesSDL returns a file that declares the directives of a policy, with
// descriptions, for use in a schema. A comment shows the lines that gqlgen.yml
// needs. @rateLimit is not included: the policy says how often a field may be
// resolved but doesn't count.
func DirectivesSDL() string { return directives }

// GqlgenConfig has the lines of gqlgen.yml that make the generated code leave
// the directives of [DirectivesSDL] to the policy.
const GqlgenConfig = `directives:
  public: {skip_runtime: true}
  authenticated: {skip_runtime: true}
  hasRole: {skip_runtime: true}
  hasScope: {skip_runtime: true}
  authenticates: {skip_runtime: true}
  sensitive: {skip_runtime: true}
  delegable: {skip_runtime: true}
  fresh: {skip_runtime: true}
  factors: {skip_runtime: true}
  scope: {skip_runtime: true}
`

// DirectiveNames returns the names of all directives of a policy.
func DirectiveNames() []string {
	return []string{public, authenticated, hasRole, hasScope, authenticates, sensitive, rateLimit, delegable, fresh, factors, scopeTitle}
}

// RateLimitDirective declares @rateLimit, for services that count.
const RateLimitDirective = `directive @rateLimit(limit: Int!, per: String!, by: [RateLimitKey!]!, argument: String) repeatable on FIELD_DEFINITION
enum RateLimitKey { IP USER ARGUMENT KEY }
`

// Declared reports whether a schema declares any of the directives.
func Declared(schema *ast.Schema) bool {
	for name := range signatures {
		if Declares(schema, name) {
			return true
		}
	}
	return false
}
