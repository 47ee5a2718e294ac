package guard

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth/policy"
)

// Validate finds what would keep the extension from enforcing the policy in the
// server of a schema. gqlgen calls it when the server begins to use the
// extension.
func (e *Extension) Validate(schema graphql.ExecutableSchema) error {
	if e.policy == nil || e.subject == nil {
		return errors.New("guard: New needs a policy and a function that returns the caller")
	}
	return errors.Join(Verify(e.policy, schema), e.uncounted(), e.unnamed(schema))
}

// Verify makes sure that a policy and generated code fit together:
//
//   - The policy is compiled from the very schema that is executed. Compiled
//     from another reading of the same file it would know none of its fields.
//   - The generated code leaves the directives to the policy (skip_runtime in
//     gqlgen.yml).
//   - The Go objects have the fields that each orSelf compares, as far as the
//     types of the resolvers tell.
func Verify(p *policy.Policy, schema graphql.ExecutableSchema) error {
	if p.Schema() != schema.Schema() {
		return errors.New("guard: the policy was compiled from another schema than the one that is executed: " +
			"pass policy.Compile the Schema() of the executable schema")
	}
	if run := runDirectives(schema); len(run) > 0 {
		return fmt.Errorf("guard: the generated code runs @%s itself: add this to gqlgen.yml and generate again\n\n%s",
			strings.Join(run, ", @"), policy.GqlgenConfig)
	}
	models, resolvers := modelsOf(schema)
	if err := p.CheckModels(models, resolvers.has); err != nil {
		return fmt.Errorf("guard: %w", err)
	}
	return nil
}

// runDirectives returns those directives of the policy that the generated code
// runs. gqlgen generates a struct DirectiveRoot, with a function for each
// directive that it does not skip, which the executable schema holds.
func runDirectives(schema graphql.ExecutableSchema) (run []string) {
	root, ok := member(schema, "Directives")
	if !ok || root.Kind() != reflect.Struct {
		return nil
	}
	for _, name := range policy.DirectiveNames() {
		if !policy.Declares(schema.Schema(), name) {
			continue
		}
		for i := range root.NumField() {
			if strings.EqualFold(root.Field(i).Name, name) {
				run = append(run, name)
			}
		}
	}
	return run
}

// member returns the type of a member of a generated executable schema
// (graphql.ExecutableSchemaState). A schema that is wrapped in another type has
// none that can be seen.
func member(schema graphql.ExecutableSchema, name string) (reflect.Type, bool) {
	t := reflect.TypeOf(schema)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil, false
	}
	f, ok := t.FieldByName(name)
	return f.Type, ok
}

// resolvers are the interfaces of the generated code, by the object types whose
// fields they resolve.
type resolvers map[string]reflect.Type

// has reports whether a field has a resolver.
func (r resolvers) has(object, field string) bool {
	_, ok := r.method(object, field)
	return ok
}

// method returns the type of the method that resolves a field.
func (r resolvers) method(object, field string) (reflect.Type, bool) {
	if t := r[object]; t != nil {
		for i := range t.NumMethod() {
			if m := t.Method(i); strings.EqualFold(m.Name, strings.ReplaceAll(field, "_", "")) {
				return m.Type, true
			}
		}
	}
	return nil, false
}

// modelsOf returns the Go types of the schema's object types as far as the
// generated interfaces of the resolvers tell, and those interfaces.
func modelsOf(schema graphql.ExecutableSchema) (map[string]reflect.Type, resolvers) {
	models, all := map[string]reflect.Type{}, resolvers{}
	root, ok := member(schema, "Resolvers")
	if !ok || root.Kind() != reflect.Interface {
		return models, all
	}
	for _, def := range schema.Schema().Types {
		for i := range root.NumMethod() {
			if m := root.Method(i); def.Kind == ast.Object && strings.EqualFold(m.Name, def.Name) && m.Type.NumOut() == 1 {
				all[def.Name] = m.Type.Out(0)
			}
		}
	}
	for object := range all {
		for _, field := range schema.Schema().Types[object].Fields {
			method, ok := all.method(object, field.Name)
			if !ok {
				continue
			}
			if method.NumOut() > 0 {
				models[field.Type.Name()] = method.Out(0)
			}
			if !isRoot(schema.Schema(), object) && method.NumIn() > 1 {
				models[object] = method.In(1) // after the context
			}
		}
	}
	return models, all
}

func isRoot(schema *ast.Schema, object string) bool {
	def := schema.Types[object]
	return def == schema.Query || def == schema.Mutation || def == schema.Subscription
}

// uncounted finds what is @rateLimit: the extension counts nothing, and a limit
// that is not kept is worse than none.
func (e *Extension) uncounted() error {
	var found []string
	for _, def := range e.policy.Schema().Types {
		for _, field := range def.Fields {
			if rule := e.policy.Rule(field); rule != nil && len(rule.RateLimits) > 0 {
				found = append(found, def.Name+"."+field.Name)
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	slices.Sort(found)
	return fmt.Errorf("guard: @rateLimit is not counted here: remove it from %s", strings.Join(found, ", "))
}

// unnamed finds fields that are @authenticates and return what can't say who
// was authenticated, as far as the types of the resolvers tell.
func (e *Extension) unnamed(schema graphql.ExecutableSchema) error {
	mutation := schema.Schema().Mutation
	if mutation == nil {
		return nil
	}
	var faults []error
	_, all := modelsOf(schema)
	for _, field := range mutation.Fields {
		rule := e.policy.Rule(field)
		method, ok := all.method(mutation.Name, field.Name)
		if rule == nil || !rule.Authenticates || !ok || method.NumOut() == 0 {
			continue
		}
		if result := method.Out(0); !result.Implements(reflect.TypeFor[Authenticated]()) {
			faults = append(faults, fmt.Errorf("guard: Mutation.%s is @authenticates, so %s needs a method Subject() *policy.Subject", field.Name, result))
		}
	}
	return errors.Join(faults...)
}
