package policy

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// A compiler turns the directives of a schema into rules and collects their
// faults.
type compiler struct {
	config   Config
	policy   *Policy
	findings Findings
	roles    []string
	scopes   []string

	delegations map[*ast.Directive]*delegation
}

func (c *compiler) fault(coordinate string, at *ast.Position, format string, args ...any) {
	c.findings = append(c.findings, newFinding(coordinate, at, format, args...))
}

func (c *compiler) compile(schema *ast.Schema) {
	c.checkDeclarations(schema)
	c.misspelled(schema)
	c.findDelegations(schema)
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
			c.objectType(schema, def)
		case def.Kind == ast.InputObject:
			c.inputType(def)
		}
	}
	for _, name := range names {
		if def := schema.Types[name]; def.Kind == ast.Interface && !def.BuiltIn {
			c.interfaceType(schema, def)
		}
	}
	c.markGuardedInputs(schema)
	c.listGuarded()
	c.policy.numberRequirements()
	c.policy.roles, c.policy.scopes = sorted(c.roles), sorted(c.scopes)
	c.checkRoles(schema)
	c.checkDelegations(schema)
	c.titles(schema)
}

func sorted(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// objectType compiles the fields of an object type. The directives of a field
// are those on the field, on its type, and on the same field of the type's
// interfaces.
func (c *compiler) objectType(schema *ast.Schema, def *ast.Definition) {
	root := slices.Contains(roots(schema), def)
	for _, field := range def.Fields {
		if strings.HasPrefix(field.Name, "__") {
			continue
		}
		rule := &Rule{Coordinate: def.Name + "." + field.Name, root: root}
		list := slices.Clone(def.Directives)
		for _, name := range def.Interfaces {
			if inherited := schema.Types[name].Fields.ForName(field.Name); inherited != nil {
				list = append(list, inherited.Directives...)
			}
		}
		list = append(list, field.Directives...)
		c.guards(rule, def, field, list)
		c.markAuthenticates(rule, schema, def, field)
		c.markSensitive(rule, field)
		c.delegate(rule, list)
		c.rateLimits(rule, schema, field)
		c.arguments(rule, schema, field)
		c.keepRule(schema, rule, field)
	}
}

// keepRule checks the rule of a field and adds it to the policy.
func (c *compiler) keepRule(schema *ast.Schema, rule *Rule, field *ast.FieldDefinition) {
	switch {
	case rule.Public && rule.guarded():
		c.fault(rule.Coordinate, field.Position, "@public doesn't lift another guard: remove one of them")
	case rule.root && !rule.Public && !rule.guarded():
		c.fault(rule.Coordinate, field.Position, "a root field must say who may reach it: add @public, @authenticated, @hasRole or @hasScope")
	case (rule.guarded() || rule.Authenticates) && leadsToRoot(schema, field):
		c.fault(rule.Coordinate, field.Position, notEnforced, field.Type.Name())
	}
	if rule.Public || rule.guarded() || rule.Authenticates || len(rule.RateLimits) > 0 {
		c.policy.fields[field] = rule
	}
}

// notEnforced is the fault of a guard on a field that leads to a root type.
// gqlgen resolves such a field without a check, and without a resolver.
const notEnforced = "a guard on a field that leads to the root type %s is not enforced: guard the fields of %[1]s"

func leadsToRoot(schema *ast.Schema, field *ast.FieldDefinition) bool {
	return slices.Contains(roots(schema), schema.Types[field.Type.Name()])
}

// interfaceType compiles the fields of an interface. Selecting a field through
// an interface requires what every possible type requires for it and for its
// arguments.
func (c *compiler) interfaceType(schema *ast.Schema, def *ast.Definition) {
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

// siblings lets the rule of an interface's field read the object of each
// possible type, also of a type without an orSelf of its own.
func (c *compiler) siblings(rule *Rule, possible []*ast.Definition) {
	for _, cl := range rule.clauses {
		for _, def := range possible {
			if f := def.Fields.ForName(cl.self); f != nil && canBeID(f.Type) && len(f.Arguments) == 0 {
				c.sibling(def, cl.self, rule, f.Position)
			}
		}
	}
}

// inherit adds the guards on the arguments of a possible type to the arguments
// of the interface's field.
func (c *compiler) inherit(field *Rule, arguments, concrete ast.ArgumentDefinitionList) {
	for _, arg := range arguments {
		required := c.policy.args[concrete.ForName(arg.Name)]
		if required == nil {
			continue
		}
		if c.policy.args[arg] == nil {
			c.policy.args[arg] = &Rule{Coordinate: field.Coordinate + "(" + arg.Name + ":)"}
		}
		c.policy.args[arg].add(required.clauses...)
	}
}

// arguments compiles the directives on the arguments of a field.
func (c *compiler) arguments(field *Rule, schema *ast.Schema, def *ast.FieldDefinition) {
	for _, arg := range def.Arguments {
		rule := &Rule{Coordinate: field.Coordinate + "(" + arg.Name + ":)"}
		c.inputGuards(rule, arg.Directives, sensitive)
		if !rule.guarded() {
			continue
		}
		c.policy.args[arg] = rule
		if leadsToRoot(schema, def) {
			c.fault(rule.Coordinate, arg.Position, notEnforced, def.Type.Name())
		}
	}
}

// inputType compiles the directives on the fields of an input type.
func (c *compiler) inputType(def *ast.Definition) {
	for _, field := range def.Fields {
		rule := &Rule{Coordinate: def.Name + "." + field.Name}
		c.inputGuards(rule, field.Directives)
		if rule.guarded() {
			c.policy.inputs[field] = rule
			c.policy.guardedInputs[def.Name] = true
		}
	}
}

// markGuardedInputs extends guardedInputs to the input types from which a
// marked one can be reached.
func (c *compiler) markGuardedInputs(schema *ast.Schema) {
	for changed := true; changed; {
		changed = false
		for name, def := range schema.Types {
			if def.Kind != ast.InputObject || c.policy.guardedInputs[name] {
				continue
			}
			leads := func(f *ast.FieldDefinition) bool { return c.policy.guardedInputs[f.Type.Name()] }
			if slices.ContainsFunc(def.Fields, leads) {
				c.policy.guardedInputs[name], changed = true, true
			}
		}
	}
}

// listGuarded lists the rules that require something.
func (c *compiler) listGuarded() {
	for _, rules := range []iter.Seq[*Rule]{maps.Values(c.policy.fields), maps.Values(c.policy.inputs), maps.Values(c.policy.args)} {
		for rule := range rules {
			if rule.guarded() {
				c.policy.guarded = append(c.policy.guarded, rule)
			}
		}
	}
	slices.SortFunc(c.policy.guarded, func(a, b *Rule) int { return strings.Compare(a.Coordinate, b.Coordinate) })
}

// checkRoles reports rules that require an unknown role.
func (c *compiler) checkRoles(schema *ast.Schema) {
	if c.config.Roles == nil {
		return
	}
	for _, role := range c.policy.roles {
		if !slices.Contains(c.config.Roles, role) {
			place, at := firstMention(schema, hasRole, "role", role)
			c.fault(place, at, "unknown role %q: create it (role create %s) or correct the name", role, role)
		}
	}
}

// firstMention finds the first directive of the schema that names a role or
// scope.
func firstMention(schema *ast.Schema, directive, argument, wanted string) (coordinate string, at *ast.Position) {
	for place, d := range uses(schema) {
		if d.Name == directive && slices.Contains(strs(d, argument), wanted) {
			return place, d.Position
		}
	}
	return wanted, nil
}
