package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gatehouse/store/storetest"
)

const (
	secretKey     = "kY0Z2m4i8P3vXh1q7u9sT5wLrNbCdEfGaJoKxQyUzMw="
	adminEmail    = "root@example.com"
	adminPassword = "plenty-of-otters-17"
	password      = "seven-quiet-herons-42"

	// patience is how long a process may take over anything before the test gives up.
	patience = time.Minute
)

func TestMain(m *testing.M) {
	status := storetest.Run(m)
	if dir, err := programs(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(status)
}

// programs builds Gatehouse and this service, once, into a folder.
var programs = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "items-programs-")
	if err != nil {
		return "", err
	}
	for name, source := range map[string]string{"gatehouse": "../..", "items": "."} {
		if output, err := exec.Command("go", "build", "-o", filepath.Join(dir, name), source).CombinedOutput(); err != nil {
			return "", fmt.Errorf("%w: %s", err, output)
		}
	}
	return dir, nil
})

// A process is one of the two programs, as a user runs it.
type process struct {
	*exec.Cmd
	url    string
	output *recorder
	exited chan struct{}
}

// A recorder keeps what is written.
type recorder struct {
	mu   sync.Mutex
	text strings.Builder
}

func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// program prepares one with these settings and nothing else.
func program(t *testing.T, name string, args, environ []string) *exec.Cmd {
	t.Helper()
	dir, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(filepath.Join(dir, name), args...)
	c.Dir = t.TempDir()
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.Dir}, environ...)
	return c
}

// begin starts a program that serves.
func begin(t *testing.T, name string, environ ...string) *process {
	t.Helper()
	p := &process{Cmd: program(t, name, nil, environ), output: &recorder{}, exited: make(chan struct{})}
	p.Stdout, p.Stderr = p.output, p.output
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() { p.stop(t) })
	return p
}

// stop ends the process as a person does.
func (p *process) stop(t *testing.T) {
	t.Helper()
	_ = p.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(patience):
		_ = p.Process.Kill()
		t.Fatalf("it does not end:\n%s", p.output)
	}
}

// await asks again and again until something is so.
func (p *process) await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !so(); time.Sleep(10 * time.Millisecond) {
		select {
		case <-p.exited:
			t.Fatalf("it ended, and %s never came:\n%s", what, p.output)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s never came:\n%s", what, p.output)
		}
	}
}

// A house is a database, with the settings that every Gatehouse on it has.
type house struct{ environ []string }

func newHouse(t *testing.T) *house {
	t.Helper()
	return &house{[]string{
		"DATABASE_URL=" + storetest.DSN(t), "SECRET_KEY=" + secretKey, "ADMIN_EMAIL=" + adminEmail, "ADMIN_PASSWORD=" + adminPassword,
	}}
}

// serve runs Gatehouse, and waits until it is ready. Its own URL is the issuer unless a setting says otherwise.
func (h *house) serve(t *testing.T, environ ...string) *process {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	listener.Close()
	own := append([]string{"ADDR=" + addr, "PUBLIC_URL=http://" + addr}, environ...) // the last of a name counts
	p := begin(t, "gatehouse", append(own, h.environ...)...)
	p.url = "http://" + addr
	p.await(t, "readiness", func() bool {
		response, err := http.Get(p.url + "/readyz")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	return p
}

// command runs one of Gatehouse's commands.
func (h *house) command(t *testing.T, args ...string) {
	t.Helper()
	c := program(t, "gatehouse", args, append([]string{"PUBLIC_URL=http://localhost:8080"}, h.environ...))
	if output, err := c.CombinedOutput(); err != nil {
		t.Fatalf("gatehouse %s: %v\n%s", strings.Join(args, " "), err, output)
	}
}

// serveItems runs this service, which says in its log where it listens.
func serveItems(t *testing.T, environ ...string) *process {
	t.Helper()
	p := begin(t, "items", append([]string{"ADDR=127.0.0.1:0"}, environ...)...)
	listening := regexp.MustCompile(`listening url=(http://[0-9.:]+)/graphql`)
	p.await(t, "its address", func() bool {
		if found := listening.FindStringSubmatch(p.output.String()); found != nil {
			p.url = found[1]
		}
		return p.url != ""
	})
	return p
}

// A session is what somebody gets by logging in.
type session struct{ id, access, refresh string }

// register makes an account, with roles if there are any, and logs in.
func (h *house) register(t *testing.T, gatehouse *process, email string, roles ...string) session {
	t.Helper()
	input := map[string]any{"email": email, "password": password}
	r := ask(t, gatehouse.url, "", `mutation($input: RegisterInput!) { register(input: $input) { user { id } } }`, map[string]any{"input": input})
	if len(r.Errors) > 0 {
		t.Fatalf("register: %s", r.body)
	}
	if len(roles) > 0 {
		h.command(t, append([]string{"user", "set-roles", email}, roles...)...)
	}
	return logIn(t, gatehouse, email, password)
}

func logIn(t *testing.T, gatehouse *process, email, password string) session {
	t.Helper()
	r := ask(t, gatehouse.url, "", `mutation($input: LoginInput!) { login(input: $input) { accessToken refreshToken user { id } } }`,
		map[string]any{"input": map[string]any{"email": email, "password": password}})
	var data struct {
		Login struct {
			AccessToken, RefreshToken string
			User                      struct{ ID string }
		}
	}
	if err := json.Unmarshal(r.Data, &data); err != nil || len(r.Errors) > 0 {
		t.Fatalf("log in: %v: %s", err, r.body)
	}
	return session{data.Login.User.ID, data.Login.AccessToken, data.Login.RefreshToken}
}

func timed(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}
