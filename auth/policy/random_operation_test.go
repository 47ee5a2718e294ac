package policy

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// fieldsOf returns the fields of each type of the random schemas, with the type
// they lead to or "".
func fieldsOf(typename string) [][2]string {
	root := [][2]string{{"f0", "A"}, {"f1", "B"}, {"f2", "C"}, {"f3", "I"}, {"f4", "J"}, {"f5", "U"}, {"f6", ""}}
	switch typename {
	case "Query":
		return root
	case "Mutation":
		return append(root, [2]string{"login", "P"}, [2]string{"login", "P"})
	case "P":
		return [][2]string{{"a", "A"}, {"i", "I"}, {"u", "U"}, {"c", "C"}}
	case "U":
		return nil
	case "J":
		return [][2]string{{"id", ""}, {"x", ""}, {"y", ""}}
	case "I":
		return [][2]string{{"id", ""}, {"x", ""}, {"y", ""}, {"o", "C"}}
	}
	return [][2]string{{"id", ""}, {"x", ""}, {"y", ""}, {"o", "C"}, {"j", "J"}, {"u", "U"}, {"i", "I"}}
}

// narrower returns the types that a fragment within a type may be on.
func narrower(typename string) []string {
	switch typename {
	case "U":
		return []string{"A", "C", "I", "J", "U"}
	case "I", "J":
		return []string{"A", "B", "I", "J", "U"}
	case "A":
		return []string{"A", "I", "J", "U"}
	case "B":
		return []string{"B", "I", "J"}
	case "C":
		return []string{"C", "U"}
	}
	return []string{typename}
}

// operation writes an operation with its variables and fragments.
func (g *generator) operation() string {
	kind, root := "query", "Query"
	if g.n(1) == 0 {
		kind, root = "mutation", "Mutation"
	}
	set := g.set(root, 3)
	var variables []string
	for name, typ := range g.variables {
		variables = append(variables, "$"+name+": "+typ)
	}
	if len(variables) > 0 {
		kind += "(" + strings.Join(variables, ", ") + ")"
	}
	return kind + " " + set + " " + strings.Join(g.fragments, " ")
}

func (g *generator) set(typename string, depth int) string {
	selections := []string{"__typename"}
	for range 1 + g.n(2) {
		selections = append(selections, g.selection(typename, depth))
	}
	return "{ " + strings.Join(selections, " ") + " }"
}

func (g *generator) selection(typename string, depth int) string {
	fields := fieldsOf(typename)
	switch choice := g.n(9); {
	case depth == 0 && len(fields) == 0:
		return "__typename"
	case depth > 0 && (choice == 0 || len(fields) == 0):
		on := rapid.SampledFrom(narrower(typename)).Draw(g.T, "on")
		return "... on " + on + " " + g.unless() + g.set(on, depth-1)
	case depth > 0 && choice == 1:
		return g.spread(typename, depth) + g.unless()
	}
	field := rapid.SampledFrom(fields).Draw(g.T, "field")
	if depth == 0 && field[1] != "" {
		return "__typename"
	}
	g.aliases++
	text := fmt.Sprintf("a%d: %s%s %s", g.aliases, field[0], g.arguments(field[0]), g.unless())
	if field[1] != "" {
		text += g.set(field[1], depth-1)
	}
	return text
}

// spread spreads a fragment on the type: a new one or one that is used
// elsewhere too.
func (g *generator) spread(typename string, depth int) string {
	if names := g.by[typename]; len(names) > 0 && g.n(1) == 0 {
		return "..." + rapid.SampledFrom(names).Draw(g.T, "fragment") + " "
	}
	body := g.set(typename, depth-1)
	name := fmt.Sprintf("F%d", len(g.fragments))
	g.fragments = append(g.fragments, "fragment "+name+" on "+typename+" "+body)
	g.by[typename] = append(g.by[typename], name)
	return "..." + name + " "
}

func (g *generator) unless() string {
	switch g.n(11) {
	case 0:
		return g.one("@skip(if: true) ", "@include(if: false) ", "@skip(if: false) ", "@include(if: true) ")
	case 1:
		g.variables["b"] = "Boolean!"
		return g.one("@skip(if: $b) ", "@include(if: $b) ")
	}
	return ""
}

func (g *generator) arguments(field string) string {
	if field != "y" && field != "login" && !strings.HasPrefix(field, "f") {
		return ""
	}
	var all []string
	if field != "y" {
		all = g.argument(all, "id", "ID", `"own"`, `"other"`, `null`)
	}
	all = g.argument(all, "a", "String", `"x"`, `null`)
	all = g.argument(all, "in", "In", `null`, `{p: 1}`, `{m: 1}`, `{q: "x"}`, `{q: null, m: 1}`, `{n: {n: {m: null}}}`, `{o: [{p: 1}, {n: {p: 2}}]}`, `{o: {m: 2}}`, `{}`)
	if len(all) == 0 {
		return ""
	}
	return "(" + strings.Join(all, ", ") + ")"
}

func (g *generator) argument(all []string, name, typ string, literals ...string) []string {
	switch g.n(7) {
	case 0, 1:
		return append(all, name+": "+g.one(literals...))
	case 2:
		g.variables[name] = typ
		return append(all, name+": $"+name)
	case 3:
		if name == "in" {
			g.variables["m"], g.variables["q"] = "Int", "String"
			return append(all, "in: {q: $q, n: {m: $m}}")
		}
	}
	return all
}

// values returns values for some of the variables, coerced.
func (g *generator) values() map[string]any {
	values := map[string]any{"b": g.n(1) == 0}
	some := func(name string, of ...any) {
		if g.n(2) > 0 {
			values[name] = rapid.SampledFrom(of).Draw(g.T, name)
		}
	}
	some("id", "own", "other", nil)
	some("a", "x", nil)
	some("m", int64(1), nil)
	some("q", "x", nil)
	some("in", nil, map[string]any{"p": int64(1)}, map[string]any{"m": nil}, map[string]any{"q": "x"}, map[string]any{"q": nil, "p": int64(1)}, map[string]any{"n": map[string]any{"o": []any{map[string]any{"m": int64(1)}}}},
		map[string]any{"o": []any{}})
	return values
}
