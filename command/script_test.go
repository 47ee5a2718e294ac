package command_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"

	"gatehouse/auth/policy"
	"gatehouse/command"
	"gatehouse/command/terminal"
	"gatehouse/test/harness"
)

// TestMain also makes this binary the program of the transcripts.
func TestMain(m *testing.M) {
	testscript.Main(withHarness{m}, map[string]func(){"gatehouse": program})
}

// withHarness runs tests that use harness.
type withHarness struct{ *testing.M }

func (w withHarness) Run() int { return harness.Run(w.M) }

// Variables with which a transcript changes the program.
const (
	clockVariable       = "TEST_CLOCK"       // how far its clock is ahead, such as 10m
	propagationVariable = "TEST_PROPAGATION" // how long it waits after a change
	progressVariable    = "TEST_PROGRESS"    // how often it reports progress
)

// program is what main is to the real program.
func program() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	duration := func(name string) time.Duration {
		d, _ := time.ParseDuration(os.Getenv(name))
		return d
	}
	t := terminal.New(os.Stdin, os.Stdout, os.Stderr)
	t.ProgressEvery = max(duration(progressVariable), time.Millisecond)
	now := func() time.Time { return time.Now().Add(duration(clockVariable)) }
	env := command.Env{Environ: os.Environ(), Dotenv: ".env", Now: now, Terminal: t}
	os.Exit(command.RunAfter(ctx, os.Args[1:], env, duration(propagationVariable)))
}

// TestScript runs the transcripts in testdata/script. Beside testscript's own
// commands they use those in scriptCommands.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		Cmds:                scriptCommands,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setUp,
	})
}

// setUp lets the commands of a transcript use the test it is, and clears its
// settings. A transcript waits by itself for what a running service has to do.
func setUp(env *testscript.Env) error {
	repository, err := filepath.Abs("..")
	env.Values[stateKey{}] = &serviceState{t: env.T().(testing.TB), sessions: map[string]harness.Session{}}
	env.Setenv("REPOSITORY", repository)
	env.Setenv("PG_BINDIR", os.Getenv("PG_BINDIR"))
	env.Setenv(propagationVariable, "0s")
	env.Setenv(progressVariable, "1m")
	return err
}

// A scriptCommand is a command of the transcripts.
type scriptCommand = func(ts *testscript.TestScript, neg bool, args []string)

var scriptCommands = map[string]scriptCommand{
	"exits":      exits,
	"prints":     prints,
	"warns":      warns,
	"json":       jsonAt,
	"capture":    capture,
	"directives": prependDirectives,
	"fill":       fill,
	"schema":     fields,

	"database": database,
	"serve":    serve,
	"register": register,
	"login":    login,
	"refresh":  refresh,
	"ask":      ask,
	"active":   active,
	"sql":      query,
}

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
// member. VALUE is JSON, or a string without its quotes.
func jsonAt(ts *testscript.TestScript, neg bool, args []string) {
	var value any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &value))
	for step := range strings.SplitSeq(args[0], "/") {
		found, err := member(value, step)
		if err != nil {
			ts.Fatalf("%s: %v", args[0], err)
		}
		value = found
	}
	got, err := json.Marshal(value)
	ts.Check(err)
	text, _ := value.(string)
	if isString := text == args[1] && text != ""; (string(got) == args[1] || isString) == neg {
		ts.Fatalf("%s is %s", args[0], got)
	}
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

// prependDirectives adds the definitions of the directives, six lines, at the
// top of schema files: directives FILE...
func prependDirectives(ts *testscript.TestScript, _ bool, args []string) {
	for _, file := range args {
		text := ts.ReadFile(file)
		for line := range strings.Lines(policy.DirectivesSDL()) {
			if strings.HasPrefix(line, "directive @") {
				text = line + text
			}
		}
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o600))
	}
}

// fill writes a file of a text that is repeated: fill FILE COUNT TEXT [BEFORE]
// [AFTER].
func fill(ts *testscript.TestScript, _ bool, args []string) {
	count, err := strconv.Atoi(args[1])
	ts.Check(err)
	around := append(slices.Clone(args[3:]), "", "")
	text := around[0] + strings.Repeat(args[2], count) + around[1]
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
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
