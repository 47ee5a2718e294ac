package main

import (
	"context"
	"fmt"

	"gatehouse/test/bench/load"
	"gatehouse/test/bench/report"
)

// grow measures with more and more accounts, then with more and more replicas. With an error, it
// returns what it has until then.
func (b *bench) grow(ctx context.Context) (*report.Growth, error) {
	g := &report.Growth{}
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

func (b *bench) measureSize(ctx context.Context, people int) (*report.SizeResult, error) {
	if err := b.populate(ctx, people); err != nil {
		return nil, err
	}
	g := &report.SizeResult{People: people}
	var err error
	if g.Database, err = b.database.megabytes(ctx); err != nil {
		return nil, err
	}
	stop, err := b.serve(ctx, 1)
	if err != nil {
		return nil, err
	}
	defer stop()
	g.Start = load.Milliseconds(b.gatehouse.Took)
	before, err := b.database.scans(ctx)
	if err != nil {
		return nil, err
	}
	idle, err := load.UsageOf(b.gatehouse.PID())
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
	loaded, err := load.UsageOf(b.gatehouse.PID())
	g.Idle, g.Loaded = float64(idle.Resident)/mega, float64(loaded.Resident)/mega
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
func (b *bench) measureReplicas(ctx context.Context, n int) (*report.ReplicaResult, error) {
	stop, err := b.serve(ctx, n)
	if err != nil {
		return nil, err
	}
	defer stop()
	d := &report.ReplicaResult{Replicas: n}
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
	used, err := load.UsageOfAll(b.serving)
	d.Memory = float64(used.Resident) / mega
	return d, err
}
