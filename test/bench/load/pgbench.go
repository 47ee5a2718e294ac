package load

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
)

var pgbenchOutput = regexp.MustCompile(`(?s)actually processed: (\d+).*latency average = ([\d.]+) ms.*tps = ([\d.]+)`)

// ParsePgbench parses pgbench's output. It has only the mean latency.
func ParsePgbench(text string) (Load, error) {
	found := pgbenchOutput.FindStringSubmatch(text)
	if found == nil {
		return Load{}, fmt.Errorf("pgbench printed:\n%s", text)
	}
	requests, _ := strconv.Atoi(found[1]) // digits only
	mean, _ := strconv.ParseFloat(found[2], 64)
	rate, _ := strconv.ParseFloat(found[3], 64)
	if requests == 0 || rate == 0 {
		return Load{}, fmt.Errorf("pgbench made no requests:\n%s", text)
	}
	return Load{Requests: requests, Elapsed: time.Duration(float64(requests) / rate * float64(time.Second)), P50: mean}, nil
}

// FindPgbench returns the path of pgbench, or "". Debian's wrapper on the PATH first looks for a
// server of its own kind.
func FindPgbench() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench") // a bad pattern is the only error
	slices.Sort(found)
	if dir := os.Getenv("PG_BINDIR"); dir != "" {
		found = append(found, filepath.Join(dir, "pgbench"))
	}
	if len(found) > 0 {
		return found[len(found)-1]
	}
	path, _ := exec.LookPath("pgbench")
	return path
}
