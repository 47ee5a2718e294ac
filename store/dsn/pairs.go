package dsn

import (
	"errors"
	"regexp"
	"strings"
)

var errPairs = errors.New("invalid DSN: write host=db.example.com user=app password='a b' dbname=app: " +
	"a value with blanks, quotes or backslashes needs quotes, and a backslash before each quote or backslash in it")

// pair is one name=value at the start of a text, in the grammar of libpq.
var pair = regexp.MustCompile(`^\s*([A-Za-z_][A-Za-z0-9_.]*)\s*=\s*('(?:[^'\\]|\\(?s:.))*'(?:\s|$)|(?:[^\s'\\]|\\(?s:.))*(?:\s|$))`)

var backslash = regexp.MustCompile(`\\((?s:.))`)

// readPairs reads a DSN of names and values.
func (t *translation) readPairs(text string) error {
	secret := strings.Contains(text, "password")
	for strings.TrimSpace(text) != "" {
		found := pair.FindStringSubmatch(text)
		if found == nil {
			return errPairs
		}
		text = text[len(found[0]):]
		value := strings.TrimSpace(found[2])
		if strings.HasPrefix(value, "'") {
			value = value[1 : len(value)-1]
		}
		value = backslash.ReplaceAllString(value, "$1")
		if strings.ContainsRune(value, 0) {
			return errPairs
		}
		if err := t.set(found[1], value, !secret); err != nil {
			return err
		}
	}
	return nil
}
