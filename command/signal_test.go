package command_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// TestSecondInterrupt sends the signal of Ctrl-C to a service that waits for a
// request to finish: it obeys the first one, and the second one kills it.
func TestSecondInterrupt(t *testing.T) {
	p := harness.Launch(t, harness.Folder(t), harness.Environ(storetest.DSN(t))...)
	request, err := net.Dial("tcp", strings.TrimPrefix(p.Client.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer request.Close()
	const head = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n"
	if _, err := fmt.Fprint(request, head); err != nil {
		t.Fatal(err)
	}
	begun := make([]byte, len("HTTP/1.1 100"))
	if _, err := request.Read(begun); err != nil || string(begun) != "HTTP/1.1 100" {
		t.Fatalf("the request has not begun: %q, %v", begun, err)
	}
	if err := p.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	harness.Eventually(t, "it stops", func() bool { return strings.Contains(p.Output(), "finishing the requests under way") })
	select {
	case <-p.Ended():
		t.Fatal("the first signal ends it")
	case <-time.After(100 * time.Millisecond):
	}
	harness.Eventually(t, "it ends", func() bool { // a signal may come while the first one is still being handled
		_ = p.Signal(os.Interrupt)
		select {
		case <-p.Ended():
			return true
		case <-time.After(10 * time.Millisecond):
			return false
		}
	})
	var exit *exec.ExitError
	if err := p.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGINT {
		t.Errorf("ended with %v", err)
	}
}

// TestBrokenPipe closes the reading end of standard output before the answer is
// written. The program fails in silence; no signal ends it.
func TestBrokenPipe(t *testing.T) {
	for _, tt := range []struct {
		name   string
		reader bool
		want   int
	}{{"no reader", false, 1}, {"a reader", true, 0}} {
		t.Run(tt.name, func(t *testing.T) {
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer read.Close()
			if !tt.reader {
				read.Close()
			}
			var stderr strings.Builder
			program := exec.Command(harness.Program(t, "gatehouse"), "schema", "print")
			program.Stdout, program.Stderr = write, &stderr
			if err := program.Start(); err != nil {
				t.Fatal(err)
			}
			write.Close()
			_ = program.Wait() // the exit status says it
			if program.ProcessState.ExitCode() != tt.want || stderr.String() != "" {
				t.Errorf("ended with %v: %s", program.ProcessState, stderr.String())
			}
		})
	}
}
