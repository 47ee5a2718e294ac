//go:build linux

package ha_test

import (
	"flag"
	"os"
	"testing"
	"time"

	"gatehouse/test/harness"
)

// long makes the tests take half an hour and report figures.
var long = flag.Bool("long", false, "fail over twenty times, and report how long nothing could be written")

func TestMain(m *testing.M) { os.Exit(harness.Run(m)) }

// wanted skips a test unless it is asked for: it takes minutes, and programs that are not
// on every machine.
func wanted(t *testing.T) {
	t.Helper()
	if os.Getenv("CI") != "true" && !*long {
		t.Skip("run CI=true go test ./test/ha, or go test ./test/ha -timeout 1h -long")
	}
}

// eventually waits for something that takes seconds on an idle machine.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}
