package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// processTimeout is how long a server may take to start or to stop.
const processTimeout = 30 * time.Second

// errAddressTaken is returned if another program took the process's port before it started
// listening.
var errAddressTaken = errors.New("the address is taken")

// A process is a running server whose output goes to a file.
type process struct {
	name  string
	url   string
	log   string        // the path of the output file
	took  time.Duration // the time from start to ready
	cmd   *exec.Cmd
	ended chan struct{}
}

// build compiles a package of this module to a program in dir.
func build(ctx context.Context, dir, pkg string) (string, error) {
	path := filepath.Join(dir, filepath.Base(pkg))
	output, err := exec.CommandContext(ctx, "go", "build", "-o", path, pkg).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build %s: %w\n%s", pkg, err, output)
	}
	return path, nil
}

// start runs a program in dir, with only these settings, and waits until it is ready.
func start(ctx context.Context, program, dir string, settings ...string) (*process, error) {
	for {
		p, err := launch(program, dir, settings)
		if err != nil {
			return nil, err
		}
		began := time.Now()
		err = p.waitUntilReady(ctx)
		p.took = time.Since(began)
		if err == nil {
			return p, nil
		}
		p.stop()
		if !errors.Is(err, errAddressTaken) {
			return nil, err
		}
	}
}

func launch(program, dir string, settings []string) (*process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	p := &process{name: filepath.Base(program), url: "http://" + address, ended: make(chan struct{})}
	// The process appends, because the file is truncated while it writes.
	log, err := os.CreateTemp(dir, p.name+"-*.log")
	if err != nil {
		return nil, err
	}
	p.log = log.Name()
	_ = log.Close()
	if log, err = os.OpenFile(p.log, os.O_WRONLY|os.O_APPEND, 0); err != nil {
		return nil, err
	}
	defer log.Close()
	p.cmd = exec.Command(program)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, log, log
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "PG_BINDIR=" + os.Getenv("PG_BINDIR"), "HOME=" + dir, "ADDR=" + address}, settings...)
	p.cmd.SysProcAttr = killWithParent()
	started := make(chan error)
	go p.runAndWait(started)
	return p, <-started
}

// runAndWait starts the process and waits for its end, on a locked OS thread: the process ends with
// that thread (killWithParent), and Go ends idle threads at any time.
func (p *process) runAndWait(started chan<- error) {
	runtime.LockOSThread()
	err := p.cmd.Start()
	started <- err
	if err == nil {
		_ = p.cmd.Wait()
		close(p.ended)
	}
}

// freeAddress returns an address that was free a moment ago.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// waitUntilReady waits until the process is ready. It returns errAddressTaken if the process could
// not listen on its port.
func (p *process) waitUntilReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, processTimeout)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for !p.ready(ctx, client) {
		select {
		case <-p.ended:
			return p.failure()
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w\n%s", p.name, ctx.Err(), p.output())
		case <-time.After(2 * time.Millisecond):
		}
	}
	return nil
}

func (p *process) ready(ctx context.Context, client *http.Client) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/readyz", nil)
	if err != nil {
		return false
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// failure returns why the process ended.
func (p *process) failure() error {
	text := p.output()
	if strings.Contains(text, "is taken by another program") || strings.Contains(text, "address already in use") {
		return errAddressTaken
	}
	return fmt.Errorf("%s ended:\n%s", p.name, text)
}

// output returns the end of the process's output.
func (p *process) output() string {
	const most = 4 << 10
	file, err := os.Open(p.log)
	if err != nil {
		return ""
	}
	defer file.Close()
	if size, err := file.Seek(0, io.SeekEnd); err == nil {
		_, _ = file.Seek(max(0, size-most), io.SeekStart)
	}
	text, _ := io.ReadAll(file)
	return string(text)
}

// truncateLog empties the log, because a second of load writes megabytes.
func (p *process) truncateLog() { _ = os.Truncate(p.log, 0) }

// stop terminates the process, or kills it if that takes too long.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(processTimeout):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// pid returns the process id.
func (p *process) pid() int { return p.cmd.Process.Pid }
