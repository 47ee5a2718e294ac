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
