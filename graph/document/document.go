package document

import (
	"errors"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator/core"

	"gatehouse/auth/policy"
	"gatehouse/graph/fault"
)

// How many documents are kept, and how large each may be.
const (
	documentsKept = 512
	keptLimit     = 8 << 10 // bytes of a document that is kept
)

// A Cache holds the documents that the service has seen, parsed and validated once.
type Cache struct {
	policy *policy.Policy
	limits Limits
	rules  []core.Rule
	silent bool // introspection is off: errors name nothing of the schema
	kept   *lru.Cache[string, *Document]
}

// A Document is a parsed query with what is known of each of its operations.
type Document struct {
	Text       string
	AST        *ast.QueryDocument
	Operations map[string]*Operation
	valid      bool
}

// An Operation is what a request may run.
type Operation struct {
	*ast.OperationDefinition
	Document   *Document
	PublicOnly bool
	Plan       *policy.Plan              // once the document is valid
	Cost       int                       // likewise: how many fields the answer may come to
	Sensitive  int                       // likewise: how many fields take a secret
	required   []*ast.VariableDefinition // likewise: for which no null may be given, whatever their type says
}

// NewCache returns an empty cache for documents of the policy's schema.
func NewCache(p *policy.Policy, limits Limits, introspection bool) (*Cache, error) {
	kept, err := lru.New[string, *Document](documentsKept)
	if err != nil {
		return nil, err
	}
	return &Cache{policy: p, limits: limits, rules: validation(introspection), silent: !introspection, kept: kept}, nil
}

// Parse returns the document of a text. It is within the limits, and may not be valid yet.
func (d *Cache) Parse(text string) (*Document, *fault.Fault) {
	if doc, ok := d.kept.Get(text); ok {
		return doc, nil
	}
	parsed, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, d.limits.Tokens)
	if err != nil {
		return nil, d.parseFault(text, err)
	}
	if large := d.limits.check(parsed); large != nil {
		return nil, fault.Invalid(large)
	}
	doc := &Document{Text: text, AST: parsed, Operations: map[string]*Operation{}}
	for _, def := range parsed.Operations {
		doc.Operations[def.Name] = &Operation{OperationDefinition: def, Document: doc, PublicOnly: d.policy.PublicOnly(parsed, def)}
	}
	return doc, nil
}

// parseFault says where a text stops being GraphQL, or that there is too much of it.
func (d *Cache) parseFault(text string, err error) *fault.Fault {
	var g *gqlerror.Error
	if !errors.As(err, &g) { // the parser returns nothing else
		g = &gqlerror.Error{}
	}
	if strings.Contains(g.Message, "exceeded token limit") {
		tokens, _ := lexed(text)
		return fault.Invalid(fault.TooLarge("tokens", d.limits.Tokens, tokens))
	}
	if strings.Contains(g.Message, "exceeded maximum nesting depth") {
		_, nesting := lexed(text)
		return fault.Invalid(fault.TooLarge("depth", d.limits.Depth, nesting))
	}
	failed := fault.New(Discreet(g).Message, fault.CodeParseFailed)
	failed.Locations = g.Locations
	return fault.Invalid(failed)
}

// Operation returns the one of the name, or without a name the only one; nil if there is none.
func (d *Document) Operation(name string) *Operation {
	if name == "" {
		if len(d.Operations) != 1 {
			return nil
		}
		for _, op := range d.Operations {
			return op
		}
	}
	return d.Operations[name]
}

// Validate checks the document against the schema, prepares the decisions on its operations, and keeps it for the next time.
func (d *Cache) Validate(doc *Document) gqlerror.List {
	if doc.valid {
		return nil
	}
	if errs := d.Errors(doc); len(errs) > 0 {
		for i, err := range errs {
			errs[i] = Discreet(err)
			if d.silent {
				unnamed(err)
			}
		}
		return errs
	}
	for _, op := range doc.Operations {
		op.Plan = d.policy.Plan(doc.AST, op.OperationDefinition)
		op.Cost = costOf(d.policy.Schema(), doc.AST, op.OperationDefinition)
		op.Sensitive = d.policy.Sensitive(doc.AST, op.OperationDefinition)
		op.required = requiredOf(doc.AST, op.OperationDefinition)
	}
	doc.valid = true
	if Keepable(doc) {
		d.kept.Add(doc.Text, doc)
	}
	return nil
}

// Errors is what of the document does not fit the schema, in the words of the library, which may repeat the document's values.
func (d *Cache) Errors(doc *Document) gqlerror.List {
	return faults(d.policy.Schema(), doc.AST, d.rules, d.limits.Errors)
}

// Beyond is the first of the limits on a valid operation that this one goes beyond, nil for none.
func (o *Operation) Beyond(limits Limits) *gqlerror.Error {
	switch {
	case o.Sensitive > sensitiveLimit:
		return fault.TooLarge("sensitive", sensitiveLimit, o.Sensitive)
	case o.Cost > limits.Cost:
		return fault.TooLarge("cost", limits.Cost, o.Cost)
	}
	return nil
}

// Coerce returns the values of an operation's variables, as its types have them.
func (d *Cache) Coerce(op *Operation, given map[string]any) (map[string]any, *gqlerror.Error) {
	values, err := coerce(d.policy.Schema(), op, given)
	if err != nil && d.silent {
		unnamedVariable(err)
	}
	return values, err
}

// Keepable reports whether a document may stay in memory: a mutation with a string in it may hold a password or a token, and so may an
// operation that access is asked about, and whatever is written into a document with a sensitive field.
func Keepable(doc *Document) bool {
	if len(doc.Text) > keptLimit {
		return false
	}
	quotes := strings.Contains(doc.Text, `"`)
	if quotes && strings.Contains(doc.Text, "access") {
		return false
	}
	for _, op := range doc.Operations {
		if op.Operation == ast.Mutation && quotes || op.Sensitive > 0 && Written(doc.Text) {
			return false
		}
	}
	return true
}

// Written reports whether a text has a value written into it that can be a secret: a string or a number, as an argument or a default.
func Written(text string) bool {
	for l := lexer.New(&ast.Source{Input: text}); ; {
		switch token, err := l.ReadToken(); {
		case err != nil || token.Kind == lexer.EOF:
			return false
		case token.Kind == lexer.String, token.Kind == lexer.BlockString, token.Kind == lexer.Int, token.Kind == lexer.Float:
			return true
		}
	}
}

// ShortName bounds a name that a client chose.
func ShortName(name string) string { return name[:min(len(name), 64)] }

// Silent reports whether introspection is off.
func (d *Cache) Silent() bool { return d.silent }
