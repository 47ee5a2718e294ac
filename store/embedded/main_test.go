package embedded

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/lib/pq"
)

// childVariable makes the test binary a second process. It calls Serve or Use on the given folder,
// prints "ready", and stops when its standard input ends.
const childVariable = "EMBEDDED_TEST_CHILD"

var openers = map[string]func(context.Context, Config) (*Postgres, error){"serve": Serve, "use": Use}

func TestMain(m *testing.M) {
	if what, ok := os.LookupEnv(childVariable); ok {
		beChild(what)
		return
	}
	os.Exit(run(m))
}

// template is a DATA_DIR with a new database; [existing] copies it.
var template string

func run(m *testing.M) int {
	base, err := newFolder(memoryDir())
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer os.RemoveAll(base)
	template = filepath.Join(base, "data")
	p, err := Serve(context.Background(), Config{DataDir: template})
	if err == nil {
		err = p.Stop(context.Background())
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return m.Run()
}

// newFolder creates a folder that every user can enter, unlike t.TempDir.
func newFolder(base string) (string, error) {
	dir, err := os.MkdirTemp(base, "gatehouse-test-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711)
}

func beChild(what string) {
	mode, dir, _ := strings.Cut(what, " ")
	p, err := openers[mode](context.Background(), Config{DataDir: dir})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := p.Stop(context.Background()); err != nil {
		fmt.Println(err)
	}
}

// A child is a second process.
type child struct {
	*exec.Cmd
	stdin io.Closer
}

func startChild(t *testing.T, mode, dir string) child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+mode+" "+dir)
	stdin, err := cmd.StdinPipe()
	must(t, err)
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { stdin.Close(); _ = cmd.Wait() })
	if line, _ := bufio.NewReader(stdout).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the second process printed %q", line)
	}
	return child{cmd, stdin}
}

// kill kills the second process, like kill -9.
func (c child) kill(t *testing.T) {
	t.Helper()
	must(t, c.Process.Kill())
	_ = c.Wait() // the error says that it was killed
}

// folder returns a new folder for data, in memory if there is enough space.
func folder(t *testing.T) string { return folderIn(t, memoryDir()) }

// programFolder returns a new folder for programs, which may not be executable in memory.
func programFolder(t *testing.T) string { return folderIn(t, os.TempDir()) }

func folderIn(t *testing.T, base string) string {
	t.Helper()
	dir, err := newFolder(base)
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	return dir
}

// existing returns the config of a DATA_DIR with a database.
func existing(t *testing.T) Config {
	t.Helper()
	dir := filepath.Join(folder(t), "data")
	if out, err := exec.Command("cp", "-Rp", template, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return Config{DataDir: dir}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func serve(t *testing.T, cfg Config) *Postgres {
	t.Helper()
	p, err := Serve(t.Context(), cfg)
	must(t, err)
	t.Cleanup(func() { stop(t, p) })
	return p
}

func stop(t *testing.T, p *Postgres) {
	t.Helper()
	if err := p.Stop(context.Background()); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// remember writes into the database what recall reads.
func remember(t *testing.T, p *Postgres) {
	t.Helper()
	query[sql.NullInt64](t, p, "CREATE TABLE remembered AS SELECT 1 AS one")
}

func recall(t *testing.T, p *Postgres) {
	t.Helper()
	if one := query[int](t, p, "SELECT one FROM remembered"); one != 1 {
		t.Errorf("remembered %d, want 1", one)
	}
}

// query runs a statement and returns its value, if any.
func query[T any](t *testing.T, p *Postgres, statement string) (value T) {
	t.Helper()
	connector, err := pq.NewConnector(p.DSN())
	must(t, err)
	db := sql.OpenDB(connector)
	defer db.Close()
	if err := db.QueryRow(statement).Scan(&value); err != nil && !errors.Is(err, sql.ErrNoRows) {
		t.Fatalf("%s: %v", statement, err)
	}
	return value
}

// serverPID returns the process id of the server of pg.
func serverPID(t *testing.T, pg string) int {
	t.Helper()
	pid, err := strconv.Atoi(readPIDFile(pg).pid)
	must(t, err)
	return pid
}

func (p *Postgres) try(t *testing.T, statement string) error {
	t.Helper()
	connector, err := pq.NewConnector(p.DSN())
	must(t, err)
	db := sql.OpenDB(connector)
	defer db.Close()
	_, err = db.Exec(statement)
	return err
}
