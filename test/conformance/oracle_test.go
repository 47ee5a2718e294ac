package conformance_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// An oracle applies the directives of a schema as their descriptions say. It
// shares no code with auth/policy.
type oracle struct{ schema *ast.Schema }

// A caller is a principal as the directives see it, nil if anonymous.
type caller struct {
	id            string
	roles, scopes []string
	delegated     bool          // acts for the account
	key           bool          // is an API key
	ago           time.Duration // since the person proved who they are; never if negative
	factors       int           // with which they did
}

// A requirement is what one directive requires.
type requirement struct {
	kind string // authenticated, role, scope, fresh or factors; or session, of a field that takes a secret
	any  []string
	self string
	// delegable has the scopes of each @delegable that lets others act here, empty if
	// they need none.
	delegable [][]string
	within    time.Duration // of fresh
	given     string        // of fresh: the path of what proves it instead
	least     int           // of factors
}

// isStep reports whether a person meets the requirement after proving again who they are.
func (n requirement) isStep() bool { return n.kind == "fresh" || n.kind == "factors" }

// requirementsOf are the requirements of the directives of one field, with those of
// its type and its interfaces.
func requirementsOf(list ast.DirectiveList) (required []requirement) {
	delegable := delegableOf(list)
	for _, d := range list {
		kind := map[string]string{"authenticated": "authenticated", "hasRole": "role", "hasScope": "scope", "fresh": "fresh", "factors": "factors"}[d.Name]
		args := d.ArgumentMap(nil)
		if kind == "" {
			continue
		}
		n := requirement{kind: kind, any: stringsIn(args[kind]), delegable: delegable}
		n.self, _ = args["orSelf"].(string)
		n.given, _ = args["orGiven"].(string)
		n.within, _ = time.ParseDuration(fmt.Sprint(args["within"]))
		n.least, _ = strconv.Atoi(fmt.Sprint(args["least"]))
		required = append(required, n)
	}
	return required
}

// delegableOf has the scopes of each @delegable in a list.
func delegableOf(list ast.DirectiveList) (all [][]string) {
	for _, d := range list {
		if d.Name == "delegable" {
			all = append(all, stringsIn(d.ArgumentMap(nil)["scope"]))
		}
	}
	return all
}

// stringsIn are the strings in a value, one or a list.
func stringsIn(value any) (all []string) {
	if one, ok := value.(string); ok {
		return []string{one}
	}
	for _, name := range itemsOf(value) {
		all = append(all, name.(string))
	}
	return all
}

// verdict is "" if all requirements are met, else why not. own returns the value
// of what an orSelf or an orGiven names.
func (p *caller) verdict(required []requirement, own func(name string) any) (why string) {
	for _, n := range required {
		if p == nil {
			return "UNAUTHENTICATED no_credential"
		}
		switch reason := p.refusal(n, own); {
		case reason == "not_delegable": // whatever else is refused
			return "FORBIDDEN " + reason
		case reason != "" && n.isStep():
			why = graver(why, "STEP_UP_REQUIRED "+reason)
		case reason != "" && (why == "" || why == "FORBIDDEN not_self" || isStep(why)):
			why = "FORBIDDEN " + reason
		}
	}
	return why
}

func isStep(why string) bool { return strings.HasPrefix(why, "STEP_UP_REQUIRED") }

// graver is the one of two verdicts that is reported: nobody proves who they are for what they don't
// reach then, or proves less than is asked.
func graver(a, b string) string {
	weight := map[string]int{"": 0, "STEP_UP_REQUIRED stale": 1, "STEP_UP_REQUIRED one_factor": 2, "FORBIDDEN not_delegable": 4}
	of := func(why string) int {
		if known, ok := weight[why]; ok {
			return known
		}
		return 3
	}
	if of(b) > of(a) {
		return b
	}
	return a
}

// refusal is "" if the requirement is met, else why not.
func (p *caller) refusal(n requirement, own func(name string) any) string {
	one := func(names, list []string) bool {
		return slices.ContainsFunc(names, func(s string) bool { return slices.Contains(list, s) })
	}
	roles := p.roles
	if p.delegated || p.key {
		roles = nil
	}
	isPerson := !p.delegated || len(n.delegable) > 0 &&
		!slices.ContainsFunc(n.delegable, func(scopes []string) bool { return len(scopes) > 0 && !one(scopes, p.scopes) })
	switch {
	case n.isStep() && (p.delegated || p.key):
		return "not_delegable"
	case n.kind == "factors" && p.factors < n.least:
		return "one_factor"
	case n.kind == "fresh" && (p.ago < 0 || p.ago >= n.within) && (n.given == "" || own == nil || own(n.given) == nil):
		return "stale"
	case n.isStep():
		return ""
	case n.kind == "session":
		if p.delegated || p.key {
			return "not_delegable"
		}
		return ""
	case n.kind == "authenticated" && isPerson, n.kind == "role" && one(n.any, roles), n.kind == "scope" && one(n.any, p.scopes):
		return ""
	case n.self != "" && isPerson && own(n.self) == p.id:
		return ""
	case n.self != "" && isPerson:
		return "not_self"
	case p.delegated && n.kind != "scope" && (len(n.delegable) == 0 || n.kind == "role" && n.self == ""):
		return "not_delegable"
	case p.delegated:
		return "missing_scope"
	default:
		return "missing_" + n.kind
	}
}

// field is what it requires to select a field on an object type: the directives
// of the field, of the type, and of that field of each interface. On an interface
// it is what each possible type requires.
func (o oracle) field(on *ast.Definition, name string) (required []requirement) {
	for _, def := range o.schema.GetPossibleTypes(on) {
		own := requirementsOf(directivesOf(o.schema, def, name))
		isRole := func(n requirement) bool { return n.kind == "role" && n.self == "" }
		if def.Fields.ForName(name).Directives.ForName("sensitive") != nil && len(own) > 0 && !slices.ContainsFunc(own, isRole) {
			own = append(own, requirement{kind: "session"})
		}
		required = append(required, own...)
	}
	return required
}

// directivesOf are the directives of a field, with those of its type and those of
// that field of each interface.
func directivesOf(schema *ast.Schema, def *ast.Definition, name string) ast.DirectiveList {
	list := slices.Clone(def.Directives)
	for _, i := range def.Interfaces {
		if inherited := schema.Types[i].Fields.ForName(name); inherited != nil {
			list = append(list, inherited.Directives...)
		}
	}
	return append(list, def.Fields.ForName(name).Directives...)
}

// argument is what it requires to supply an argument of a field with a value.
func (o oracle) argument(on *ast.Definition, field, name string, value any) (required []requirement) {
	for _, def := range o.schema.GetPossibleTypes(on) {
		required = append(required, requirementsOf(def.Fields.ForName(field).Arguments.ForName(name).Directives)...)
	}
	typ := on.Fields.ForName(field).Arguments.ForName(name).Type
	return append(required, o.input(o.schema.Types[typ.Name()], value)...)
}

// input is what it requires to supply the fields in a value of an input type, or
// in a list of them.
func (o oracle) input(def *ast.Definition, value any) (required []requirement) {
	for _, item := range itemsOf(value) {
		required = append(required, o.input(def, item)...)
	}
	members, _ := value.(map[string]any)
	for _, field := range def.Fields {
		if member, supplied := members[field.Name]; supplied {
			required = append(append(required, requirementsOf(field.Directives)...), o.input(o.schema.Types[field.Type.Name()], member)...)
		}
	}
	return required
}
