package embedding

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A shell is one session of bash, as a reader of the page has it.
type shell struct {
	dir    string
	env    []string
	stdin  io.Writer
	stdout *bufio.Reader
	stderr string // path of the file that it goes to
}

// end is printed after the output of each command.
const end = "=== end of the step"

// newShell starts a shell that ends at the first command that fails.
func newShell(t *testing.T, dir string, env []string) *shell {
	t.Helper()
	s := &shell{dir: dir, env: env, stderr: filepath.Join(t.TempDir(), "stderr")}
	stderr, err := os.Create(s.stderr)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail")
	c.Dir, c.Env, c.Stderr = dir, env, stderr
	stdin, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.stdin, s.stdout = stdin, bufio.NewReader(stdout)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = c.Wait()
		_ = stderr.Close()
	})
	return s
}

// run runs commands and returns what they print.
func (s *shell) run(t *testing.T, commands string) string {
	t.Helper()
	if _, err := fmt.Fprintf(s.stdin, "%s\nprintf '\\n%%s\\n' '%s'\n", commands, end); err != nil {
		t.Fatal(err)
	}
	var printed strings.Builder
	for {
		line, err := s.stdout.ReadString('\n')
		if err != nil {
			t.Fatalf("a command failed:\n%s%s%s", commands, printed.String(), s.log(t))
		}
		if strings.TrimSpace(line) == end {
			return strings.TrimSpace(printed.String())
		}
		printed.WriteString(line)
	}
}

func (s *shell) log(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(s.stderr)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// begin runs commands in a terminal of their own, until the end of the test.
func (s *shell) begin(t *testing.T, commands string) {
	t.Helper()
	c := exec.Command("bash", "-c", commands)
	c.Dir, c.Env = s.dir, s.env
	c.Stdout, c.Stderr = os.Stderr, os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // go run starts the program as a child
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGTERM)
		_ = c.Wait()
	})
}
