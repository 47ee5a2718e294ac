package load

import (
	"os"
	"strings"
	"testing"
	"time"
)

// The usage of this process increases.
func TestUsage(t *testing.T) {
	before, err := UsageOf(os.Getpid())
	if err != nil || before.Resident < 1<<20 {
		t.Fatalf("%+v, %v", before, err)
	}
	for used := before; used.CPU < before.CPU+20*time.Millisecond; {
		for range 1000 {
			_ = strings.Repeat("work", 1000)
		}
		if used, err = UsageOf(os.Getpid()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := UsageOf(1 << 30); err == nil {
		t.Error("a process that doesn't exist has a usage")
	}
}
