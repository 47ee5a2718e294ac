package document

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Introspection says how much of the schema a caller can learn.
type Introspection string

// The values of the setting INTROSPECTION.
const (
	IntrospectionFull     Introspection = "full"
	IntrospectionFiltered Introspection = "filtered" // what the caller may reach; the rest doesn't exist for them
	IntrospectionOff      Introspection = "off"
)

// Introspective reports whether an operation selects nothing but descriptions
// of the schema. The setting INTROSPECTION says who may have them, so explorers
// and code generators work along with a manifest of trusted documents.
func (o *Operation) Introspective() bool {
	if o.Operation != ast.Query {
		return false
	}
	for selection := range level(o.Document.AST, o.SelectionSet) {
		switch s := selection.(type) {
		case *ast.Field:
			if s.Name != "__schema" && s.Name != "__type" && s.Name != "__typename" {
				return false
			}
		case *ast.FragmentSpread:
			if o.Document.AST.Fragments.ForName(s.Name) == nil {
				return false
			}
		}
	}
	return true
}

// A size is the number of items in a list of introspection: the average over all
// types, and the most.
type size struct{ average, most float64 }

// allTypesField leads to every type of the schema.
const allTypesField = "__Schema.types"

// wrappedField leads from a list or a non-null type to the type in it.
const wrappedField = "__Type.ofType"

// wrapsOf returns how many times the types of fields, arguments and input fields are
// wrapped in others, at most: [User!]! is wrapped three times.
func wrapsOf(schema *ast.Schema) (most int) {
	wrap := func(arguments ast.ArgumentDefinitionList) {
		for _, arg := range arguments {
			most = max(most, wraps(arg.Type))
		}
	}
	for _, def := range schema.Types {
		for _, field := range def.Fields {
			most = max(most, wraps(field.Type))
			wrap(field.Arguments)
		}
	}
	for _, def := range schema.Directives {
		wrap(def.Arguments)
	}
	return most
}

func wraps(t *ast.Type) (n int) {
	for ; t != nil; t = t.Elem {
		if t.NonNull {
			n++
		}
		if t.Elem != nil {
			n++
		}
	}
	return n
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
		allTypesField: sizeOf([]int{types}, 1), "__Schema.directives": sizeOf([]int{len(schema.Directives)}, 1),
		"__Type.fields": sizeOf(fields, types), "__Type.inputFields": sizeOf(inputs, types), "__Type.enumValues": sizeOf(enums, types),
		"__Type.interfaces": sizeOf(interfaces, types), "__Type.possibleTypes": sizeOf(possible, types),
		"__Field.args": sizeOf(arguments, len(arguments)),
	}
	for _, def := range schema.Directives {
		sizes["__Directive.args"] = size{most: max(sizes["__Directive.args"].most, float64(len(def.Arguments)))}
	}
	return sizes
}

// sizeOf returns the size of lists of these lengths, averaged over count places.
func sizeOf(lengths []int, count int) size {
	total := 0
	for _, n := range lengths {
		total += n
	}
	return size{average: float64(total) / float64(max(count, 1)), most: float64(slices.Max(append(lengths, 0)))}
}
