package policy

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"pgregory.net/rapid"
)

// A generator writes random schemas and random operations for them.
type generator struct {
	*rapid.T
	aliases   int
	variables map[string]string // those in use, with their types
	fragments []string          // their texts
	by        map[string][]string
}

func (g *generator) n(most int) int { return rapid.IntRange(0, most).Draw(g.T, "n") }

func (g *generator) one(of ...string) string { return rapid.SampledFrom(of).Draw(g.T, "of") }

// guard returns some directives that are allowed everywhere. own is the name
// for orSelf, or "".
func (g *generator) guard(own string) string {
	var all []string
	for range g.n(5) / 2 {
		self := ""
		if own != "" && g.n(1) == 0 {
			self = fmt.Sprintf(", orSelf: %q", own)
		}
		all = append(all, g.one(
			`@hasRole(role: "r0"`+self+`)`, `@hasRole(role: ["r0", "r1"]`+self+`)`, `@hasScope(scope: ["s0"]`+self+`)`, `@hasScope(scope: ["s1", "s0"]`+self+`)`))
	}
	return strings.Join(append(all, g.steps()...), " ")
}

// steps returns some of the directives about proofs.
func (g *generator) steps() (all []string) {
	switch g.n(49) { // rapid prefers the ends
	case 7:
		all = append(all, g.one(`@fresh(within: "1h")`, `@fresh(within: "10m")`))
	case 11:
		all = append(all, g.one(`@factors(least: 1)`, `@factors(least: 2)`))
	case 17:
		all = append(all, `@fresh(within: "30m")`, `@factors(least: 2)`)
	}
	return all
}

// proving is rooted for a field with an argument that proves who the caller is.
func (g *generator) proving() string {
	given := g.one("a", "in.q")
	return g.one("@authenticated", `@hasRole(role: "r0", orSelf: "id")`, `@hasScope(scope: ["s0"])`, "") +
		g.one(` @fresh(within: "1h", orGiven: "`+given+`")`, ` @fresh(within: "10m", orGiven: "`+given+`") @factors(least: 2)`) + " @sensitive"
}

// rooted is guard for a root field, which must have a directive.
func (g *generator) rooted() string {
	if all := g.guard("id"); all != "" {
		return all
	}
	return g.one("@public", "@authenticated")
}

// roleAlone matches a directive that nothing but a role meets.
var roleAlone = regexp.MustCompile(`@hasRole\(role: [^:)]*\)`)

// delegable returns a @delegable for what has the guards, or "" where it would
// open nothing, and half of the time.
func (g *generator) delegable(guards ...string) string {
	all := strings.Join(guards, " ")
	if roleAlone.MatchString(all) || strings.Contains(all, "@fresh") || strings.Contains(all, "@factors") || !strings.Contains(all, "orSelf") && !strings.Contains(all, "@authenticated") || g.n(1) == 0 {
		return ""
	}
	return g.one(` @delegable`, ` @delegable(scope: "o0")`, ` @delegable(scope: ["o0", "o1"])`, ` @delegable(scope: "o1")`)
}

// schema writes two objects with two interfaces, one of which implements the
// other, a third object without interfaces, and recursive input types.
func (g *generator) schema() string {
	var b strings.Builder
	b.WriteString(declarations)
	for _, scope := range []string{"s0", "s1", "o0", "o1"} {
		fmt.Fprintf(&b, "extend schema @scope(name: %q, title: \"What it does\")\n", scope)
	}
	root := func(name string, fields ...string) {
		typed := ""
		if g.n(4) == 0 {
			typed = g.one(`@authenticated`, `@hasScope(scope: "s1", orSelf: "id")`)
		}
		fmt.Fprintf(&b, "type %s %s {", name, typed)
		for _, field := range fields {
			name, typ, _ := strings.Cut(field, ": ")
			guard := g.rooted()
			if typed != "" && guard == "@public" {
				guard = ""
			}
			if g.n(15) == 9 && !strings.HasPrefix(name, "login") {
				guard = g.proving()
			}
			guard += g.delegable(typed, guard)
			fmt.Fprintf(&b, " %s(id: ID = \"own\", a: String %s, in: In %s): %s %s", name, g.guard(""), g.guard(""), typ, guard)
		}
		b.WriteString(" }\n")
	}
	fields := []string{"f0: A", "f1: B", "f2: C", "f3: I", "f4: J", "f5: U", "f6: Int"}
	root("Query", fields...)
	root("Mutation", append(fields, "login: P @authenticates")...)
	jx, jy, ix, io := g.guard("id"), g.guard("id"), g.guard("id"), g.guard("id")
	fmt.Fprintf(&b, "interface J { id: ID x: Int %s y(a: String, in: In): Int %s }\n", jx, jy)
	fmt.Fprintf(&b, "interface I implements J { id: ID x: Int %s y(a: String, in: In): Int o: C %s }\n", ix, io)
	for _, head := range []string{"A implements I & J", "B implements J & I", "C"} {
		typed := ""
		if g.n(2) == 0 {
			typed = g.guard("id")
			typed += g.delegable(typed)
		}
		if head == "C" {
			jx, jy, ix, io = "", "", "", ""
		}
		field := func(inherited ...string) string {
			guard := g.guard("id")
			return guard + g.delegable(append(inherited, typed, guard)...)
		}
		fmt.Fprintf(&b, "type %s %s { id: ID x: Int %s y(a: String %s, in: In %s): Int %s o: C %s j: [J!] u: U i: I }\n",
			head, typed, field(jx, ix), g.guard(""), g.guard(""), field(jy), field(io))
	}
	fmt.Fprintf(&b, "type P { a: A i: I u: U c: C %s }\nunion U = A | C\ninput In { m: Int = 1 %s n: In o: [In!] %s p: Int q: String %s }\n",
		g.guard(""), g.guard(""), g.guard(""), g.guard(""))
	return b.String()
}

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

func (g *generator) caller() *Subject {
	if g.n(3) == 0 {
		return nil
	}
	s := subject(g.one("", "r0", "r1", "r0 r1"), g.one("", "s0", "s1", "s0 s1"))
	s.Now, s.Factors = noon, []int{2, 2, 1, 0, 2, 2}[g.n(5)]
	switch g.n(9) {
	case 1:
		s.AuthTime = noon.Add(-10 * time.Minute)
	case 2:
		s.AuthTime = noon.Add(-time.Hour)
	case 3: // unknown
	default:
		s.AuthTime = noon
	}
	switch g.n(5) {
	case 0, 1, 2:
		s.Delegated, s.Key = true, g.n(1) == 0
		s.Scopes = append(s.Scopes, strings.Fields(g.one("", "o0", "o1", "o0 o1"))...)
	case 3:
		s.Key = true
	}
	return s
}
