package load

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"gatehouse/test/harness/process"
)

// A Usage is what a process has used since its start.
type Usage struct {
	CPU      time.Duration // user and system time
	Resident uint64        // bytes in memory now
	Peak     uint64        // the most so far, 0 if unknown
}

// UsageOfAll returns the sum for several processes.
func UsageOfAll(processes []*process.Process) (sum Usage, err error) {
	for _, p := range processes {
		u, err := UsageOf(p.PID())
		if err != nil {
			return sum, fmt.Errorf("%s: %w", p.Name, err)
		}
		sum.CPU, sum.Resident, sum.Peak = sum.CPU+u.CPU, sum.Resident+u.Resident, sum.Peak+u.Peak
	}
	return sum, nil
}

// parsePS parses the output of ps for rss= and time=: kilobytes, and
// [[days-]hours:]minutes:seconds.
func parsePS(text string) (Usage, error) {
	fields := strings.Fields(text)
	if len(fields) != 2 {
		return Usage{}, fmt.Errorf("ps printed %q", text)
	}
	kilobytes, err := strconv.ParseUint(fields[0], 10, 64)
	if err != nil {
		return Usage{}, fmt.Errorf("ps printed %q", text)
	}
	days, clock, dated := strings.Cut(fields[1], "-")
	if !dated {
		days, clock = "0", fields[1]
	}
	whole, err := strconv.ParseFloat(days, 64)
	if err != nil {
		return Usage{}, fmt.Errorf("ps printed %q", text)
	}
	seconds := 0.0
	for part := range strings.SplitSeq(clock, ":") {
		n, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return Usage{}, fmt.Errorf("ps printed %q", text)
		}
		seconds = seconds*60 + n
	}
	total := whole*24*60*60 + seconds
	return Usage{CPU: time.Duration(total * float64(time.Second)), Resident: kilobytes << 10}, nil
}
