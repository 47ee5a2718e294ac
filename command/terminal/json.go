package terminal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"unicode"
)

// A JSONFlag is the flag of a command that can also answer a program.
type JSONFlag struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Answer writes the value as JSON if that is asked for. Otherwise it calls
// text, which writes the answer for a person.
func (f JSONFlag) Answer(t *Terminal, value any, text func() error) error {
	if f.JSON {
		return t.JSON(value)
	}
	return text()
}

// JSON writes a value as indented JSON. See [encode].
func (t *Terminal) JSON(value any) error {
	text, err := encode(value, "  ")
	if err != nil {
		return err
	}
	_, err = t.Stdout.WriteString(text)
	return err
}

// An Array writes a JSON array to standard output, one element on each line,
// without holding more than one of them.
type Array struct {
	to      *bufio.Writer
	started bool
}

// Array returns an empty array. Nothing is written before the first element.
func (t *Terminal) Array() *Array { return &Array{to: bufio.NewWriter(t.Stdout)} }

// Add writes an element.
func (a *Array) Add(value any) error {
	text, err := encode(value, "")
	if err != nil {
		return err
	}
	before := "[\n"
	if a.started {
		before = ",\n"
	}
	a.started = true
	_, err = a.to.WriteString(before + strings.TrimSuffix(text, "\n"))
	return err
}

// Close ends the array. It does not close standard output.
func (a *Array) Close() error {
	end := "[]\n"
	if a.started {
		end = "\n]\n"
	}
	_, _ = a.to.WriteString(end) // a bufio.Writer returns its first error again
	return a.to.Flush()
}

// encode returns a value as JSON that is safe to look at: what a terminal
// would obey is escaped. HTML is not, because no browser reads it.
func encode(value any, indent string) (string, error) {
	var text bytes.Buffer
	out := json.NewEncoder(&text)
	out.SetEscapeHTML(false)
	out.SetIndent("", indent)
	if err := out.Encode(value); err != nil {
		return "", err
	}
	return escape(text.String()), nil
}

// escape replaces characters that are not printable by JSON escapes. Outside
// of strings, where an escape would be wrong, JSON has only line breaks.
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r > math.MaxUint16: // RFC 8259, 7: as a surrogate pair
			high, low := 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
