package direct_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// A generator makes a random operation that is valid but for its merges: two
// selections under one name have the same field and arguments.
type generator struct {
	schema    *ast.Schema
	random    *rand.Rand
	fields    int // left
	fragments []string
	spreads   map[string][]string // names of fragments, by type
	variables map[string]any
	declared  []string
}

func newGenerator(schema *ast.Schema, seed uint64) *generator {
	return &generator{
		schema: schema, random: rand.New(rand.NewPCG(seed, 7)), fields: 4 + int(seed%24), spreads: map[string][]string{}, variables: map[string]any{},
	}
}

// operation returns the operation and its variables.
func (g *generator) operation() (string, map[string]any) {
	root, kind := g.schema.Query, "query"
	if g.random.IntN(5) == 0 {
		root, kind = g.schema.Mutation, "mutation"
	}
	selection := g.selection(root, 0)
	parameters := ""
	if len(g.declared) > 0 {
		parameters = "(" + strings.Join(g.declared, ", ") + ")"
	}
	return kind + parameters + " " + selection + " " + strings.Join(g.fragments, " "), g.variables
}

// selection is a selection set on a type.
func (g *generator) selection(on *ast.Definition, depth int) string {
	var b strings.Builder
	b.WriteString("{")
	for range 1 + g.random.IntN(6) {
		b.WriteString(" " + g.one(on, depth))
	}
	b.WriteString(" }")
	return b.String()
}

// one is a field or a fragment.
func (g *generator) one(on *ast.Definition, depth int) string {
	switch n := g.random.IntN(12); {
	case n == 0:
		return "__typename" + g.condition()
	case n == 1 && depth < 5:
		to := g.sibling(on)
		return "..." + g.typed(to, on) + g.condition() + " " + g.selection(to, depth+1)
	case n == 2 && depth < 5:
		return g.spread(on, depth)
	case on.Kind == ast.Union:
		if g.fields -= 1; g.fields < 0 || depth >= 5 {
			return "__typename"
		}
		to := g.sibling(on)
		return "... on " + to.Name + " " + g.selection(to, depth+1)
	}
	return g.field(on, depth)
}

// typed is the condition of an inline fragment, which may be left out.
func (g *generator) typed(to, on *ast.Definition) string {
	if to == on && g.random.IntN(2) == 0 {
		return ""
	}
	return " on " + to.Name
}

// sibling is a type whose fragments may be spread on another.
func (g *generator) sibling(on *ast.Definition) *ast.Definition {
	if !on.IsAbstractType() || on.Kind == ast.Interface && g.random.IntN(3) == 0 {
		return on
	}
	possible := g.schema.GetPossibleTypes(on)
	return possible[g.random.IntN(len(possible))]
}

// spread spreads a fragment, of which some are used several times.
func (g *generator) spread(on *ast.Definition, depth int) string {
	to := g.sibling(on)
	if names := g.spreads[to.Name]; len(names) > 0 && g.random.IntN(2) == 0 {
		return "..." + names[g.random.IntN(len(names))] + g.condition()
	}
	body := g.selection(to, depth+1)
	name := fmt.Sprintf("F%d", len(g.fragments))
	g.fragments = append(g.fragments, fmt.Sprintf("fragment %s on %s %s", name, to.Name, body))
	g.spreads[to.Name] = append(g.spreads[to.Name], name)
	return "..." + name + g.condition()
}

// field selects a field. Its alias says what it is, so that fields merge.
func (g *generator) field(on *ast.Definition, depth int) string {
	var candidates []*ast.FieldDefinition
	g.fields--
	for _, f := range on.Fields {
		to := g.schema.Types[f.Type.Name()]
		if strings.HasPrefix(f.Name, "__") || !to.IsLeafType() && (g.fields < 0 || depth >= 5) {
			continue
		}
		candidates = append(candidates, f)
	}
	if len(candidates) == 0 {
		return "__typename"
	}
	f := candidates[g.random.IntN(len(candidates))]
	arguments, suffix := g.arguments(f)
	text := f.Name + arguments
	if alias := f.Type.Name() + f.Name + suffix; suffix != "" || on.IsAbstractType() || f.Name == "name" || g.random.IntN(4) == 0 {
		text = on.Name + alias + ": " + text
	}
	text += g.condition()
	if to := g.schema.Types[f.Type.Name()]; !to.IsLeafType() {
		text += " " + g.selection(to, depth+1)
	}
	return text
}

// arguments are those of a field, and what distinguishes them from others.
func (g *generator) arguments(f *ast.FieldDefinition) (text, suffix string) {
	var given []string
	for _, a := range f.Arguments {
		if !a.Type.NonNull && g.random.IntN(3) == 0 {
			continue
		}
		if a.DefaultValue != nil && g.random.IntN(3) == 0 {
			continue
		}
		n := g.random.IntN(6)
		value, kind := fmt.Sprint(n), a.Type.Name()
		switch kind {
		case "Range":
			value = fmt.Sprintf("{last: %d}", n)
			if n > 2 {
				value = fmt.Sprintf("{first: %d}", n)
			}
		case "Int":
		default:
			value = fmt.Sprintf("%q", fmt.Sprintf("b%d", g.random.IntN(40)))
		}
		if kind != "Range" && g.random.IntN(3) == 0 {
			value = g.variable(a.Type, value)
		}
		given = append(given, a.Name+": "+value)
		suffix += strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' {
				return r
			}
			return '_'
		}, value)
	}
	if len(given) == 0 {
		return "", ""
	}
	return "(" + strings.Join(given, ", ") + ")", suffix
}

// variable declares a variable with a value.
func (g *generator) variable(t *ast.Type, value string) string {
	name := fmt.Sprintf("v%d", len(g.declared))
	g.declared = append(g.declared, "$"+name+": "+t.String())
	if t.Name() == "Int" {
		g.variables[name] = g.random.IntN(6)
	} else {
		g.variables[name] = strings.Trim(value, `"`)
	}
	return "$" + name
}

// condition is a @skip or an @include, rarely.
func (g *generator) condition() string {
	name := []string{"skip", "include"}[g.random.IntN(2)]
	switch g.random.IntN(24) {
	case 0:
		return fmt.Sprintf(" @%s(if: %v)", name, g.random.IntN(2) == 0)
	case 1:
		value := fmt.Sprintf("c%d", g.random.IntN(5))
		if _, known := g.variables[value]; !known {
			g.variables[value] = g.random.IntN(2) == 0
			g.declared = append(g.declared, "$"+value+": Boolean!")
		}
		return fmt.Sprintf(" @%s(if: $%s)", name, value)
	}
	return ""
}
