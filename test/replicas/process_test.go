package replicas_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"
)

// patience is how long something may take that is not measured. Whatever takes longer does not happen at all.
const patience = 30 * time.Second

// errAddressTaken says that the port chosen for a process was somebody else's by the time it wanted it.
var errAddressTaken = errors.New("the address is taken")

// A process is the service as it runs, until it is killed.
type process struct {
	url    string
	cmd    *exec.Cmd
	output *output
	ended  chan struct{} // closed when it has
}

// An output is what a process wrote.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// launch starts the service in dir with these settings and nothing else, on a port of its own, and does not wait until it is ready.
func launch(dir string, settings ...string) (*process, error) {
	path, err := service.build()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := listener.Addr().String()
	_ = listener.Close()
	p := &process{url: "http://" + address, cmd: exec.Command(path), output: &output{}, ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, p.output, p.output
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "ADDR=" + address, "RATE_LIMITS=off"}, settings...)
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

// awaitReady waits until the process wants requests. errAddressTaken if it could not get its port.
func (p *process) awaitReady() error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		select {
		case <-p.ended:
			return p.failure()
		case <-time.After(3 * time.Millisecond):
		}
		if p.ready() {
			return nil
		}
	}
	return fmt.Errorf("the service does not become ready: %s", p.output)
}

// ready reports whether the process says that it wants requests.
func (p *process) ready() bool {
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(p.url + "/readyz")
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// failure is why the process has ended by itself.
func (p *process) failure() error {
	if text := p.output.String(); !strings.Contains(text, "is taken by another program") {
		return fmt.Errorf("the service ended: %s", text)
	}
	return errAddressTaken
}

// kill ends the process as kill -9 does, and waits until it is gone. Killing it again does nothing.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}
