// Gatehouse is an identity service with a GraphQL API, whose schema is its
// access policy.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"gatehouse/command"
	"gatehouse/command/terminal"
)

func main() {
	// A reader that goes away makes a write fail, so that the database is closed in order.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	stops := []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup asks
		stops = append(stops, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), stops...)
	context.AfterFunc(ctx, stop) // a second signal kills
	os.Exit(command.Run(ctx, os.Args[1:], command.Env{
		Environ:  os.Environ(),
		Dotenv:   ".env",
		Now:      time.Now,
		Terminal: terminal.New(os.Stdin, os.Stdout, os.Stderr),
	}))
}
