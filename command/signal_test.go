package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// TestInterrupted ends a command that waits for its standard input.
func TestInterrupted(t *testing.T) {
	stdin, typing, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer typing.Close()
	out, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	c := consoleWith(t)
	var interrupt context.CancelFunc
	c.ctx, interrupt = context.WithCancel(t.Context())
	ended := make(chan int)
	go func() { ended <- c.session(stdin, out, out).execute([]string{"token", "inspect"}) }()
	if _, err := typing.WriteString("the beginning of a token"); err != nil {
		t.Fatal(err)
	}
	interrupt()
	if status := <-ended; status != exitRefused || content(t, out) != "gatehouse: interrupted\n" {
		t.Errorf("ended with %d: %s", status, content(t, out))
	}
}

// childVariable tells this program that it is the one that TestInterruptible starts.
const childVariable = "GATEHOUSE_TEST_INTERRUPTED"

// TestInterruptible sends the signal of Ctrl-C to a process that does not mean to end: it hears the first one, and dies of the next.
func TestInterruptible(t *testing.T) {
	if os.Getenv(childVariable) != "" {
		hearNothing()
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestInterruptible$")
	child.Env = append(os.Environ(), childVariable+"=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for _, want := range []string{"listening", "heard it"} {
		if !lines.Scan() || lines.Text() != want {
			t.Fatalf("it says %q, want %q", lines.Text(), want)
		}
		if err := child.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	for deadline := time.After(20 * time.Second); ; {
		select {
		case err := <-ended:
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != os.Interrupt {
				t.Errorf("ended with %v", err)
			}
			return
		case <-time.After(10 * time.Millisecond): // the second may have come while the first was still being handled
			_ = child.Process.Signal(os.Interrupt)
		case <-deadline:
			_ = child.Process.Kill()
			t.Fatal("nothing ends it")
		}
	}
}

func hearNothing() {
	ctx := interruptible()
	fmt.Println("listening")
	<-ctx.Done()
	fmt.Println("heard it")
	time.Sleep(time.Minute)
	os.Exit(0)
}

// TestBrokenPipe has the reader of an answer go away before it is written: the program ends by itself and in silence, not by a signal.
func TestBrokenPipe(t *testing.T) {
	for _, tt := range []struct {
		name   string
		reader bool
		want   int
	}{{"nobody reads", false, exitRefused}, {"somebody reads", true, exitDone}} {
		t.Run(tt.name, func(t *testing.T) {
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer read.Close()
			if !tt.reader {
				read.Close()
			}
			p := launch(t, t.TempDir())
			p.Args = append(p.Args, "schema", "print")
			p.Stdout, p.Stderr = write, p.output
			if err := p.Start(); err != nil {
				t.Fatal(err)
			}
			write.Close()
			_ = p.Wait() // the status says it
			if p.ProcessState.ExitCode() != tt.want || p.output.String() != "" {
				t.Errorf("ended with %v: %s", p.ProcessState, p.output)
			}
		})
	}
}
