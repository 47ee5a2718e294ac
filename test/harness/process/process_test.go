package process_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatehouse/test/harness/process"
)

// script writes a shell script and returns a configuration that runs it.
func script(t *testing.T, text string) process.Config {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return process.Config{Program: program, Dir: dir}
}

// TestLaunchFails launches programs that end by themselves: the error says
// what they wrote.
func TestLaunchFails(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"with a message", "echo it is broken, $COLOUR; exit 1", "it is broken, blue"},
		{"without a message", "exit 3", "exit status 3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := script(t, tt.script)
			c.Environ = []string{"COLOUR=red", "COLOUR=blue"}
			_, err := process.Launch(t.Context(), c)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v", err)
			}
		})
	}
	if _, err := process.Launch(t.Context(), process.Config{Program: "/nowhere"}); err == nil {
		t.Error("a program that does not exist was launched")
	}
}

// TestLaunchAgain has a program fail because its port is taken: it is launched
// again on another one.
func TestLaunchAgain(t *testing.T) {
	c := script(t, `[ -e again ] || { touch again; echo "$ADDR is taken by another program" >&2; exit 1; }; echo "$ADDR"; touch running; exec sleep 60`)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		for ctx.Err() == nil {
			if _, err := os.Stat(filepath.Join(c.Dir, "running")); err == nil {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	defer cancel()
	_, err := process.Launch(ctx, c) // the script never becomes ready
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "127.0.0.1:") {
		t.Errorf("error = %v", err)
	}
}

func TestEnds(t *testing.T) {
	tests := []struct {
		name string
		end  func(p *process.Process) error
		want string
	}{
		{"stopped", (*process.Process).Stop, "exit status 7"},
		{"killed", func(p *process.Process) error { p.Kill(); p.Kill(); return p.Wait() }, "signal: killed"},
		{"by a signal", func(p *process.Process) error {
			if err := p.Signal(syscall.SIGUSR1); err != nil {
				return err
			}
			return p.Wait()
		}, "exit status 8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := process.Begin(script(t, `trap 'exit 7' TERM; trap 'exit 8' USR1; echo begun; while :; do sleep 0.01; done`))
			if err != nil {
				t.Fatal(err)
			}
			for !strings.Contains(p.Output(), "begun") {
				time.Sleep(time.Millisecond)
			}
			if p.Ready(t.Context()) {
				t.Error("a program that does not listen is ready")
			}
			if err := tt.end(p); err == nil || err.Error() != tt.want {
				t.Errorf("ended with %v, want %s", err, tt.want)
			}
			if _, open := <-p.Ended(); open {
				t.Error("Ended is not closed")
			}
		})
	}
}

// TestReady answers /readyz in the process's place.
func TestReady(t *testing.T) {
	p, err := process.Begin(script(t, "exec sleep 60"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	status := make(chan int, 2)
	status <- http.StatusServiceUnavailable
	status <- http.StatusOK
	server := &http.Server{
		Addr: strings.TrimPrefix(p.URL, "http://"), ReadHeaderTimeout: process.Patience,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(<-status) }),
	}
	t.Cleanup(func() { _ = server.Close() })
	go func() { _ = server.ListenAndServe() }()
	if err := p.AwaitReady(t.Context()); err != nil || len(status) > 0 {
		t.Errorf("%v, %d answers left", err, len(status))
	}
}

func TestDiscardOutput(t *testing.T) {
	p, err := process.Begin(script(t, `echo before; while [ ! -e go ]; do sleep 0.01; done; printf after`))
	if err != nil {
		t.Fatal(err)
	}
	for p.Output() != "before\n" {
		time.Sleep(time.Millisecond)
	}
	p.DiscardOutput()
	if err := os.WriteFile(filepath.Join(p.Dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil || p.Output() != "after" {
		t.Errorf("output = %q, %v", p.Output(), err)
	}
}

func TestBuild(t *testing.T) {
	if _, err := process.Build(t.Context(), t.TempDir(), "gatehouse/nowhere"); err == nil || !strings.Contains(err.Error(), "gatehouse/nowhere") {
		t.Errorf("error = %v", err)
	}
}
