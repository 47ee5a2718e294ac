// Package policy compiles the directives of a GraphQL schema into rules, and decides with them what a caller may reach.
//
// It knows GraphQL's syntax tree and nothing of HTTP, SQL, users or sessions, so any service whose schema declares the directives of
// [DirectivesSDL] can use it. What a caller is made of (an id, roles, scopes) comes in as a Subject.
//
// The rules are compiled once (Compile), applied to a validated operation once (Policy.Plan), and decided for a caller before the first
// resolver runs (Plan.Decide). While the operation runs, Decision.Check refuses each field that was refused, settles the rules that need
// an object, and refuses a guarded field that nobody decided on.
package policy

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// A Subject is who asks, as far as a rule can ask. A nil Subject is somebody without a credential.
type Subject struct {
	ID     string
	Roles  []string
	Scopes []string
}

// A Policy is the compiled directives of one schema. It is safe for concurrent use.
type Policy struct {
	schema *ast.Schema
	fields map[*ast.FieldDefinition]*Rule    // of objects and interfaces
	inputs map[*ast.FieldDefinition]*Rule    // of input objects
	args   map[*ast.ArgumentDefinition]*Rule // of fields
	// guardedInputs names the input types in which a guarded field can be reached.
	guardedInputs map[string]bool
	// siblings reads, by coordinate, the values that orSelf compares.
	siblings     map[string]*sibling
	guarded      []*Rule  // that ask for anything, each once
	requirements []string // all that they ask for; nil if that is more than a key can hold
	roles        []string
	scopes       []string
}

// A Value reads one plain field of an object.
type Value func(object any) (string, bool)

// Config is what Compile must know beside the schema.
type Config struct {
	// Roles are the roles there are; a rule that asks for another is a fault. Nil leaves that unchecked.
	Roles []string
	// Sibling overrides how the field of an object type that an orSelf names is read, such as that of a model bound by
	// fieldName in gqlgen.yml. Where it is nil, or returns nil, the field is read from the Go object by its name.
	Sibling func(object, field string) Value
}

// Compile reads the directives of the schema. Its error is a Findings with every fault, each with coordinate and line; a Policy made
// without an error has none.
func Compile(schema *ast.Schema, config Config) (*Policy, error) {
	p, faults := compile(schema, config)
	if len(faults) > 0 {
		return nil, faults
	}
	return p, nil
}

// compile returns the policy as far as it could be made, and its faults, sorted by place.
func compile(schema *ast.Schema, config Config) (*Policy, Findings) {
	c := &compiler{
		config: config,
		policy: &Policy{
			schema: schema, fields: map[*ast.FieldDefinition]*Rule{}, inputs: map[*ast.FieldDefinition]*Rule{},
			args: map[*ast.ArgumentDefinition]*Rule{}, guardedInputs: map[string]bool{}, siblings: map[string]*sibling{},
		},
	}
	c.compile(schema)
	slices.SortFunc(c.findings, byPlace)
	return c.policy, c.findings
}

// Rule returns the rule of a field of an object or interface type, or nil if the field is open.
func (p *Policy) Rule(field *ast.FieldDefinition) *Rule { return p.fields[field] }

// Roles returns the roles that the schema names, sorted.
func (p *Policy) Roles() []string { return p.roles }

// Scopes returns the scopes that the schema names, sorted.
func (p *Policy) Scopes() []string { return p.scopes }

// Can reports whether the subject may reach a schema coordinate whoever's it is: a field (User.email), an input field
// (UpdateUserInput.email) or an argument (Mutation.updateUser(id:)). It is known if the schema has it.
func (p *Policy) Can(s *Subject, coordinate string) (may, known bool) {
	field, arg, isArgument := strings.Cut(strings.TrimSuffix(coordinate, ":)"), "(")
	if isArgument != strings.HasSuffix(coordinate, ":)") {
		return false, false
	}
	def, name := p.member(field)
	if def == nil {
		return false, false
	}
	rule := p.fields[def]
	if rule == nil {
		rule = p.inputs[def]
	}
	may = rule == nil || len(rule.unmet(s)) == 0
	if !isArgument {
		return may, name != ""
	}
	argument := def.Arguments.ForName(arg)
	if argument == nil {
		return false, false
	}
	rule = p.args[argument]
	return may && (rule == nil || len(rule.unmet(s)) == 0), true
}

// member returns the field of a type that Type.field names, nil if there is none.
func (p *Policy) member(coordinate string) (*ast.FieldDefinition, string) {
	typename, name, ok := strings.Cut(coordinate, ".")
	def := p.schema.Types[typename]
	if !ok || def == nil || strings.HasPrefix(name, "__") || strings.HasPrefix(typename, "__") {
		return nil, ""
	}
	return def.Fields.ForName(name), name
}
