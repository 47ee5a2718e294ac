package process_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// startingUp is what a server answers while it starts.
const startingUp = "SFATAL\x00C57P03\x00Mthe database system is starting up\x00\x00"

// forward accepts connections at an address. The first ones are told that the server is
// starting, the others are forwarded to the socket in a folder.
func forward(t *testing.T, address, socket string, starting int) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			if starting > 0 {
				starting--
				_, _ = client.Read(make([]byte, 1<<10)) // the client's first message
				_, _ = client.Write(append([]byte{'E', 0, 0, 0, byte(4 + len(startingUp))}, startingUp...))
				_ = client.Close()
				continue
			}
			server, err := net.Dial("unix", filepath.Join(socket, ".s.PGSQL.5432"))
			if err != nil {
				_ = client.Close()
				continue
			}
			go func() { _, _ = io.Copy(server, client); _ = server.Close() }()
			go func() { _, _ = io.Copy(client, server); _ = client.Close() }()
		}
	}()
}

// waits starts the service on a database that is not there yet, and waits until it
// says so.
func waits(t *testing.T, dsn string, more ...string) *harness.Process {
	t.Helper()
	p := harness.Begin(t, harness.Config(t, t.TempDir(), harness.Environ(dsn, more...)))
	harness.Eventually(t, "it says that it waits", func() bool { return strings.Contains(p.Output(), "waiting for the database") })
	return p
}

// TestWaitsForTheDatabase that is not there, and then starting, with one line in the log.
func TestWaitsForTheDatabase(t *testing.T) {
	pairs := strings.Fields(storetest.DSN(t))
	socket := strings.Trim(strings.TrimPrefix(pairs[0], "host="), "'")
	name := strings.TrimPrefix(pairs[len(pairs)-1], "dbname=")
	address := harness.FreeAddress(t)
	p := waits(t, "postgres://gatehouse@"+address+"/"+name+"?sslmode=disable")
	forward(t, address, socket, 3)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := p.AwaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(p.Output(), "waiting for the database"); n != 1 {
		t.Errorf("%d lines say that it waits, want 1", n)
	}
}

// TestWaitEnds at SIGTERM, and after DATABASE_WAIT.
func TestWaitEnds(t *testing.T) {
	dsn := "postgres://gatehouse:canary@" + harness.FreeAddress(t) + "/x?sslmode=disable"
	stopped := waits(t, dsn, "DATABASE_WAIT=1h")
	var exit *exec.ExitError
	begun := time.Now()
	if err := stopped.Stop(); !errors.As(err, &exit) || exit.ExitCode() != statusRefused || time.Since(begun) > 30*time.Second {
		t.Errorf("SIGTERM ended it after %v with %v", time.Since(begun), err)
	}
	over := waits(t, dsn, "DATABASE_WAIT=1s")
	if err := over.Wait(); err == nil || !strings.Contains(over.Output(), "can't be reached") || strings.Contains(over.Output(), "canary") {
		t.Errorf("ended with %v: %s", err, over.Output())
	}
}

// TestDesktop: the README's first command works in the environment of a desktop, in
// which a container's service links were sourced.
func TestDesktop(t *testing.T) {
	dir := harness.Folder(t)
	if err := os.WriteFile(filepath.Join(dir, ".env"), []byte("VITE_API=x\nPOSTGRES_PASSWORD=$x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := harness.Launch(t, dir, "SESSION_MANAGER=local/host:@/tmp/.ICE-unix/1,unix/host:/tmp/.ICE-unix/1",
		"DESKTOP_SESSION=gnome", "GNOME_TERMINAL_SCREEN=/org/gnome/Terminal/screen/1", "PASSWORD_STORE_DIR=/x",
		"POLICY_SERVICE_HOST=10.0.0.1", "POLICY_PORT=tcp://10.0.0.1:80", "TOKEN_SERVICE_PORT_HTTPS=443", "SESSION_SECRET=x")
	p.Ask(t, "", `{ __typename }`, nil).Want(t, "")
	if n := strings.Count(p.Output(), "not a setting, so ignored: SESSION_SECRET"); n != 1 {
		t.Errorf("%d warnings: %s", n, p.Output())
	}
}
