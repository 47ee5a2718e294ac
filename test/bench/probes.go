package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"

	"gatehouse/test/bench/load"
	"gatehouse/test/bench/report"
	"gatehouse/test/harness/process"
)

// A probe is a measurement other than a load on a server.
type probe struct {
	name    string
	measure func(ctx context.Context, b *bench) ([]report.Single, error)
}

func probes() []probe {
	return []probe{{"start", starts}, {"decide", decide}, {"size", size}}
}

const mega = 1e6

// starts measures the time from the start of the process until it is ready: with an existing,
// migrated database; with a new embedded database; and with the same embedded database again. It
// also measures the memory after the start.
func starts(ctx context.Context, b *bench) ([]report.Single, error) {
	var warm, idle, first, again []float64
	for range b.rounds {
		b.progress.show("start: existing database")
		p, err := b.replica(ctx)
		if err != nil {
			return nil, err
		}
		used, err := load.UsageOf(p.PID())
		_ = p.Stop()
		if err != nil {
			return nil, err
		}
		warm, idle = append(warm, load.Milliseconds(p.Took)), append(idle, float64(used.Resident)/mega)
		b.progress.show("start: embedded database")
		made, later, err := b.embedded(ctx)
		if err != nil {
			return nil, err
		}
		first, again = append(first, made), append(again, later)
		b.progress.step(1)
	}
	return []report.Single{
		{Name: report.StartWarm, What: "start with an existing database", Value: report.SpreadOf(warm), Unit: "ms"},
		{Name: report.StartFirst, What: "first start with the embedded database", Value: report.SpreadOf(first), Unit: "ms"},
		{Name: report.StartAgain, What: "later start with the embedded database", Value: report.SpreadOf(again), Unit: "ms"},
		{Name: report.MemoryIdle, What: "memory after the start", Value: report.SpreadOf(idle), Unit: "MB"},
	}, nil
}

// embedded starts the service twice without a database setting, and returns the durations in ms.
func (b *bench) embedded(ctx context.Context) (first, again float64, err error) {
	dir, err := os.MkdirTemp(b.dir, "embedded-")
	if err != nil {
		return 0, 0, err
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(dir)
	var ms [2]float64
	for i := range ms {
		p, err := b.start(ctx, b.programs.gatehouse, "DATA_DIR="+filepath.Join(dir, "data"), "PUBLIC_URL=http://localhost:8080", "LOG_FORMAT=json")
		if err != nil {
			return 0, 0, err
		}
		_ = p.Stop()
		ms[i] = load.Milliseconds(p.Took)
	}
	return ms[0], ms[1], nil
}

// size returns the size of the program as built by go build, without the profile, and the memory of
// the service after all requests.
func size(ctx context.Context, b *bench) ([]report.Single, error) {
	dir, err := os.MkdirTemp(b.dir, "plain-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	plain, err := process.Build(ctx, dir, servicePackage)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(plain)
	if err != nil {
		return nil, err
	}
	used, err := load.UsageOf(b.gatehouse.PID())
	if err != nil {
		return nil, err
	}
	b.progress.step(b.rounds)
	return []report.Single{
		{Name: report.BinarySize, What: "size of the program", Value: report.SpreadOf([]float64{float64(info.Size()) / mega}), Unit: "MB"},
		{Name: report.MemoryLoaded, What: "memory after the load", Value: report.SpreadOf([]float64{float64(used.Resident) / mega}), Unit: "MB"},
		{Name: report.MemoryPeak, What: "peak memory, while passwords are hashed", Value: report.SpreadOf([]float64{float64(used.Peak) / mega}), Unit: "MB"},
	}, nil
}

var benchmarkOutput = regexp.MustCompile(`BenchmarkDecideAgain\S*\s+\d+\s+([\d.]+) ns/op\s+\d+ B/op\s+(\d+) allocs/op`)

// decide runs the benchmark in auth/policy that decides an operation again.
func decide(ctx context.Context, b *bench) ([]report.Single, error) {
	b.progress.show("decide: go test -bench DecideAgain ./auth/policy")
	duration := min(b.slice, maxDecide).String()
	output, err := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "DecideAgain", "-benchmem", "-benchtime", duration,
		"-count", strconv.Itoa(b.rounds), "gatehouse/auth/policy").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("decide: %w\n%s", err, output)
	}
	ns, allocs, err := parseBenchmark(string(output))
	if err != nil {
		return nil, err
	}
	b.progress.step(b.rounds)
	return []report.Single{
		{Name: report.DecideTime, What: "repeated decision, time", Value: ns, Unit: "ns"},
		{Name: report.DecideAllocs, What: "repeated decision, allocations", Value: allocs, Unit: "allocations"},
	}, nil
}

// parseBenchmark parses the benchmark output of go test.
func parseBenchmark(text string) (ns, allocs report.Spread, err error) {
	var times, counts []float64
	for _, found := range benchmarkOutput.FindAllStringSubmatch(text, -1) {
		t, _ := strconv.ParseFloat(found[1], 64) // only digits
		n, _ := strconv.ParseFloat(found[2], 64)
		times, counts = append(times, t), append(counts, n)
	}
	if len(times) == 0 {
		return ns, allocs, fmt.Errorf("go test printed:\n%s", text)
	}
	return report.SpreadOf(times), report.SpreadOf(counts), nil
}
