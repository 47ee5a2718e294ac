package embedded

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"
)

func TestOnlyOneService(t *testing.T) {
	cfg := existing(t)
	first := startChild(t, "serve", cfg.DataDir)

	cancelled, cancel := context.WithCancel(t.Context())
	cancel() // Serve must not wait
	_, err := Serve(cancelled, cfg)
	var inUse *InUseError
	if !errors.As(err, &inUse) || inUse.PID != first.Process.Pid || inUse.DataDir != cfg.DataDir {
		t.Fatalf("second service: %v, want one that names process %d", err, first.Process.Pid)
	}
	first.stdin.Close()
	must(t, first.Wait())
	serve(t, cfg)
}

func TestCommandBesideService(t *testing.T) {
	cfg := existing(t)
	startChild(t, "serve", cfg.DataDir)
	for range 2 { // the first one's Stop must not stop the service
		p, err := Use(t.Context(), cfg)
		must(t, err)
		query[int](t, p, "SELECT 1")
		stop(t, p)
	}
}

func TestCommandWaitsForStart(t *testing.T) {
	cfg := Config{DataDir: filepath.Join(folder(t), "data")}
	started := make(chan error, 1)
	go func() {
		p, err := Serve(t.Context(), cfg)
		if err == nil {
			defer func() { _ = p.Stop(context.Background()) }()
		}
		started <- err
		<-t.Context().Done()
	}()
	for { // until the first holds the lock and is creating the database
		if readOwner(filepath.Join(cfg.DataDir, ownerLock)).pid != 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	p, err := Use(t.Context(), cfg)
	must(t, err)
	if p.server != nil {
		t.Error("the command started its own server")
	}
	query[int](t, p, "SELECT 1")
	stop(t, p)
	must(t, <-started)
}

func TestCommandAloneThenService(t *testing.T) {
	cfg := existing(t)
	command := startChild(t, "use", cfg.DataDir)

	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := Serve(short, cfg)
	var inUse *InUseError
	if !errors.As(err, &inUse) || inUse.PID != command.Process.Pid {
		t.Errorf("service during a long command: %v, want one that names process %d", err, command.Process.Pid)
	}

	served := make(chan error, 1)
	go func() {
		p, err := Serve(t.Context(), cfg)
		if err == nil {
			err = p.Stop(context.Background())
		}
		served <- err
	}()
	command.stdin.Close()
	if err := <-served; err != nil {
		t.Errorf("service during a command that ends: %v", err)
	}
}

// TestStopWaitsForCommands fails if the server stops during a command.
func TestStopWaitsForCommands(t *testing.T) {
	cfg := existing(t)
	service := serve(t, cfg)
	command, err := Use(t.Context(), cfg)
	must(t, err)
	stopped := make(chan error, 1)
	go func() { stopped <- service.Stop(context.Background()) }()
	query[string](t, command, "SELECT pg_sleep(0.3)")
	query[int](t, command, "SELECT 1")
	stop(t, command)
	must(t, <-stopped)
}
