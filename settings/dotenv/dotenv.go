// Package dotenv reads files of lines NAME=value, such as .env. A value is what
// is written: nothing is expanded.
package dotenv

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxSize is the size limit of a file, in bytes.
const MaxSize = 1 << 20

// An Entry is a name and its value.
type Entry struct {
	Name  string
	Value string
	Line  int // where it starts, from 1
	// Expands reports whether other programs would replace a part of the value,
	// such as ${NAME}, by the value of a variable.
	Expands bool
}

// A Fault is what is wrong with a line. It repeats no value.
type Fault struct {
	Name string // of the entry, "" if it has none
	Line int    // from 1
	Text string // what to do
}

// Error returns the fault with its line.
func (f *Fault) Error() string { return fmt.Sprintf("line %d: %s", f.Line, f.Text) }

// ReadFile reads the file with the name. A file that does not exist has no
// entries. The error says why the file as a whole can't be read; a link to a
// missing file is one.
func ReadFile(name string) ([]Entry, []*Fault, error) {
	text, err := readLimited(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if len(text) > MaxSize {
		return nil, nil, fmt.Errorf("it is larger than %d bytes; is it another file?", MaxSize)
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	for _, mark := range []string{"\xff\xfe", "\xfe\xff"} {
		if bytes.HasPrefix(text, []byte(mark)) {
			return nil, nil, errors.New("it is encoded in UTF-16; save it as UTF-8")
		}
	}
	entries, faults := Parse(string(text))
	return entries, faults, nil
}

// readLimited reads the file, one byte more than MaxSize at most.
func readLimited(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if _, link := os.Lstat(name); errors.Is(err, fs.ErrNotExist) && link == nil {
		return nil, errors.New("it is a link to a file that does not exist; repair or remove it")
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, errors.New("this user may not enter its folder")
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("it is a folder; put a file in its place, or remove it " +
			"(Docker creates a folder where a file to mount is missing)")
	}
	f, err := os.Open(name)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, errors.New("this user may not read it; change its owner, or run chmod u+r on it")
	case err != nil:
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, MaxSize+1))
}

// Parse reads the text of a file. It returns every entry that it can read, and a
// fault for each line that it can't.
func Parse(text string) ([]Entry, []*Fault) {
	r := &reader{rest: text, line: 1}
	for r.rest != "" {
		r.entry()
	}
	return r.entries, r.faults
}

// A reader is in the middle of a text.
type reader struct {
	rest    string
	line    int // where rest starts
	entries []Entry
	faults  []*Fault
	missing int // the last line without an equals sign
}

// next returns the line at which the reader is, without its end, and moves to
// the next one.
func (r *reader) next() string {
	line, rest, _ := strings.Cut(r.rest, "\n")
	r.rest = rest
	r.line++
	return strings.TrimSuffix(line, "\r")
}

// entry reads an entry, or a line without one.
func (r *reader) entry() {
	whole, e := r.rest, Entry{Line: r.line}
	line := r.next()
	text, err := trimmed(line)
	if err == nil && (text == "" || strings.HasPrefix(text, "#")) {
		return
	}
	var value string
	if err == nil {
		e.Name, value, err = cut(text)
	}
	switch {
	case err != nil:
	case value != "" && strings.Contains(quotes, value[:1]):
		// The value may go on in the next lines.
		start := len(strings.TrimRightFunc(line, unicode.IsSpace)) - len(value)
		r.rest, r.line = whole[start:], e.Line
		err = r.quoted(&e)
	default:
		e.Value, e.Expands, err = bare(value, line)
	}
	if err == nil {
		r.entries = append(r.entries, e)
		return
	}
	// Of the lines of one value without quotes, only the first is a fault.
	if !errors.Is(err, errMissing) || r.missing != e.Line-1 || e.Line == 1 {
		r.faults = append(r.faults, &Fault{Name: e.Name, Line: e.Line, Text: err.Error()})
	}
	if errors.Is(err, errMissing) {
		r.missing = e.Line
	}
}

// trimmed returns a line without the blanks around it, or an error if it is not
// text.
func trimmed(line string) (string, error) {
	switch {
	case strings.ContainsRune(line, 0):
		return "", errors.New("it contains a NUL byte; is it another kind of file?")
	case !utf8.ValidString(line):
		return "", errors.New("it is not UTF-8; save the file as UTF-8")
	}
	return strings.TrimSpace(line), nil
}

// cut takes a line apart into the name and what follows the equals sign. As in
// YAML, a colon and a blank may stand in its place.
func cut(text string) (name, value string, err error) {
	if rest, found := strings.CutPrefix(text, "export"); found && strings.TrimLeft(rest, " \t") != rest {
		text = strings.TrimSpace(rest)
	}
	i := strings.IndexFunc(text, func(r rune) bool { return !inName(r) })
	if i < 0 || i == 0 {
		return "", "", errMissing
	}
	name, value = text[:i], strings.TrimLeft(text[i:], " \t")
	switch {
	case strings.HasPrefix(value, "="):
		value = value[1:]
	case strings.HasPrefix(value, ": "), strings.HasPrefix(value, ":\t"), value == ":":
		value = value[1:]
	default:
		return "", "", errMissing
	}
	return name, strings.TrimLeft(value, " \t"), nil
}

var errMissing = errors.New("write NAME=value; a value of several lines needs quotes around it")

func inName(r rune) bool {
	return r == '_' || r == '.' || r == '-' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}
