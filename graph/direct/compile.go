package direct

import (
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// maxNodes is how many fields the plans of an operation may have together,
// counted for each type that an interface or union may be. A field takes some
// 200 bytes, and a service keeps hundreds of operations that strangers chose.
const maxNodes = 500

// A Check says what has to be asked before a plain field may be written.
type Check int

// The checks of fields.
const (
	Unguarded   Check = iota // nothing
	Guarded                  // whether its caller may read it
	Intercepted              // the operation's middleware: it does more than check
)

// An object is a selection on one object type.
type object struct {
	name  string
	nodes []node
}

// A node is one response name of an object.
type node struct {
	// key is what comes before the value: { or a comma, the name and a colon.
	// Of __typename it is everything.
	key    []byte
	field  graphql.CollectedField
	def    *Field // nil: __typename
	object string // the type that has the field

	nonNull     bool
	itemNonNull bool // of a list
	check       Check

	only  *object            // what is selected of an object
	below map[string]*object // or of an interface or a union, by type
}

// isNull reports whether a nil object is an error where there can't be null. It
// is not for an interface that holds a nil pointer: gqlgen answers null then.
func (n *node) isNull(name string) bool { return n.only != nil || name == "" }

// A compilation compiles one operation for some values of the variables in its
// @skip and @include.
type compilation struct {
	schema *ast.Schema
	types  Types
	check  func(*ast.FieldDefinition) Check
	oc     *graphql.OperationContext
	nodes  int // so far, of all plans
}

// object compiles a selection on an object type. It is not ok if gqlgen has to
// execute the operation.
func (c *compilation) object(name string, selection ast.SelectionSet, inList bool) (o *object, ok bool) {
	typ := c.types[name]
	if typ == nil {
		return nil, false
	}
	fields := graphql.CollectFields(c.oc, selection, typ.Implements)
	o = &object{name: name, nodes: make([]node, len(fields))}
	if c.nodes += len(fields); c.nodes > maxNodes {
		return nil, false
	}
	seen := map[string]bool{}
	for i, field := range fields {
		if seen[field.Alias] || len(field.Deferrables) > 0 {
			return nil, false
		}
		seen[field.Alias] = true
		if o.nodes[i], ok = c.node(name, typ, field, i, inList); !ok {
			return nil, false
		}
	}
	return o, true
}

func (c *compilation) node(object string, typ *Type, field graphql.CollectedField, i int, inList bool) (n node, ok bool) {
	key := append([]byte{"{,"[min(i, 1)]}, append(String(nil, field.Alias), ':')...)
	if field.Name == "__typename" {
		return node{key: String(key, object)}, true
	}
	def := typ.Fields[field.Name]
	if def == nil || inList && def.Resolver {
		return n, false
	}
	t := c.schema.Types[object].Fields.ForName(field.Name).Type
	n = node{key: key, field: field, def: def, object: object, nonNull: t.NonNull, check: c.check(field.Definition)}
	if def.Leaf != nil {
		return n, true
	}
	if t.Elem != nil {
		n.itemNonNull, inList = t.Elem.NonNull, true
	}
	return n, c.below(&n, c.schema.Types[t.Name()], inList)
}

// below compiles what is selected of a field, for each type it may have.
func (c *compilation) below(n *node, def *ast.Definition, inList bool) (ok bool) {
	if !def.IsAbstractType() {
		n.only, ok = c.object(def.Name, n.field.Selections, inList)
		return ok
	}
	n.below = map[string]*object{}
	for _, possible := range c.schema.GetPossibleTypes(def) {
		if n.below[possible.Name], ok = c.object(possible.Name, n.field.Selections, inList); !ok {
			return false
		}
	}
	return true
}

// conditions returns the variables in @skip and @include of an operation, each
// once. The fragments of its document count too: that costs at most plans that
// are not needed.
func conditions(document *ast.QueryDocument, operation *ast.OperationDefinition) []string {
	var names []string
	add := func(directives ast.DirectiveList) {
		for _, d := range directives {
			if d.Name != "skip" && d.Name != "include" {
				continue
			}
			if arg := d.Arguments.ForName("if"); arg != nil && arg.Value.Kind == ast.Variable && !slices.Contains(names, arg.Value.Raw) {
				names = append(names, arg.Value.Raw)
			}
		}
	}
	var walk func(ast.SelectionSet)
	walk = func(selection ast.SelectionSet) {
		for _, s := range selection {
			switch s := s.(type) {
			case *ast.Field:
				add(s.Directives)
				walk(s.SelectionSet)
			case *ast.InlineFragment:
				add(s.Directives)
				walk(s.SelectionSet)
			case *ast.FragmentSpread:
				add(s.Directives)
			}
		}
	}
	walk(operation.SelectionSet)
	for _, f := range document.Fragments {
		walk(f.SelectionSet)
	}
	return names
}
