package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The error of a program that ends contains its output.
func TestStartFails(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "broken")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho it is broken, $COLOUR\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := start(t.Context(), program, dir, "COLOUR=blue")
	if err == nil || !strings.Contains(err.Error(), "it is broken, blue") {
		t.Errorf("error = %v", err)
	}
}

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
