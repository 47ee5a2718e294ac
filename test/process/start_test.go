package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestOwnDatabase starts with nothing, uses it, stops, and finds everything again.
func TestOwnDatabase(t *testing.T) {
	dir := folder(t)
	p, first := serveIn(t, dir)
	t.Logf("the first start took %v", first)
	file := filepath.Join(dir, "data", "admin-password")
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file with the password: %v, %v", info.Mode(), err)
	}
	const email = "admin@localhost"
	password := strings.TrimSpace(string(kept))
	admin := p.login(t, email, password)
	ada := p.register(t, adaEmail, adaPassword)
	if err := p.stop(t); err != nil {
		t.Errorf("the service ended with %v:\n%s", err, p.output)
	}
	if strings.Contains(p.output.String(), password) {
		t.Error("the log holds the password")
	}

	p, later := serveIn(t, dir)
	t.Logf("a later start took %v", later)
	want(t, p.ask(t, ada.access, meOperation, nil), "UNAUTHENTICATED") // the port, and so the issuer, is another
	p.login(t, adaEmail, adaPassword)
	admin = p.login(t, email, password)
	change := `mutation($input: ChangePasswordInput!) { changePassword(input: $input) { expiresIn } }`
	want(t, p.ask(t, admin.access, change, vars{"input": vars{"currentPassword": password, "newPassword": adminPassword}}), "")
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the file with the first password is still there: %v", err)
	}
}

// TestOwnDatabaseAsOrdinaryUser is TestOwnDatabase for somebody who is not root.
func TestOwnDatabaseAsOrdinaryUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Log("every test of this run is one of an ordinary user")
		return
	}
	const nobody = 65534
	dir := folder(t)
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	p := launch(t, dir, "ADDR=127.0.0.1:"+port)
	p.url = "http://127.0.0.1:" + port
	p.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	p.begin(t)
	p.awaitReady(t)
	p.register(t, adaEmail, adaPassword)
	if err := p.stop(t); err != nil {
		t.Errorf("the service ended with %v:\n%s", err, p.output)
	}
}

// TestKilled kills the service amid registrations: each that was answered is there afterwards, and none by half.
func TestKilled(t *testing.T) {
	const people = 50
	dir := folder(t)
	p, _ := serveIn(t, dir)
	answered := make([]bool, people)
	var registrations sync.WaitGroup
	kill := make(chan struct{}, people)
	for worker := range 5 {
		registrations.Go(func() {
			for i := worker; i < people; i += 5 {
				answered[i] = p.tryRegister(i)
				if answered[i] {
					kill <- struct{}{}
				}
			}
		})
	}
	for range people / 2 {
		<-kill
	}
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	registrations.Wait()
	_ = p.ended(t)

	p, _ = serveIn(t, dir)
	there := 0
	for i := range people {
		input := vars{"email": person(i), "password": adaPassword}
		in := p.ask(t, "", loginOperation, vars{"input": input})
		switch {
		case len(in.errors) == 0:
			there++
		case answered[i]:
			t.Errorf("%s was registered, and is not there: %s", person(i), in.body)
		default:
			want(t, p.ask(t, "", registerOperation, vars{"input": input}), "")
		}
	}
	if there < people/2 || there == people {
		t.Logf("%d of %d were there", there, people)
	}
}

func person(i int) string { return fmt.Sprintf("person-%d@example.com", i) }

// tryRegister reports whether a registration was answered well.
func (p *process) tryRegister(i int) bool {
	body := fmt.Sprintf(`{"query":"mutation { register(input: {email: \"%s\", password: \"%s\"}) { expiresIn } }"}`, person(i), adaPassword)
	response, err := http.Post(p.url+"/graphql", "application/json", strings.NewReader(body))
	if err != nil {
		return false
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return err == nil && bytes.Contains(text, []byte(`"expiresIn":900`))
}

// TestGracefulStop has a request under way when the service is told to stop.
func TestGracefulStop(t *testing.T) {
	p, _ := serveIn(t, folder(t))
	body := `{"query":"{ __typename }"}`
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body[:5])
	p.awaitReady(t) // by now the first part has been read
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for strings.Count(p.output.String(), "finishing the requests") == 0 {
		time.Sleep(time.Millisecond)
	}
	fmt.Fprint(conn, body[5:])
	answer := make([]byte, 4096)
	n, err := conn.Read(answer)
	if err != nil || !bytes.Contains(answer[:n], []byte("200 OK")) {
		t.Errorf("the request under way got %q, %v", answer[:n], err)
	}
	if err := p.ended(t); err != nil {
		t.Errorf("the service ended with %v:\n%s", err, p.output)
	}
}

// TestStartRefused makes the start impossible in every way a newcomer does, and expects a sentence that says what to do.
func TestStartRefused(t *testing.T) {
	running := folder(t)
	p, _ := serveIn(t, running)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	secret := "SECRET_KEY=kY0Z2m4i8P3vXh1q7u9sT5wLrNbCdEfGaJoKxQyUzMw="
	tests := []struct {
		name    string
		dir     string
		environ []string
		want    string
	}{
		{"a second one on the same data", running, []string{"ADDR=127.0.0.1:" + freePort(t)}, "process " + strconv.Itoa(p.Process.Pid)},
		{"the port is taken", t.TempDir(), []string{"ADDR=" + strings.TrimPrefix(p.url, "http://")}, "is taken by another program"},
		{"the data can't be written", t.TempDir(), []string{"DATA_DIR=" + filepath.Join(file, "data")}, "DATA_DIR"},
		{"no programs", t.TempDir(), []string{"PG_BINDIR=" + t.TempDir()}, "PG_BINDIR"},
		{"no database there", t.TempDir(), []string{"DATABASE_URL=postgres://u:canary-secret@127.0.0.1:1/x?sslmode=disable", "PUBLIC_URL=http://localhost:1", secret}, "DATABASE_URL"},
		{"no DSN", t.TempDir(), []string{"DATABASE_URL=postgres://u:canary-secret%zz@/x", "PUBLIC_URL=http://localhost:1", secret}, "the DSN can't be read"},
		{"a header for a collector", t.TempDir(), []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%ZZcanary"}, "OTEL_EXPORTER_OTLP_HEADERS must be"},
		{"bad settings", t.TempDir(), []string{"JWT_ALG=none", "ADDR=x"}, "JWT_ALG"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := launch(t, tt.dir, append([]string{"ADDR=127.0.0.1:" + freePort(t)}, tt.environ...)...)
			q.begin(t)
			err := q.ended(t)
			exit, _ := err.(*exec.ExitError) //nolint:errorlint // Wait returns it bare
			if exit == nil || exit.ExitCode() != exitRefused {
				t.Errorf("ended with %v", err)
			}
			if out := q.output.String(); !strings.Contains(out, tt.want) || strings.Contains(out, "canary") || strings.Contains(out, "goroutine") {
				t.Errorf("it says: %s", out)
			}
		})
	}
	want(t, p.ask(t, "", `{ __typename }`, nil), "") // unharmed
}

// TestSecretOfAnotherDatabase starts on a database with a secret that is not its own.
func TestSecretOfAnotherDatabase(t *testing.T) {
	dir := folder(t)
	p, _ := serveIn(t, dir)
	if err := p.stop(t); err != nil {
		t.Fatal(err)
	}
	q := launch(t, dir, "ADDR=127.0.0.1:"+freePort(t), "SECRET_KEY=9b2dXoP0mZt7qFv3Kc5yRw8uHsJ1LgNaEiTxUeCzBfk=")
	q.begin(t)
	if err := q.ended(t); err == nil || !strings.Contains(q.output.String(), "SECRET_KEY is not the one this database was made with") {
		t.Errorf("ended with %v: %s", err, q.output)
	}
	serveIn(t, dir)
}
