package process_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

// The exit statuses of the program.
const (
	statusDone    = 0
	statusRefused = 1
)

// TestOwnDatabase starts in an empty folder, stops, and starts again on the same
// data.
func TestOwnDatabase(t *testing.T) {
	dir := harness.Folder(t)
	p := harness.Launch(t, dir)
	t.Logf("the first start took %v", p.Took)
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
	p.Login(t, email, password)
	ada := p.Register(t, harness.AdaEmail, harness.AdaPassword)
	if err := p.Stop(); err != nil {
		t.Errorf("the service ended with %v:\n%s", err, p.Output())
	}
	if strings.Contains(p.Output(), password) {
		t.Error("the log contains the password")
	}

	p = harness.Launch(t, dir)
	t.Logf("a later start took %v", p.Took)
	p.Ask(t, ada.Access, harness.MeOperation, nil).Want(t, "UNAUTHENTICATED") // another port, so another issuer
	p.Login(t, harness.AdaEmail, harness.AdaPassword)
	admin := p.Login(t, email, password)
	change := `mutation($input: ChangePasswordInput!) { changePassword(input: $input) { expiresIn } }`
	p.Ask(t, admin.Access, change, harness.Vars{
		"input": harness.Vars{"currentPassword": password, "newPassword": harness.AdminPassword},
	}).Want(t, "")
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the file with the first password still exists: %v", err)
	}
}

// TestOwnDatabaseAsOrdinaryUser starts the service as a user who is not root.
func TestOwnDatabaseAsOrdinaryUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Log("every test of this run is run by an ordinary user")
		return
	}
	const user = 65534 // an ordinary user, on every Unix
	dir := harness.Folder(t)
	if err := os.Chown(dir, user, user); err != nil {
		t.Fatal(err)
	}
	c := harness.Config(t, dir, nil)
	c.UID = user
	p := harness.Begin(t, c)
	if err := p.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.Register(t, harness.AdaEmail, harness.AdaPassword)
	if err := p.Stop(); err != nil {
		t.Errorf("the service ended with %v:\n%s", err, p.Output())
	}
}

// TestStartRefused makes the start impossible in every way a newcomer does. The
// program says what to do, and exits with status 1.
func TestStartRefused(t *testing.T) {
	running := harness.Folder(t)
	p := harness.Launch(t, running)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	taken := strings.TrimPrefix(p.Client.URL, "http://")
	secret, public := "SECRET_KEY="+harness.SecretKey, "PUBLIC_URL=http://localhost:1"
	tests := []struct {
		name    string
		dir     string
		environ []string
		want    string
	}{
		{"a second service on the same data", running, nil, "process " + strconv.Itoa(p.PID())},
		{"the port is taken", t.TempDir(), []string{"ADDR=" + taken}, "is taken by another program"},
		{"the port for metrics is taken", harness.Folder(t), []string{"METRICS_ADDR=" + taken}, "METRICS_ADDR"},
		{"the data can't be written", t.TempDir(), []string{"DATA_DIR=" + filepath.Join(file, "data")}, "DATA_DIR"},
		{"no programs", t.TempDir(), []string{"PG_BINDIR=" + t.TempDir()}, "PG_BINDIR"},
		{"no database", t.TempDir(), []string{"DATABASE_URL=postgres://u:canary-secret@127.0.0.1:1/x?sslmode=disable", "DATABASE_WAIT=0s", public, secret}, "DATABASE_URL"},
		{"a malformed DSN", t.TempDir(), []string{"DATABASE_URL=postgres://u:canary-secret%zz@/x", public, secret}, "invalid DSN"},
		{"a header for a collector", t.TempDir(), []string{
			"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%ZZcanary",
		}, "OTEL_EXPORTER_OTLP_HEADERS must be"},
		{"bad settings", t.TempDir(), []string{"JWT_ALG=none", "ADDR=x"}, "JWT_ALG"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := harness.Begin(t, harness.Config(t, tt.dir, tt.environ))
			err := q.Wait()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != statusRefused {
				t.Errorf("ended with %v", err)
			}
			if out := q.Output(); !strings.Contains(out, tt.want) || strings.Contains(out, "canary") || strings.Contains(out, "goroutine") {
				t.Errorf("output: %s", out)
			}
		})
	}
	p.Ask(t, "", `{ __typename }`, nil).Want(t, "") // unharmed
}

// TestOtherSecret starts on a database with a secret that is not its own.
func TestOtherSecret(t *testing.T) {
	dir := harness.Folder(t)
	if err := harness.Launch(t, dir).Stop(); err != nil {
		t.Fatal(err)
	}
	q := harness.Begin(t, harness.Config(t, dir, []string{"SECRET_KEY=9b2dXoP0mZt7qFv3Kc5yRw8uHsJ1LgNaEiTxUeCzBfk="}))
	if err := q.Wait(); err == nil || !strings.Contains(q.Output(), "SECRET_KEY is not the one this database was made with; set that one") {
		t.Errorf("ended with %v: %s", err, q.Output())
	}
	harness.Launch(t, dir)
}
