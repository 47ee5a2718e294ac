package command_test

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

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
	env.Setenv("FIREFOX", firefox)
	env.Setenv("TODAY", time.Now().UTC().Format(time.DateOnly))
	env.Setenv("GOVERSION", runtime.Version())
	env.Setenv("PLATFORM", runtime.GOOS+"/"+runtime.GOARCH)
	env.Setenv("PG_BINDIR", os.Getenv("PG_BINDIR"))
	env.Setenv(propagationVariable, "0s")
	env.Setenv(progressVariable, "1m")
	return errors.Join(err, setUpKeys(env))
}

// A scriptCommand is a command of the transcripts. Only some take neg, which
// is the ! before a command that must fail.
type scriptCommand = func(ts *testscript.TestScript, neg bool, args []string)

var scriptCommands = map[string]scriptCommand{
	// script_output_test.go: what a command of the program did
	"exits":   exits,
	"prints":  prints,
	"warns":   warns,
	"json":    jsonAt,
	"later":   later,
	"leaks":   leaks,
	"schema":  fields,
	"helps":   helps,
	"capture": capture,

	// script_input_test.go: what to give to it
	"write":      write,
	"set":        set,
	"upper":      upper,
	"directives": prependDirectives,
	"key":        writeKey,
	"parts":      writeParts,
	"forge":      forge,

	// script_backup_test.go: backups
	"damage": damage,
	"reseal": reseal,

	// script_service_test.go: the database and the service
	"database": database,
	"clock":    setClock,
	"sql":      execSQL,
	"serve":    serve,
	"folder":   folder,
	"launch":   launch,
	"register": register,
	"login":    login,
	"refresh":  refresh,
	"ask":      ask,
	"active":   active,
	"keyed":    keyed,

	// script_oauth_test.go: applications
	"provide": provide,
	"consent": consent,
}
