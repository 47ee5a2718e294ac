package release

import (
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
	"gatehouse/test/harness/process"
)

// A start takes little, with a database that is migrated. What is measured is processor
// time, which other programs on the machine change least; the best of some starts counts.
func TestStart(t *testing.T) {
	if runtime.GOOS != "linux" {
		without(t, "/proc is Linux's")
	}
	dir, dsn := unpacked(t, "linux_"+runtime.GOARCH), storetest.DSN(t)
	best := 1 << 30
	for range 5 {
		p, err := process.Launch(t.Context(), process.Config{Program: filepath.Join(dir, "gatehouse"), Dir: dir, Environ: harness.Environ(dsn)})
		if err != nil {
			t.Fatal(err)
		}
		spent := processorTime(t, p.PID())
		t.Logf("ready after %v, with %d ms of processor time", p.Took, spent)
		best = min(best, spent)
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	}
	if best > startBound {
		t.Errorf("a start takes %d ms of processor time, more than %d", best, startBound)
	}
}

// processorTime returns what a process has used, in milliseconds.
func processorTime(t *testing.T, pid int) int {
	t.Helper()
	stat := string(read(t, filepath.Join("/proc", strconv.Itoa(pid), "stat")))
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		t.Fatal(err)
	}
	system, err := strconv.Atoi(fields[12])
	if err != nil {
		t.Fatal(err)
	}
	return (user + system) * 10 // a tick is 10 ms, for all programs on Linux
}
