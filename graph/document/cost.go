package document

import (
	"fmt"
	"math"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// The directives of the GraphQL cost specification, and their arguments.
const (
	costDirective     = "cost"
	listSizeDirective = "listSize"
	weightArg         = "weight"
	assumedSizeArg    = "assumedSize"
	slicingArg        = "slicingArguments"
)

// costs is what a schema says about the cost of its fields.
type costs struct {
	weights map[*ast.FieldDefinition]float64  // of the fields with @cost; 1 for others
	lists   map[*ast.FieldDefinition]listSize // of the fields with @listSize
	sizes   map[string]size                   // of the lists of introspection, by coordinate
	wraps   int                               // how many times ofType leads to a type, at most
}

// A listSize says how many times the selections of a field count.
type listSize struct {
	assumed int // if no argument says it, and at most
	slicing []*ast.ArgumentDefinition
}

// newCosts reads the schema. It returns an error for a directive that makes no
// sense.
func newCosts(schema *ast.Schema) (*costs, error) {
	c := &costs{weights: map[*ast.FieldDefinition]float64{}, lists: map[*ast.FieldDefinition]listSize{}, sizes: sizesOf(schema), wraps: wrapsOf(schema)}
	for name, def := range schema.Types {
		for _, field := range def.Fields {
			if err := c.read(field); err != nil {
				return nil, fmt.Errorf("%s.%s: %w", name, field.Name, err)
			}
		}
	}
	return c, nil
}

func (c *costs) read(field *ast.FieldDefinition) error {
	if d := field.Directives.ForName(costDirective); d != nil {
		weight, err := strconv.ParseFloat(argument(d, weightArg), 64)
		if err != nil || math.IsNaN(weight) || weight < 0 || weight > 1e9 {
			return fmt.Errorf("@%s needs a %s, a number that is not negative", costDirective, weightArg)
		}
		c.weights[field] = weight
	}
	d := field.Directives.ForName(listSizeDirective)
	if d == nil {
		return nil
	}
	assumed, err := strconv.Atoi(argument(d, assumedSizeArg))
	if err != nil || assumed < 1 {
		return fmt.Errorf("@%s needs an %s, a positive number", listSizeDirective, assumedSizeArg)
	}
	list := listSize{assumed: assumed}
	for _, name := range arguments(d, slicingArg) {
		arg := field.Arguments.ForName(name)
		if arg == nil || arg.Type.NamedType != "Int" {
			return fmt.Errorf("@%s: %q is not an argument of type Int", listSizeDirective, name)
		}
		list.slicing = append(list.slicing, arg)
	}
	c.lists[field] = list
	return nil
}

// argument returns the text of a directive's argument, "" without it.
func argument(d *ast.Directive, name string) string {
	if arg := d.Arguments.ForName(name); arg != nil {
		return arg.Value.Raw
	}
	return ""
}

// arguments returns the texts of an argument that is a list. A single value
// stands for a list of one.
func arguments(d *ast.Directive, name string) (texts []string) {
	arg := d.Arguments.ForName(name)
	switch {
	case arg == nil || arg.Value.Kind == ast.NullValue:
	case arg.Value.Kind != ast.ListValue:
		texts = append(texts, arg.Value.Raw)
	default:
		for _, child := range arg.Value.Children {
			texts = append(texts, child.Value.Raw)
		}
	}
	return texts
}

// bound returns the most that a valid operation can cost, and whether it may
// cost less because a variable gives the size of a list.
func (c *costs) bound(doc *ast.QueryDocument, op *ast.OperationDefinition) (cost int, sized bool) {
	s := sum{costs: c, doc: doc, fragments: map[place]float64{}}
	cost = s.total(op)
	return cost, s.sized
}

// of returns what a valid operation costs with these values of its variables.
func (c *costs) of(doc *ast.QueryDocument, op *ast.OperationDefinition, variables map[string]any) int {
	s := sum{costs: c, doc: doc, fragments: map[place]float64{}, known: true, variables: variables}
	return s.total(op)
}

// A sum counts the fields that an answer may have. It visits each fragment once
// for each kind of place, however often it is spread. The numbers are fractions
// because introspection needs averages, and because they never overflow.
type sum struct {
	*costs
	doc       *ast.QueryDocument
	fragments map[place]float64
	variables map[string]any
	known     bool // variables are
	sized     bool // a variable gives the size of a list
}

// A place is where a fragment is spread.
type place struct {
	fragment string
	spot
}

// A spot says which objects a selection set is for.
type spot struct {
	allTypes  bool // any of the schema's types, so that averages are exact
	unwrapped int  // a type below so many ofType
}

func (s *sum) total(op *ast.OperationDefinition) int {
	return int(min(s.selections(op.SelectionSet, spot{}), 1e9))
}

// selections counts the fields of a selection set for one object.
func (s *sum) selections(set ast.SelectionSet, at spot) float64 {
	total := 0.0
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			total += s.field(selection, at)
		case *ast.InlineFragment:
			total += s.selections(selection.SelectionSet, at)
		case *ast.FragmentSpread:
			total += s.fragment(place{selection.Name, at})
		}
	}
	return total
}

func (s *sum) fragment(p place) float64 {
	cost, known := s.fragments[p]
	if def := s.doc.Fragments.ForName(p.fragment); !known && def != nil {
		cost = s.selections(def.SelectionSet, p.spot)
		s.fragments[p] = cost
	}
	return cost
}

func (s *sum) field(field *ast.Field, at spot) float64 {
	weight, heavy := s.weights[field.Definition]
	if !heavy {
		weight = 1
	}
	if len(field.SelectionSet) == 0 || field.ObjectDefinition == nil {
		return weight
	}
	coordinate := field.ObjectDefinition.Name + "." + field.Name
	items, introspection := s.sizes[coordinate]
	switch {
	case coordinate == wrappedField && at.unwrapped >= s.wraps: // null
		return weight
	case coordinate == wrappedField:
		return weight + s.selections(field.SelectionSet, spot{unwrapped: at.unwrapped + 1})
	case coordinate == allTypesField:
		return weight + items.most*s.selections(field.SelectionSet, spot{allTypes: true})
	case introspection && at.allTypes:
		return weight + items.average*s.selections(field.SelectionSet, spot{allTypes: true})
	case introspection:
		return weight + items.most*s.selections(field.SelectionSet, spot{})
	}
	if list, ok := s.lists[field.Definition]; ok {
		return weight + float64(s.items(list, field))*s.selections(field.SelectionSet, spot{})
	}
	return weight + s.selections(field.SelectionSet, spot{})
}

// items returns how many items a list has at most: the largest number that its
// slicing arguments ask for.
func (s *sum) items(list listSize, field *ast.Field) int {
	items := 0
	for _, def := range list.slicing {
		items = max(items, s.slice(field, def, list.assumed))
	}
	if items == 0 {
		return list.assumed
	}
	return min(items, list.assumed)
}

// slice returns how many items an argument asks for, at least 1, or 0 if it has
// no value. For null, and for a variable that is not known, it returns assumed.
func (s *sum) slice(field *ast.Field, def *ast.ArgumentDefinition, assumed int) int {
	given := def.DefaultValue
	if arg := field.Arguments.ForName(def.Name); arg != nil {
		given = arg.Value
	}
	if given != nil && given.Kind == ast.Variable {
		s.sized = true
		value, supplied := s.variables[given.Raw]
		if n, ok := value.(int64); ok {
			return max(int(n), 1)
		}
		if supplied || !s.known {
			return assumed
		}
		given = def.DefaultValue
	}
	if given == nil {
		return 0
	}
	n, err := strconv.Atoi(given.Raw)
	if given.Kind != ast.IntValue || err != nil {
		return assumed
	}
	return max(n, 1)
}
