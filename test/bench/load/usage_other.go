//go:build !linux

package load

import (
	"fmt"
	"os/exec"
	"strconv"
)

// UsageOf asks ps(1) for a process's usage. It doesn't report the peak memory.
func UsageOf(pid int) (Usage, error) {
	output, err := exec.Command("ps", "-o", "rss=,time=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return Usage{}, fmt.Errorf("ps: %w", err)
	}
	return parsePS(string(output))
}
