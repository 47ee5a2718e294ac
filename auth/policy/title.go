package policy

import (
	"slices"
	"strings"
	"unicode"

	"github.com/vektah/gqlparser/v2/ast"
)

// A Scope is a scope that the schema names.
type Scope struct {
	Name        string
	Title       string   // what it lets its holder do, in words for a person; "" without a @scope
	Own         bool     // it opens what is the person's own: see [Policy.OwnScopes]
	Coordinates []string // what it opens, alone or with other requirements; sorted
}

// ScopeList returns the scopes that the schema names, sorted by name, each with
// those of the schema's coordinates that it opens.
func (p *Policy) ScopeList() []Scope {
	opens := map[string][]string{}
	for _, rule := range p.rules() {
		for _, need := range sorted(rule.requirements()) {
			for _, prefix := range []string{scopePrefix, appPrefix} {
				if name, ok := strings.CutPrefix(need, prefix); ok {
					opens[name] = append(opens[name], rule.Coordinate)
				}
			}
		}
	}
	all := []Scope{}
	for _, name := range sorted(slices.Concat(p.scopes, p.own)) {
		all = append(all, Scope{Name: name, Title: p.titles[name], Own: slices.Contains(p.own, name), Coordinates: append([]string{}, opens[name]...)})
	}
	return all
}

// MayPassOn reports whether the subject may give the scope to what acts for it:
// one that it has, or one that opens what is its own.
func (s *Subject) MayPassOn(scope *Scope) bool {
	return s != nil && (slices.Contains(s.Scopes, scope.Name) || scope.Own && !s.Delegated && !s.Key)
}

// titles reads what the schema says of its scopes. If it says it of one, or lets
// anything act for a person, it must say it of all: a person decides by it.
func (c *compiler) titles(schema *ast.Schema) {
	c.policy.titles = map[string]string{}
	if schema.Directives[scopeTitle] != nil && !Declares(schema, scopeTitle) {
		return // another system's, which can't stand here
	}
	for _, d := range schema.SchemaDirectives {
		if d.Name == scopeTitle {
			c.title(d)
		}
	}
	if len(c.policy.titles) == 0 && !c.policy.delegates {
		return
	}
	for _, name := range sorted(slices.Concat(c.policy.scopes, c.policy.own)) {
		if _, titled := c.policy.titles[name]; titled {
			continue
		}
		place, at := firstMention(schema, delegable, "scope", name)
		if at == nil {
			place, at = firstMention(schema, hasScope, "scope", name)
		}
		c.fault(place, at, "the scope %q has no title: add to the schema @scope(name: %[1]q, title: \"What it lets an application do\")", name)
	}
}

// title reads one @scope.
func (c *compiler) title(d *ast.Directive) {
	name, title := str(d, "name"), str(d, "title")
	_, known := c.policy.titles[name]
	switch {
	case !areNames([]string{name}):
		c.fault("schema", d.Position, "@scope needs a name, a word without spaces or commas")
	case known:
		c.fault("schema", d.Position, "@scope names %q twice: remove one", name)
	case strings.TrimSpace(title) == "" || strings.ContainsFunc(title, unicode.IsControl):
		c.fault("schema", d.Position, "@scope(name: %q) needs a title, which says on one line what the scope lets its holder do", name)
	}
	c.policy.titles[name] = title
}

// shownTitles returns the directives of a schema without the titles of scopes that
// nothing in it names.
func shownTitles(schema *ast.Schema) ast.DirectiveList {
	named := map[string]bool{}
	for _, d := range uses(schema) {
		if d.Name == hasScope || d.Name == delegable {
			for _, name := range strs(d, "scope") {
				named[name] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(schema.SchemaDirectives), func(d *ast.Directive) bool {
		return d.Name == scopeTitle && Declares(schema, scopeTitle) && !named[str(d, "name")]
	})
}
