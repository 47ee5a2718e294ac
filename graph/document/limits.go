package document

import (
	"math"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"

	"gatehouse/graph/fault"
)

// Limits are how large a request and what it asks for may be. What goes beyond one is OPERATION_TOO_LARGE; all but Cost, Errors and Timeout are
// looked at before the document is validated, for validation can take the square of a document's length.
type Limits struct {
	Body       int           // bytes of a request's body
	Tokens     int           // of a document, comments among them
	Depth      int           // selection sets within each other
	Aliases    int           // fields under another name than their own, counted wherever a fragment is spread
	Fields     int           // fields, __typename among them, counted likewise
	RootFields int           // fields at the root of an operation, counted likewise
	Mutations  int           // the same of a mutation, which runs them one after the other
	Directives int           // in a document
	Fragments  int           // that a document defines
	Cost       int           // fields that an answer may come to
	Errors     int           // of a kind that one answer lists
	Timeout    time.Duration // for which an operation may run
}

// DefaultLimits leave room for what people and tools send: the introspection of GraphiQL takes about half of each. A document within them costs less
// than a tenth of a second, whatever its shape. A field of introspection, the slowest kind, takes 2 to 4 microseconds, which is what the cost
// reckons with.
func DefaultLimits() Limits {
	return Limits{
		Body: 128 << 10, Tokens: 1000, Depth: 20, Aliases: 60, Fields: 500, RootFields: 20, Mutations: 5, Directives: 50, Fragments: 50,
		Cost: 15_000, Errors: 20, Timeout: 10 * time.Second,
	}
}

// nameLimit is how long a name may be, in bytes. Those that tools make of file names and fields are long, but not that long; messages repeat names.
const nameLimit = 256

// sensitiveLimit is how many fields that are @sensitive a request may hold, so that nobody tries many passwords in one.
const sensitiveLimit = 1

// check finds the first of the limits that a document goes beyond.
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

// An extent is how much a selection set holds.
type extent struct {
	depth   int // selection sets within each other
	level   int // fields, without what is below them
	fields  int // with what is below them
	aliases int // among these
}

// largest is where counting ends: fragments that spread each other twice come to more than a number holds.
const largest = math.MaxInt32

func (e *extent) add(more extent) {
	e.depth = max(e.depth, more.depth)
	e.level = min(e.level+more.level, largest)
	e.fields = min(e.fields+more.fields, largest)
	e.aliases = min(e.aliases+more.aliases, largest)
}

// A measure is how much a document holds: of each number the largest that one of its operations comes to.
type measure struct {
	extent
	mutations  int // root fields of a mutation
	directives int // in the whole document
	name       int // the longest, in bytes

	document  *ast.QueryDocument
	fragments map[string]extent // none while one is being measured, so that a cycle ends
}

// measureOf visits each selection of a document once, and each fragment once, however often it is spread.
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
	for _, f := range doc.Fragments { // also those that nothing spreads
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

// lexed counts the tokens of a text, and how deep its braces and brackets nest, as far as it can be read.
func lexed(text string) (tokens, nesting int) {
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
