package process

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// Config says how to run a program.
type Config struct {
	Program string   // path of the program
	Args    []string // besides its name
	Dir     string   // working directory and HOME

	// Environ is the environment, with nothing of this process's but PATH and
	// PG_BINDIR. Of several values of one name the last one counts. Begin puts
	// ADDR, the address it chose, before it.
	Environ []string

	// ForAddress returns the further arguments and variables that tell the program its address.
	// nil: it reads ADDR.
	ForAddress func(address string) (args, environ []string, err error)

	ReadyPath string // answers 200 once the program is ready; "": /readyz

	Stderr *os.File // standard error; nil: what is written there is kept, see Process.Output

	UID uint32 // runs the program as this user and group, if not 0
}

// Command returns the command, not started.
func (c Config) Command() *exec.Cmd {
	cmd := exec.Command(c.Program, c.Args...)
	cmd.Dir = c.Dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "PG_BINDIR=" + os.Getenv("PG_BINDIR"), "HOME=" + c.Dir}, c.Environ...)
	return cmd
}

// Build compiles a package of this module into dir and returns the program's
// path. Every user may run it if every user may enter dir. The flags are those
// of go build.
func Build(ctx context.Context, dir, pkg string, flags ...string) (string, error) {
	path := filepath.Join(dir, filepath.Base(pkg))
	args := slices.Concat([]string{"build", "-o", path}, flags, []string{pkg})
	if output, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build %s: %w\n%s", pkg, err, output)
	}
	return path, nil
}

// OpenFolder makes an empty temporary folder that every user may enter: a
// database started by root runs as another user.
func OpenFolder() (string, error) {
	dir, err := os.MkdirTemp("", "gatehouse-test-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711)
}

// FreeAddress is a loopback address with a port that was free a moment ago. The port is below
// those that the kernel gives to connections, which take one quickly while tests run.
func FreeAddress() (string, error) {
	const lowest, highest, tries = 10_000, 32_000, 100
	for try := 1; ; try++ {
		address := fmt.Sprintf("127.0.0.1:%d", lowest+rand.IntN(highest-lowest)) //nolint:gosec // it need not be unpredictable
		listener, err := net.Listen("tcp", address)
		if err == nil {
			return address, listener.Close()
		}
		if try == tries {
			return "", err
		}
	}
}
