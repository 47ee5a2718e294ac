package main

import (
	"time"

	"github.com/prometheus/procfs"
)

// usageOf reads a process's usage (proc(5)). The kernel counts CPU time in hundredths of a second.
func usageOf(pid int) (usage, error) {
	proc, err := procfs.NewProc(pid)
	if err != nil {
		return usage{}, err
	}
	stat, err := proc.Stat()
	if err != nil {
		return usage{}, err
	}
	status, err := proc.NewStatus()
	if err != nil {
		return usage{}, err
	}
	return usage{cpu: time.Duration(stat.CPUTime() * float64(time.Second)), resident: status.VmRSS, peak: status.VmHWM}, nil
}
