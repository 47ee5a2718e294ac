package policy

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// A Plan is what the rules have to say about one validated operation, whoever runs it. It is safe for concurrent use, and does not change
// the document it was made from.
type Plan struct {
	policy    *Policy
	document  *ast.QueryDocument
	operation *ast.OperationDefinition

	guards []guard // each guarded field that the document's selections hold
	index  map[*ast.Field]int
	// probes are the arguments that hold, or may hold, something with a rule of its own.
	arguments map[*ast.Field][]argumentCheck
	// logsIn is set where a field authenticates: below it the decision is another.
	authenticates bool
	// limited is set where a field may not be resolved as often as one likes.
	rateLimited bool

	mask  uint64 // all that the guards ask for, as bits of a key
	cache decisionCache
}

// A guard is a field with a rule that asks for something.
type guard struct {
	field *ast.Field
	rule  *Rule
}

// Plan prepares the decision on an operation of a document that was validated against the policy's schema.
func (p *Policy) Plan(document *ast.QueryDocument, operation *ast.OperationDefinition) *Plan {
	plan := &Plan{
		policy: p, document: document, operation: operation,
		index: map[*ast.Field]int{}, arguments: map[*ast.Field][]argumentCheck{},
	}
	for field := range allFields(document, operation.SelectionSet) {
		plan.visit(field)
	}
	return plan
}

func (p *Plan) visit(field *ast.Field) {
	if field.Definition == nil { // __typename
		return
	}
	if rule := p.policy.fields[field.Definition]; rule != nil {
		p.authenticates = p.authenticates || rule.Authenticates
		p.rateLimited = p.rateLimited || len(rule.RateLimits) > 0
		if rule.guarded() {
			p.index[field] = len(p.guards)
			p.guards = append(p.guards, guard{field: field, rule: rule})
			p.mask |= rule.mask
		}
	}
	for _, arg := range field.Arguments {
		def := field.Definition.Arguments.ForName(arg.Name)
		if def == nil {
			continue
		}
		if rule := p.policy.args[def]; rule != nil || p.policy.guardedInputs[def.Type.Name()] {
			p.arguments[field] = append(p.arguments[field], argumentCheck{value: arg.Value, typ: def.Type, rule: rule})
		}
	}
}

// PublicOnly reports whether an operation selects nothing at its root but public fields, __typename and introspection. The document need
// not be validated: what the schema has not is not public.
func (p *Policy) PublicOnly(document *ast.QueryDocument, operation *ast.OperationDefinition) bool {
	root := rootOf(p.schema, operation.Operation)
	if root == nil {
		return false
	}
	for field := range rootFields(document, operation.SelectionSet, nil) {
		if !p.public(root, field.Name) {
			return false
		}
	}
	return true
}

func (p *Policy) public(root *ast.Definition, name string) bool {
	switch name {
	case "__typename", "__schema", "__type":
		return true
	}
	def := root.Fields.ForName(name)
	if def == nil {
		return false
	}
	rule := p.fields[def]
	return rule != nil && rule.Public
}
