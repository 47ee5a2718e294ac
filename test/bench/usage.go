package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"gatehouse/test/harness/process"
)

// A usage is what a process has used since its start.
type usage struct {
	cpu      time.Duration // user and system time
	resident uint64        // bytes in memory now
	peak     uint64        // the most so far, 0 if unknown
}

// usageOfAll returns the sum for several processes.
func usageOfAll(processes []*process.Process) (sum usage, err error) {
	for _, p := range processes {
		u, err := usageOf(p.PID())
		if err != nil {
			return sum, fmt.Errorf("%s: %w", p.Name, err)
		}
		sum.cpu, sum.resident, sum.peak = sum.cpu+u.cpu, sum.resident+u.resident, sum.peak+u.peak
	}
	return sum, nil
}

// parsePS parses the output of ps for rss= and time=: kilobytes, and
// [[days-]hours:]minutes:seconds.
func parsePS(text string) (usage, error) {
	fields := strings.Fields(text)
	if len(fields) != 2 {
		return usage{}, fmt.Errorf("ps printed %q", text)
	}
	kilobytes, err := strconv.ParseUint(fields[0], 10, 64)
	if err != nil {
		return usage{}, fmt.Errorf("ps printed %q", text)
	}
	days, clock, dated := strings.Cut(fields[1], "-")
	if !dated {
		days, clock = "0", fields[1]
	}
	whole, err := strconv.ParseFloat(days, 64)
	if err != nil {
		return usage{}, fmt.Errorf("ps printed %q", text)
	}
	seconds := 0.0
	for part := range strings.SplitSeq(clock, ":") {
		n, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return usage{}, fmt.Errorf("ps printed %q", text)
		}
		seconds = seconds*60 + n
	}
	total := whole*24*60*60 + seconds
	return usage{cpu: time.Duration(total * float64(time.Second)), resident: kilobytes << 10}, nil
}
