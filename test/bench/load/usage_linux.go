package load

import (
	"time"

	"github.com/prometheus/procfs"
)

// UsageOf reads a process's usage (proc(5)). The kernel counts CPU time in hundredths of a second.
func UsageOf(pid int) (Usage, error) {
	proc, err := procfs.NewProc(pid)
	if err != nil {
		return Usage{}, err
	}
	stat, err := proc.Stat()
	if err != nil {
		return Usage{}, err
	}
	status, err := proc.NewStatus()
	if err != nil {
		return Usage{}, err
	}
	return Usage{CPU: time.Duration(stat.CPUTime() * float64(time.Second)), Resident: status.VmRSS, Peak: status.VmHWM}, nil
}
