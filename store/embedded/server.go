package embedded

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"gatehouse/store/embedded/programs"
	"gatehouse/store/embedded/runas"
)

// A server is a running postgres, our child process.
type server struct {
	process *os.Process
	log     *serverLog
	ended   chan struct{} // closed when the server has ended; err is set before
	err     error

	stopping atomic.Bool
	grace    time.Duration // for an immediate stop
}

// run starts postgres on the cluster. The server inherits dataLock, the lock on its data, so that
// the lock is held until the last of its processes has ended.
func (c cluster) run(dataLock *os.File, log *serverLog, settings []string) (*server, error) {
	cmd := exec.Command(c.bin.Path("postgres"), append([]string{"-D", c.dir}, settings...)...)
	cmd.Dir = "/"
	cmd.Env = runas.Environ()
	cmd.Stdout, cmd.Stderr = log.file, log.file
	cmd.ExtraFiles = []*os.File{dataLock}
	cmd.SysProcAttr = c.user.Attributes()
	killWithParent(cmd.SysProcAttr)

	s := &server{log: log, ended: make(chan struct{}), grace: immediateGrace}
	started := make(chan error)
	go s.runAndWait(cmd, started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("%w: %w", programs.ErrUnusable, err)
	}
	return s, nil
}

// runAndWait starts the server and waits for its end, on a locked OS thread: the kernel kills the
// server when the thread that started it ends (killWithParent), and Go ends idle threads at any
// time.
func (s *server) runAndWait(cmd *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	err := cmd.Start()
	s.process = cmd.Process
	started <- err
	if err != nil {
		return
	}
	s.err = cmd.Wait()
	close(s.ended)
}

// How long a server may take to write everything to disk, and then to stop immediately.
const (
	fastGrace      = 30 * time.Second
	immediateGrace = 5 * time.Second
)

// stop shuts the server down: fast, then immediately, then by a kill. Needing a kill is an error,
// but harms no data.
func (s *server) stop(ctx context.Context) error {
	s.stopping.Store(true)
	defer s.log.file.Close()
	ctx, cancel := context.WithTimeout(ctx, fastGrace)
	defer cancel()
	if s.signal(ctx, fast) {
		return nil
	}
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), s.grace)
	defer cancel()
	if s.signal(ctx, immediate) {
		return nil
	}
	_ = s.process.Kill() // an error means that it has ended
	<-s.ended
	return fmt.Errorf("the database server (process %d) had to be killed", s.process.Pid)
}

// signal sends sig and waits until the server ends or ctx does.
func (s *server) signal(ctx context.Context, sig os.Signal) (ended bool) {
	_ = s.process.Signal(sig) // an error means that it has ended
	select {
	case <-s.ended:
		return true
	case <-ctx.Done():
		return false
	}
}

// setting returns the command-line flag for a parameter of postgres.
func setting(name, value string) string {
	return "--" + strings.ReplaceAll(name, "_", "-") + "=" + value
}

// settings returns the parameters of every server we start: small, only on a unix socket in dir,
// and with a log that never contains a statement or a value, whatever postgresql.conf says.
func (c cluster) settings(dir string) []string {
	all := []string{
		setting("listen_addresses", ""),
		setting("unix_socket_directories", `"`+dir+`"`),
		setting("unix_socket_permissions", "0700"),
		setting("port", port),
		setting("timezone", "UTC"),

		setting("max_connections", "60"),
		setting("shared_buffers", "32MB"),
		setting("jit", "off"),
		setting("wal_level", "minimal"),
		setting("max_wal_senders", "0"),
		setting("max_logical_replication_workers", "0"),

		setting("logging_collector", "off"),
		setting("log_destination", "stderr"),
		setting("log_min_messages", "log"), // and above; errors of statements quote values
		setting("log_min_error_statement", "panic"),
		setting("log_statement", "none"),
		setting("log_min_duration_statement", "-1"),
		setting("log_parameter_max_length", "0"),
		setting("log_parameter_max_length_on_error", "0"),
		setting("log_checkpoints", "off"),
	}
	if c.bin.Major >= 18 {
		all = append(all, setting("io_method", "sync")) // no worker processes for I/O
	}
	return all
}
