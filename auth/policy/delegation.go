package policy

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// A delegation is one @delegable in the schema.
type delegation struct {
	place   string
	apps    []string // app, or app:NAME for each scope; empty if they are faulty
	applied bool     // to a field
	works   bool     // what acts for a person can reach one of the fields
}

// findDelegations reads each @delegable of the schema.
func (c *compiler) findDelegations(schema *ast.Schema) {
	c.delegations = map[*ast.Directive]*delegation{}
	for place, d := range uses(schema) {
		if d.Name == delegable {
			c.delegations[d] = &delegation{place: place, apps: c.apps(place, d)}
		}
	}
	c.policy.delegates = len(c.delegations) > 0
}

// apps returns what a @delegable lets act for a person.
func (c *compiler) apps(place string, d *ast.Directive) []string {
	for _, arg := range d.Arguments {
		if arg.Name != "scope" {
			c.fault(place, arg.Position, "@delegable has no argument %q", arg.Name)
		}
	}
	if arg := d.Arguments.ForName("scope"); arg == nil || arg.Value.Kind == ast.NullValue {
		return []string{requireApp}
	}
	names := strs(d, "scope")
	if !areNames(names) {
		c.fault(place, d.Position, "@delegable(scope:) needs a list of scopes, each a word without spaces or commas; without the argument, no scope is needed")
		return nil
	}
	c.policy.own = append(c.policy.own, names...)
	apps := make([]string, len(names))
	for i, name := range names {
		apps[i] = appPrefix + name
	}
	return sorted(apps)
}

// areNames reports whether there are names of roles or scopes, and each can be
// one.
func areNames(names []string) bool {
	return len(names) > 0 && !slices.ContainsFunc(names, func(s string) bool { return s == "" || strings.ContainsAny(s, " \t\r\n,") })
}

// delegate lets what acts for a person meet the clauses of a rule that are met
// by being that person. Of several @delegable, each must be met.
//
// A guarded field that takes a secret is for sessions only, also where a scope
// opens it.
func (c *compiler) delegate(rule *Rule, list ast.DirectiveList) {
	if rule.Sensitive {
		rule.keepSessions()
	}
	var made []*delegation
	var apps [][]string
	for _, d := range list {
		one := c.delegations[d]
		if one == nil || len(one.apps) == 0 {
			continue
		}
		if rule.Sensitive {
			c.fault(rule.Coordinate, d.Position, "a @sensitive field is for persons in their own sessions: remove @delegable")
			continue
		}
		made, apps = append(made, one), append(apps, one.apps)
	}
	if len(made) > 0 {
		works := rule.letAct(necessary(apps))
		for _, one := range made {
			one.applied, one.works = true, one.works || works
		}
	}
}

// keepSessions lets only persons in their own sessions meet the rule.
func (r *Rule) keepSessions() {
	session := clause{any: []string{requireSession}}
	isPlain := func(c clause) bool { return c.any[0] == requireAuthenticated }
	isRole := func(c clause) bool { return c.self == "" && strings.HasPrefix(c.any[0], rolePrefix) }
	switch at := slices.IndexFunc(r.clauses, isPlain); {
	case at >= 0:
		r.clauses[at] = session
	case r.guarded() && !slices.ContainsFunc(r.clauses, isRole):
		r.add(session)
	}
}

// necessary returns the lists that imply all of the given ones.
func necessary(apps [][]string) [][]string {
	scoped := slices.DeleteFunc(slices.Clone(apps), func(list []string) bool { return list[0] == requireApp })
	if len(scoped) == 0 {
		return apps[:1]
	}
	return minimal(scoped)
}

// letAct adds what may act for a person to the clauses that are met by being that
// person: one of each list. It returns false, and leaves the rule as it is, if
// that opens it to nothing.
func (r *Rule) letAct(apps [][]string) bool {
	closed := r.clauses
	r.clauses = nil
	opened := false
	for _, cl := range closed {
		switch {
		case cl.self != "":
			for _, list := range apps {
				cl.apps = list
				r.add(cl)
			}
		case slices.Contains(cl.any, requireAuthenticated):
			for _, list := range apps {
				r.add(clause{any: append([]string{requireAuthenticated}, list...)})
			}
		default:
			r.add(cl)
			continue
		}
		opened = true
	}
	if opened && r.delegable() {
		return true
	}
	r.clauses = closed
	return false
}

// delegable reports whether what acts for a person can meet the rule.
func (r *Rule) delegable() bool {
	return !slices.ContainsFunc(r.clauses, func(c clause) bool { return !c.delegable() })
}

// checkDelegations reports each @delegable without an effect, and scopes that
// are for two things.
func (c *compiler) checkDelegations(schema *ast.Schema) {
	for d, made := range c.delegations {
		if made.applied && !made.works {
			c.fault(made.place, d.Position, "@delegable opens nothing here: write it next to @authenticated or orSelf, and not next to a @hasRole without orSelf, @fresh or @factors")
		}
	}
	c.policy.own = sorted(c.policy.own)
	for _, name := range c.policy.own {
		if slices.Contains(c.policy.scopes, name) {
			place, at := firstMention(schema, delegable, "scope", name)
			other, _ := firstMention(schema, hasScope, "scope", name)
			c.fault(place, at, "@delegable and @hasScope (%s) both name the scope %q, which is for one's own or for others', not both: choose another name", other, name)
		}
	}
}
