package dotenv

import (
	"errors"
	"regexp"
	"strings"
)

// quotes are the characters that may stand around a value.
const quotes = "\"'`"

// expansion is what a shell, Docker Compose and most readers of such files
// replace in a value. $ and a name alone are as likely part of a password.
var expansion = regexp.MustCompile(`\$\{[A-Za-z_]|\$\(`)

// bare returns a value without quotes, up to a comment, which starts with a
// blank and #.
func bare(value, line string) (text string, expands bool, err error) {
	if strings.HasPrefix(value, "#") {
		if strings.Contains(line, "="+value) {
			return "", false, errors.New("write quotes around a value that starts with #, " +
				"or a blank before # for a comment")
		}
		return "", false, nil
	}
	for i, r := range value {
		if r == '#' && (value[i-1] == ' ' || value[i-1] == '\t') {
			value = strings.TrimRight(value[:i], " \t")
			break
		}
	}
	return value, expansion.MatchString(value), nil
}

// quoted reads a value in quotes, which may have several lines. Only double
// quotes know escapes.
func (r *reader) quoted(e *Entry) error {
	quote := r.rest[0]
	end := closing(r.rest, quote)
	if end < 0 {
		r.rest = "" // what follows may be part of the value
		return errors.New("the quote that starts the value is not closed; " +
			"to start a value with a quote, write other quotes around it")
	}
	value := r.rest[1:end]
	r.line += strings.Count(value, "\n")
	r.rest = r.rest[end+1:]
	after, err := trimmed(r.next())
	switch {
	case err != nil:
		return err
	case after != "" && !strings.HasPrefix(after, "#"):
		return errors.New("text follows the closing quote; to write a quote inside a value, use other quotes around it")
	}
	value = strings.ReplaceAll(value, "\r\n", "\n")
	if _, err := trimmed(value); err != nil {
		return err
	}
	e.Value = value
	if quote == '"' {
		e.Value = escapes.Replace(value)
		e.Expands = expansion.MatchString(strings.ReplaceAll(value, `\$`, ""))
	}
	return nil
}

// closing returns the index of the quote that closes the one at the start of
// text, -1 if none does.
func closing(text string, quote byte) int {
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == '"':
			i++
		case text[i] == quote:
			return i
		}
	}
	return -1
}

// escapes are the escapes in double quotes. A backslash before another character
// is kept, as in a shell.
var escapes = strings.NewReplacer(
	`\n`, "\n", `\r`, "\r", `\t`, "\t", `\"`, `"`, `\$`, "$", "\\`", "`", `\\`, `\`)
