// Package redistest starts a Redis server for a test.
package redistest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"
)

// A Server is a Redis server for one test, on a unix socket and without persistence.
type Server struct {
	URL string

	dir   string
	args  []string // of redis-server, besides ours
	run   *exec.Cmd
	info  redis.Conn // the connection of Reads
	asked int        // the number of requests by Reads
}

// Start runs a server until the test ends, with these arguments besides ours.
// Without redis-server on the PATH, the test is skipped, or fails if CI=true.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("redis-server is not on the PATH; on Debian: apt-get install redis-server")
		}
		t.Skip("redis-server is not on the PATH; on Debian: apt-get install redis-server")
	}
	dir, err := os.MkdirTemp("", "redis-") // shorter than t.TempDir, because the path of a socket is limited
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{URL: "unix://" + filepath.Join(dir, "redis.sock"), dir: dir, args: args}
	t.Cleanup(func() {
		s.Stop()
		_ = os.RemoveAll(dir)
	})
	s.Begin(t)
	return s
}

// Begin starts a stopped server again, without its data.
func (s *Server) Begin(t testing.TB) {
	t.Helper()
	socket := filepath.Join(s.dir, "redis.sock")
	ours := []string{"--port", "0", "--bind", "127.0.0.1", "--unixsocket", socket, "--save", "", "--dir", s.dir}
	s.run = exec.Command("redis-server", append(ours, s.args...)...)
	if err := s.run.Start(); err != nil {
		t.Fatal(err)
	}
	for range 6000 { // 30 seconds
		if connection, err := net.Dial("unix", socket); err == nil {
			_ = connection.Close()
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("redis-server did not start listening")
}

// Freeze suspends the server: connections stay open, but requests are not answered.
func (s *Server) Freeze(t testing.TB) {
	t.Helper()
	if err := s.run.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
}

// Reads returns how often the server has read from its clients, other than for
// Reads itself. A request is one read, however many commands it holds, so that
// the difference of two results counts round trips.
func (s *Server) Reads(t testing.TB) int {
	t.Helper()
	if s.info == nil {
		s.info = s.Dial(t)
	}
	text, err := redis.String(s.info.Do("INFO", "stats"))
	if err != nil {
		t.Fatal(err)
	}
	s.asked++
	_, rest, _ := strings.Cut(text, "total_reads_processed:")
	line, _, _ := strings.Cut(rest, "\r\n")
	reads, err := strconv.Atoi(line)
	if err != nil {
		t.Fatalf("total_reads_processed (Redis 6 and newer): %v", err)
	}
	return reads - s.asked
}

// Dial returns a connection to the server, as its default user.
func (s *Server) Dial(t testing.TB) redis.Conn {
	t.Helper()
	c, err := redis.Dial("unix", strings.TrimPrefix(s.URL, "unix://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// Stop kills the server.
func (s *Server) Stop() {
	if s.run == nil {
		return
	}
	_ = s.run.Process.Kill()
	_ = s.run.Wait()
	s.run = nil
}
