package auth

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// nameLimit is how long a name may be, in code points.
const nameLimit = 200

// parseName reads the name of a person: trimmed, in NFC, on one line. A blank one is none.
func parseName(typed *string) (*string, error) {
	if typed == nil {
		return nil, nil
	}
	bad := &InputError{Field: "input.name", Message: "A name has at most 200 characters and no line breaks or other control characters."}
	if len(*typed) > 8*nameLimit || !utf8.ValidString(*typed) {
		return nil, bad
	}
	name := norm.NFC.String(strings.TrimSpace(*typed))
	if utf8.RuneCountInString(name) > nameLimit || strings.ContainsFunc(name, breaks) {
		return nil, bad
	}
	if name == "" {
		return nil, nil
	}
	return &name, nil
}

// breaks is what does not stand on one line: controls, and Unicode's own separators of lines and paragraphs.
func breaks(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp)
}
