package policy

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

// SDL returns the schema with its directives, as text. A [Policy.View] in which
// no field is left has no query type.
func (p *Policy) SDL() string { return sdl(p.schema) }

// sdl formats a schema. It leaves out an operation type that has only
// introspection, because its braces would be empty.
func sdl(schema *ast.Schema) string {
	whole := *schema
	whole.Types = maps.Clone(schema.Types)
	for _, root := range []**ast.Definition{&whole.Query, &whole.Mutation, &whole.Subscription} {
		if *root != nil && !slices.ContainsFunc((*root).Fields, func(f *ast.FieldDefinition) bool { return !strings.HasPrefix(f.Name, "__") }) {
			delete(whole.Types, (*root).Name)
			*root = nil
		}
	}
	var b strings.Builder
	f := formatter.NewFormatter(&b, formatter.WithIndent("  "))
	if len(whole.SchemaDirectives) > 0 && whole.Query != nil && usuallyNamed(&whole) {
		f.FormatSchemaDocument(&ast.SchemaDocument{Schema: ast.SchemaDefinitionList{definition(&whole)}})
		whole.SchemaDirectives = nil
	}
	f.FormatSchema(&whole)
	return b.String()
}

// usuallyNamed reports whether the operation types have the names for which the
// formatter leaves out the definition of the schema. It then extends the schema by
// its directives, which Relay's compiler 21 can't read.
func usuallyNamed(schema *ast.Schema) bool {
	isNamed := func(def *ast.Definition, name string) bool { return def == nil || def.Name == name }
	return isNamed(schema.Query, "Query") && isNamed(schema.Mutation, "Mutation") && isNamed(schema.Subscription, "Subscription")
}

// definition returns the definition of a schema, with its directives.
func definition(schema *ast.Schema) *ast.SchemaDefinition {
	made := &ast.SchemaDefinition{Description: schema.Description, Directives: schema.SchemaDirectives}
	for _, root := range roots(schema) {
		made.OperationTypes = append(made.OperationTypes, &ast.OperationTypeDefinition{Operation: ast.Operation(strings.ToLower(root.Name)), Type: root.Name})
	}
	return made
}

// roots returns the operation types of the schema.
func roots(schema *ast.Schema) []*ast.Definition {
	var all []*ast.Definition
	for _, def := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		if def != nil {
			all = append(all, def)
		}
	}
	return all
}

// rootOf returns the type of an operation's root fields, or nil.
func rootOf(schema *ast.Schema, operation ast.Operation) *ast.Definition {
	switch operation {
	case ast.Mutation:
		return schema.Mutation
	case ast.Subscription:
		return schema.Subscription
	default:
		return schema.Query
	}
}

// withTypes returns a copy of a schema that has only the given types, which
// replace those with the same names.
func withTypes(whole *ast.Schema, types map[string]*ast.Definition) *ast.Schema {
	schema := &ast.Schema{
		Types: types, Directives: whole.Directives, SchemaDirectives: whole.SchemaDirectives, Description: whole.Description,
		PossibleTypes: map[string][]*ast.Definition{}, Implements: map[string][]*ast.Definition{},
	}
	for _, root := range []struct{ to, from **ast.Definition }{
		{&schema.Query, &whole.Query}, {&schema.Mutation, &whole.Mutation}, {&schema.Subscription, &whole.Subscription},
	} {
		if *root.from != nil {
			*root.to = types[(*root.from).Name]
		}
	}
	keep := func(to, from map[string][]*ast.Definition) {
		for name, all := range from {
			for _, def := range all {
				if types[name] != nil && types[def.Name] != nil {
					to[name] = append(to[name], types[def.Name])
				}
			}
		}
	}
	keep(schema.PossibleTypes, whole.PossibleTypes)
	keep(schema.Implements, whole.Implements)
	for _, def := range types {
		if def.Kind == ast.Union {
			def.Types = slices.DeleteFunc(slices.Clone(def.Types), func(name string) bool { return types[name] == nil })
		}
	}
	return schema
}

// Schema returns the policy's schema.
func (p *Policy) Schema() *ast.Schema { return p.schema }

// uses returns the directives in a schema with the coordinates of what they
// are written on, sorted by type.
func uses(schema *ast.Schema) iter.Seq2[string, *ast.Directive] {
	return func(yield func(string, *ast.Directive) bool) {
		each := func(coordinate string, list ast.DirectiveList) bool {
			for _, d := range list {
				if !yield(coordinate, d) {
					return false
				}
			}
			return true
		}
		if !each("schema", schema.SchemaDirectives) {
			return
		}
		for _, name := range slices.Sorted(maps.Keys(schema.Types)) {
			if def := schema.Types[name]; !def.BuiltIn && !usesOf(def, each) {
				return
			}
		}
	}
}

// usesOf calls each for a type and its parts, until it returns false.
func usesOf(def *ast.Definition, each func(coordinate string, list ast.DirectiveList) bool) bool {
	if !each(def.Name, def.Directives) {
		return false
	}
	for _, field := range def.Fields {
		coordinate := def.Name + "." + field.Name
		if !each(coordinate, field.Directives) {
			return false
		}
		for _, arg := range field.Arguments {
			if !each(coordinate+"("+arg.Name+":)", arg.Directives) {
				return false
			}
		}
	}
	for _, value := range def.EnumValues {
		if !each(def.Name+"."+value.Name, value.Directives) {
			return false
		}
	}
	return true
}
