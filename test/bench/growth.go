package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A growth is how the service performs with more accounts and more replicas.
type growth struct {
	Sizes    []sizeResult    `json:"sizes"`
	Replicas []replicaResult `json:"replicas,omitempty"` // with the largest size
}

// A sizeResult is a measurement with a number of accounts, each with a session.
type sizeResult struct {
	People   int      `json:"people"`
	Database float64  `json:"database_mb"`
	Start    float64  `json:"start_ms"`
	Idle     float64  `json:"memory_idle_mb"`
	Loaded   float64  `json:"memory_loaded_mb"` // after the load
	Results  []result `json:"results"`
	Plans    []plan   `json:"plans"`
	Scans    int      `json:"scans"` // how often a whole table of accounts or sessions was read meanwhile
}

// A replicaResult is a measurement with a number of replicas.
type replicaResult struct {
	Replicas    int      `json:"replicas"`
	Memory      float64  `json:"memory_mb"` // of all replicas together
	Connections int      `json:"connections"`
	Results     []result `json:"results"`
}

// indexedFrom is the number of accounts from which every table must be read with an index. Reading
// a small table as a whole is just as fast.
const indexedFrom = 10_000

// startScans is how often a table may be read as a whole: at the start, the service looks for an
// administrator. What requests do, they do thousands of times.
const startScans = 10

// grow measures with more and more accounts, then with more and more replicas. With an error, it
// returns what it has until then.
func (b *bench) grow(ctx context.Context) (*growth, error) {
	g := &growth{}
	_ = b.gatehouse.Stop()
	for _, people := range b.sizes {
		size, err := b.measureSize(ctx, people)
		if err != nil {
			return g, fmt.Errorf("%d accounts: %w", people, err)
		}
		g.Sizes = append(g.Sizes, *size)
	}
	for _, n := range b.replicas {
		d, err := b.measureReplicas(ctx, n)
		if err != nil {
			return g, fmt.Errorf("%d replicas: %w", n, err)
		}
		g.Replicas = append(g.Replicas, *d)
	}
	return g, nil
}

// populate creates accounts up to the given number, and shows the progress. The sessions of the new
// ones are unused.
func (b *bench) populate(ctx context.Context, people int) error {
	from, rows := b.database.people, 3*(people-b.database.people)
	seeding := newProgress(b.progress.to, rows, "rows")
	seeding.show(fmt.Sprintf("%d accounts with their sessions", people))
	if err := b.database.grow(ctx, people, seeding.step); err != nil {
		return err
	}
	b.sessions = splitSessions(from, people)
	b.people = people
	return nil
}

func (b *bench) measureSize(ctx context.Context, people int) (*sizeResult, error) {
	if err := b.populate(ctx, people); err != nil {
		return nil, err
	}
	g := &sizeResult{People: people}
	var err error
	if g.Database, err = b.database.megabytes(ctx); err != nil {
		return nil, err
	}
	stop, err := b.serve(ctx, 1)
	if err != nil {
		return nil, err
	}
	defer stop()
	g.Start = milliseconds(b.gatehouse.Took)
	before, err := b.database.scans(ctx)
	if err != nil {
		return nil, err
	}
	idle, err := usageOf(b.gatehouse.PID())
	if err != nil {
		return nil, err
	}
	for _, t := range growthTrials() {
		if !b.wanted(t.name) {
			continue
		}
		b.watch = &watch{b.database, map[string]bool{}}
		r, err := b.runTrial(ctx, t.trial)
		if err != nil {
			return nil, err
		}
		g.Results = append(g.Results, r)
		plans, err := b.database.explain(ctx, t.name, b.watch, t.values(b))
		if err != nil {
			return nil, err
		}
		g.Plans = append(g.Plans, plans...)
	}
	b.watch = nil
	after, err := b.database.scans(ctx)
	if err != nil {
		return nil, err
	}
	g.Scans = after - before
	loaded, err := usageOf(b.gatehouse.PID())
	g.Idle, g.Loaded = float64(idle.resident)/mega, float64(loaded.resident)/mega
	return g, err
}

// serve runs n replicas until stop is called. The first one handles logins.
func (b *bench) serve(ctx context.Context, n int) (stop func(), err error) {
	stop = func() {
		for _, p := range b.serving {
			_ = p.Stop()
		}
		b.serving = nil
	}
	for range n {
		p, err := b.replica(ctx)
		if err != nil {
			stop()
			return nil, err
		}
		b.serving = append(b.serving, p)
	}
	b.gatehouse = b.serving[0]
	return stop, nil
}

// measureReplicas measures n replicas on the current database.
func (b *bench) measureReplicas(ctx context.Context, n int) (*replicaResult, error) {
	stop, err := b.serve(ctx, n)
	if err != nil {
		return nil, err
	}
	defer stop()
	d := &replicaResult{Replicas: n}
	for _, t := range growthTrials() {
		if !b.wanted(t.name) || !t.replicated {
			continue
		}
		r, err := b.runTrial(ctx, t.trial)
		if err != nil {
			return nil, err
		}
		d.Results = append(d.Results, r)
	}
	if d.Connections, err = b.database.connections(ctx); err != nil {
		return nil, err
	}
	used, err := usageOfAll(b.serving)
	d.Memory = float64(used.resident) / mega
	return d, err
}

// faults returns an error if a table, or a whole index, was read completely although there are many
// accounts.
func (g *growth) faults() error {
	var all []error
	for _, size := range g.Sizes {
		if size.People < indexedFrom {
			continue
		}
		if size.Scans > startScans {
			all = append(all, fmt.Errorf("with %d accounts, a whole table of accounts or sessions was read %d times", size.People, size.Scans))
		}
		for _, p := range size.Plans {
			if len(p.Walked) > 0 {
				all = append(all, fmt.Errorf("with %d accounts, %s reads all of %s: %s", size.People, p.Trial, strings.Join(p.Walked, ", "), p.Statement))
			}
		}
	}
	return errors.Join(all...)
}

// A grid is a table. Its first line contains the names of the columns.
type grid [][]string

// print writes the grids for a terminal.
func (g *growth) print(w io.Writer) {
	for _, grid := range g.grids() {
		fmt.Fprintln(w)
		for _, cells := range grid {
			fmt.Fprintln(w, strings.Join(cells, "\t"))
		}
	}
}

// markdown writes the grids for docs/performance.md.
func (g *growth) markdown(b *strings.Builder) {
	for _, grid := range g.grids() {
		table(b, grid[0]...)
		for _, cells := range grid[1:] {
			line(b, cells...)
		}
	}
}

// A row is one of the values shown for each case.
type row struct {
	what  string
	value func(*measured) string
}

func rows() []row {
	return []row{
		{"CPU µs/request", func(m *measured) string { return orDash(m.CPU) }},
		{"requests/s", func(m *measured) string { return m.Rate.String() }},
		{"p50 ms", func(m *measured) string { return digits(m.P50.Median) }},
	}
}
