package document

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// pageSize is taken for the argument first where a variable gives it.
const pageSize = 100

// A costs counts the fields that an answer may come to. Each fragment is counted once for each place it may stand in, however often it is
// spread. Numbers are fractions because introspection reckons with averages, and never overflow.
type costs struct {
	document  *ast.QueryDocument
	sizes     map[string]size // of the lists of introspection, by coordinate
	fragments map[place]float64
}

// A place is a fragment, below the list of all types or not.
type place struct {
	fragment string
	even     bool
}

// A size is how many items a list has: on average over all types, and at most.
type size struct{ average, most float64 }

// costOf returns how many fields the operation may come to. The document must be valid.
func costOf(schema *ast.Schema, document *ast.QueryDocument, op *ast.OperationDefinition) int {
	c := costs{document: document, sizes: sizesOf(schema), fragments: map[place]float64{}}
	return int(min(c.selections(op.SelectionSet, false), 1e9))
}

// selections counts the fields of a selection set for one object. It is even where the object may be any of the schema's types, so that
// averages are exact.
func (c costs) selections(set ast.SelectionSet, even bool) float64 {
	total := 0.0
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			total += c.field(s, even)
		case *ast.InlineFragment:
			total += c.selections(s.SelectionSet, even)
		case *ast.FragmentSpread:
			total += c.fragment(place{s.Name, even})
		}
	}
	return total
}

func (c costs) fragment(p place) float64 {
	cost, known := c.fragments[p]
	if def := c.document.Fragments.ForName(p.fragment); !known && def != nil {
		cost = c.selections(def.SelectionSet, p.even)
		c.fragments[p] = cost
	}
	return cost
}

// heavy is what a field costs that looks into a whole operation: a request may hold two of them.
const heavy = 7_000

// queried is what a field costs that asks the database for a list, each time it is resolved.
const queried = 25

// weight is what a field costs by itself.
func weight(field *ast.Field) float64 {
	switch {
	case field.Definition == nil:
		return 1
	case strings.HasPrefix(field.Name, "access") && field.Definition.Arguments.ForName("operation") != nil:
		return heavy
	case field.Definition.Arguments.ForName("first") != nil:
		return queried
	}
	return 1
}

func (c costs) field(field *ast.Field, even bool) float64 {
	if field.SelectionSet == nil || field.ObjectDefinition == nil {
		return 1
	}
	coordinate := field.ObjectDefinition.Name + "." + field.Name
	items, listed := c.sizes[coordinate]
	switch {
	case coordinate == "__Schema.types":
		return 1 + items.most*c.selections(field.SelectionSet, true)
	case listed && even:
		return 1 + items.average*c.selections(field.SelectionSet, true)
	case listed:
		return 1 + items.most*c.selections(field.SelectionSet, false)
	default:
		return weight(field) + page(field)*c.selections(field.SelectionSet, false)
	}
}

// page is how many items the argument first of a connection asks for; 1 for every other field.
func page(field *ast.Field) float64 {
	if field.Definition == nil || field.Definition.Arguments.ForName("first") == nil {
		return 1
	}
	value := field.Definition.Arguments.ForName("first").DefaultValue
	if arg := field.Arguments.ForName("first"); arg != nil {
		value = arg.Value
	}
	if value != nil && value.Kind == ast.IntValue {
		if n, err := strconv.Atoi(value.Raw); err == nil {
			return float64(min(max(n, 1), pageSize))
		}
	}
	return pageSize
}

// sizesOf measures the lists of introspection.
func sizesOf(schema *ast.Schema) map[string]size {
	var fields, inputs, enums, interfaces, possible, arguments []int
	for _, def := range schema.Types {
		if def.Kind == ast.InputObject {
			inputs = append(inputs, len(def.Fields))
		} else {
			fields = append(fields, len(def.Fields))
		}
		enums, interfaces = append(enums, len(def.EnumValues)), append(interfaces, len(def.Interfaces))
		possible = append(possible, len(schema.PossibleTypes[def.Name]))
		for _, field := range def.Fields {
			if !strings.HasPrefix(field.Name, "__") {
				arguments = append(arguments, len(field.Arguments))
			}
		}
	}
	types := len(schema.Types)
	sizes := map[string]size{
		"__Schema.types": sizeOf([]int{types}, 1), "__Schema.directives": sizeOf([]int{len(schema.Directives)}, 1),
		"__Type.fields": sizeOf(fields, types), "__Type.inputFields": sizeOf(inputs, types), "__Type.enumValues": sizeOf(enums, types),
		"__Type.interfaces": sizeOf(interfaces, types), "__Type.possibleTypes": sizeOf(possible, types),
		"__Field.args": sizeOf(arguments, len(arguments)),
	}
	for _, def := range schema.Directives {
		sizes["__Directive.args"] = size{most: max(sizes["__Directive.args"].most, float64(len(def.Arguments)))}
	}
	return sizes
}

func sizeOf(lengths []int, among int) size {
	total := 0
	for _, n := range lengths {
		total += n
	}
	return size{average: float64(total) / float64(max(among, 1)), most: float64(slices.Max(append(lengths, 0)))}
}
