package policy

import (
	"maps"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Described returns the policy with a schema whose descriptions say what each
// guarded field, argument and input field requires, so that introspection shows
// it.
func (p *Policy) Described() *Policy {
	d := *p
	d.fields, d.inputs, d.args = maps.Clone(p.fields), maps.Clone(p.inputs), maps.Clone(p.args)
	types := make(map[string]*ast.Definition, len(p.schema.Types))
	for name, def := range p.schema.Types {
		types[name] = def
		if def.BuiltIn {
			continue
		}
		described := *def
		described.Fields = make(ast.FieldList, len(def.Fields))
		for i, field := range def.Fields {
			described.Fields[i] = d.describe(field)
		}
		types[name] = &described
	}
	d.schema = withTypes(p.schema, types)
	return &d
}

// describe returns the field with a description of what it and its arguments
// require.
func (p *Policy) describe(field *ast.FieldDefinition) *ast.FieldDefinition {
	described := *field
	described.Arguments = make(ast.ArgumentDefinitionList, len(field.Arguments))
	for i, arg := range field.Arguments {
		described.Arguments[i] = arg
		if rule := p.args[arg]; rule != nil {
			copied := *arg
			copied.Description = withRequirements(arg.Description, rule)
			described.Arguments[i], p.args[&copied] = &copied, rule
		}
	}
	if rule := p.fields[field]; rule != nil {
		described.Description = withRequirements(field.Description, rule)
		p.fields[&described] = rule
	}
	if rule := p.inputs[field]; rule != nil {
		described.Description = withRequirements(field.Description, rule)
		p.inputs[&described] = rule
	}
	return &described
}

// withRequirements adds to a description what the rule requires, and its rate limits.
func withRequirements(description string, rule *Rule) string {
	var lines []string
	if description != "" {
		lines = append(lines, description)
	}
	if rule.guarded() {
		lines = append(lines, "Requires "+rule.String()+".")
	}
	for _, limit := range rule.RateLimits {
		lines = append(lines, "At most "+limit.String()+".")
	}
	return strings.Join(lines, "\n\n")
}
