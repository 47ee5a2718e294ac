// Package name reads the names of people, as others see them. It refuses
// characters that make a name look like another one or like none: those that
// change the direction of the text around them, and those that are invisible.
package name

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// limit is how long a name may be, in code points.
const limit = 200

// ErrInvalid means that a text is not a name. It says what a name may be.
var ErrInvalid error = invalid{}

type invalid struct{}

func (invalid) Error() string {
	return "A name has at most 200 characters and no line breaks, control characters, invisible characters or marks without a letter."
}

// Parse reads a name: trimmed, in NFC, on one line. A blank name is "". It returns
// [ErrInvalid].
func Parse(text string) (string, error) {
	if len(text) > 8*limit || !utf8.ValidString(text) {
		return "", ErrInvalid
	}
	name := []rune(norm.NFC.String(strings.TrimSpace(text)))
	if len(name) > limit {
		return "", ErrInvalid
	}
	blank := true
	for i, r := range name {
		if !shows(name, i) {
			return "", ErrInvalid
		}
		blank = blank && (unicode.IsSpace(r) || r == brailleBlank)
	}
	if blank {
		return "", nil
	}
	return string(name), nil
}

// Clean returns a text that a client chose, such as the name of its device, with
// U+FFFD in place of each character that Parse refuses.
func Clean(text string) string {
	if printable(text) { // as nearly all are
		return text
	}
	runes := []rune(text)
	clean := make([]rune, len(runes))
	for i, r := range runes {
		clean[i] = r
		if !shows(runes, i) {
			clean[i] = utf8.RuneError
		}
	}
	return string(clean)
}

// printable reports whether a text is of printable ASCII, all of which Parse
// accepts.
func printable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}
