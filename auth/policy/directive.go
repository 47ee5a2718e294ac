package policy

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// The names of the directives.
const (
	public        = "public"
	authenticated = "authenticated"
	hasRole       = "hasRole"
	hasScope      = "hasScope"
	authenticates = "authenticates"
	sensitive     = "sensitive"
	rateLimit     = "rateLimit"
)

// signatures says for each directive which arguments it must be declared with, and where it may stand. A schema that declares one otherwise
// means something else by it, which must not be taken for a guard.
func signatures() map[string]struct {
	arguments  map[string]string
	locations  []ast.DirectiveLocation
	repeatable bool
} {
	type signature = struct {
		arguments  map[string]string
		locations  []ast.DirectiveLocation
		repeatable bool
	}
	fields := []ast.DirectiveLocation{ast.LocationFieldDefinition, ast.LocationObject}
	all := append(slices.Clone(fields), ast.LocationArgumentDefinition, ast.LocationInputFieldDefinition)
	return map[string]signature{
		public:        {locations: fields},
		authenticated: {locations: fields},
		hasRole:       {arguments: map[string]string{"role": "[String!]!", "orSelf": "String"}, locations: all, repeatable: true},
		hasScope:      {arguments: map[string]string{"scope": "[String!]!", "orSelf": "String"}, locations: all, repeatable: true},
		authenticates: {locations: fields[:1]},
		sensitive:     {locations: []ast.DirectiveLocation{ast.LocationFieldDefinition, ast.LocationArgumentDefinition}},
		rateLimit: {
			arguments: map[string]string{"limit": "Int!", "per": "String!", "by": "[RateLimitKey!]!", "argument": "String"}, locations: fields[:1], repeatable: true,
		},
	}
}

// declarations compares how the schema declares the directives with how they are meant.
func (c *compiler) declarations(schema *ast.Schema) {
	for name, def := range schema.Directives {
		for _, arg := range def.Arguments {
			c.none("@"+name+"("+arg.Name+":)", arg.Directives, "a guard on a directive's argument is not enforced: remove it")
		}
	}
	for name, want := range signatures() {
		def := schema.Directives[name]
		if def == nil {
			continue
		}
		place := "@" + name
		for arg, typ := range want.arguments {
			if d := def.Arguments.ForName(arg); d == nil || d.Type.String() != typ || d.DefaultValue != nil {
				c.fault(place, def.Position, "declare the argument %s: %s, without a default", arg, typ)
			}
		}
		for _, d := range def.Arguments {
			if _, ok := want.arguments[d.Name]; !ok {
				c.fault(place, d.Position, "there is no argument %q: remove it", d.Name)
			}
		}
		for _, location := range def.Locations {
			if !slices.Contains(want.locations, location) {
				c.fault(place, def.Position, "it can't be enforced on %s: remove that location", location)
			}
		}
		if def.IsRepeatable != want.repeatable {
			c.fault(place, def.Position, "repeatable must be %t", want.repeatable)
		}
	}
}

// misplaced finds directives of ours where nothing could enforce them.
func (c *compiler) misplaced(def *ast.Definition) {
	if def.Kind != ast.Object {
		c.none(def.Name, def.Directives, "a guard on the %s itself is not enforced: put it on fields", strings.ToLower(string(def.Kind)))
	}
	for _, value := range def.EnumValues {
		c.none(def.Name+"."+value.Name, value.Directives, "a guard on an enum value is not enforced: put it on a field")
	}
	if def.Kind == ast.Interface {
		c.onInterface(def)
	}
}

// onInterface finds what only means something on the field of an object.
func (c *compiler) onInterface(def *ast.Definition) {
	why := map[string]string{authenticates: notLogin, sensitive: notCounted, rateLimit: "@rateLimit belongs on the field of each type that implements the interface"}
	for _, field := range def.Fields {
		for _, d := range field.Directives {
			if message, ours := why[d.Name]; ours {
				c.fault(def.Name+"."+field.Name, d.Position, "%s", message)
			}
		}
		for _, arg := range field.Arguments {
			c.none(def.Name+"."+field.Name+"("+arg.Name+":)", arg.Directives,
				"a guard on an interface's argument is not enforced: put it on the argument of each type")
		}
	}
}

func (c *compiler) none(coordinate string, list ast.DirectiveList, format string, args ...any) {
	for _, d := range list {
		if _, ours := signatures()[d.Name]; ours {
			c.fault(coordinate, d.Position, format, args...)
		}
	}
}

// guards adds to the rule of a field what a list of directives asks for.
func (c *compiler) guards(rule *Rule, def *ast.Definition, field *ast.FieldDefinition, list ast.DirectiveList) {
	for _, d := range list {
		switch d.Name {
		case public:
			rule.Public = true
		case authenticated:
			rule.add(clause{any: []string{needAuthenticated}})
		case hasRole, hasScope:
			cl := c.clause(rule.Coordinate, d)
			cl.self = c.self(rule, def, field, d)
			if len(cl.any) > 0 {
				rule.add(cl)
			}
		}
	}
}

// supplied adds to the rule of an argument or input field what its directives ask for. Those that mean something else there are allowed.
func (c *compiler) supplied(rule *Rule, list ast.DirectiveList, allowed ...string) {
	for _, d := range list {
		switch d.Name {
		case hasRole, hasScope:
			if str(d, "orSelf") != "" || d.Arguments.ForName("orSelf") != nil {
				c.fault(rule.Coordinate, d.Position, "orSelf means nothing on an argument or input field: remove it")
			}
			if cl := c.clause(rule.Coordinate, d); len(cl.any) > 0 {
				rule.add(cl)
			}
		case public, authenticated, authenticates, sensitive, rateLimit:
			if !slices.Contains(allowed, d.Name) {
				c.fault(rule.Coordinate, d.Position, "@%s is not enforced here: use @hasRole or @hasScope", d.Name)
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
	for _, arg := range d.Arguments {
		if arg.Name != kind && arg.Name != "orSelf" {
			c.fault(coordinate, arg.Position, "@%s has no argument %q", d.Name, arg.Name)
		}
	}
	names := strs(d, kind)
	if len(names) == 0 || slices.ContainsFunc(names, func(s string) bool { return s == "" || strings.ContainsAny(s, " \t\r\n,") }) {
		c.fault(coordinate, d.Position, "@%s names no %s, or one that can't be: list at least one, each a word", d.Name, kind)
		return clause{}
	}
	*list = append(*list, names...)
	cl := clause{}
	for _, name := range sorted(slices.Clone(names)) {
		cl.any = append(cl.any, kind+":"+name)
	}
	return cl
}

// self reads orSelf, and makes sure that there is something to compare.
func (c *compiler) self(rule *Rule, def *ast.Definition, field *ast.FieldDefinition, d *ast.Directive) string {
	arg := d.Arguments.ForName("orSelf")
	if arg == nil || arg.Value.Kind == ast.NullValue {
		return ""
	}
	name := str(d, "orSelf")
	if rule.root {
		if a := field.Arguments.ForName(name); a == nil || !canBeID(a.Type) {
			c.fault(rule.Coordinate, d.Position, "orSelf: %q is no argument of type ID or String of this field", name)
		}
		return name
	}
	sibling := def.Fields.ForName(name)
	if sibling == nil || !canBeID(sibling.Type) || len(sibling.Arguments) > 0 {
		c.fault(rule.Coordinate, d.Position, "orSelf: %q is no field of type ID or String, without arguments, of %s", name, def.Name)
		return name
	}
	c.sibling(def, name, rule, d.Position)
	return name
}

// sibling lets rules read an object's field.
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

const notLogin = "@authenticates belongs on a field of the mutation type: only that can log somebody in"

// authenticates notes that a field logs somebody in.
func (c *compiler) authenticates(rule *Rule, schema *ast.Schema, def *ast.Definition, field *ast.FieldDefinition) {
	d := field.Directives.ForName(authenticates)
	if d == nil {
		return
	}
	rule.Authenticates = true
	if def != schema.Mutation {
		c.fault(rule.Coordinate, d.Position, notLogin)
	}
}

// strs reads an argument that is a list of strings; GraphQL takes a single value for a list of one.
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

// str reads an argument that is a string; "" for none.
func str(d *ast.Directive, name string) string {
	if list := strs(d, name); len(list) == 1 {
		return list[0]
	}
	return ""
}
