package policy

import (
	"slices"
	"strings"
)

// The kinds of requirement, as they stand in Rule.Required: role:admin, scope:read:users, and these two.
const (
	needAuthenticated = "authenticated"
	needSelf          = "self"
)

// A Rule is what one coordinate asks of a caller.
type Rule struct {
	Coordinate    string
	Public        bool         // stands open by declaration, as a root field must
	Authenticates bool         // below it the caller is whom it logged in
	Sensitive     bool         // takes or checks a secret: once in a request, and never in a URL
	RateLimits    []*RateLimit // of an interface's field: those of each possible type

	clauses []clause
	root    bool   // a field of an operation type: orSelf means an argument
	mask    uint64 // what the clauses list, as bits of a key
}

// A clause is met by any one of what it lists. A rule is met when all of its clauses are.
type clause struct {
	any  []string // authenticated, role:…, scope:…
	self string   // the argument or sibling that may hold the caller's own id; "" for none
}

// Field returns the name of the field, without that of its type.
func (r *Rule) Field() string {
	_, name, _ := strings.Cut(r.Coordinate, ".")
	return name
}

// Required returns what the rule asks for: all of the outer list, any of each inner one.
func (r *Rule) Required() [][]string { return required(r.clauses) }

func required(clauses []clause) [][]string {
	all := make([][]string, len(clauses))
	for i, c := range clauses {
		all[i] = slices.Clone(c.any)
		if c.self != "" {
			all[i] = append(all[i], needSelf)
		}
	}
	return all
}

// guarded reports whether the rule asks for anything.
func (r *Rule) guarded() bool { return len(r.clauses) > 0 }

// add appends clauses that are not there yet.
func (r *Rule) add(clauses ...clause) {
	for _, c := range clauses {
		if !slices.ContainsFunc(r.clauses, c.equal) {
			r.clauses = append(r.clauses, c)
		}
	}
}

func (c clause) equal(d clause) bool { return c.self == d.self && slices.Equal(c.any, d.any) }

// unmet returns the clauses that the subject does not meet by what it is. Those with a self may still be met by whose object it is.
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

// The beginnings of what names a role or a scope.
const (
	rolePrefix  = "role:"
	scopePrefix = "scope:"
)

// has reports whether the subject is what a requirement names.
func (s *Subject) has(need string) bool {
	switch {
	case strings.HasPrefix(need, scopePrefix):
		return slices.Contains(s.Scopes, need[len(scopePrefix):])
	case strings.HasPrefix(need, rolePrefix):
		return slices.Contains(s.Roles, need[len(rolePrefix):])
	default:
		return need == needAuthenticated
	}
}

// onlySelf reports whether each of the clauses can be met by whose object it is.
func onlySelf(clauses []clause) bool {
	return !slices.ContainsFunc(clauses, func(c clause) bool { return c.self == "" })
}
