// Package command is the command line of the service.
package command

import (
	"context"
	"errors"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"gatehouse/auth"
	"gatehouse/command/clients"
	"gatehouse/command/inspect"
	"gatehouse/command/mails"
	"gatehouse/command/passwords"
	"gatehouse/command/relyingparty"
	"gatehouse/command/schema"
	"gatehouse/command/shell"
	"gatehouse/command/version"
	"gatehouse/command/work"
	"gatehouse/server"
)

// The exit statuses of every command.
const (
	exitDone    = 0
	exitRefused = 1
	exitUsage   = 2
)

// propagationDelay is how long a command waits after a change, so that running
// replicas have applied it when the command returns. They take milliseconds.
const propagationDelay = 250 * time.Millisecond

// Env is what a command gets from the process that runs it.
type Env = work.Env

// Run runs one command and returns its exit status: 0 if it is done, 1 if it
// was refused, failed or has findings, 2 if the command line is wrong. A
// command that is interrupted by ctx fails.
func Run(ctx context.Context, args []string, env Env) int {
	env.Propagation = propagationDelay
	return run(ctx, &env, args)
}

// commands is the command line.
type commands struct {
	Serve    serveCommand             `cmd:"" default:"1" group:"The service" help:"Run the service. This is the default command."`
	Ready    readyCommand             `cmd:"" group:"The service" help:"Ask the running service whether it is ready. The exit status is 1 if it is not."`
	Config   configCommands           `cmd:"" group:"The service" help:"Inspect the settings."`
	Migrate  migrateCommands          `cmd:"" group:"The service" help:"Manage the database schema."`
	Backup   backupCommand            `cmd:"" group:"The service" help:"Write the database and its secrets to a file."`
	Restore  restoreCommand           `cmd:"" group:"The service" help:"Replace the database by that of a backup, and end all sessions."`
	User     userCommands             `cmd:"" group:"Access" help:"Manage accounts."`
	Role     roleCommands             `cmd:"" group:"Access" help:"Manage roles and the scopes they grant."`
	Session  sessionCommands          `cmd:"" group:"Access" help:"List and end sessions."`
	APIKey   apikeyCommands           `cmd:"" name:"apikey" group:"Access" help:"Manage API keys."`
	Client   clients.Commands         `cmd:"" group:"Access" help:"Manage clients of OAuth: applications that ask for tokens."`
	Resource clients.ResourceCommands `cmd:"" group:"Access" help:"Manage services that tokens can be made for."`
	Grant    clients.GrantCommands    `cmd:"" group:"Access" help:"List and revoke what people allowed applications."`
	Password passwords.Commands       `cmd:"" group:"Access" help:"Manage the list of stolen passwords."`
	Mail     mails.Commands           `cmd:"" group:"The service" help:"Test and show mails."`
	Key      keyCommands              `cmd:"" group:"The service" help:"Manage the keys that sign access tokens."`
	OAuth    relyingparty.Commands    `cmd:"" name:"oauth" group:"Access" help:"Try logging in with OAuth."`
	Schema   schema.Commands          `cmd:"" group:"For developers" help:"Inspect the GraphQL schema."`
	Policy   schema.PolicyCommands    `cmd:"" group:"For developers" help:"Inspect access policies."`
	Token    inspect.Commands         `cmd:"" group:"For developers" help:"Inspect tokens."`
	Version  version.Command          `cmd:"" group:"For developers" help:"Print the version of this program."`

	Completion shell.Completion `cmd:"" group:"For your shell" help:"Print what makes a shell complete the commands."`
	Man        shell.Man        `cmd:"" group:"For your shell" help:"Print the manual page."`

	VersionFlag version.Flag `name:"version" short:"V" help:"Print the version of this program."`
}

const description = `Gatehouse is an identity service with a GraphQL API, whose schema is its access policy.`

// Help is shown by gatehouse --help.
func (commands) Help() string {
	return `Settings come from the environment and from the file .env; "gatehouse config check" prints them.
Without DATABASE_URL a command uses the database of the running service, or starts it while it runs.

Examples:

    gatehouse                                       run the service
    gatehouse user create ada@example.com           create an account; asks for a password
    gatehouse user create root@example.com --role admin --password-stdin < file
    gatehouse user list --json | jq length          count the accounts
    gatehouse role create support read:users        create a role that grants a scope
    gatehouse user grant ada@example.com support    give an account another role
    gatehouse session revoke-all ada@example.com    log a user out everywhere
    gatehouse user create --service billing         create an account for a program
    gatehouse apikey create ID nightly --scope read:users
    gatehouse client create "The calendar" --redirect-uri https://app.example.com/callback --scope openid
    gatehouse oauth try                             log in to an application of your own
    gatehouse key rotate                            sign with a new key, once it is published
    gatehouse policy matrix                         print who may reach what
    gatehouse token inspect < file                  print what a token says

The exit status is 0 if the command is done, 1 if it was refused or has findings, 2 for a usage error.`
}

func run(ctx context.Context, e *Env, args []string) int {
	helped := false
	parser := kong.Must(&commands{}, kong.Name("gatehouse"), kong.Description(description),
		kong.Writers(e.Terminal.Stdout, e.Terminal.Stderr), kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 110}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(e, e.Terminal))
	if shell.Complete(parser); helped {
		return exitDone
	}
	parsed, err := parser.Parse(args)
	switch {
	case helped:
		return exitDone
	case err != nil:
		return usageError(e, parser, err)
	}
	return exitStatus(ctx, e, parsed.Run())
}

// usageError says what is wrong with the command line and prints its usage.
func usageError(e *Env, parser *kong.Kong, err error) int {
	e.Terminal.Warnf("%v", err)
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil {
		parser.Stdout = e.Terminal.Stderr
		_ = kong.DefaultShortHelpPrinter(kong.HelpOptions{}, parse.Context)
	}
	return exitUsage
}

// exitStatus reports the error of a command and returns its exit status.
func exitStatus(ctx context.Context, e *Env, err error) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, syscall.EPIPE), errors.Is(err, errUnread): // no reader, or it has seen enough
	case ctx.Err() != nil:
		e.Terminal.Warnf("interrupted")
	default:
		e.Terminal.Warnf("%s", message(err))
	}
	return exitRefused
}

// message returns what auth has to say to a person, or the whole error with
// advice.
func message(err error) string {
	var input *auth.InputError
	var conflict *auth.ConflictError
	switch {
	case errors.As(err, &input):
		return input.Message
	case errors.As(err, &conflict):
		return conflict.Message
	}
	return server.Explain(err).Error()
}
