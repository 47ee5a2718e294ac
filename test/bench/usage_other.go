//go:build !linux

package main

import (
	"fmt"
	"os/exec"
	"strconv"
)

// usageOf asks ps(1) for a process's usage. It doesn't report the peak memory.
func usageOf(pid int) (usage, error) {
	output, err := exec.Command("ps", "-o", "rss=,time=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return usage{}, fmt.Errorf("ps: %w", err)
	}
	return parsePS(string(output))
}
