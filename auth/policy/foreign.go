package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// harmlessNames are directives of the language and of widespread tools that are not
// about access.
var harmlessNames = slices.Concat(
	strings.Fields("deprecated specifiedBy oneOf skip include defer stream"), // GraphQL
	strings.Fields("cost listSize complexity"),
	strings.Fields("goModel goField goTag goEnum goExtraField inlineArguments"), // gqlgen
	strings.Fields("link core key requires provides external extends shareable override tag inaccessible"),
	strings.Fields("composeDirective interfaceObject context fromContext contact connect source"), // Apollo Federation
	strings.Fields("cacheControl semanticNonNull semanticNonNullField catch constraint"),
)

// Harmless reports whether a directive is known to say nothing about access.
func Harmless(directive string) bool { return slices.Contains(harmlessNames, directive) }

// foreign finds directives that are not ours and not known to be harmless.
// They may look like guards, and the policy does not enforce them.
func (p *Policy) foreign() Findings {
	var all Findings
	for coordinate, d := range uses(p.schema) {
		if Declares(p.schema, d.Name) || Harmless(d.Name) || slices.Contains(p.harmless, d.Name) {
			continue
		}
		all = append(all, newFinding(coordinate, d.Position, "@%s guards nothing here: %s", d.Name, Instead(d)))
	}
	return all
}

// A purpose is what the directives of other systems restrict access by.
type purpose int

const (
	unknownPurpose purpose = iota
	byLogin
	byRole
	byScope
	byOwner
	noGuard
)

// purposes are those of directives of other systems: Apollo's and Prisma's
// examples, GraphQL Tools, Federation, AppSync, Hasura, Amplify, Lighthouse,
// NestJS, Hot Chocolate, PostGraphile, Dgraph. The names are in lower case,
// without underscores.
var purposes = map[purpose][]string{
	byLogin: strings.Fields("auth isauth isauthenticated isloggedin loggedin login requireauth requiresauth requireslogin requirelogin " +
		"requiresauthentication authrequired needsauth authn protected private secured secure guard guarded authorize authorized " +
		"awscognitouserpools awsauth awsiam awsoidc awsapikey awslambda hasura whencanread internal signedin member user me"),
	byRole: strings.Fields("role roles hasanyrole hasallroles requirerole requireroles requiresrole requiresroles allowedroles withrole " +
		"withroles isadmin admin adminonly restrict restricted acl rbac allow allowed deny group groups ingroup isstaff staff"),
	byScope: strings.Fields("requiresscopes requirescopes requirescope requiresscope scope scopes hasallscopes hasanyscope withscope " +
		"policy policies permission permissions haspermission haspermissions requirepermission requirepermissions requirespermission " +
		"requirespermissions can canany canroot canresolved cannot hasaccess access ability preauthorize claim hasclaim claims " +
		"requiresclaim oauth authz privilege privileges"),
	byOwner: strings.Fields("owner isowner isself self own owns ownedby owneronly rowlevel"),
	noGuard: strings.Fields("anonymous allowanonymous allowall permitall noauth skipauth unauthenticated guest open unprotected"),
}

// purposeOf returns what a directive is for in the systems that have it.
func purposeOf(name string) purpose {
	name = strings.ToLower(strings.ReplaceAll(name, "_", ""))
	for purpose, names := range purposes {
		if slices.Contains(names, name) {
			return purpose
		}
	}
	return unknownPurpose
}

// Instead says what to write for a directive that the policy does not know.
func Instead(d *ast.Directive) string {
	values := d.Arguments
	switch purpose := purposeOf(d.Name); {
	case purpose == noGuard:
		return "write @public, or nothing below a root field"
	case purpose == byOwner:
		return `write @hasScope(scope: "SCOPE", orSelf: "id"), where id holds the owner's user id`
	case purpose == byScope:
		return "write " + guardFrom(hasScope, "scope", "SCOPE", values)
	case purpose == byRole, purpose == byLogin && len(leaves(values)) > 0:
		return "write " + guardFrom(hasRole, "role", "ROLE", values)
	case purpose == byLogin:
		return "write @authenticated"
	}
	return fmt.Sprintf("if it is meant to, write @authenticated, @hasRole or @hasScope; if not, say so (--harmless %s)", d.Name)
}

// guardFrom writes a guard that requires what the arguments of another system's
// directive name. There, a list of lists means any of the outer list, and all
// of each inner one.
func guardFrom(directive, argument, example string, from ast.ArgumentList) string {
	one := func(names []string) string {
		quoted := make([]string, len(names))
		for i, name := range names {
			quoted[i] = `"` + name + `"`
		}
		if len(quoted) == 1 {
			return fmt.Sprintf("@%s(%s: %s)", directive, argument, quoted[0])
		}
		return fmt.Sprintf("@%s(%s: [%s])", directive, argument, strings.Join(quoted, ", "))
	}
	names := leaves(from)
	if len(names) == 0 {
		return one([]string{example})
	}
	if conjunction := onlyInner(from); len(conjunction) > 1 {
		all := make([]string, len(conjunction))
		for i, name := range conjunction {
			all[i] = one([]string{name})
		}
		return strings.Join(all, " ")
	}
	return one(names)
}

// leaves returns the words among the values of arguments: strings that our
// guards could require, and enum values.
func leaves(arguments ast.ArgumentList) (names []string) {
	var visit func(v *ast.Value)
	visit = func(v *ast.Value) {
		if word := v.Kind == ast.StringValue || v.Kind == ast.EnumValue; word && v.Raw != "" && !strings.ContainsAny(v.Raw, " \t\r\n,\"\\") {
			names = append(names, v.Raw)
		}
		for _, child := range v.Children {
			visit(child.Value)
		}
	}
	for _, arg := range arguments {
		visit(arg.Value)
	}
	return names
}

// onlyInner returns the words of an argument such as [["a", "b"]], all of which
// are required.
func onlyInner(arguments ast.ArgumentList) []string {
	if len(arguments) != 1 || len(arguments[0].Value.Children) != 1 || arguments[0].Value.Children[0].Value.Kind != ast.ListValue {
		return nil
	}
	return leaves(arguments)
}
