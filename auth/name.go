package auth

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// nameLimit is how long a name may be, in code points.
const nameLimit = 200

// parseName reads a person's name: trimmed, in NFC, on one line. A blank name is
// nil.
func parseName(text *string) (*string, error) {
	if text == nil {
		return nil, nil
	}
	invalid := &InputError{
		Field: "name", Message: "A name has at most 200 characters and no line breaks or other control characters.",
	}
	if len(*text) > 8*nameLimit || !utf8.ValidString(*text) {
		return nil, invalid
	}
	name := norm.NFC.String(strings.TrimSpace(*text))
	if utf8.RuneCountInString(name) > nameLimit || strings.ContainsFunc(name, isBreak) {
		return nil, invalid
	}
	if name == "" {
		return nil, nil
	}
	return &name, nil
}

// isBreak reports whether r does not belong on one line: controls, and Unicode's
// separators of lines and paragraphs.
func isBreak(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp)
}
