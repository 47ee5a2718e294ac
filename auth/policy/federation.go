package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// federationLink takes the directives from the specification of Apollo Federation, of the first version that derives what an interface's
// field needs from the types behind it, as we do.
const federationLink = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated", "@requiresScopes"])`

// alternativesLimit is how many sets of scopes a field may have: to ask for one of many, several times over, makes a product of them. Beyond
// it a field is @authenticated only.
const alternativesLimit = 64

// Federation returns the schema for a router of Apollo Federation, with the equivalent directives in place of ours, so that the router can
// refuse early what the service refuses anyway. Where Federation can't say what a rule does it asks for less, so that nothing is refused
// that the service allows, but for what stands below a login; comments at the head list these places. A role is the scope role:NAME there.
func (p *Policy) Federation() string {
	f := federation{policy: p}
	schema := *p.schema
	schema.Types, schema.Directives = map[string]*ast.Definition{}, maps.Clone(p.schema.Directives)
	maps.DeleteFunc(schema.Directives, func(name string, _ *ast.DirectiveDefinition) bool { return ours(name) })
	for _, name := range slices.Sorted(maps.Keys(p.schema.Types)) {
		schema.Types[name] = f.definition(p.schema.Types[name])
	}
	for _, root := range []**ast.Definition{&schema.Query, &schema.Mutation, &schema.Subscription} {
		if *root != nil {
			*root = schema.Types[(*root).Name]
		}
	}
	return f.head() + federationLink + "\n\n" + sdl(&schema)
}

// A federation notes what its language has no words for.
type federation struct {
	policy   *Policy
	roles    []string // that fields ask for
	weakened []string // fields whose rule asks for more
	left     []string // arguments and input fields
	logins   []string // fields that authenticate
}

func (f *federation) head() string {
	lines := []string{"# For a router of Apollo Federation, which can refuse early what the service refuses anyway."}
	note := func(coordinates []string, text string) {
		if len(coordinates) > 0 {
			lines = append(lines, "# "+text+" "+strings.Join(coordinates, ", "))
		}
	}
	note(sorted(f.roles), "A role is the scope role:NAME here; have the router add one for each role of a token:")
	note(f.weakened, "orSelf can't be said here, so these ask for less than the service does, where nothing else is left for @authenticated only:")
	note(f.left, "Guards on arguments and input fields can't be said here either:")
	note(f.logins, "These log in, but a router sees nobody below them yet, and refuses what is guarded there:")
	return strings.Join(lines, "\n") + "\n\n"
}

// definition copies a type with the directives of Federation.
func (f *federation) definition(def *ast.Definition) *ast.Definition {
	if def.BuiltIn {
		return def
	}
	copied := *def
	copied.Directives, copied.Fields = foreign(def.Directives), nil
	for _, field := range def.Fields {
		copied.Fields = append(copied.Fields, f.field(def, field))
	}
	return &copied
}

func (f *federation) field(def *ast.Definition, field *ast.FieldDefinition) *ast.FieldDefinition {
	copied := *field
	copied.Directives, copied.Arguments = foreign(field.Directives), nil
	for _, arg := range field.Arguments {
		a := *arg
		a.Directives = foreign(arg.Directives)
		copied.Arguments = append(copied.Arguments, &a)
		if rule := f.policy.args[arg]; rule != nil && def.Kind == ast.Object {
			f.left = append(f.left, rule.Coordinate)
		}
	}
	if rule := f.policy.inputs[field]; rule != nil {
		f.left = append(f.left, rule.Coordinate)
	}
	if rule := f.policy.fields[field]; rule != nil && def.Kind == ast.Object { // on interfaces Federation refuses them
		copied.Directives = append(copied.Directives, f.directives(rule)...)
		if rule.Authenticates {
			f.logins = append(f.logins, rule.Coordinate)
		}
	}
	return &copied
}

// foreign are the directives that are not ours.
func foreign(list ast.DirectiveList) ast.DirectiveList {
	return slices.DeleteFunc(slices.Clone(list), func(d *ast.Directive) bool { return ours(d.Name) })
}

// directives says what a rule asks for as Federation does.
func (f *federation) directives(rule *Rule) ast.DirectiveList {
	if !rule.guarded() {
		return nil
	}
	sayable := slices.DeleteFunc(slices.Clone(rule.clauses), func(c clause) bool { return c.self != "" })
	sets, ok := alternatives(sayable)
	if len(sayable) < len(rule.clauses) || !ok {
		f.weakened = append(f.weakened, rule.Coordinate)
	}
	if !ok || len(sets) == 1 && len(sets[0]) == 0 {
		return ast.DirectiveList{{Name: "authenticated"}}
	}
	scopes := &ast.Value{Kind: ast.ListValue}
	for _, set := range sets {
		all := &ast.Value{Kind: ast.ListValue}
		for _, scope := range set {
			if role, ok := strings.CutPrefix(scope, "role:"); ok {
				f.roles = append(f.roles, role)
			}
			all.Children = append(all.Children, &ast.ChildValue{Value: &ast.Value{Kind: ast.StringValue, Raw: scope}})
		}
		scopes.Children = append(scopes.Children, &ast.ChildValue{Value: all})
	}
	return ast.DirectiveList{{Name: "requiresScopes", Arguments: ast.ArgumentList{{Name: "scopes", Value: scopes}}}}
}

// alternatives turns all of some clauses, each any of its needs, into any of some sets, all of each, none of which holds another: the
// multiplied out form that @requiresScopes takes. Being authenticated is in every set, unsaid. The answer is false if there are too many.
func alternatives(clauses []clause) (sets [][]string, ok bool) {
	sets = [][]string{{}}
	for _, c := range clauses {
		if !c.selective() {
			continue
		}
		var next [][]string
		for _, set := range sets {
			for _, need := range c.any {
				next = append(next, sorted(append(slices.Clone(set), strings.TrimPrefix(need, "scope:"))))
			}
		}
		if sets = smallest(next); len(sets) > alternativesLimit {
			return nil, false
		}
	}
	return sets, true
}

// smallest leaves out each set that holds another, or is one once more.
func smallest(sets [][]string) [][]string {
	slices.SortFunc(sets, func(a, b []string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return slices.Compare(a, b)
	})
	var kept [][]string
	for _, set := range sets {
		holds := func(less []string) bool {
			return !slices.ContainsFunc(less, func(s string) bool { return !slices.Contains(set, s) })
		}
		if !slices.ContainsFunc(kept, holds) {
			kept = append(kept, set)
		}
	}
	return kept
}
