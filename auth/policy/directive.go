package policy

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// guards adds the guards in a list of directives to the rule of a field.
func (c *compiler) guards(rule *Rule, def *ast.Definition, field *ast.FieldDefinition, list ast.DirectiveList) {
	for _, d := range list {
		switch d.Name {
		case public:
			rule.Public = true
		case authenticated:
			rule.add(clause{any: []string{requireAuthenticated}})
		case hasRole, hasScope:
			cl := c.clause(rule.Coordinate, d)
			cl.self = c.orSelf(rule, def, field, d)
			if len(cl.any) > 0 {
				rule.add(cl)
			}
		case fresh:
			c.fresh(rule, field, d)
		case factors:
			if cl, ok := c.factorsClause(rule.Coordinate, d); ok {
				rule.add(cl)
			}
		}
	}
}

// inputGuards adds the guards in a list of directives to the rule of an
// argument or input field. Directives in allowed are not guards there, but
// they are not faults either.
func (c *compiler) inputGuards(rule *Rule, list ast.DirectiveList, allowed ...string) {
	for _, d := range list {
		switch d.Name {
		case hasRole, hasScope:
			if str(d, "orSelf") != "" || d.Arguments.ForName("orSelf") != nil {
				c.fault(rule.Coordinate, d.Position, "orSelf has no effect on an argument or input field: remove it")
			}
			if cl := c.clause(rule.Coordinate, d); len(cl.any) > 0 {
				rule.add(cl)
			}
		case fresh, factors:
			c.inputStep(rule, d)
		case public, authenticated, authenticates, sensitive, rateLimit, delegable:
			if !slices.Contains(allowed, d.Name) {
				c.fault(rule.Coordinate, d.Position, "@%s is not enforced here: use @hasRole, @hasScope, @fresh or @factors", d.Name)
			}
		}
	}
}

// clause reads one @hasRole or @hasScope.
func (c *compiler) clause(coordinate string, d *ast.Directive) clause {
	kind, list := "role", &c.roles
	if d.Name == hasScope {
		kind, list = "scope", &c.scopes
	}
	c.onlyArguments(coordinate, d, kind, "orSelf")
	names := strs(d, kind)
	if !areNames(names) {
		c.fault(coordinate, d.Position, "@%s needs a list of %ss, each a word without spaces or commas", d.Name, kind)
		return clause{}
	}
	*list = append(*list, names...)
	cl := clause{}
	for _, name := range sorted(slices.Clone(names)) {
		cl.any = append(cl.any, kind+":"+name)
	}
	return cl
}

// orSelf reads the argument orSelf and checks that it names something to
// compare.
func (c *compiler) orSelf(rule *Rule, def *ast.Definition, field *ast.FieldDefinition, d *ast.Directive) string {
	arg := d.Arguments.ForName("orSelf")
	if arg == nil || arg.Value.Kind == ast.NullValue {
		return ""
	}
	name := str(d, "orSelf")
	if rule.root {
		if a := field.Arguments.ForName(name); a == nil || !canBeID(a.Type) {
			c.fault(rule.Coordinate, d.Position, "orSelf: %q is not an argument of type ID or String of this field", name)
		}
		return name
	}
	sibling := def.Fields.ForName(name)
	if sibling == nil || !canBeID(sibling.Type) || len(sibling.Arguments) > 0 {
		c.fault(rule.Coordinate, d.Position, "orSelf: %q is not a field of type ID or String, without arguments, of %s", name, def.Name)
		return name
	}
	c.sibling(def, name, rule, d.Position)
	return name
}

// sibling lets rules read a field of an object type.
func (c *compiler) sibling(def *ast.Definition, name string, rule *Rule, at *ast.Position) {
	coordinate := def.Name + "." + name
	if c.policy.siblings[coordinate] != nil {
		return
	}
	s := &sibling{rule: rule.Coordinate, at: at, field: name}
	if c.config.Sibling != nil {
		s.value = c.config.Sibling(def.Name, name)
	}
	c.policy.siblings[coordinate] = s
}

// canBeID reports whether a value of the type can be a user's id.
func canBeID(t *ast.Type) bool {
	return t.Elem == nil && (t.NamedType == "ID" || t.NamedType == "String")
}

// markAuthenticates notes that a field logs a caller in.
func (c *compiler) markAuthenticates(rule *Rule, schema *ast.Schema, def *ast.Definition, field *ast.FieldDefinition) {
	d := field.Directives.ForName(authenticates)
	if d == nil {
		return
	}
	rule.Authenticates = true
	if def != schema.Mutation {
		c.fault(rule.Coordinate, d.Position, notLogin)
	}
}

// strs reads an argument that is a list of strings. GraphQL takes a single
// value for a list of one.
func strs(d *ast.Directive, name string) []string {
	arg := d.Arguments.ForName(name)
	if arg == nil || arg.Value == nil {
		return nil
	}
	if arg.Value.Kind != ast.ListValue {
		return oneString(arg.Value)
	}
	var list []string
	for _, child := range arg.Value.Children {
		one := oneString(child.Value)
		if one == nil {
			return nil
		}
		list = append(list, one...)
	}
	return list
}

func oneString(v *ast.Value) []string {
	if v.Kind != ast.StringValue && v.Kind != ast.BlockValue {
		return nil
	}
	return []string{v.Raw}
}

// str reads an argument that is a string, or returns "".
func str(d *ast.Directive, name string) string {
	if list := strs(d, name); len(list) == 1 {
		return list[0]
	}
	return ""
}

// markSensitive notes that a field takes or checks a secret.
func (c *compiler) markSensitive(rule *Rule, field *ast.FieldDefinition) {
	d := field.Directives.ForName(sensitive)
	if d == nil {
		return
	}
	rule.Sensitive = true
	if !rule.root {
		c.fault(rule.Coordinate, d.Position, notCounted)
	}
}
