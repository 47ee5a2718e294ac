package command

import (
	"context"
	"io"
	"log/slog"

	"gatehouse/command/terminal"
	"gatehouse/server"
	"gatehouse/settings"
)

type serveCommand struct{}

// Run runs the service until ctx ends.
func (serveCommand) Run(ctx context.Context, e *Env) error {
	s, err := settings.Read(e.Environ, e.Dotenv)
	if err != nil {
		return err
	}
	var console io.Writer
	if terminal.IsTerminal(e.Terminal.Stdout) {
		console = e.Terminal.Stdout
	}
	return server.Serve(ctx, s, newLog(s, slog.Level(s.LogLevel), e.Terminal), e.Now, console)
}
