package persisted

import (
	"fmt"
	"strings"
	"testing"
)

// A document has the same hash however it is printed, and another one if it says
// anything else.
func TestCanonical(t *testing.T) {
	of := func(text string) string {
		sum, ok := canonical(text, 100)
		return fmt.Sprint(ok, sum)
	}
	const text = `query Q($a: I = {b: {c: 1}}, $d: [String!]) @x(y: {z: "s\u002ct"}) { a(b: $a, c: "é\n", d: 1.50) { ...F ... on T { e } } } fragment F on T { f: g }`
	for _, same := range []string{
		strings.ReplaceAll(text, ",", " "),
		strings.ReplaceAll(strings.ReplaceAll(text, " ", "\n\t"), `{`, "# { \"\n{"),
		"\ufeff" + text + "\r\n",
		strings.ReplaceAll(text, `"é\n"`, `"\u00e9\u000a"`),
		strings.ReplaceAll(text, `"s\u002ct"`, `"""s,t"""`),
		`fragment F on T { f: g } ` + strings.TrimSuffix(text, ` fragment F on T { f: g }`),
	} {
		if of(same) != of(text) {
			t.Errorf("another: %s", same)
		}
	}
	for _, other := range []string{
		strings.Replace(text, "Q(", "R(", 1), strings.Replace(text, "1.50", "1.5", 1), strings.Replace(text, `\u002c`, ` `, 1),
		strings.Replace(text, "f: g", "f g", 1), strings.Replace(text, "...F", "... F2", 1), strings.Replace(text, "... on T", "...", 1),
		strings.Replace(text, "[String!]", "[String]", 1), strings.Replace(text, "{ e }", "{ e e }", 1), strings.Replace(text, "query", "mutation", 1),
		strings.Replace(text, `d: 1.50`, `d: "1.50"`, 1), text + " { a }", strings.Replace(text, "...F ", "... F @skip(if: true) ", 1),
	} {
		if of(other) == of(text) {
			t.Errorf("the same: %s", other)
		}
	}
	// A brace within parentheses does not end a definition.
	if of(`query ($a: I = {b: 1} $c: I = {d: 2} $e: I) { f }`) == of(`$c: I = {d: 2} query ($a: I = {b: 1} $e: I) { f }`) {
		t.Error("a definition in another order is the same")
	}
	if of(`{ a(b: "c ) { d } e ( f : 1") }`) == of(`{ a(b: c ) { d } e ( f : 1) }`) {
		t.Error("a string is the same as what is written in it")
	}
	for _, none := range []string{`{ a "`, "{ a ^ }", strings.Repeat("a ", 101)} {
		if _, ok := canonical(none, 100); ok {
			t.Errorf("%s has a hash", none)
		}
	}
	if _, ok := canonical(strings.Repeat("a ", 100), 100); !ok {
		t.Error("a hundred tokens are too many")
	}
}
