// Package document is an operation before it runs: parsed, within the limits,
// valid against the schema, with its variables coerced and its cost known.
package document

import (
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator/core"

	"gatehouse/auth/policy"
	"gatehouse/graph/direct"
	"gatehouse/graph/fault"
	"gatehouse/graph/position"
)

// Bounds of a Cache.
const (
	cachedDocuments = 512
	cachedBytes     = 8 << 10 // of one document
)

// A Cache parses and validates documents of one schema, and keeps those that
// it may. It is safe for concurrent use.
type Cache struct {
	policy   *policy.Policy
	compiler *direct.Compiler // nil: gqlgen executes all operations
	costs    *costs
	limits   Limits
	rules    []core.Rule
	terse    bool // introspection is off: errors name nothing of the schema
	kept     *lru.Cache[string, *Document]
}

// NewCache returns an empty cache for the schema of the policy. Without
// introspection it refuses operations that describe the schema, and its errors
// name nothing that the document doesn't. compiler compiles the operations; with
// nil, [Operation.Direct] is nil. It returns an error if the schema has a @cost or
// a @listSize that makes no sense.
func NewCache(p *policy.Policy, limits Limits, introspection bool, compiler *direct.Compiler) (*Cache, error) {
	costs, err := newCosts(p.Schema())
	if err != nil {
		return nil, err
	}
	kept, err := lru.New[string, *Document](cachedDocuments)
	if err != nil {
		return nil, err
	}
	return &Cache{
		policy: p, compiler: compiler, costs: costs, limits: limits, rules: validationRules(introspection), terse: !introspection, kept: kept,
	}, nil
}

// A Document is a parsed document. Once it is valid it doesn't change.
type Document struct {
	Text       string
	AST        *ast.QueryDocument
	Operations map[string]*Operation // by name, "" for the anonymous one

	valid bool
}

// An Operation is one operation of a Document. Its fields below Document are
// set once the document is valid.
type Operation struct {
	*ast.OperationDefinition
	Document *Document

	Plan *policy.Plan
	// Direct executes what is known of the operation when it is compiled; nil if
	// gqlgen executes it.
	Direct *direct.Operation
	// Cost is how many fields the answer may have at most.
	Cost int
	// Sensitive is how many fields take a secret.
	Sensitive int

	sized    bool                      // a variable gives the size of a list, so it may cost less
	required []*ast.VariableDefinition // nullable by type, but not where they are used
	secret   bool                      // an argument may hold a secret
}

// ShortName returns the operation's name as a log has it.
func (o *Operation) ShortName() string { return ShortName(o.Name) }

// ShortName bounds a name that a client chose to 64 bytes.
func ShortName(name string) string { return name[:min(len(name), 64)] }

// Operation returns the operation with the name, or the only one if the name is
// "". It returns nil for an unknown name.
func (d *Document) Operation(name string) *Operation {
	if name != "" {
		return d.Operations[name]
	}
	if len(d.Operations) != 1 {
		return nil
	}
	for _, op := range d.Operations {
		return op
	}
	return nil
}

// Parse returns the document of a text. It is within the limits on its size, and
// may not be valid yet.
func (c *Cache) Parse(text string) (*Document, *fault.Fault) {
	if doc, ok := c.kept.Get(text); ok {
		return doc, nil
	}
	parsed, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: position.Unify(text)}, c.limits.Tokens)
	if err != nil {
		return nil, c.syntaxFault(position.Unify(text), err)
	}
	if large := c.limits.check(parsed); large != nil {
		return nil, fault.Invalid(large)
	}
	doc := &Document{Text: text, AST: parsed, Operations: map[string]*Operation{}}
	for _, def := range parsed.Operations {
		doc.Operations[def.Name] = &Operation{OperationDefinition: def, Document: doc}
	}
	return doc, nil
}

// Find parses a text and returns the operation that is meant by name.
func (c *Cache) Find(text, name string) (*Operation, *fault.Fault) {
	doc, f := c.Parse(text)
	if f != nil {
		return nil, f
	}
	op := doc.Operation(name)
	if op == nil {
		return nil, fault.Invalid(fault.New(noOperation(doc), fault.CodeValidationFailed))
	}
	return op, nil
}

// noOperation says why a document has no operation that is meant.
func noOperation(doc *Document) string {
	if len(doc.Operations) == 0 {
		return "The document has no operation: send a query or a mutation."
	}
	return "operationName must name one of the document's operations."
}

// Validate checks a document against the schema, prepares its operations and
// keeps it.
func (c *Cache) Validate(doc *Document) *fault.Fault { return c.validate(doc, c.terse) }

// Diagnose is Validate for the operator of the service, who may know the schema:
// its errors name types and fields even if introspection is off.
func (c *Cache) Diagnose(doc *Document) *fault.Fault { return c.validate(doc, false) }

func (c *Cache) validate(doc *Document, terse bool) *fault.Fault {
	if doc.valid {
		return nil
	}
	if errs := applyRules(c.policy.Schema(), doc.AST, c.rules, terse, c.limits.Errors); len(errs) > 0 {
		return fault.Invalid(errs...)
	}
	for _, op := range doc.Operations {
		op.Plan = c.policy.Plan(doc.AST, op.OperationDefinition)
		if c.compiler != nil {
			op.Direct = c.compiler.Operation(doc.AST, op.OperationDefinition)
		}
		op.Cost, op.sized = c.costs.bound(doc.AST, op.OperationDefinition)
		op.Sensitive = c.policy.Sensitive(doc.AST, op.OperationDefinition)
		op.required = requiredVariables(doc.AST, op.OperationDefinition)
		op.secret = takesSecret(doc.AST, op.OperationDefinition)
	}
	doc.valid = true
	if doc.Keepable() {
		c.kept.Add(doc.Text, doc)
	}
	return nil
}

// Prepare makes sure that an operation may run with these variables. It returns
// them coerced to their types.
func (c *Cache) Prepare(op *Operation, variables map[string]any) (map[string]any, *fault.Fault) {
	if f := c.Validate(op.Document); f != nil {
		return nil, f
	}
	if f := c.checkLimits(op, op.leastCost()); f != nil {
		return nil, f
	}
	coerced, f := c.Coerce(op, variables)
	if f != nil || op.Cost <= c.limits.Cost {
		return coerced, f
	}
	return coerced, c.checkLimits(op, c.costs.of(op.Document.AST, op.OperationDefinition, coerced))
}

// CheckLimits checks a valid operation against the limits that need the schema,
// with the most that its variables can ask for.
func (c *Cache) CheckLimits(op *Operation) *fault.Fault { return c.checkLimits(op, op.Cost) }

func (c *Cache) checkLimits(op *Operation, cost int) *fault.Fault {
	switch {
	case op.Sensitive > sensitiveLimit:
		return fault.Invalid(fault.TooLarge("sensitive", sensitiveLimit, op.Sensitive))
	case cost > c.limits.Cost:
		return fault.Invalid(fault.TooLarge("cost", c.limits.Cost, cost))
	}
	return nil
}

// leastCost returns the cost that is known without variables.
func (o *Operation) leastCost() int {
	if o.sized {
		return 0
	}
	return o.Cost
}

// Coerce returns the values of the variables of a valid operation, as their
// types have them.
func (c *Cache) Coerce(op *Operation, variables map[string]any) (map[string]any, *fault.Fault) {
	values, err := coerce(c.policy.Schema(), op.OperationDefinition, op.required, variables, c.terse)
	if err != nil {
		return nil, fault.Invalid(err)
	}
	return values, nil
}
