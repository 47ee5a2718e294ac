package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A growth is how the service does with more accounts, and with more replicas.
type growth struct {
	Sizes    []grown    `json:"sizes"`
	Replicas []deployed `json:"replicas,omitempty"` // on the largest size
}

// A grown is the service with so many accounts, each with a session.
type grown struct {
	People   int      `json:"people"`
	Database float64  `json:"database_mb"`
	Start    float64  `json:"start_ms"`
	Idle     float64  `json:"memory_idle_mb"`
	Loaded   float64  `json:"memory_loaded_mb"` // before anybody logs in
	Results  []result `json:"results"`
	Plans    []plan   `json:"plans"`
	Scans    int      `json:"scans"` // how often all accounts or all sessions were read meanwhile, by whatever statement
}

// A deployed is so many replicas.
type deployed struct {
	Replicas    int      `json:"replicas"`
	Memory      float64  `json:"memory_mb"` // of all together
	Connections int      `json:"connections"`
	Results     []result `json:"results"`
}

// indexedFrom is how many accounts there must be for a table to be read by an index alone: to read a small one as a whole is as good.
const indexedFrom = 10_000

// startScans is how often a table may be read as a whole: to start, the service looks for an administrator. What requests do, they do thousands
// of times.
const startScans = 10

// grow measures with more and more accounts, and at last with more and more replicas. With an error comes what it had until then.
func (b *bench) grow(ctx context.Context) (*growth, error) {
	g := &growth{}
	_ = b.gatehouse.Stop()
	for _, people := range b.sizes {
		size, err := b.grownTo(ctx, people)
		if err != nil {
			return g, fmt.Errorf("%d accounts: %w", people, err)
		}
		g.Sizes = append(g.Sizes, *size)
	}
	for _, n := range b.replicas {
		d, err := b.deploy(ctx, n)
		if err != nil {
			return g, fmt.Errorf("%d replicas: %w", n, err)
		}
		g.Replicas = append(g.Replicas, *d)
	}
	return g, nil
}

// populate makes accounts until there are so many, showing how far it is. The sessions of those that are new are nobody's yet.
func (b *bench) populate(ctx context.Context, people int) error {
	from, rows := b.database.people, 3*(people-b.database.people)
	seeding := newProgress(b.progress.to, rows, "rows")
	seeding.say(fmt.Sprintf("%d accounts with their sessions", people))
	if err := b.database.grow(ctx, people, seeding.step); err != nil {
		return err
	}
	b.sessions = deal(from, people)
	b.people = people
	return nil
}

func (b *bench) grownTo(ctx context.Context, people int) (*grown, error) {
	if err := b.populate(ctx, people); err != nil {
		return nil, err
	}
	g := &grown{People: people}
	var err error
	if g.Database, err = b.database.megabytes(ctx); err != nil {
		return nil, err
	}
	stop, err := b.employ(ctx, 1)
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
		r, err := b.try(ctx, t.trial)
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

// employ has so many replicas serve, until stop is called. The first one is the one that people log in at.
func (b *bench) employ(ctx context.Context, n int) (stop func(), err error) {
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

// deploy measures so many replicas on the database as it is.
func (b *bench) deploy(ctx context.Context, n int) (*deployed, error) {
	stop, err := b.employ(ctx, n)
	if err != nil {
		return nil, err
	}
	defer stop()
	d := &deployed{Replicas: n}
	for _, t := range growthTrials() {
		if !b.wanted(t.name) || !t.replicated {
			continue
		}
		r, err := b.try(ctx, t.trial)
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

// faults are where a table was read as a whole, or a whole index, although there are many accounts.
func (g *growth) faults() error {
	var all []error
	for _, size := range g.Sizes {
		if size.People < indexedFrom {
			continue
		}
		if size.Scans > startScans {
			all = append(all, fmt.Errorf("with %d accounts, all accounts or sessions were read %d times", size.People, size.Scans))
		}
		for _, p := range size.Plans {
			if len(p.Walked) > 0 {
				all = append(all, fmt.Errorf("with %d accounts, %s reads all of %s: %s", size.People, p.Trial, strings.Join(p.Walked, ", "), p.Statement))
			}
		}
	}
	return errors.Join(all...)
}

// A grid is a table: the first line has the names of the columns.
type grid [][]string

// grids are the curves: a line for each thing measured, a column for each size, and the same for replicas; and what the plans read.
func (g *growth) grids() []grid {
	var all []grid
	if len(g.Sizes) > 0 {
		all = append(all, g.sizes())
	}
	if len(g.Replicas) > 0 {
		all = append(all, g.deployments())
	}
	if len(g.Sizes) > 0 {
		all = append(all, plans(g.Sizes[len(g.Sizes)-1]))
	}
	return all
}

func (g *growth) sizes() grid {
	var columns []string
	var results [][]result
	singles := make([][]string, 5)
	for _, s := range g.Sizes {
		columns, results = append(columns, strconv.Itoa(s.People)), append(results, s.Results)
		for i, value := range []float64{s.Start, s.Idle, s.Loaded, s.Database, float64(s.Scans)} {
			singles[i] = append(singles[i], digits(value))
		}
	}
	t := curves("accounts", columns, results)
	for i, what := range []string{"start, ms", "memory after the start, MB", "memory after all that, MB", "database, MB", "times that a table was read as a whole"} {
		t = append(t, append([]string{what}, singles[i]...))
	}
	return t
}

func (g *growth) deployments() grid {
	var columns, memory, connections []string
	var results [][]result
	for _, d := range g.Replicas {
		columns, results = append(columns, strconv.Itoa(d.Replicas)), append(results, d.Results)
		memory, connections = append(memory, digits(d.Memory)), append(connections, strconv.Itoa(d.Connections))
	}
	t := curves("replicas", columns, results)
	return append(t, append([]string{"memory of all, MB"}, memory...), append([]string{"connections to the database"}, connections...))
}

// curves is a grid of what each case came to in each column.
func curves(of string, columns []string, results [][]result) grid {
	t := grid{append([]string{of}, columns...)}
	for _, r := range results[0] {
		for _, row := range rows() {
			cells := []string{r.Name + ", " + row.what}
			for _, column := range results {
				cells = append(cells, row.value(find(column, r.Name, gatehouseName)))
			}
			t = append(t, cells)
		}
	}
	return t
}

// plans is a grid of what the statements read.
func plans(size grown) grid {
	t := grid{{fmt.Sprintf("plans with %d accounts", size.People), "read", "statement"}}
	for _, p := range size.Plans {
		t = append(t, []string{p.Trial, p.Access(), p.Statement})
	}
	return t
}

// print writes the grids for a terminal.
func (g *growth) print(w io.Writer) {
	for _, grid := range g.grids() {
		fmt.Fprintln(w)
		for _, cells := range grid {
			fmt.Fprintln(w, strings.Join(cells, "\t"))
		}
	}
}

// markdown writes them for docs/performance.md.
func (g *growth) markdown(b *strings.Builder) {
	for _, grid := range g.grids() {
		table(b, grid[0]...)
		for _, cells := range grid[1:] {
			line(b, cells...)
		}
	}
}

// A row is one of the things that are shown of each case.
type row struct {
	what  string
	value func(*measured) string
}

func rows() []row {
	return []row{
		{"CPU µs a request", func(m *measured) string { return maybe(m.CPU) }},
		{"requests a second", func(m *measured) string { return m.Rate.String() }},
		{"p50 ms", func(m *measured) string { return digits(m.P50.Median) }},
	}
}
