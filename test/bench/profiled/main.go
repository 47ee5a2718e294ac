// Command profiled is the service, which also writes a CPU profile of its whole run to the file
// CPU_PROFILE. go run ./test/bench -profile uses it, because the service itself has no profiler.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"
	"time"

	"gatehouse/command"
	"gatehouse/command/terminal"
)

func main() {
	file, err := os.Create(os.Getenv("CPU_PROFILE"))
	if err == nil {
		err = pprof.StartCPUProfile(file)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "profiled:", err)
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := command.Run(ctx, nil, command.Env{Environ: os.Environ(), Now: time.Now, Terminal: terminal.New(os.Stdin, os.Stdout, os.Stderr)})
	stop()
	pprof.StopCPUProfile()
	if err := file.Close(); err != nil {
		fmt.Fprintln(os.Stderr, "profiled:", err)
		os.Exit(1)
	}
	os.Exit(status)
}
