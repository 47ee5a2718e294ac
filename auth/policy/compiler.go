package policy

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// A compiler turns a schema's directives into rules, and collects what is wrong with them.
type compiler struct {
	config   Config
	policy   *Policy
	findings Findings
	roles    []string
	scopes   []string
}

func (c *compiler) fault(coordinate string, at *ast.Position, format string, args ...any) {
	c.findings = append(c.findings, found(coordinate, at, format, args...))
}

func (c *compiler) compile(schema *ast.Schema) {
	c.declarations(schema)
	c.misspelt(schema)
	names := slices.Sorted(maps.Keys(schema.Types))
	for _, name := range names {
		if def := schema.Types[name]; !def.BuiltIn {
			c.misplaced(def)
		}
	}
	for _, name := range names {
		def := schema.Types[name]
		switch {
		case def.BuiltIn || strings.HasPrefix(name, "__"):
		case def.Kind == ast.Object:
			c.object(schema, def)
		case def.Kind == ast.InputObject:
			c.input(def)
		}
	}
	for _, name := range names {
		if def := schema.Types[name]; def.Kind == ast.Interface && !def.BuiltIn {
			c.abstract(schema, def)
		}
	}
	c.reach(schema)
	c.order()
	c.policy.number()
	c.policy.roles, c.policy.scopes = sorted(c.roles), sorted(c.scopes)
	c.knownRoles(schema)
}

func sorted(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// object compiles the fields of an object type: what stands on the field, on its type, and on the same field of the type's interfaces.
func (c *compiler) object(schema *ast.Schema, def *ast.Definition) {
	root := slices.Contains(roots(schema), def)
	for _, field := range def.Fields {
		if strings.HasPrefix(field.Name, "__") {
			continue
		}
		rule := &Rule{Coordinate: def.Name + "." + field.Name, root: root}
		c.guards(rule, def, field, def.Directives)
		for _, name := range def.Interfaces {
			if inherited := schema.Types[name].Fields.ForName(field.Name); inherited != nil {
				c.guards(rule, def, field, inherited.Directives)
			}
		}
		c.guards(rule, def, field, field.Directives)
		c.authenticates(rule, schema, def, field)
		c.sensitive(rule, field)
		c.rateLimits(rule, schema, field)
		c.arguments(rule, schema, field)
		c.settle(schema, rule, field)
	}
}

// settle keeps the rule of a field, if it is one that can be.
func (c *compiler) settle(schema *ast.Schema, rule *Rule, field *ast.FieldDefinition) {
	switch {
	case rule.Public && rule.guarded():
		c.fault(rule.Coordinate, field.Position, "@public exempts nothing, and stands beside another guard here: remove one of them")
	case rule.root && !rule.Public && !rule.guarded():
		c.fault(rule.Coordinate, field.Position, "a root field says who may reach it: add @public, @authenticated, @hasRole or @hasScope")
	case (rule.guarded() || rule.Authenticates) && leadsToRoot(schema, field):
		c.fault(rule.Coordinate, field.Position, notAsked, field.Type.Name())
	}
	if rule.Public || rule.guarded() || rule.Authenticates || len(rule.RateLimits) > 0 {
		c.policy.fields[field] = rule
	}
}

// notAsked is the fault of a guard on a field that leads to a root type, which is begun without a check (and without a resolver).
const notAsked = "a guard on a field that leads to the root type %s is not asked: guard the fields of %[1]s"

func leadsToRoot(schema *ast.Schema, field *ast.FieldDefinition) bool {
	return slices.Contains(roots(schema), schema.Types[field.Type.Name()])
}

// abstract compiles the fields of an interface: one that is selected through it needs what every possible type needs for it, and for what
// is supplied to it.
func (c *compiler) abstract(schema *ast.Schema, def *ast.Definition) {
	for _, field := range def.Fields {
		rule := &Rule{Coordinate: def.Name + "." + field.Name}
		for _, possible := range schema.GetPossibleTypes(def) {
			if concrete := possible.Fields.ForName(field.Name); concrete != nil {
				if r := c.policy.fields[concrete]; r != nil {
					rule.add(r.clauses...)
					rule.RateLimits = append(rule.RateLimits, r.RateLimits...)
				}
				c.inherit(rule, field.Arguments, concrete.Arguments)
			}
		}
		if rule.guarded() || len(rule.RateLimits) > 0 {
			c.policy.fields[field] = rule
			c.siblings(rule, schema.GetPossibleTypes(def))
		}
	}
}

// siblings makes what the rule of an interface's field compares known for each possible type, also for one that has no orSelf of its own.
func (c *compiler) siblings(rule *Rule, possible []*ast.Definition) {
	for _, cl := range rule.clauses {
		for _, def := range possible {
			if f := def.Fields.ForName(cl.self); f != nil && canBeID(f.Type) && len(f.Arguments) == 0 {
				c.sibling(def, cl.self, rule, f.Position)
			}
		}
	}
}

// inherit adds to the arguments of an interface's field what those of a possible type need.
func (c *compiler) inherit(field *Rule, arguments, concrete ast.ArgumentDefinitionList) {
	for _, arg := range arguments {
		needed := c.policy.args[concrete.ForName(arg.Name)]
		if needed == nil {
			continue
		}
		if c.policy.args[arg] == nil {
			c.policy.args[arg] = &Rule{Coordinate: field.Coordinate + "(" + arg.Name + ":)"}
		}
		c.policy.args[arg].add(needed.clauses...)
	}
}

// arguments compiles the directives on a field's arguments.
func (c *compiler) arguments(field *Rule, schema *ast.Schema, def *ast.FieldDefinition) {
	for _, arg := range def.Arguments {
		rule := &Rule{Coordinate: field.Coordinate + "(" + arg.Name + ":)"}
		c.supplied(rule, arg.Directives, sensitive)
		if !rule.guarded() {
			continue
		}
		c.policy.args[arg] = rule
		if leadsToRoot(schema, def) {
			c.fault(rule.Coordinate, arg.Position, notAsked, def.Type.Name())
		}
	}
}

// input compiles the directives on an input type's fields.
func (c *compiler) input(def *ast.Definition) {
	for _, field := range def.Fields {
		rule := &Rule{Coordinate: def.Name + "." + field.Name}
		c.supplied(rule, field.Directives)
		if rule.guarded() {
			c.policy.inputs[field] = rule
			c.policy.holds[def.Name] = true
		}
	}
}

// reach extends holds to the input types that lead to one that holds a guarded field.
func (c *compiler) reach(schema *ast.Schema) {
	for grown := true; grown; {
		grown = false
		for name, def := range schema.Types {
			if def.Kind != ast.InputObject || c.policy.holds[name] {
				continue
			}
			leads := func(f *ast.FieldDefinition) bool { return c.policy.holds[f.Type.Name()] }
			if slices.ContainsFunc(def.Fields, leads) {
				c.policy.holds[name], grown = true, true
			}
		}
	}
}

// order lists the rules that ask for anything.
func (c *compiler) order() {
	for _, rules := range []iter.Seq[*Rule]{maps.Values(c.policy.fields), maps.Values(c.policy.inputs), maps.Values(c.policy.args)} {
		for rule := range rules {
			if rule.guarded() {
				c.policy.ordered = append(c.policy.ordered, rule)
			}
		}
	}
	slices.SortFunc(c.policy.ordered, func(a, b *Rule) int { return strings.Compare(a.Coordinate, b.Coordinate) })
}

// knownRoles refuses rules that ask for a role nobody can have.
func (c *compiler) knownRoles(schema *ast.Schema) {
	if c.config.Roles == nil {
		return
	}
	for _, role := range c.policy.roles {
		if !slices.Contains(c.config.Roles, role) {
			place, at := mention(schema, hasRole, "role", role)
			c.fault(place, at, "there is no role %q: create it (role create %s) or correct the name", role, role)
		}
	}
}

// mention finds where a directive of the schema names a role or scope first.
func mention(schema *ast.Schema, directive, argument, wanted string) (coordinate string, at *ast.Position) {
	names := func(list ast.DirectiveList) bool {
		for _, d := range list.ForNames(directive) {
			if slices.Contains(strs(d, argument), wanted) {
				at = d.Position
				return true
			}
		}
		return false
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Types)) {
		def := schema.Types[name]
		if names(def.Directives) {
			return name, at
		}
		for _, field := range def.Fields {
			if names(field.Directives) {
				return name + "." + field.Name, at
			}
			for _, arg := range field.Arguments {
				if names(arg.Directives) {
					return name + "." + field.Name + "(" + arg.Name + ":)", at
				}
			}
		}
	}
	return wanted, nil
}
