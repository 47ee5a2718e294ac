package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// ourChain refreshes these sessions of the service, each from where it is.
func (b *bench) ourChain(sessions []int, workers int) *chain {
	return newChain(workers, linked(b.ours, sessions, func(i int) string {
		token, err := b.secrets.IssueRefresh(b.database.id(i), 0, seed(i))
		if err != nil {
			panic(err) // our own ids and seeds
		}
		return token
	}))
}

// theirChain is the same for the hand-written server.
func (b *bench) theirChain(sessions []int, workers int) *chain {
	return newChain(workers, linked(b.theirs, sessions, func(i int) string { return b.database.id(i) + "." + yardstickSecret(i) }))
}

// linked finds the sessions among those that are known, and begins those that are not with their first token.
func linked(known map[int]*link, sessions []int, first func(int) string) []*link {
	links := make([]*link, len(sessions))
	for n, i := range sessions {
		if known[i] == nil {
			known[i] = &link{first(i)}
		}
		links[n] = known[i]
	}
	return links
}

// logins logs different people in, so that nobody waits for the row of another, nor has too many sessions soon.
func (b *bench) logins(workers int) source {
	const most = 1000
	var requests []request
	step := max(1, b.people/most)
	for i := 0; i < b.people; i += step {
		requests = append(requests, loginOperation(email(i), everybodysPassword, tokenFields))
	}
	return newCycle(workers, errs, requests...)
}

// hashes verifies a password again and again, in this process.
func (b *bench) hashes(ctx context.Context, d time.Duration) (load, error) {
	var ms []float64
	began := time.Now()
	for len(ms) == 0 || time.Since(began) < d && ctx.Err() == nil {
		at := time.Now()
		match, _, err := b.hasher.Verify(ctx, everybodysPassword, b.database.hash)
		if err != nil || !match {
			return load{}, errors.Join(err, errors.New("the hash does not match"))
		}
		ms = append(ms, milliseconds(time.Since(at)))
	}
	return loadOf(ms, time.Since(began)), ctx.Err()
}

// findPgbench returns the path of pgbench, "" where there is none. Debian's own on the PATH looks for a server of its kind first.
func findPgbench() string {
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

// updates has pgbench do nothing but update one row of a session, by a prepared statement, over as many connections.
func (b *bench) updates(ctx context.Context, d time.Duration) (load, error) {
	path := filepath.Join(b.dir, "refresh.sql")
	text := fmt.Sprintf(`\set i random(0, %d)
UPDATE yardstick_sessions SET refreshed_at = now() WHERE id = ('%s' || lpad(to_hex(:i::bigint), 12, '0'))::uuid;
`, b.database.people-1, b.database.prefix)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return load{}, err
	}
	connections, seconds := strconv.Itoa(b.connections), strconv.Itoa(max(1, int(d.Round(time.Second).Seconds())))
	output, err := exec.CommandContext(ctx, b.pgbench, "-n", "-M", "prepared", "-f", path, "-c", connections, "-j", "1", "-T", seconds, b.database.dsn).CombinedOutput()
	if err != nil {
		return load{}, fmt.Errorf("pgbench: %w\n%.1000s", err, output)
	}
	return parsePgbench(string(output))
}

var pgbenchSays = regexp.MustCompile(`(?s)actually processed: (\d+).*latency average = ([\d.]+) ms.*tps = ([\d.]+)`)

// parsePgbench reads what pgbench prints. Of latencies it has the mean only.
func parsePgbench(text string) (load, error) {
	found := pgbenchSays.FindStringSubmatch(text)
	if found == nil {
		return load{}, fmt.Errorf("pgbench says:\n%s", text)
	}
	requests, _ := strconv.Atoi(found[1]) // digits only
	mean, _ := strconv.ParseFloat(found[2], 64)
	rate, _ := strconv.ParseFloat(found[3], 64)
	if requests == 0 || rate == 0 {
		return load{}, fmt.Errorf("pgbench did nothing:\n%s", text)
	}
	return load{requests: requests, elapsed: time.Duration(float64(requests) / rate * float64(time.Second)), p50: mean}, nil
}
