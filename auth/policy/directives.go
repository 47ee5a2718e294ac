package policy

import _ "embed" // the directives

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
