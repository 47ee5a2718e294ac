package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"gatehouse/auth"
)

// The exit statuses of every command (README, commands).
const (
	exitDone    = 0
	exitRefused = 1
	exitUsage   = 2
)

// patience is after how long a command that is still at work says so, and how often again.
const patience = 3 * time.Second

// moment is how long a command that changed something waits before it ends.
const moment = 250 * time.Millisecond

// commands is the command line.
type commands struct {
	Serve   serveCommand    `cmd:"" default:"1" group:"The service" help:"Run the service. This is what happens without a command."`
	Config  configCommands  `cmd:"" group:"The service" help:"Look at the settings."`
	Migrate migrateCommands `cmd:"" group:"The service" help:"Change the structure of the database."`
	User    userCommands    `cmd:"" group:"Who may do what" help:"Look after accounts."`
	Role    roleCommands    `cmd:"" group:"Who may do what" help:"Look after roles and the scopes they grant."`
	Session sessionCommands `cmd:"" group:"Who may do what" help:"Look at who is logged in, and end it."`
	Key     keyCommands     `cmd:"" group:"The service" help:"Look after the keys that sign access tokens."`
	Schema  schemaCommands  `cmd:"" group:"For developers" help:"Look at the GraphQL schema."`
	Policy  policyCommands  `cmd:"" group:"For developers" help:"Look at access policies."`
	Token   tokenCommands   `cmd:"" group:"For developers" help:"Look into tokens."`
	Version versionCommand  `cmd:"" group:"For developers" help:"Print what this program was built from."`
}

const description = `Gatehouse is an identity service that is spoken to in GraphQL, and in which the schema is the access policy.`

// Help is what the top help shows beside the commands.
func (commands) Help() string {
	return `Settings come from the environment and from the file .env; "gatehouse config check" shows them.
Without DATABASE_URL a command uses the database of the running service, or starts it for as long as it takes.

Examples:

    gatehouse                                       run the service
    gatehouse user create ada@example.com           ask for a password, make an account
    gatehouse user create root@example.com --role admin --password-stdin < file
    gatehouse user list --json | jq length          count the accounts
    gatehouse role create support read:users        make a role that grants a scope
    gatehouse user set-roles ada@example.com user support
    gatehouse session revoke-all ada@example.com    log somebody out everywhere
    gatehouse key rotate                            let another key sign, once everybody has it
    gatehouse policy matrix                         see who may reach what
    gatehouse token inspect < file                  see what a token says

The exit status is 0 if it is done, 1 if it was refused or something was found, 2 if the command line is wrong.`
}

// A session is what a command works with: what it was given, where it reads and writes, and until when.
type session struct {
	ctx      context.Context
	environ  []string
	dotenv   string // the file that completes the environment
	now      func() time.Time
	patience time.Duration
	moment   time.Duration // that replicas take to hear of a change

	stdin  *os.File
	stdout *os.File
	stderr *os.File
}

func main() {
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE) // a reader that goes away is an error of the write, so that the database is closed in order
	t := &session{
		ctx: interruptible(), environ: os.Environ(), dotenv: ".env", now: time.Now, patience: patience, moment: moment,
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
	}
	os.Exit(t.execute(os.Args[1:]))
}

// interruptible returns a context that ends with the first Ctrl-C or SIGTERM. The second one kills, as if nobody listened.
func interruptible() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx
}

// execute runs one command and returns its exit status.
func (t *session) execute(args []string) int {
	helped := false
	parser := kong.Must(&commands{}, kong.Name("gatehouse"), kong.Description(description),
		kong.Writers(t.stdout, t.stderr), kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 110}))
	parsed, err := parser.Parse(args)
	switch {
	case helped:
		return exitDone
	case err != nil:
		return t.misused(parser, err)
	}
	return t.report(parsed.Run(t))
}

// misused says what is wrong with the command line, and where to read how it goes.
func (t *session) misused(parser *kong.Kong, err error) int {
	t.note("%v", err)
	var wrong *kong.ParseError
	if errors.As(err, &wrong) && wrong.Context != nil {
		parser.Stdout = t.stderr
		_ = kong.DefaultShortHelpPrinter(kong.HelpOptions{}, wrong.Context)
	}
	return exitUsage
}

// report says how a command failed, and returns its exit status.
func (t *session) report(err error) int {
	switch {
	case err == nil:
		return exitDone
	case t.ctx.Err() != nil:
		t.note("interrupted")
	case errors.Is(err, syscall.EPIPE): // whoever read has seen enough
	default:
		t.note("%s", plainly(err))
	}
	return exitRefused
}

// plainly returns the sentence for a person where auth has one, else all of the error.
func plainly(err error) string {
	var input *auth.InputError
	var conflict *auth.ConflictError
	switch {
	case errors.As(err, &input):
		return input.Message
	case errors.As(err, &conflict):
		return conflict.Message
	}
	return err.Error()
}

// say writes a line of the command's answer.
func (t *session) say(format string, args ...any) error {
	_, err := fmt.Fprintf(t.stdout, format+"\n", args...)
	return err
}

// note writes a line beside the answer.
func (t *session) note(format string, args ...any) {
	_, _ = fmt.Fprintf(t.stderr, "gatehouse: "+format+"\n", args...)
}

type serveCommand struct{}

// Run runs the service until it is told to stop.
func (serveCommand) Run(t *session) error {
	s, err := t.settings()
	if err != nil {
		return err
	}
	return serve(t.ctx, s, newLog(s, t.stderr), t.stdout)
}

// newLog logs to a file as the settings have it: for a person on a terminal, else for a program.
func newLog(s *settings, to *os.File) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.LogLevel)) // checked
	options := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "json" || s.LogFormat == "" && !terminal(to) {
		return slog.New(slog.NewJSONHandler(to, options))
	}
	return slog.New(slog.NewTextHandler(to, options))
}
