package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A program is this one, built once for all tests, where every user can run it.
type program struct {
	dir  string
	once sync.Once
	err  error
}

var built program

func (p *program) path() (string, error) {
	p.once.Do(func() { p.err = p.build() })
	return filepath.Join(p.dir, "gatehouse"), p.err
}

func (p *program) build() error {
	var err error
	if p.dir, err = os.MkdirTemp("", "gatehouse-binary-"); err != nil {
		return err
	}
	output, err := exec.Command("go", "build", "-o", filepath.Join(p.dir, "gatehouse"), ".").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, output)
	}
	return os.Chmod(p.dir, 0o755)
}

// A process is the program as a user runs it.
type process struct {
	service
	*exec.Cmd
	output *recorder
	exited chan error
}

// launch starts the program in a folder with these settings and nothing else, and does not wait for it.
func launch(t *testing.T, dir string, environ ...string) *process {
	t.Helper()
	path, err := built.path()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(path), output: &recorder{}, exited: make(chan error, 1)}
	p.Dir, p.Stdout, p.Stderr = dir, p.output, p.output
	p.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "PG_BINDIR=" + os.Getenv("PG_BINDIR")}, environ...)
	p.SysProcAttr = &syscall.SysProcAttr{}
	return p
}

func (p *process) begin(t *testing.T) {
	t.Helper()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.exited <- p.Wait() }()
	t.Cleanup(func() { _ = p.stop(t) })
}

// folder makes an empty folder that every user can enter; where one can't, a database run by root moves elsewhere.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "gatehouse-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return dir
}

// serveIn starts the service with its own database below dir, and waits until it is ready. It returns how long that took.
func serveIn(t *testing.T, dir string, environ ...string) (*process, time.Duration) {
	t.Helper()
	port := freePort(t)
	p := launch(t, dir, append([]string{"ADDR=127.0.0.1:" + port}, environ...)...)
	p.url = "http://127.0.0.1:" + port
	begun := time.Now()
	p.begin(t)
	p.awaitReady(t)
	return p, time.Since(begun)
}

func (p *process) awaitReady(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		select {
		case err := <-p.exited:
			p.exited <- err
			t.Fatalf("the service ended: %v\n%s", err, p.output)
		case <-time.After(10 * time.Millisecond):
		}
		response, err := http.Get(p.url + "/readyz")
		if err != nil {
			continue
		}
		response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return
		}
	}
	t.Fatalf("the service is not ready:\n%s", p.output)
}

// stop ends the service as a person does, and reports how it ended.
func (p *process) stop(t *testing.T) error {
	t.Helper()
	_ = p.Process.Signal(syscall.SIGTERM)
	return p.ended(t)
}

func (p *process) ended(t *testing.T) error {
	t.Helper()
	select {
	case err := <-p.exited:
		p.exited <- err
		return err
	case <-time.After(30 * time.Second):
		_ = p.Process.Kill()
		t.Fatalf("the service does not end:\n%s", p.output)
		return nil
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}
