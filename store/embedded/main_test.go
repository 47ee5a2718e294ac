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

// childVariable makes the test binary a second process: it calls Serve or Use on the folder that follows, says "ready",
// and stops when its standard input ends.
const childVariable = "EMBEDDED_TEST_CHILD"

var openers = map[string]func(context.Context, Config) (*Postgres, error){"serve": Serve, "use": Use}

func TestMain(m *testing.M) {
	if what, ok := os.LookupEnv(childVariable); ok {
		beChild(what)
		return
	}
	os.Exit(run(m))
}

// made is a DATA_DIR with a database in which a test has not yet done anything; [existing] copies it.
var made string

func run(m *testing.M) int {
	base, err := newFolder(memoryDir())
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer os.RemoveAll(base)
	made = filepath.Join(base, "data")
	p, err := Serve(context.Background(), Config{DataDir: made})
	if err == nil {
		err = p.Stop(context.Background())
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return m.Run()
}

// newFolder is one that everybody can enter, as t.TempDir is not.
func newFolder(base string) (string, error) {
	dir, err := os.MkdirTemp(base, "gatehouse-test-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711)
}

func beChild(what string) {
	how, dir, _ := strings.Cut(what, " ")
	p, err := openers[how](context.Background(), Config{DataDir: dir})
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

// child is a second process.
type child struct {
	*exec.Cmd
	stdin io.Closer
}

func startChild(t *testing.T, how, dir string) child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+how+" "+dir)
	stdin, err := cmd.StdinPipe()
	must(t, err)
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { stdin.Close(); _ = cmd.Wait() })
	if line, _ := bufio.NewReader(stdout).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the second process says %q", line)
	}
	return child{cmd, stdin}
}

// kill ends the second process as kill -9 does.
func (c child) kill(t *testing.T) {
	t.Helper()
	must(t, c.Process.Kill())
	_ = c.Wait() // it says that it was killed
}

// folder is a new one for data, in memory where there is room.
func folder(t *testing.T) string { return folderIn(t, memoryDir()) }

// programFolder is a new one for programs: what is in memory is not executable everywhere.
func programFolder(t *testing.T) string { return folderIn(t, os.TempDir()) }

func folderIn(t *testing.T, base string) string {
	t.Helper()
	dir, err := newFolder(base)
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	return dir
}

// existing is a DATA_DIR that has a database.
func existing(t *testing.T) Config {
	t.Helper()
	dir := filepath.Join(folder(t), "data")
	if out, err := exec.Command("cp", "-Rp", made, dir).CombinedOutput(); err != nil {
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

// query runs a statement and reads the one value it answers, if any.
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

// serverPID is the process id of the server of pg.
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
