// Package process runs programs of this module, for tests and for benchmarks:
// it builds them, starts them on a free port, waits until they are ready, and
// ends them. It does not use package testing.
package process

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Patience is how long a process may take to become ready, and how long to
// end. A machine that runs other tests at the same time is slow.
const Patience = 3 * time.Minute

// ErrAddressTaken says that another program took the port chosen for a process
// before the process could listen on it.
var ErrAddressTaken = errors.New("the address is taken")

// A Process is a running program.
type Process struct {
	Name string        // the base name of the program
	Dir  string        // its working directory
	URL  string        // where it serves
	Took time.Duration // from its start until Launch found it ready

	cmd   *exec.Cmd
	ready string // the path that says when it is ready
	log   *log
	ended chan struct{}
	err   error // of exec.Cmd.Wait; valid once ended is closed
}

// Launch starts a program and waits until it is ready. If another program
// takes its port first, it tries again on another one.
func Launch(ctx context.Context, c Config) (*Process, error) {
	const tries = 10
	for try := 1; ; try++ {
		p, err := Begin(c)
		if err != nil {
			return nil, err
		}
		began := time.Now()
		err = p.AwaitReady(ctx)
		p.Took = time.Since(began)
		if err == nil {
			return p, nil
		}
		p.Kill()
		if !errors.Is(err, ErrAddressTaken) || try == tries {
			return nil, err
		}
	}
}

// Begin starts a program and returns at once.
func Begin(c Config) (*Process, error) {
	address, err := FreeAddress()
	if err != nil {
		return nil, err
	}
	environ := []string{"ADDR=" + address}
	if c.ForAddress != nil {
		var args []string
		if args, environ, err = c.ForAddress(address); err != nil {
			return nil, err
		}
		c.Args = slices.Concat(c.Args, args)
	}
	log, err := newLog()
	if err != nil {
		return nil, err
	}
	c.Environ = append(environ, c.Environ...)
	p := &Process{
		Name: filepath.Base(c.Program), Dir: c.Dir, URL: "http://" + address,
		cmd: c.Command(), ready: cmp.Or(c.ReadyPath, "/readyz"), log: log, ended: make(chan struct{}),
	}
	p.cmd.Stdout, p.cmd.Stderr = log.file, log.file
	if c.Stderr != nil {
		p.cmd.Stderr = c.Stderr
	}
	p.cmd.SysProcAttr = endWithParent()
	if c.UID != 0 {
		p.cmd.SysProcAttr.Credential = &syscall.Credential{Uid: c.UID, Gid: c.UID}
	}
	return p, Attend(p.cmd, func(err error) {
		p.err = err
		close(p.ended)
	})
}

// Attend starts a command, waits for its end and then calls ended. It does so on a
// thread of its own: a process with a Pdeathsig ends with that thread, and Go ends
// idle threads at any time.
func Attend(cmd *exec.Cmd, ended func(error)) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			ended(cmd.Wait())
		}
	}()
	return <-started
}

// AwaitReady waits until the process is ready. It returns [ErrAddressTaken] if
// the process ended because it could not get its port.
func (p *Process) AwaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	for !p.Ready(ctx) {
		select {
		case <-p.ended:
			return p.Failure()
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w\n%s", p.Name, ctx.Err(), p.Tail())
		case <-time.After(2 * time.Millisecond):
		}
	}
	return nil
}

// probe opens a connection for each request, so that it never measures a
// connection kept from before.
var probe = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// Ready reports whether the process is ready.
func (p *Process) Ready(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+p.ready, nil)
	if err != nil {
		return false
	}
	response, err := probe.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// Failure says why the process ended by itself. It is [ErrAddressTaken] if it
// could not get its port.
func (p *Process) Failure() error {
	text := p.Tail()
	for _, taken := range []string{"is taken by another program", "address already in use"} {
		if strings.Contains(text, taken) {
			return ErrAddressTaken
		}
	}
	return fmt.Errorf("%s ended by itself (%w):\n%s", p.Name, p.err, text)
}

// Ended is closed when the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Wait waits until the process ends by itself, and returns the error of
// [exec.Cmd.Wait]. If it takes too long, Wait kills it and returns an error.
func (p *Process) Wait() error {
	select {
	case <-p.ended:
		return p.err
	case <-time.After(Patience):
		p.Kill()
		return fmt.Errorf("%s did not end within %v:\n%s", p.Name, Patience, p.Tail())
	}
}

// Stop sends SIGTERM and waits for the end, as Wait does.
func (p *Process) Stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	return p.Wait()
}

// Kill ends the process as kill -9 does, and waits until it is gone. A second
// call does nothing.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// Signal sends a signal to the process.
func (p *Process) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

// PID is the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Output is everything the process has written.
func (p *Process) Output() string { return p.log.read(0) }

// Tail is the last 4 kB the process has written.
func (p *Process) Tail() string { return p.log.read(4 << 10) }

// DiscardOutput empties the log, which a second of load fills with megabytes.
func (p *Process) DiscardOutput() { p.log.empty() }
