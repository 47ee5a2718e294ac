package command

import (
	"context"

	"gatehouse/server"
	"gatehouse/settings"
)

type readyCommand struct{}

// Run asks the service at ADDR, in whose environment a health check runs.
func (readyCommand) Run(ctx context.Context, e *Env) error {
	s, err := settings.Read(e.Environ, e.Dotenv)
	if err != nil {
		return err
	}
	if err := server.AskReady(ctx, s.Addr); err != nil {
		return err
	}
	return e.Terminal.Printf("ready")
}
