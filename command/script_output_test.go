package command_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

// exits runs a program and checks its exit status: exits STATUS PROGRAM ARGS...
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	status := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		status = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(status) != args[0] {
		ts.Fatalf("exit status %d, want %s", status, args[0])
	}
}

// prints checks that standard output is exactly these lines: prints LINE...
func prints(ts *testscript.TestScript, _ bool, args []string) { same(ts, "stdout", args) }

// warns checks that standard error is exactly these lines: warns LINE...
func warns(ts *testscript.TestScript, _ bool, args []string) { same(ts, "stderr", args) }

func same(ts *testscript.TestScript, stream string, lines []string) {
	want := strings.Join(lines, "\n") + "\n"
	if got := ts.ReadFile(stream); got != want {
		ts.Fatalf("%s is\n%swant\n%s", stream, got, want)
	}
}

// jsonAt checks a value in the JSON on standard output: [!] json PATH VALUE.
// PATH is separated by slashes. A step is the name of a member; an index; length,
// the number of members or elements; or name=value, the first element with that
// member. VALUE is JSON, a string without its quotes, or a pattern that begins
// with ^.
func jsonAt(ts *testscript.TestScript, neg bool, args []string) {
	value := valueAt(ts, args[0])
	got, err := json.Marshal(value)
	ts.Check(err)
	text, isString := value.(string)
	same := string(got) == args[1] || isString && text == args[1]
	if isString && strings.HasPrefix(args[1], "^") {
		same = regexp.MustCompile(args[1]).MatchString(text)
	}
	if same == neg {
		ts.Fatalf("%s is %s", args[0], got)
	}
}

// valueAt returns the value at a path in the JSON on standard output.
func valueAt(ts *testscript.TestScript, path string) any {
	var value any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &value))
	for step := range strings.SplitSeq(path, "/") {
		found, err := member(value, step)
		if err != nil {
			ts.Fatalf("%s: %v", path, err)
		}
		value = found
	}
	return value
}

func member(value any, step string) (any, error) {
	switch v := value.(type) {
	case map[string]any:
		if step == "length" {
			return len(v), nil
		}
		if m, ok := v[step]; ok {
			return m, nil
		}
	case []any:
		if step == "length" {
			return len(v), nil
		}
		if i, err := strconv.Atoi(step); err == nil && i < len(v) {
			return v[i], nil
		}
		name, want, _ := strings.Cut(step, "=")
		for _, element := range v {
			if object, ok := element.(map[string]any); ok && object[name] == want {
				return element, nil
			}
		}
	}
	return nil, fmt.Errorf("no %s in %v", step, value)
}

// capture sets a variable to what the first group of a pattern matches in
// standard output: capture NAME PATTERN.
func capture(ts *testscript.TestScript, _ bool, args []string) {
	found := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if found == nil {
		ts.Fatalf("no %q in standard output", args[1])
	}
	ts.Setenv(args[0], found[1])
}

// fields checks that standard output is a valid schema with all of these
// fields, or with none of them: [!] schema COORDINATE...
func fields(ts *testscript.TestScript, neg bool, args []string) {
	schema, err := validator.LoadSchema(validator.Prelude, &ast.Source{Input: ts.ReadFile("stdout")})
	ts.Check(err)
	for _, coordinate := range args {
		typename, field, _ := strings.Cut(coordinate, ".")
		def := schema.Types[typename]
		if found := def != nil && def.Fields.ForName(field) != nil; found == neg {
			ts.Fatalf("%s: found %v", coordinate, found)
		}
	}
}

// later checks that one time in the JSON on standard output is later than
// another by a duration: later PATH DURATION PATH.
func later(ts *testscript.TestScript, _ bool, args []string) {
	distance, err := time.ParseDuration(args[1])
	ts.Check(err)
	var times [2]time.Time
	for i, path := range []string{args[0], args[2]} {
		text, _ := valueAt(ts, path).(string)
		times[i], err = time.Parse(time.RFC3339, text)
		ts.Check(err)
	}
	if got := times[1].Sub(times[0]); got != distance {
		ts.Fatalf("%s is %s after %s, want %s", args[2], got, args[0], distance)
	}
}

// leaks reports whether an output has a part of a secret in a file, such as a
// line of a key or a part of a token: ! leaks FILE.
func leaks(ts *testscript.TestScript, neg bool, args []string) {
	out := ts.ReadFile("stdout") + ts.ReadFile("stderr")
	for part := range strings.FieldsFuncSeq(ts.ReadFile(args[0]), func(r rune) bool { return r == '.' || r == '\n' }) {
		secret := len(part) > 8 && !strings.HasPrefix(part, "-----")
		if neg && secret && strings.Contains(out, part) {
			ts.Fatalf("the output has %s", part)
		}
	}
}

// helps checks that a command is in the help of all commands, and has its own:
// helps FILE COMMAND...
func helps(ts *testscript.TestScript, _ bool, args []string) {
	name := strings.Join(args[1:], " ")
	if !strings.Contains(ts.ReadFile(args[0]), "\n  "+name+" ") {
		ts.Fatalf("%s lacks %s", args[0], name)
	}
	ts.Check(ts.Exec("gatehouse", append(args[1:], "--help")...))
	if !strings.HasPrefix(ts.ReadFile("stdout"), "Usage: gatehouse "+name) {
		ts.Fatalf("no usage of %s", name)
	}
}
