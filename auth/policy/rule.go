package policy

import (
	"slices"
	"strings"
)

// A requirement, as in [Rule.Required], is role:NAME, scope:NAME, app:NAME or
// one of these.
//
// authenticated and self are met by persons. What acts for one meets app:NAME if
// it has the scope NAME, and app with or without any. Next to self, that only
// counts for what belongs to the person. What a person proves is in the steps:
// fresh:SECONDS, perhaps with given:PATH, and factors:COUNT.
const (
	requireAuthenticated = "authenticated"
	requireSelf          = "self"
	requireApp           = "app"
	// requireSession is authenticated, but not by a key. Required calls it authenticated.
	requireSession = "session"
)

// A Rule is what one coordinate requires of a caller.
type Rule struct {
	Coordinate    string
	Public        bool         // declared @public
	Authenticates bool         // logs a caller in, who is then the caller of the fields below
	Sensitive     bool         // takes or checks a secret: once per request, and not in a URL
	RateLimits    []*RateLimit // for an interface's field, those of each possible type

	clauses []clause
	root    bool   // a field of an operation type, where orSelf names an argument
	mask    uint64 // the requirements in the clauses, as bits of a key
}

// A clause is met by any of its items. A rule is met if all its clauses are.
type clause struct {
	any   []string // role:NAME, scope:NAME, session, or authenticated and app or app:NAME; or one step
	self  string   // the argument or sibling field that may have the caller's id, or ""
	apps  []string // app or app:NAME: what may act for the caller whose id self has
	given string   // beside fresh:SECONDS, the argument that proves it instead, or ""
}

// Field returns the name of the field, without its type.
func (r *Rule) Field() string {
	_, name, _ := strings.Cut(r.Coordinate, ".")
	return name
}

// Required returns what the rule requires: all of the outer list, any of each
// inner list.
func (r *Rule) Required() [][]string { return required(r.clauses) }

func required(clauses []clause) [][]string {
	all := make([][]string, len(clauses))
	for i, c := range clauses {
		all[i] = slices.Clone(c.any)
		if c.any[0] == requireSession {
			all[i] = []string{requireAuthenticated}
		}
		if c.self != "" {
			all[i] = append(append(all[i], requireSelf), c.apps...)
		}
		if c.given != "" {
			all[i] = append(all[i], givenPrefix+c.given)
		}
	}
	return all
}

// guarded reports whether the rule requires anything.
func (r *Rule) guarded() bool { return len(r.clauses) > 0 }

// add appends the clauses that the rule doesn't have yet.
func (r *Rule) add(clauses ...clause) {
	for _, c := range clauses {
		if !slices.ContainsFunc(r.clauses, c.equal) {
			r.clauses = append(r.clauses, c)
		}
	}
}

func (c clause) equal(d clause) bool {
	return c.self == d.self && c.given == d.given && slices.Equal(c.any, d.any) && slices.Equal(c.apps, d.apps)
}

// unmet returns the clauses that the subject's roles and scopes don't meet. A
// clause with a self can still be met by an object or argument.
func (r *Rule) unmet(s *Subject) []clause {
	var left []clause
	for _, c := range r.clauses {
		if !c.met(s) {
			left = append(left, c)
		}
	}
	return left
}

func (c clause) met(s *Subject) bool {
	return s != nil && slices.ContainsFunc(c.any, s.has)
}

// maySelf reports whether the clause can be met by an object or argument of the
// subject's own.
func (c clause) maySelf(s *Subject) bool {
	return s != nil && c.self != "" && (!s.Delegated || slices.ContainsFunc(c.apps, s.has))
}

// onlySelf reports whether each of the clauses can be met by an object or
// argument of the subject's own, or by proving again who they are.
func onlySelf(s *Subject, clauses []clause) bool {
	return !slices.ContainsFunc(clauses, func(c clause) bool { return !c.maySelf(s) && !c.stepUp(s) })
}

// delegable reports whether what acts for a person can meet the clause.
func (c clause) delegable() bool {
	return len(c.apps) > 0 || slices.ContainsFunc(c.any, func(need string) bool {
		return need == requireApp || strings.HasPrefix(need, appPrefix) || strings.HasPrefix(need, scopePrefix)
	})
}
