package policy

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// A Plan applies the rules to one validated operation, for any caller. It is
// safe for concurrent use and doesn't change the document.
type Plan struct {
	policy    *Policy
	document  *ast.QueryDocument
	operation *ast.OperationDefinition

	guards []guard            // the guarded fields of the operation
	index  map[*ast.Field]int // the place of each in guards
	// arguments are the arguments that are guarded or may have guarded input
	// fields.
	arguments map[*ast.Field][]argumentCheck
	// authenticates is set if a field logs a caller in. The fields below it
	// need another decision.
	authenticates bool
	// elsewhere has the fields that are not only below a field that logs a caller
	// in; nil if no field does that.
	elsewhere map[*ast.Field]bool
	// rateLimited is set if a field has a rate limit.
	rateLimited bool

	mask  uint64 // the requirements of the guards, as bits of a key
	cache decisionCache
}

// A guard is a field whose rule requires something.
type guard struct {
	field *ast.Field
	rule  *Rule
}

// Plan prepares the decision on an operation. Its document must have been
// validated against the policy's schema.
func (p *Policy) Plan(document *ast.QueryDocument, operation *ast.OperationDefinition) *Plan {
	plan := &Plan{
		policy: p, document: document, operation: operation,
		index: map[*ast.Field]int{}, arguments: map[*ast.Field][]argumentCheck{},
	}
	for field := range allFields(document, operation.SelectionSet) {
		plan.add(field)
	}
	if plan.authenticates {
		plan.findElsewhere()
	}
	return plan
}

// findElsewhere notes the fields whose decision does not wait for a login.
func (p *Plan) findElsewhere() {
	p.elsewhere = map[*ast.Field]bool{}
	for root := range rootFields(p.document, p.operation.SelectionSet, nil) {
		p.elsewhere[root] = true
		if rule := p.policy.fields[root.Definition]; rule != nil && rule.Authenticates {
			continue
		}
		for field := range allFields(p.document, root.SelectionSet) {
			p.elsewhere[field] = true
		}
	}
}

// waits reports whether the decision on a field waits until a caller is logged in.
func (p *Plan) waits(field *ast.Field) bool { return p.authenticates && !p.elsewhere[field] }

func (p *Plan) add(field *ast.Field) {
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

// PublicOnly reports whether the root fields of an operation are all public
// fields, __typename or introspection. The document need not be validated: a
// field that the schema doesn't have is not public.
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
