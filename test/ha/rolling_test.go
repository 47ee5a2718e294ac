//go:build linux

package ha_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
	"gatehouse/test/harness/process"
	"gatehouse/test/history"
)

// firstRelease is the commit that stands for the release before the first: the last one
// before the changelog began.
const firstRelease = "af611c870cb88b30a7fc3d5cf4cf2d64805e772c^"

// previousRelease builds the program of the newest tag, or of firstRelease.
func previousRelease(t *testing.T) string {
	t.Helper()
	git := func(args ...string) (string, error) {
		out, err := exec.CommandContext(t.Context(), "git", append([]string{"-C", "../.."}, args...)...).Output()
		return strings.TrimSpace(string(out)), err
	}
	release, err := git("describe", "--tags", "--abbrev=0", "HEAD^")
	if err != nil {
		release = firstRelease
	}
	if _, err := git("cat-file", "-e", release+"^{tree}"); err != nil {
		t.Fatalf("the history of the repository is missing, which has the previous release (%s): run the test in a whole clone", release)
	}
	dir := harness.Folder(t)
	build := fmt.Sprintf(`git -C ../.. archive %q | tar -x -C %[2]q && cd %[2]q && go build -o gatehouse .`, release, dir)
	if out, err := exec.CommandContext(t.Context(), "sh", "-c", build).CombinedOutput(); err != nil {
		t.Fatalf("%s can't be built: %v\n%s", release, err, out)
	}
	t.Logf("the previous release is %s", release)
	return filepath.Join(dir, "gatehouse")
}

// TestRollingRelease replaces the previous release by this one and back, replica by
// replica, under load. Each replica gets no more requests when it is stopped. No request
// fails, and the history is that of one machine without faults.
func TestRollingRelease(t *testing.T) {
	if !*long {
		t.Skip("run go test ./test/ha -timeout 1h -long")
	}
	const step = 22 * time.Second // eight steps make three minutes
	old := previousRelease(t)
	environ := harness.Environ(storetest.EmptyDSN(t), "LOG_LEVEL=warn", "REFRESH_REPLAY_WINDOW=5m", "OPERATION_TIMEOUT=25s")
	launch := func(program string) *process.Process {
		p, err := process.Launch(t.Context(), process.Config{Program: program, Dir: harness.Folder(t), Environ: environ})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Kill)
		return p
	}
	now := harness.Program(t, "gatehouse")
	replicas := []*process.Process{launch(old), launch(old)}
	f, r := newFleet(replicas...), &record{}
	d := &deployment{replicas: replicas}
	for i := range clients {
		d.do(t, i, harness.RegisterOperation, "register")
	}
	r.begun = time.Now()
	ctx, stop := context.WithCancel(t.Context())
	var load sync.WaitGroup
	defer load.Wait()
	defer stop()
	for i := range clients {
		c := &client{number: i, email: email(i), honest: i%3 != 0, patience: process.Patience, fleet: f, record: r, random: rand.New(rand.NewPCG(uint64(i), 1))}
		load.Go(func() { c.run(ctx) })
	}
	for i, program := range []string{now, now, old, old, now, old, now, now} {
		place := i % len(replicas)
		next := launch(program)
		f.replace(replicas[place], next)
		if err := replicas[place].Stop(); err != nil {
			t.Errorf("a replica ended with %v", err)
		}
		replicas[place] = next
		time.Sleep(step)
	}
	stop()
	load.Wait()
	t.Log(history.Census(r.history))
	for _, o := range r.history {
		if o.Lost() {
			t.Errorf("a request failed: %v", o)
		}
	}
	for _, err := range r.faults {
		t.Error(err)
	}
	if err := history.Linearizable(r.history); err != nil {
		t.Error(err)
	}
}
