package main

import (
	"os"
	"strings"
	"testing"
	"time"
)

// The usage of this process increases.
func TestUsage(t *testing.T) {
	before, err := usageOf(os.Getpid())
	if err != nil || before.resident < 1<<20 {
		t.Fatalf("%+v, %v", before, err)
	}
	for used := before; used.cpu < before.cpu+20*time.Millisecond; {
		for range 1000 {
			_ = strings.Repeat("work", 1000)
		}
		if used, err = usageOf(os.Getpid()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := usageOf(1 << 30); err == nil {
		t.Error("a process that doesn't exist has a usage")
	}
}
