package terminal

import (
	"fmt"
	"strings"
	"unicode"
)

// Printable replaces the characters that a terminal would obey instead of
// showing them, such as escape sequences and changes of writing direction.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}

// Count returns a number of things in words: 1 fault, 2 faults.
func Count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// List returns names in words: "a, b", or "none".
func List(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
