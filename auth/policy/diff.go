package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// A Movement is how access to a coordinate changed.
type Movement string

// The movements.
const (
	Widened  Movement = "widened"  // some callers gained access
	Narrowed Movement = "narrowed" // some callers lost access
	Moved    Movement = "moved"    // both
	New      Movement = "new"
	Gone     Movement = "gone"
)

// A Difference is a coordinate with changed access.
type Difference struct {
	Coordinate string   `json:"coordinate"`
	Movement   Movement `json:"movement"`
	Old        string   `json:"old"` // the old requirement in words, "" if it is new
	New        string   `json:"new"` // the new requirement in words, "" if it is gone
	// Leads names the types with an identity, such as User, that a new field
	// leads to.
	Leads []string `json:"leads"`
}

// Widens reports whether some callers gained access to what existed before.
func (d Difference) Widens() bool { return d.Movement == Widened || d.Movement == Moved }

// Diff returns what changed from one policy to another, sorted by coordinate.
// It compares the meaning of rules, not their text. Fields of objects can be
// new or gone, and so can anything else that requires something: an argument
// that requires nothing is as accessible as its field.
func Diff(from, to *Policy) []Difference {
	before, after := from.places(), to.places()
	all := []Difference{}
	for coordinate, old := range before {
		d := Difference{Coordinate: coordinate, Movement: Gone, Old: old.words(), Leads: []string{}}
		now, there := after[coordinate]
		if there {
			d.New, d.Movement = now.words(), movement(old.rule, now.rule)
		}
		if d.Movement != "" && (there || old.counts()) {
			all = append(all, d)
		}
	}
	for coordinate, now := range after {
		if _, there := before[coordinate]; !there && now.counts() {
			all = append(all, Difference{Coordinate: coordinate, Movement: New, New: now.words(), Leads: to.leads(now)})
		}
	}
	slices.SortFunc(all, func(a, b Difference) int { return strings.Compare(a.Coordinate, b.Coordinate) })
	return all
}

// movement compares two rules of one coordinate. It returns "" if they mean the
// same. A field that logs a caller in opens more below it than others.
func movement(old, now *Rule) Movement {
	gained := !implies(now, old) || now.Authenticates && !old.Authenticates
	lost := !implies(old, now) || old.Authenticates && !now.Authenticates
	switch {
	case gained && lost:
		return Moved
	case gained:
		return Widened
	case lost:
		return Narrowed
	}
	return ""
}

// A place is a coordinate of a schema with its rule.
type place struct {
	rule  *Rule // empty, but not nil, if the policy has none
	def   *ast.Definition
	field *ast.FieldDefinition // of an object, or nil for arguments and input fields
}

// counts reports whether the existence of the place is a matter of access.
func (p place) counts() bool { return p.field != nil || p.rule.guarded() }

func (p place) words() string {
	switch {
	case p.rule.Authenticates:
		return p.rule.String() + ", logs in"
	case !p.rule.guarded() && !p.rule.Public:
		return "open"
	}
	return p.rule.String()
}

// places returns all coordinates of the schema except for interfaces, whose
// fields require what their types' fields do.
func (p *Policy) places() map[string]place {
	all := map[string]place{}
	add := func(rule *Rule, coordinate string, at place) {
		if at.rule = rule; rule == nil {
			at.rule = &Rule{Coordinate: coordinate}
		}
		all[coordinate] = at
	}
	for name, def := range p.schema.Types {
		if def.BuiltIn || def.IsAbstractType() {
			continue
		}
		for _, field := range def.Fields {
			coordinate := name + "." + field.Name
			switch {
			case strings.HasPrefix(field.Name, "__"):
				continue
			case def.IsInputType():
				add(p.inputs[field], coordinate, place{def: def})
			default:
				add(p.fields[field], coordinate, place{def: def, field: field})
			}
			for _, arg := range field.Arguments {
				add(p.args[arg], coordinate+"("+arg.Name+":)", place{def: def})
			}
		}
	}
	return all
}

// leads returns the names of the types with an identity that a place leads to,
// sorted.
func (p *Policy) leads(to place) []string {
	names := map[string]bool{}
	if to.field != nil {
		for _, w := range p.dataPaths(to.def, to.field) {
			names[w.to.Name] = true
		}
	}
	return append([]string{}, slices.Sorted(maps.Keys(names))...)
}

// implies reports whether all callers that meet a meet b. A rule is a
// conjunction of clauses, and a clause is a disjunction without negation. So a
// implies b if each clause of b is implied by a clause of a.
func implies(a, b *Rule) bool {
	return !slices.ContainsFunc(b.clauses, func(want clause) bool {
		return !slices.ContainsFunc(a.clauses, func(have clause) bool { return have.implies(want) })
	})
}

// implies reports whether each way to meet the clause meets the other.
func (c clause) implies(other clause) bool {
	if slices.ContainsFunc(c.any, func(need string) bool { return !other.metBy(need) }) {
		return false
	}
	if c.given != "" && c.given != other.given && !slices.Contains(other.any, requireAuthenticated) && other.any[0] != requireSession {
		return false
	}
	switch {
	case c.self == "":
		return true
	case c.self != other.self && !slices.Contains(other.any, requireAuthenticated):
		return false
	}
	return !slices.ContainsFunc(c.apps, func(app string) bool {
		own := c.self == other.self && (slices.Contains(other.apps, app) || slices.Contains(other.apps, requireApp))
		return !own && !other.metBy(app)
	})
}

// metBy reports whether all callers that meet a requirement meet the clause. A
// person may have any role and scope, and what acts for one any scope.
func (c clause) metBy(need string) bool {
	if slices.Contains(c.any, need) {
		return true
	}
	persons, apps := slices.Contains(c.any, requireAuthenticated), slices.Contains(c.any, requireApp)
	switch kind, _, _ := strings.Cut(need, ":"); kind {
	case "role":
		return persons || c.any[0] == requireSession
	case requireSession:
		return persons
	case "fresh", "factors":
		return c.stepMetBy(need)
	case "scope":
		return persons && apps
	default:
		return kind == requireApp && apps
	}
}
