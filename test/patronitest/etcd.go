//go:build linux

package patronitest

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"gatehouse/test/harness/process"
)

// startEtcd starts etcd until the end of the test, and returns its address.
func startEtcd(t testing.TB, dir string) string {
	t.Helper()
	address, peer := freeAddress(t), "http://"+freeAddress(t)
	cmd := exec.Command("nice", "-n", "-20", "etcd", "--name", "etcd1", "--data-dir", dir,
		"--listen-client-urls", "http://"+address, "--advertise-client-urls", "http://"+address,
		"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "etcd1="+peer,
		"--heartbeat-interval", "500", "--election-timeout", "5000", "--logger", "zap", "--log-level", "warn")
	log, err := os.Create(dir + ".log")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := process.Attend(cmd, func(error) {}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = log.Close()
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for !healthy(ctx, address) {
		select {
		case <-ctx.Done():
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("etcd does not answer:\n%s", text)
		case <-time.After(20 * time.Millisecond):
		}
	}
	return address
}

func healthy(ctx context.Context, address string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/health", http.NoBody)
	if err != nil {
		return false
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// freeAddress is a loopback address with a port that is free, and that the system gives
// to no client: those ports begin at 32768.
func freeAddress(t testing.TB) string {
	t.Helper()
	for range 100 {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(20000+rand.IntN(12000))) //nolint:gosec // any free one will do
		listener, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		_ = listener.Close()
		return address
	}
	t.Fatal("no port is free")
	return ""
}
