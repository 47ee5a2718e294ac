package graph

import (
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator/core"

	"gatehouse/auth/policy"
)

// How many documents are kept, and how large each may be.
const (
	documentsKept = 512
	keptLimit     = 8 << 10 // bytes of a document that is kept
)

// documents are the operations that the service has seen, parsed and validated once.
type documents struct {
	policy *policy.Policy
	limits Limits
	rules  []core.Rule
	silent bool // introspection is off: errors name nothing of the schema
	kept   *lru.Cache[string, *document]
}

// A document is a parsed query with what is known of each of its operations.
type document struct {
	text       string
	ast        *ast.QueryDocument
	operations map[string]*operation
	valid      bool
}

// An operation is what a request may run.
type operation struct {
	*ast.OperationDefinition
	document   *document
	publicOnly bool
	plan       *policy.Plan              // once the document is valid
	cost       int                       // likewise: how many fields the answer may come to
	sensitive  int                       // likewise: how many fields take a secret
	required   []*ast.VariableDefinition // likewise: for which no null may be given, whatever their type says
}

func newDocuments(p *policy.Policy, limits Limits, introspection bool) (*documents, error) {
	kept, err := lru.New[string, *document](documentsKept)
	if err != nil {
		return nil, err
	}
	return &documents{policy: p, limits: limits, rules: validation(introspection), silent: !introspection, kept: kept}, nil
}

// parse returns the document of a text. It is within the limits, and may not be valid yet.
func (d *documents) parse(text string) (*document, error) {
	if doc, ok := d.kept.Get(text); ok {
		return doc, nil
	}
	parsed, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, d.limits.Tokens)
	if err != nil {
		return nil, d.parseFault(text, err)
	}
	if err := d.limits.check(parsed); err != nil {
		return nil, err
	}
	doc := &document{text: text, ast: parsed, operations: map[string]*operation{}}
	for _, def := range parsed.Operations {
		doc.operations[def.Name] = &operation{OperationDefinition: def, document: doc, publicOnly: d.policy.PublicOnly(parsed, def)}
	}
	return doc, nil
}

// parseFault says where a text stops being GraphQL, or that there is too much of it.
func (d *documents) parseFault(text string, err error) error {
	g, ok := err.(*gqlerror.Error) //nolint:errorlint // the parser returns nothing else
	if !ok {
		return err
	}
	if strings.Contains(g.Message, "exceeded token limit") {
		tokens, _ := lexed(text)
		return &tooLarge{limit: "tokens", allowed: d.limits.Tokens, asked: tokens}
	}
	if strings.Contains(g.Message, "exceeded maximum nesting depth") {
		_, nesting := lexed(text)
		return &tooLarge{limit: "depth", allowed: d.limits.Depth, asked: nesting}
	}
	return &parseFailed{discreet(g)}
}

// operation returns the one of the name, or without a name the only one; nil if there is none.
func (d *document) operation(name string) *operation {
	if name == "" {
		if len(d.operations) != 1 {
			return nil
		}
		for _, op := range d.operations {
			return op
		}
	}
	return d.operations[name]
}

// validate checks the document against the schema, prepares the decisions on its operations, and keeps it for the next time.
func (d *documents) validate(doc *document) gqlerror.List {
	if doc.valid {
		return nil
	}
	if errs := d.wrong(doc); len(errs) > 0 {
		for i, err := range errs {
			errs[i] = discreet(err)
			if d.silent {
				unnamed(err)
			}
		}
		return errs
	}
	for _, op := range doc.operations {
		op.plan = d.policy.Plan(doc.ast, op.OperationDefinition)
		op.cost = costOf(d.policy.Schema(), doc.ast, op.OperationDefinition)
		op.sensitive = d.policy.Sensitive(doc.ast, op.OperationDefinition)
		op.required = requiredOf(doc.ast, op.OperationDefinition)
	}
	doc.valid = true
	if keepable(doc) {
		d.kept.Add(doc.text, doc)
	}
	return nil
}

// wrong is what of the document does not fit the schema, in the words of the library, which may repeat the document's values.
func (d *documents) wrong(doc *document) gqlerror.List {
	return faults(d.policy.Schema(), doc.ast, d.rules, d.limits.Errors)
}

// beyond is the first of the limits on a valid operation that this one goes beyond, nil for none.
func (o *operation) beyond(limits Limits) *tooLarge {
	switch {
	case o.sensitive > sensitiveLimit:
		return &tooLarge{"sensitive", sensitiveLimit, o.sensitive}
	case o.cost > limits.Cost:
		return &tooLarge{"cost", limits.Cost, o.cost}
	}
	return nil
}

// coerce returns the values of an operation's variables, as its types have them.
func (d *documents) coerce(op *operation, given map[string]any) (map[string]any, *gqlerror.Error) {
	values, err := coerce(d.policy.Schema(), op, given)
	if err != nil && d.silent {
		unnamedVariable(err)
	}
	return values, err
}

// keepable reports whether a document may stay in memory: a mutation with a string in it may hold a password or a token, and so may an
// operation that access is asked about, and whatever is written into a document with a sensitive field.
func keepable(doc *document) bool {
	if len(doc.text) > keptLimit {
		return false
	}
	quotes := strings.Contains(doc.text, `"`)
	if quotes && strings.Contains(doc.text, "access") {
		return false
	}
	for _, op := range doc.operations {
		if op.Operation == ast.Mutation && quotes || op.sensitive > 0 && written(doc.text) {
			return false
		}
	}
	return true
}

// written reports whether a text has a value written into it that can be a secret: a string or a number, as an argument or a default.
func written(text string) bool {
	for l := lexer.New(&ast.Source{Input: text}); ; {
		switch token, err := l.ReadToken(); {
		case err != nil || token.Kind == lexer.EOF:
			return false
		case token.Kind == lexer.String, token.Kind == lexer.BlockString, token.Kind == lexer.Int, token.Kind == lexer.Float:
			return true
		}
	}
}
