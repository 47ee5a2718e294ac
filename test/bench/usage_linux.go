package main

import (
	"syscall"
	"time"

	"github.com/prometheus/procfs"
)

// dieWithUs has the kernel end the process when the thread that starts it ends, as it does when the benchmark is killed.
func dieWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// usageOf reads what a process has used (proc(5)). The kernel counts its time in hundredths of a second.
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
