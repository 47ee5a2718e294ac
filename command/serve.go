package command

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"gatehouse/command/terminal"
	"gatehouse/command/work"
	"gatehouse/observe/logs"
	"gatehouse/server"
	"gatehouse/settings"
)

type serveCommand struct {
	AcceptLostPasskeys bool `help:"Start although there are passkeys of another domain than PASSKEY_RP_ID, which no one can use any more."`
}

// errUnread means that nothing reads standard error, so a message there would
// wait forever.
var errUnread = errors.New("standard error is not read")

// Run runs the service until ctx ends.
func (c serveCommand) Run(ctx context.Context, e *Env) error {
	s, err := settings.Read(e.Environ, e.Dotenv)
	if err != nil {
		return err
	}
	var console io.Writer
	if terminal.IsTerminal(e.Terminal.Stdout) {
		console = e.Terminal.Stdout
	}
	log := logs.New(e.Terminal.Stderr, work.LogFormat(s, slog.Level(s.LogLevel), e.Terminal), e.Now)
	err = server.Serve(ctx, s, log, e.Now, console, c.AcceptLostPasskeys)
	if written := log.Close(); err != nil && !written {
		return errors.Join(errUnread, err)
	}
	return err
}
