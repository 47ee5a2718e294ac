package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// A sight is something to be measured that is no load on a server.
type sight struct {
	name string
	look func(ctx context.Context, b *bench) ([]single, error)
}

// A single is one number.
type single struct {
	Name  string `json:"name"`
	What  string `json:"what"`
	Value spread `json:"value"`
	Unit  string `json:"unit"`
}

func sights() []sight {
	return []sight{{"start", starts}, {"decide", decide}, {"size", size}}
}

// The names of singles.
const (
	startWarm     = "start"
	startFirst    = "embedded-first"
	startAgain    = "embedded-again"
	memoryIdle    = "memory-idle"
	memoryLoaded  = "memory-loaded"
	memoryPeak    = "memory-peak"
	binarySize    = "binary"
	decideTime    = "decide-time"
	decideAllocs  = "decide-allocations"
	loginOverHash = "login-over-hash"
)

const mega = 1e6

// starts measures from the start of the process until it is ready: with a database that is there and migrated, with one of its own that it
// makes, and with that again; and the memory that it has then.
func starts(ctx context.Context, b *bench) ([]single, error) {
	var warm, idle, first, again []float64
	for range b.rounds {
		b.progress.say("start: with a database there")
		p, err := b.replica(ctx)
		if err != nil {
			return nil, err
		}
		used, err := usageOf(p.PID())
		_ = p.Stop()
		if err != nil {
			return nil, err
		}
		warm, idle = append(warm, milliseconds(p.Took)), append(idle, float64(used.resident)/mega)
		b.progress.say("start: embedded")
		made, later, err := b.embedded(ctx)
		if err != nil {
			return nil, err
		}
		first, again = append(first, made), append(again, later)
		b.progress.step(1)
	}
	return []single{
		{startWarm, "from start to ready, with a database there", spreadOf(warm), "ms"},
		{startFirst, "the same, embedded, the first time", spreadOf(first), "ms"},
		{startAgain, "the same, embedded, later", spreadOf(again), "ms"},
		{memoryIdle, "resident after the start", spreadOf(idle), "MB"},
	}, nil
}

// embedded starts the service without any setting that leads to a database twice, and returns the ms of both.
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
		ms[i] = milliseconds(p.Took)
	}
	return ms[0], ms[1], nil
}

// size is that of the program as go build makes it, and of the service's memory after everything that was asked of it before.
func size(_ context.Context, b *bench) ([]single, error) {
	info, err := os.Stat(b.programs.gatehouse)
	if err != nil {
		return nil, err
	}
	used, err := usageOf(b.gatehouse.PID())
	if err != nil {
		return nil, err
	}
	b.progress.step(b.rounds)
	return []single{
		{binarySize, "the program", spreadOf([]float64{float64(info.Size()) / mega}), "MB"},
		{memoryLoaded, "resident after all load", spreadOf([]float64{float64(used.resident) / mega}), "MB"},
		{memoryPeak, "resident at most, passwords being hashed", spreadOf([]float64{float64(used.peak) / mega}), "MB"},
	}, nil
}

var benchmarkSays = regexp.MustCompile(`BenchmarkDecideAgain\S*\s+\d+\s+([\d.]+) ns/op\s+\d+ B/op\s+(\d+) allocs/op`)

// decide runs the benchmark of auth/policy that decides on an operation which was decided on before.
func decide(ctx context.Context, b *bench) ([]single, error) {
	b.progress.say("decide: go test -bench DecideAgain ./auth/policy")
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
	return []single{
		{decideTime, "deciding on an operation that was decided on before", ns, "ns"},
		{decideAllocs, "and what it allocates", allocs, "allocations"},
	}, nil
}

// parseBenchmark reads what go test prints for the benchmark.
func parseBenchmark(text string) (ns, allocs spread, err error) {
	var times, counts []float64
	for _, found := range benchmarkSays.FindAllStringSubmatch(text, -1) {
		t, _ := strconv.ParseFloat(found[1], 64) // digits only
		n, _ := strconv.ParseFloat(found[2], 64)
		times, counts = append(times, t), append(counts, n)
	}
	if len(times) == 0 {
		return ns, allocs, fmt.Errorf("go test says:\n%s", text)
	}
	return spreadOf(times), spreadOf(counts), nil
}
