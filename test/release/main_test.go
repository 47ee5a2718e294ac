// Package release tests what a release consists of: archives, packages, the image, the cask.
//
// RELEASE_DIST is the folder in which .ci/release has built a snapshot.
package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gatehouse/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

// The largest image, compressed, and the most processor time from a start until the
// service is ready.
const (
	imageBound = 30 << 20
	startBound = 300 // milliseconds
)

// dist returns the folder of the snapshot. Without one the test is skipped: building it
// takes many minutes, so .ci/deploy does that and not .ci/run.
func dist(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("RELEASE_DIST")
	if dir == "" {
		t.Skip("run bash .ci/deploy, or bash .ci/release --snapshot and set RELEASE_DIST to dist")
	}
	return dir
}

// without skips a test for lack of something, or fails if CI=true.
func without(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// one returns the file of the snapshot that a pattern matches.
func one(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dist(t), pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %q, %v", pattern, found, err)
	}
	return found[0]
}

// version is the version of the snapshot, such as 0.2.0-snapshot-1f2e3d.
func version(t *testing.T) string {
	t.Helper()
	name := filepath.Base(one(t, "gatehouse_*_linux_amd64.tar.gz"))
	return strings.TrimSuffix(strings.TrimPrefix(name, "gatehouse_"), "_linux_amd64.tar.gz")
}

// run runs a program and returns what it wrote.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	output, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, output)
	}
	return string(output)
}

// needs skips a test unless there is a snapshot and the programs are on the PATH, or fails
// if CI=true and a program is missing.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	dist(t)
	for _, name := range programs {
		if _, err := exec.LookPath(name); err != nil {
			without(t, name+" is not on the PATH")
		}
	}
}

// needsRoot skips a test unless root runs it on Linux.
func needsRoot(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		without(t, "only root can do this")
	}
}
