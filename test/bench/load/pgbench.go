package load

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var pgbenchOutput = regexp.MustCompile(`(?s)actually processed: (\d+).*latency average = ([\d.]+) ms.*tps = ([\d.]+)`)

// Pgbench has pgbench at a path run a script on the database for the duration d.
func Pgbench(ctx context.Context, path, script, dsn string, connections int, d time.Duration) (Load, error) {
	return forSeconds(ctx, d, func(seconds int) (Load, error) {
		command := exec.CommandContext(ctx, path, "-n", "-M", "prepared", "-f", script,
			"-c", strconv.Itoa(connections), "-j", "1", "-T", strconv.Itoa(seconds), dsn)
		output, err := command.CombinedOutput()
		if err != nil {
			return Load{}, fmt.Errorf("pgbench: %w\n%.1000s", err, output)
		}
		return parsePgbench(string(output))
	})
}

// parsePgbench parses pgbench's output. It has only the mean latency.
func parsePgbench(text string) (Load, error) {
	if strings.Contains(text, "actually processed: 0\n") { // and no latency
		return Load{}, fmt.Errorf("pgbench: %w:\n%s", errNone, text)
	}
	found := pgbenchOutput.FindStringSubmatch(text)
	if found == nil {
		return Load{}, fmt.Errorf("pgbench printed:\n%s", text)
	}
	requests, _ := strconv.Atoi(found[1]) // digits only
	mean, _ := strconv.ParseFloat(found[2], 64)
	rate, _ := strconv.ParseFloat(found[3], 64)
	if rate == 0 {
		return Load{}, fmt.Errorf("pgbench printed:\n%s", text)
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
