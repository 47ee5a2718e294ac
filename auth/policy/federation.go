package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// federationLink imports the directives from the first version of Apollo
// Federation that derives what an interface's field requires from the types
// behind it, like this package.
const federationLink = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated", "@requiresScopes"])`

// alternativesLimit is how many sets of scopes a field may have: several
// clauses with many scopes each make a product of sets. A field with more sets
// is only @authenticated.
const alternativesLimit = 64

// Federation returns the schema for a router of Apollo Federation, with the
// router's directives in place of ours, so that the router can refuse early
// what the service refuses anyway.
//
// Where Federation can't express a rule, the result requires less. So the
// router refuses nothing that the service allows, except below a login.
// Comments at the top list these places, and what a router does to a mutation.
// A role becomes the scope role:NAME.
func (p *Policy) Federation() string {
	f := federation{policy: p}
	schema := *p.schema
	schema.Types, schema.Directives = map[string]*ast.Definition{}, maps.Clone(p.schema.Directives)
	maps.DeleteFunc(schema.Directives, func(name string, _ *ast.DirectiveDefinition) bool { return f.onlyHere(name) })
	schema.SchemaDirectives = f.forRouters(p.schema.SchemaDirectives)
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

// splitDescription is added to the description of the mutations, which may
// promise more than holds behind a router.
const splitDescription = "A router may send each field as a request of its own: then one that is refused does not stop the others."

// A federation notes what Federation can't express.
type federation struct {
	policy      *Policy
	roles       []string // roles that fields require
	weakened    []string // fields whose rule requires more
	steps       []string // fields with @fresh or @factors
	unsupported []string // arguments and input fields with a guard
	logins      []string // fields that log a caller in
	mutations   []string // all root fields of mutations
}

func (f *federation) head() string {
	lines := []string{"# For a router of Apollo Federation, so that it can refuse early what the service refuses anyway."}
	note := func(coordinates []string, text string) {
		if len(coordinates) > 0 {
			lines = append(lines, "# "+text+" "+strings.Join(coordinates, ", "))
		}
	}
	note(sorted(f.roles), "A role is the scope role:NAME: let the router add one for each role in a token:")
	note(f.weakened, "Federation can't express all of these rules (orSelf, many alternatives), so they require less, at least @authenticated:")
	if f.policy.delegates {
		lines = append(lines, "# Federation knows persons only: what acts for one (@delegable) is @authenticated for the router too.")
	}
	note(f.steps, "Federation has no @fresh and no @factors, so the service alone asks for them:")
	note(f.unsupported, "Federation has no guards on arguments and input fields:")
	note(f.logins, "These log a caller in, but for the router the fields below still have no caller, so it refuses the guarded ones:")
	note(f.mutations, "A router may send each of these as a request of its own, also if a client sends several at once. Then one that"+
		" is refused does not stop the others, and a limit on a request, such as one sensitive field, is a limit on each:")
	return strings.Join(lines, "\n") + "\n\n"
}

// definition copies a type, with the directives of Federation.
func (f *federation) definition(def *ast.Definition) *ast.Definition {
	if def.BuiltIn {
		return def
	}
	copied := *def
	copied.Directives, copied.Fields = f.forRouters(def.Directives), nil
	for _, field := range def.Fields {
		copied.Fields = append(copied.Fields, f.field(def, field))
		if def == f.policy.schema.Mutation {
			f.mutations = append(f.mutations, def.Name+"."+field.Name)
		}
	}
	if def == f.policy.schema.Mutation {
		copied.Description = strings.TrimSpace(def.Description + "\n" + splitDescription)
	}
	return &copied
}

func (f *federation) field(def *ast.Definition, field *ast.FieldDefinition) *ast.FieldDefinition {
	copied := *field
	copied.Directives, copied.Arguments = f.forRouters(field.Directives), nil
	for _, arg := range field.Arguments {
		a := *arg
		a.Directives = f.forRouters(arg.Directives)
		copied.Arguments = append(copied.Arguments, &a)
		if rule := f.policy.args[arg]; rule != nil && def.Kind == ast.Object {
			f.unsupported = append(f.unsupported, rule.Coordinate)
		}
	}
	if rule := f.policy.inputs[field]; rule != nil {
		f.unsupported = append(f.unsupported, rule.Coordinate)
	}
	if rule := f.policy.fields[field]; rule != nil && def.Kind == ast.Object { // not on interfaces
		copied.Directives = append(copied.Directives, f.directives(rule)...)
		if rule.Authenticates {
			f.logins = append(f.logins, rule.Coordinate)
		}
	}
	return &copied
}

// forRouters returns the directives that a router may see.
func (f *federation) forRouters(list ast.DirectiveList) ast.DirectiveList {
	return slices.DeleteFunc(slices.Clone(list), func(d *ast.Directive) bool { return f.onlyHere(d.Name) })
}

// onlyHere reports whether a directive is for the service alone: ours, and
// those of the cost specification. Federation's directives of the same name
// have other arguments (weight is an Int), and routers refuse a list without a
// slicing argument, which the service allows.
func (f *federation) onlyHere(name string) bool {
	return Declares(f.policy.schema, name) || name == "cost" || name == "listSize"
}

// directives expresses a rule in directives of Federation.
func (f *federation) directives(rule *Rule) ast.DirectiveList {
	if !rule.guarded() {
		return nil
	}
	lasting := slices.DeleteFunc(slices.Clone(rule.clauses), clause.isStep)
	if len(lasting) < len(rule.clauses) {
		f.steps = append(f.steps, rule.Coordinate)
	}
	expressible := slices.DeleteFunc(slices.Clone(lasting), func(c clause) bool { return c.self != "" })
	sets, ok := alternatives(expressible)
	if len(expressible) < len(lasting) || !ok {
		f.weakened = append(f.weakened, rule.Coordinate)
	}
	if !ok || len(sets) == 1 && len(sets[0]) == 0 {
		return ast.DirectiveList{{Name: "authenticated"}}
	}
	scopes := &ast.Value{Kind: ast.ListValue}
	for _, set := range sets {
		all := &ast.Value{Kind: ast.ListValue}
		for _, scope := range set {
			if role, ok := strings.CutPrefix(scope, rolePrefix); ok {
				f.roles = append(f.roles, role)
			}
			all.Children = append(all.Children, &ast.ChildValue{Value: &ast.Value{Kind: ast.StringValue, Raw: scope}})
		}
		scopes.Children = append(scopes.Children, &ast.ChildValue{Value: all})
	}
	return ast.DirectiveList{{Name: "requiresScopes", Arguments: ast.ArgumentList{{Name: "scopes", Value: scopes}}}}
}

// alternatives turns a conjunction of clauses into a disjunction of sets, the
// form that @requiresScopes takes. No set contains another. Each set implies
// authentication. It returns false if there are too many sets.
func alternatives(clauses []clause) (sets [][]string, ok bool) {
	sets = [][]string{{}}
	for _, c := range clauses {
		if !c.selective() {
			continue
		}
		var next [][]string
		for _, set := range sets {
			for _, requirement := range c.any {
				next = append(next, sorted(append(slices.Clone(set), strings.TrimPrefix(requirement, scopePrefix))))
			}
		}
		if sets = minimal(next); len(sets) > alternativesLimit {
			return nil, false
		}
	}
	return sets, true
}

// minimal removes duplicate sets and sets that contain another.
func minimal(sets [][]string) [][]string {
	slices.SortFunc(sets, func(a, b []string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return slices.Compare(a, b)
	})
	var kept [][]string
	for _, set := range sets {
		contains := func(subset []string) bool {
			return !slices.ContainsFunc(subset, func(s string) bool { return !slices.Contains(set, s) })
		}
		if !slices.ContainsFunc(kept, contains) {
			kept = append(kept, set)
		}
	}
	return kept
}
