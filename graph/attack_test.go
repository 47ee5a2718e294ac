package graph

import (
	"encoding/json"
	"fmt"
	"runtime"
	"sort"
	"strings"
	"testing"
	"time"
)

// repeat returns n copies of a text, each with its number in place of #.
func repeat(n int, text string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(text, "#", fmt.Sprint(i)))
	}
	return b.String()
}

// doubling returns n fragments that each spread the next one twice, below two
// fields or side by side.
func doubling(n int, typename, field, last string) string {
	var b strings.Builder
	for i := range n {
		next := fmt.Sprintf("...F%d", i+1)
		if field != "" {
			next = "%s: " + field + " { " + next + " }"
			next = fmt.Sprintf(next, "a") + " " + fmt.Sprintf(next, "b")
		} else {
			next += " " + next
		}
		fmt.Fprintf(&b, " fragment F%d on %s { %s }", i, typename, next)
	}
	return b.String() + fmt.Sprintf(" fragment F%d on %s { %s }", n, typename, last)
}

// attacks returns documents, by size, that try to cost much more than they weigh.
func attacks() map[string]func(n int) string {
	within := func(text string) func(int) string {
		before, after, _ := strings.Cut(text, "|")
		return func(n int) string {
			inner, rest, _ := strings.Cut(after, "|")
			return before + repeat(n, inner) + rest
		}
	}
	nested := func(text string) func(int) string {
		parts := strings.Split(text, "|") // head, open, middle, close, tail
		return func(n int) string {
			return parts[0] + strings.Repeat(parts[1], n) + parts[2] + strings.Repeat(parts[3], n) + parts[4]
		}
	}
	long := func(text string, times int) func(int) string {
		parts := strings.Split(text, "|")
		return func(n int) string { return parts[0] + strings.Repeat(parts[1], n*times) + parts[2] }
	}
	return map[string]func(int) string{
		"one field":               within("{| __typename|}"),
		"one object":              within("{| me { id }|}"),
		"one field, below":        within("{ viewer {| __typename|} }"),
		"one field, in two sets":  func(n int) string { return "{" + repeat(2, " viewer {"+repeat(n, " __typename")+" }") + "}" },
		"one object, below":       within("{ me {| sessions { id }|} }"),
		"one object, deeper":      within("{ me {| sessions { id id id id id }|} }"),
		"one field, in fragments": within("{ viewer {| ... { id }|} }"),
		"fields of a page":        within("{ users(first: 100) { nodes {| id|} } }"),
		"misspelt, below":         within("{ viewer {| role#|} }"),
		"misspelt at length":      within("{ viewer {| " + strings.Repeat("r", nameLimit-4) + "#|} }"),
		"unknown, below":          within("{ viewer {| q#|} }"),
		"aliases, below":          within("{ viewer {| a#: __typename|} }"),
		"aliases":                 within("{| a#: __typename|}"),
		"aliases of an object":    within("{| a#: viewer { id roles }|}"),
		"pages":                   within("{| a#: users(first: 100) { nodes { id } }|}"),
		"pages of pages":          within("{ users(first: 100) {| a#: nodes { id email }|} }"),
		"counts":                  within("{ users {| a#: totalCount|} }"),
		"unknown fields":          within("{| q#|}"),
		"fields nearly known":     within("{| viewe|}"),
		"long unknown fields":     within("{| " + strings.Repeat("viewer", 200) + "#|}"),
		"huge unknown field":      long("{|viewer|}", 20),
		"unknown arguments":       within("{ users(|a#: 1 |) { totalCount } }"),
		"unknown directives":      within("{ viewer |@d |{ id } }"),
		"known directives":        within("{ viewer |@skip(if: false) |{ id } }"),
		"unknown types":           within("query(|$v#: Use# |) { __typename }"),
		"unused variables":        within("query(|$v#: Int |) { __typename }"),
		"undefined variables":     within("{| a#: user(id: $v#) { id }|}"),
		"inline fragments":        within("{| ... { viewer { id } }|}"),
		"nested inline fragments": nested("{| ... {| me { id }|}|}"),
		"both inline fragments":   within("{|" + strings.Repeat(" ... {", 9) + " me { id }" + strings.Repeat("}", 9) + "|}"),
		"doubling fields": func(n int) string {
			return `{ __type(name: "Query") { ...F0 } }` + doubling(n, "__Type", "ofType", "name")
		},
		"doubling types of fields": func(n int) string {
			return `{ __type(name: "User") { fields { ...F0 } } }` + doubling(1, "__Field", "type", "name") + repeat(n, "")
		},
		"doubling spreads":            func(n int) string { return "{ ...F0 }" + doubling(n, "Query", "", "__typename") },
		"doubling spreads in a cycle": func(n int) string { return "{ ...F0 }" + doubling(n, "Query", "", "...F0") },
		"unused fragments":            within("{ __typename }| fragment F# on Query { __typename }|"),
		"fragments in each":           func(n int) string { return "{ ...F0 }" + repeat(n, " fragment F# on Query {"+repeat(n, " ...F#")+" }") },
		"fragments side by side": func(n int) string {
			return "{" + repeat(n, " ...F#") + "}" + repeat(n, " fragment F# on Query { x: viewer { id } }")
		},
		"fragments in conflict": func(n int) string {
			return "{" + repeat(n, " ...F#") + "}" + repeat(n, ` fragment F# on Query { x: user(id: "#") { id } }`)
		},
		"aliases in conflict":    within(`{| x: user(id: "#") { id }|}`),
		"nested conflicts":       nested("{ __schema { types {| fields { type {| name|}}| } } }"),
		"list in a list":         nested("{ users(first: |[||]|) { totalCount } }"),
		"object in an object":    nested("{ users(filter: |{email: |1|}|) { totalCount } }"),
		"wide object":            within("{ users(filter: {|f#: 1 |}) { totalCount } }"),
		"long list":              within(`mutation { setUserRoles(id: "x", roles: [|"r" |]) { id } }`),
		"long string":            long(`{ user(id: "|x|") { id } }`, 100),
		"long string of escapes": long(`{ user(id: "|\u0041|") { id } }`, 15),
		"long block string":      long(`{ user(id: """| x`+"\n"+`|""") { id } }`, 30),
		"long comment":           long("{ __typename } #|x|", 120),
		"comments":               long("|#\n|{ __typename }", 40),
		"commas":                 long("|,|{ __typename }", 120),
		"long number":            long("{ users(first: |9|) { totalCount } }", 120),
		"operations":             within("| query Q# { viewer { id } }|"),
		"operations, one fragment": func(n int) string {
			return repeat(n, " query Q# { ...F }") + " fragment F on Query {" + repeat(n, " a#: viewer { id }") + "}"
		},
		"introspection":       within("{| a#: __schema { types { name } }|}"),
		"introspection, deep": within("{ __schema { types {| a#: fields { args { name type { name } } type { name } }|} } }"),
		"introspection, conditional": func(n int) string { // gqlgen executes it
			return "query(" + repeat(9, " $v#: Boolean = false") + ") {" + repeat(9, " v#: __typename @skip(if: $v#)") +
				" __schema { types {" + repeat(n, " a#: fields { args { name type { name } } type { name } }") + " } } }"
		},
		"introspection, fields":      within("{ __schema { types {| fields { name }|} } }"),
		"introspection, many fields": within("{ __schema { types { fields {| args { name }|} } } }"),
		"introspection, names":       within("{ __schema { types { fields { args {| name|} } } } }"),
		"introspection, of a type":   within(`{| a#: __type(name: "Mutation") { fields { args { type { fields { name } } } } }|}`),
		"introspection, product": func(n int) string {
			return "{ __schema { types {" + repeat(n, " a#: fields { ...F }") + "} } } fragment F on __Field {" + repeat(n, " b#: type { ...G }") +
				"} fragment G on __Type {" + repeat(n, " c#: kind") + "}"
		},
		"introspection, larger product": func(n int) string {
			return "{ __schema {" + repeat(n, " t#: types { ...T }") + "} } fragment T on __Type {" + repeat(n, " a#: fields { ...F }") +
				"} fragment F on __Field {" + repeat(n, " b#: args { ...A }") + "} fragment A on __InputValue {" + repeat(n, " c#: type { ...G }") + "} fragment G on __Type {" + repeat(n, " d#: kind") + "}"
		},
	}
}

// fits reports whether a query is within the limits of bodies and documents.
func fits(s *service, query string) bool {
	body, _ := json.Marshal(map[string]string{"query": query})
	_, err := s.views.whole.documents.Parse(query)
	return err == nil && len(body) <= s.limits.Body
}

// costOf returns the cost of a query, 0 if it is invalid.
func costOf(s *service, query string) (n int) {
	if doc, err := s.views.whole.documents.Parse(query); err == nil && s.views.whole.documents.Validate(doc) == nil {
		for _, op := range doc.Operations {
			n = max(n, op.Cost)
		}
	}
	return n
}

// mostCompiled is the most fields that one of these documents may have compiled:
// within the limits on aliases, they can't select more different ones.
const mostCompiled = 200

// Each kind of document takes less than a tenth of a second of CPU, as large as
// the limits allow it to be validated, and as large as it is executed, and has few
// fields compiled.
func TestAttacksAreBounded(t *testing.T) {
	s := newService(t)
	authorization := "Authorization: Bearer " + s.token(t, adm, 0)
	for name, attack := range attacks() {
		t.Run(name, func(t *testing.T) {
			sizes := []int{sort.Search(1000, func(n int) bool { return !fits(s, attack(n+1)) })}
			if costOf(s, attack(sizes[0])) > s.limits.Cost {
				sizes = append(sizes, sort.Search(sizes[0], func(n int) bool { return costOf(s, attack(n+1)) > s.limits.Cost }))
			}
			for _, n := range sizes {
				cost := costOf(s, attack(n))
				body, _ := json.Marshal(map[string]string{"query": attack(n)})
				got, took, compiled := timed(t, string(body), authorization)
				for again := 0; again < 9 && took > slowdown*100*time.Millisecond; again++ {
					// Other programs may have emptied the caches of the processor.
					got, took, compiled = timed(t, string(body), authorization)
				}
				t.Logf("%-30s n=%-4d %6d bytes in, %7d out, cost %6d, %4d compiled, %9v %s",
					name, n, len(body), got.Body.Len(), cost, compiled, took.Round(time.Microsecond), got.distinctCodes())
				if took > slowdown*100*time.Millisecond {
					t.Errorf("%d bytes in, %d out: %v", len(body), got.Body.Len(), took)
				}
				if compiled > mostCompiled {
					t.Errorf("%d fields compiled", compiled)
				}
			}
		})
	}
}

// timed sends a body to a new service. It returns the answer, the CPU time, and how
// many fields were compiled.
func timed(t *testing.T, body, authorization string) (*reply, time.Duration, int) {
	t.Helper()
	fresh := newService(t)
	fresh.addUsers(97)
	compiled := countCompiled(t, fresh)
	runtime.GC() // so that earlier garbage does not count
	start := cpuTime(t)
	got := fresh.send(t, body, authorization)
	return got, cpuTime(t) - start, *compiled
}

// introspectionQuery is what GraphiQL, Relay and the generators of typed clients
// send.
const introspectionQuery = `query IntrospectionQuery { __schema { description queryType { name kind } mutationType { name kind } subscriptionType { name kind }
	types { ...FullType } directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
fragment FullType on __Type { kind name description specifiedByURL isOneOf
	fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
	inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
	enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
	ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }`

// What tools send is within the limits.
func TestIntrospectionOfToolsIsWithinLimits(t *testing.T) {
	s := newService(t)
	got := s.ask(t, "", introspectionQuery, nil)
	if got.codes() != "" {
		t.Fatalf("%.300s", got.Body)
	}
	cost, fields := prepare(t, s, introspectionQuery).Cost, strings.Count(got.Body.String(), `":`)
	if cost < fields/2 || cost > s.limits.Cost*2/3 {
		t.Errorf("cost = %d for %d fields", cost, fields)
	}
	t.Logf("cost %d, %d fields, %d bytes", cost, fields, got.Body.Len())
}

// queried is the @cost of a field that queries the database for a list.
const queried = 25

func TestCost(t *testing.T) {
	s := newService(t)
	tests := []struct {
		query string
		want  int
	}{
		{`{ __typename }`, 1},
		{`{ viewer { id roles } }`, 3},
		{`{ a: viewer { id } b: viewer { id } }`, 4},
		{`{ ...F ...F } fragment F on Query { viewer { id } }`, 4},
		{`{ ... { viewer { ... on Viewer { id } } } }`, 2},
		{`{ users { totalCount } }`, queried + 20},
		{`{ users(first: 3) { totalCount nodes { id } } }`, queried + 3*3},
		{`{ users(first: 100000) { totalCount } }`, queried + 100},
		{`{ users(first: -5) { totalCount } }`, queried + 1},
		{`{ users(first: 0) { totalCount } }`, queried + 1},
		{`{ users(first: null) { totalCount } }`, queried + 100},
		{`query($n: Int) { users(first: $n) { totalCount } }`, queried + 100},
		{`{ __type(name: "User") { name } }`, 2},
		{`mutation { a: logout b: logout }`, 2},
	}
	for _, tt := range tests {
		if got := prepare(t, s, tt.query).Cost; got != tt.want {
			t.Errorf("%s costs %d, want %d", tt.query, got, tt.want)
		}
	}
	got := s.ask(t, sue, "{"+repeat(20, " a#: users(first: 100) { nodes { id kind name email emailVerified hasPassword pendingEmail roles disabled createdAt updatedAt } }")+"}", nil)
	if e := got.Errors[0].Extensions; got.codes() != "OPERATION_TOO_LARGE" || e["limit"] != "cost" || e["allowed"] != float64(s.limits.Cost) || e["asked"] != 20*queried+20*100*12.0 || got.Data != nil {
		t.Errorf("too much: %s", got.Body)
	}
}
