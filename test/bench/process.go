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

// patience is how long a server may take to start or to stop.
const patience = 30 * time.Second

// errAddressTaken says that the port chosen for a process was somebody else's by the time it wanted it.
var errAddressTaken = errors.New("the address is taken")

// A process is a server as it runs, with what it writes in a file.
type process struct {
	name  string
	url   string
	log   string        // path of the file
	took  time.Duration // from the start until it was ready
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

// start runs a program in dir, with these settings and no others, and waits until it is ready.
func start(ctx context.Context, program, dir string, settings ...string) (*process, error) {
	for {
		p, err := launch(program, dir, settings)
		if err != nil {
			return nil, err
		}
		began := time.Now()
		err = p.awaitReady(ctx)
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
	// It is emptied while the process writes to it, which therefore writes where it ends.
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
	p.cmd.SysProcAttr = dieWithUs()
	started := make(chan error)
	go p.attend(started)
	return p, <-started
}

// attend starts the process and waits for its end, on a thread of its own: the process ends with that thread (dieWithUs), and Go ends idle
// threads when it likes.
func (p *process) attend(started chan<- error) {
	runtime.LockOSThread()
	err := p.cmd.Start()
	started <- err
	if err == nil {
		_ = p.cmd.Wait()
		close(p.ended)
	}
}

// freeAddress is an address that nobody listened on a moment ago.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// awaitReady waits until the process wants requests. errAddressTaken if it could not get its port.
func (p *process) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for !p.ready(ctx, client) {
		select {
		case <-p.ended:
			return p.failure()
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w\n%s", p.name, ctx.Err(), p.wrote())
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

// failure is why the process has ended by itself.
func (p *process) failure() error {
	text := p.wrote()
	if strings.Contains(text, "is taken by another program") || strings.Contains(text, "address already in use") {
		return errAddressTaken
	}
	return fmt.Errorf("%s ended by itself:\n%s", p.name, text)
}

// wrote is the end of what the process wrote.
func (p *process) wrote() string {
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

// forget empties the log, which a second of load makes megabytes of.
func (p *process) forget() { _ = os.Truncate(p.log, 0) }

// stop ends the process in good order, or by force when that takes too long.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// pid is the process's number.
func (p *process) pid() int { return p.cmd.Process.Pid }
