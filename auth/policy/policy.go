// Package policy compiles the directives of a GraphQL schema into rules and
// decides what a caller may reach.
//
// Three steps: [Compile] reads the schema, once. [Policy.Plan] applies the
// rules to a validated operation, once for each document. [Plan.Decide] decides
// for a caller, before the first resolver runs. While the operation runs,
// [Policy.Check] refuses the fields that were refused, decides the rules that
// need an object, and refuses every guarded field without a decision.
//
// The package knows GraphQL's syntax tree, but not HTTP, SQL, users or
// sessions. Any service whose schema declares the directives of [DirectivesSDL]
// can use it: the service passes the caller's id, roles and scopes as a
// [Subject].
package policy

import (
	"slices"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// A Subject is a caller as the rules see it. A nil Subject is a caller without
// a credential.
type Subject struct {
	ID     string // the user's id; orSelf compares it
	Roles  []string
	Scopes []string
	// Delegated is set for what acts for the user, such as an application they
	// allowed or an API key. It is let through by its scopes, and counts as the
	// user where the schema says @delegable. Its roles are not consulted.
	Delegated bool
	// Key is set for an API key, also that of an account for a program, which is not
	// delegated. Like a session that is limited to scopes, it meets no @hasRole. It
	// reaches no guarded @sensitive field.
	Key bool
	// AuthTime is when the person last proved who they are, and Factors is with how many
	// factors. Now is the time of the request, which says how long ago that is. Without
	// both times, the subject is not fresh.
	AuthTime time.Time
	Factors  int
	Now      time.Time
}

// A Policy holds the rules of one schema. It is safe for concurrent use.
type Policy struct {
	schema *ast.Schema
	fields map[*ast.FieldDefinition]*Rule    // of objects and interfaces
	inputs map[*ast.FieldDefinition]*Rule    // of input objects
	args   map[*ast.ArgumentDefinition]*Rule // of fields
	// guardedInputs names the input types from which a guarded field can be
	// reached.
	guardedInputs map[string]bool
	// siblings reads the fields that orSelf compares, by coordinate.
	siblings     map[string]*sibling
	guarded      []*Rule  // the rules that require something, sorted
	requirements []string // what they require; nil if a key has too few bits
	needs        []need   // the same, read
	roles        []string
	scopes       []string
	own          []string          // the scopes that @delegable names
	titles       map[string]string // of scopes
	delegates    bool              // the schema uses @delegable
	harmless     []string          // see Config
}

// A Value reads one plain field of an object.
type Value func(object any) (string, bool)

// Config is what [Compile] needs beside the schema.
type Config struct {
	// Roles are the existing roles: a rule with another role is a fault. If it
	// is nil, roles are not checked.
	Roles []string
	// Sibling overrides how a field named by orSelf is read, for example if
	// gqlgen.yml binds it by fieldName. If it is nil or returns nil, the field
	// is read from the Go object by its name.
	Sibling func(object, field string) Value
	// Harmless are directives of your own that are not about access. Any other
	// that is not known is a warning, because it may look like a guard.
	Harmless []string
}

// Compile reads the directives of the schema. Its error is a [Findings] with
// every fault.
func Compile(schema *ast.Schema, config Config) (*Policy, error) {
	p, faults := compile(schema, config)
	if len(faults) > 0 {
		return nil, faults
	}
	return p, nil
}

// compile returns as much of the policy as possible, and its faults, sorted by
// place.
func compile(schema *ast.Schema, config Config) (*Policy, Findings) {
	c := &compiler{
		config: config,
		policy: &Policy{
			schema: schema, harmless: config.Harmless, fields: map[*ast.FieldDefinition]*Rule{}, inputs: map[*ast.FieldDefinition]*Rule{},
			args: map[*ast.ArgumentDefinition]*Rule{}, guardedInputs: map[string]bool{}, siblings: map[string]*sibling{},
		},
	}
	c.compile(schema)
	slices.SortFunc(c.findings, byPlace)
	return c.policy, c.findings
}

// Rule returns the rule of a field of an object or interface type, or nil if it
// has none.
func (p *Policy) Rule(field *ast.FieldDefinition) *Rule { return p.fields[field] }

// Roles returns the roles that the schema names, sorted.
func (p *Policy) Roles() []string { return p.roles }

// Scopes returns the scopes of @hasScope, sorted. Roles grant them.
func (p *Policy) Scopes() []string { return p.scopes }

// OwnScopes returns the scopes of @delegable, sorted. They open nothing but what
// belongs to the caller, so no role has to grant them. None is in [Policy.Scopes].
func (p *Policy) OwnScopes() []string { return p.own }

// Delegates reports whether the schema lets anything act for a person.
func (p *Policy) Delegates() bool { return p.delegates }

// Can reports whether the subject may reach a schema coordinate now, whatever the
// object and without proving again who they are: a field (User.email), an input field (UpdateUserInput.email) or an
// argument (Mutation.updateUser(id:)). known is false if the schema doesn't
// have it.
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

// member returns the field with the coordinate Type.field, or nil.
func (p *Policy) member(coordinate string) (*ast.FieldDefinition, string) {
	typename, name, ok := strings.Cut(coordinate, ".")
	def := p.schema.Types[typename]
	if !ok || def == nil || strings.HasPrefix(name, "__") || strings.HasPrefix(typename, "__") {
		return nil, ""
	}
	return def.Fields.ForName(name), name
}
