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
	delegable     = "delegable"
	scopeTitle    = "scope"
	fresh         = "fresh"
	factors       = "factors"
)

// A signature is how a directive must be declared. A schema that declares it
// otherwise means something else by it, which must not be taken for a guard.
type signature struct {
	arguments  map[string]string // the type of each
	locations  []ast.DirectiveLocation
	repeatable bool
}

var (
	onFields = []ast.DirectiveLocation{ast.LocationFieldDefinition}
	onTypes  = append(slices.Clone(onFields), ast.LocationObject)
	onAll    = append(slices.Clone(onTypes), ast.LocationArgumentDefinition, ast.LocationInputFieldDefinition)
)

// signatures are those of the directives of a policy, by name.
var signatures = map[string]signature{
	public:        {locations: onTypes},
	authenticated: {locations: onTypes},
	hasRole:       {arguments: map[string]string{"role": "[String!]!", "orSelf": "String"}, locations: onAll, repeatable: true},
	hasScope:      {arguments: map[string]string{"scope": "[String!]!", "orSelf": "String"}, locations: onAll, repeatable: true},
	authenticates: {locations: onFields},
	sensitive:     {locations: append(slices.Clone(onFields), ast.LocationArgumentDefinition)},
	rateLimit: {
		arguments: map[string]string{"limit": "Int!", "per": "String!", "by": "[RateLimitKey!]!", "argument": "String"},
		locations: onFields, repeatable: true,
	},
	delegable: {arguments: map[string]string{"scope": "[String!]"}, locations: onTypes},
	fresh:     {arguments: map[string]string{"within": "String!", "orGiven": "String"}, locations: onAll},
	factors:   {arguments: map[string]string{"least": "Int!"}, locations: onAll},
	scopeTitle: {
		arguments: map[string]string{"name": "String!", "title": "String!"},
		locations: []ast.DirectiveLocation{ast.LocationSchema}, repeatable: true,
	},
}

// Declares reports whether a directive of the schema is one of a policy. Other
// systems have a @scope too, as a guard on fields, where that of a policy can't
// stand.
func Declares(schema *ast.Schema, name string) bool {
	_, is := signatures[name]
	def := schema.Directives[name]
	return is && def != nil && (name != scopeTitle || slices.Contains(def.Locations, ast.LocationSchema))
}

// checkDeclarations compares the schema's declarations of our directives with
// their signatures.
func (c *compiler) checkDeclarations(schema *ast.Schema) {
	for name, def := range schema.Directives {
		for _, arg := range def.Arguments {
			c.forbid("@"+name+"("+arg.Name+":)", arg.Directives, "a guard on a directive's argument is not enforced: remove it")
		}
	}
	for name, want := range signatures {
		def := schema.Directives[name]
		if !Declares(schema, name) {
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
				c.fault(place, d.Position, "unknown argument %q: remove it", d.Name)
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

// misspelled finds declared directives whose names are nearly those of ours. A
// field with such a directive would look guarded and be open.
func (c *compiler) misspelled(schema *ast.Schema) {
	for name, def := range schema.Directives {
		if Declares(schema, name) {
			continue
		}
		for meant := range signatures {
			if meant != scopeTitle && similar(strings.ToLower(name), strings.ToLower(meant)) {
				c.fault("@"+name, def.Position, "it is nearly @%s but has no effect: correct the name, or choose one that can't be confused", meant)
			}
		}
	}
}

// similar reports whether two words are equal except for one letter that is
// added, missing, different or swapped with the next.
func similar(a, b string) bool {
	for a != "" && b != "" && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for a != "" && b != "" && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a) == 2 && len(b) == 2 {
		return a[0] == b[1] && a[1] == b[0]
	}
	return len(a) <= 1 && len(b) <= 1
}

// misplaced finds our directives in places where they can't be enforced.
func (c *compiler) misplaced(def *ast.Definition) {
	if def.Kind != ast.Object {
		c.forbid(def.Name, def.Directives, "a guard on the %s itself is not enforced: put it on fields", strings.ToLower(string(def.Kind)))
	}
	for _, value := range def.EnumValues {
		c.forbid(def.Name+"."+value.Name, value.Directives, "a guard on an enum value is not enforced: put it on a field")
	}
	if def.Kind == ast.Interface {
		c.onInterface(def)
	}
}

const (
	notLogin   = "@authenticates belongs on a field of the mutation type: only such a field can log a caller in"
	notCounted = "@sensitive belongs on a root field: uses of other fields are not counted"
)

// notOnInterface says why a directive does nothing on the field of an
// interface.
var notOnInterface = map[string]string{
	authenticates: notLogin,
	sensitive:     notCounted,
	rateLimit:     "@rateLimit belongs on the field of each type that implements the interface",
}

// onInterface finds directives that only have an effect on the field of an
// object.
func (c *compiler) onInterface(def *ast.Definition) {
	for _, field := range def.Fields {
		for _, d := range field.Directives {
			if message, ours := notOnInterface[d.Name]; ours {
				c.fault(def.Name+"."+field.Name, d.Position, "%s", message)
			}
		}
		for _, arg := range field.Arguments {
			c.forbid(def.Name+"."+field.Name+"("+arg.Name+":)", arg.Directives,
				"a guard on an interface's argument is not enforced: put it on the argument of each type")
		}
	}
}

// forbid reports a fault for each of our directives in the list.
func (c *compiler) forbid(coordinate string, list ast.DirectiveList, format string, args ...any) {
	for _, d := range list {
		if _, ours := signatures[d.Name]; ours && d.Name != scopeTitle {
			c.fault(coordinate, d.Position, format, args...)
		}
	}
}
