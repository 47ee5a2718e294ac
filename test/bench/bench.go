package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gatehouse/auth/password"
	"gatehouse/test/bench/load"
	"gatehouse/test/bench/peer"
	"gatehouse/test/bench/report"
)

// options are what the command is asked to do.
type options struct {
	cases       []string // the names of trials and probes; none means all
	rounds      int
	slice       time.Duration // how long a contestant is loaded in a round
	connections int
	rate        int    // requests per second of the mix
	people      int    // the number of accounts
	load        string // wrk or own
	quick       bool
	profile     string         // the file for the service's CPU profile; "" measures instead
	others      []peer.Program // other projects' servers to run
	sizes       []int          // numbers of accounts to grow to; none means no growth
	replicas    []int          // numbers of replicas
}

// A bench runs trials on a testbed.
type bench struct {
	*testbed
	options
	generate load.Generator
	pgbench  string // the path of pgbench, "" if it is not installed
	progress *progress
	hasher   *password.Hasher
	sessions sessions
	watch    *watch             // collects the service's statements, if not nil
	ours     map[int]*load.Link // the service's sessions by number
	theirs   map[int]*load.Link // the hand-written server's sessions by number
}

// sessions are the numbers of the sessions of each trial, so that no trial uses another's tokens.
type sessions struct{ refresh, mix, crowd []int }

// splitSessions distributes the sessions of accounts from (inclusive) to to (exclusive). If there
// are many, it uses some from everywhere.
func splitSessions(from, to int) sessions {
	const most = 1000
	third := (to - from) / 3
	numbers := make([][]int, 3)
	for i := range numbers {
		step := max(1, third/most)
		for n := 0; n < third && len(numbers[i]) < most; n += step {
			numbers[i] = append(numbers[i], from+i*third+n)
		}
	}
	return sessions{refresh: numbers[0], mix: numbers[1], crowd: numbers[2]}
}

// runTrial runs a trial. In every round each contestant is loaded once, in every second round in
// reverse order, so that other work on the machine affects all of them alike.
func (b *bench) runTrial(ctx context.Context, t trial) (report.Result, error) {
	r := report.Result{Name: t.name, Asked: t.asked}
	slices := map[string][]report.Slice{}
	var names []string
	for round := range b.rounds {
		contestants, err := b.contestants(ctx, t)
		if err != nil {
			return r, fmt.Errorf("%s: %w", t.name, err)
		}
		if round == 0 {
			names = namesOf(contestants)
		}
		for _, c := range alternate(contestants, round) {
			b.progress.show(fmt.Sprintf("%s: %s", t.name, c.name))
			s, err := b.measure(ctx, c)
			if err != nil {
				return r, fmt.Errorf("%s, %s: %w", t.name, c.name, err)
			}
			slices[c.name] = append(slices[c.name], s)
		}
		b.progress.step(1)
	}
	for _, name := range names {
		r.Contestants = append(r.Contestants, report.Summarize(name, slices[name], slices[report.Gatehouse]))
	}
	return r, nil
}

func namesOf(contestants []contestant) []string {
	names := make([]string, len(contestants))
	for i, c := range contestants {
		names[i] = c.name
	}
	return names
}

// alternate returns the contestants, reversed in odd rounds.
func alternate(contestants []contestant, round int) []contestant {
	if round%2 == 1 {
		slices.Reverse(contestants)
	}
	return contestants
}

// measure warms the contestant up for a quarter of the time, then measures.
func (b *bench) measure(ctx context.Context, c contestant) (report.Slice, error) {
	if _, err := c.run(ctx, b.slice/4); err != nil {
		return report.Slice{}, err
	}
	for _, p := range c.processes {
		p.DiscardOutput()
	}
	if b.watch != nil {
		end, err := b.watch.during(ctx)
		if err != nil {
			return report.Slice{}, err
		}
		defer end()
	}
	before, err := load.UsageOfAll(c.processes)
	if err != nil {
		return report.Slice{}, err
	}
	l, err := c.run(ctx, b.slice)
	if err != nil {
		return report.Slice{}, err
	}
	after, err := load.UsageOfAll(c.processes)
	return report.Slice{Load: l, CPU: float64((after.CPU - before.CPU).Microseconds()) / float64(l.Requests)}, err
}
