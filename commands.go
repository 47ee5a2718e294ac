package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// The exit statuses of every command (README, commands).
const (
	exitRefused = 1
	exitUsage   = 2
)

// commands is the command line.
type commands struct {
	Serve serveCommand `cmd:"" default:"1" help:"Run the service (what happens without a command)."`
}

// A terminalSession is what a command works with: where it reads and writes, and until when.
type session struct {
	ctx    context.Context
	stdin  *os.File
	stdout *os.File
	stderr *os.File
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var cli commands
	parser := kong.Must(&cli, kong.Name("gatehouse"), kong.UsageOnError())
	parsed, err := parser.Parse(os.Args[1:])
	if err != nil {
		parser.Errorf("%s", err)
		os.Exit(exitUsage)
	}
	if err := parsed.Run(&session{ctx: ctx, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}); err != nil {
		fmt.Fprintln(os.Stderr, "gatehouse:", err)
		os.Exit(exitRefused)
	}
}

type serveCommand struct{}

// Run runs the service until it is told to stop.
func (serveCommand) Run(t *session) error {
	s, err := readSettings(os.Environ(), ".env")
	if err != nil {
		return err
	}
	s.settle()
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
