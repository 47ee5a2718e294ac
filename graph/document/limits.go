package document

import (
	"math"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"

	"gatehouse/graph/fault"
)

// Limits bound the size of requests. A request beyond one of them is
// OPERATION_TOO_LARGE. All but Cost, Errors and Timeout are checked before the
// document is validated, because validation can take time quadratic in its
// length.
type Limits struct {
	Body       int           // bytes of a request's body
	Tokens     int           // of a document, comments included
	Depth      int           // of nested selection sets
	Aliases    int           // fields under another name, in fragments wherever they are spread
	Fields     int           // __typename included, counted likewise
	RootFields int           // fields at the root of an operation, counted likewise
	Mutations  int           // likewise of a mutation, which runs them one after the other
	Directives int           // in a document
	Fragments  int           // definitions in a document
	Cost       int           // fields that an answer may have
	Errors     int           // refusals in an answer, and other errors
	Timeout    time.Duration // of an operation
}

// DefaultLimits returns limits with room for what people and tools send: the
// introspection query of GraphiQL takes at most two thirds of each. A document within
// them takes less than a tenth of a second, whatever its shape. The cost is based
// on the slowest fields, those of introspection, at 2 microseconds each.
func DefaultLimits() Limits {
	return Limits{
		Body: 128 << 10, Tokens: 1000, Depth: 20, Aliases: 60, Fields: 500, RootFields: 20, Mutations: 5, Directives: 50, Fragments: 50,
		Cost: 22_000, Errors: 20, Timeout: 10 * time.Second,
	}
}

// nameLimit bounds a name, in bytes, because errors repeat names. Tools make
// long ones of file names and fields, but not that long.
const nameLimit = 256

// sensitiveLimit bounds the fields with @sensitive in a request, so that one
// request can't try many passwords.
const sensitiveLimit = 1

// check returns the first of the limits that a document exceeds.
func (l Limits) check(doc *ast.QueryDocument) *gqlerror.Error {
	m := measureOf(doc)
	limits := []struct {
		name           string
		allowed, asked int
	}{
		{"depth", l.Depth, m.depth},
		{"fragments", l.Fragments, len(doc.Fragments)},
		{"directives", l.Directives, m.directives},
		{"mutations", l.Mutations, m.mutations},
		{"rootFields", l.RootFields, m.level},
		{"aliases", l.Aliases, m.aliases},
		{"fields", l.Fields, m.fields},
		{"name", nameLimit, m.name},
	}
	for _, limit := range limits {
		if limit.asked > limit.allowed {
			return fault.TooLarge(limit.name, limit.allowed, limit.asked)
		}
	}
	return nil
}

// An extent is the size of a selection set.
type extent struct {
	depth   int // nested selection sets
	level   int // fields, without those below them
	fields  int // with those below them
	aliases int // likewise
}

// largest is where counting stops: fragments that each spread the next one
// twice exceed any number.
const largest = math.MaxInt32

func (e *extent) add(more extent) {
	e.depth = max(e.depth, more.depth)
	e.level = min(e.level+more.level, largest)
	e.fields = min(e.fields+more.fields, largest)
	e.aliases = min(e.aliases+more.aliases, largest)
}

// A measure is the size of a document: of each number the largest of any
// operation.
type measure struct {
	extent
	mutations  int // root fields of a mutation
	directives int // in the whole document
	name       int // bytes of the longest one

	document  *ast.QueryDocument
	fragments map[string]extent // zero while one is being measured, so that a cycle ends
}

// measureOf visits each selection of a document once, those in fragments too.
func measureOf(doc *ast.QueryDocument) *measure {
	m := &measure{document: doc, fragments: map[string]extent{}}
	for _, op := range doc.Operations {
		m.directives += len(op.Directives)
		m.named(op.Name)
		for _, v := range op.VariableDefinitions {
			m.directives += len(v.Directives)
			m.named(v.Variable)
		}
		e := m.selections(op.SelectionSet)
		if op.Operation == ast.Mutation {
			m.mutations = max(m.mutations, e.level)
		}
		m.depth, m.level = max(m.depth, e.depth), max(m.level, e.level)
		m.fields, m.aliases = max(m.fields, e.fields), max(m.aliases, e.aliases)
	}
	for _, f := range doc.Fragments { // those that are never spread too
		m.fragment(f.Name)
	}
	return m
}

func (m *measure) named(name string) { m.name = max(m.name, len(name)) }

func (m *measure) selections(set ast.SelectionSet) (e extent) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			e.add(m.field(s))
		case *ast.InlineFragment:
			m.directives += len(s.Directives)
			m.named(s.TypeCondition)
			e.add(m.selections(s.SelectionSet))
		case *ast.FragmentSpread:
			m.directives += len(s.Directives)
			e.add(m.fragment(s.Name))
		}
	}
	return e
}

func (m *measure) field(f *ast.Field) extent {
	m.directives += len(f.Directives)
	m.named(f.Name)
	m.named(f.Alias)
	below := m.selections(f.SelectionSet)
	e := extent{depth: below.depth + 1, level: 1, fields: min(below.fields+1, largest), aliases: below.aliases}
	if f.Alias != f.Name {
		e.aliases = min(e.aliases+1, largest)
	}
	return e
}

func (m *measure) fragment(name string) extent {
	e, known := m.fragments[name]
	if known {
		return e
	}
	m.named(name)
	m.fragments[name] = extent{}
	if def := m.document.Fragments.ForName(name); def != nil {
		m.directives += len(def.Directives)
		m.named(def.TypeCondition)
		e = m.selections(def.SelectionSet)
		m.fragments[name] = e
	}
	return e
}

// countTokens returns how many tokens a text has and how deep its braces and
// brackets nest, up to the first character that can't be read.
func countTokens(text string) (tokens, nesting int) {
	l := lexer.New(&ast.Source{Input: text})
	for depth := 0; ; tokens++ {
		token, err := l.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			return tokens, nesting
		}
		switch token.Kind {
		case lexer.BraceL, lexer.BracketL:
			depth++
			nesting = max(nesting, depth)
		case lexer.BraceR, lexer.BracketR:
			depth--
		}
	}
}
