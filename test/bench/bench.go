package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gatehouse/auth/password"
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
	sizes       []int // numbers of accounts to grow to; none means no growth
	replicas    []int // numbers of replicas
}

// A bench runs trials on a testbed.
type bench struct {
	*testbed
	options
	generate generator
	pgbench  string // the path of pgbench, "" if it is not installed
	progress *progress
	hasher   *password.Hasher
	sessions sessions
	watch    *watch        // collects the service's statements, if not nil
	ours     map[int]*link // the service's sessions by number
	theirs   map[int]*link // the hand-written server's sessions by number
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

// A measured is what a contestant achieved in all rounds.
type measured struct {
	Name string  `json:"name"`
	CPU  *spread `json:"cpu_us_per_request,omitempty"` // of the server; nil if unknown
	Rate spread  `json:"requests_per_second"`
	P50  spread  `json:"p50_ms"`
	P99  spread  `json:"p99_ms"`
	P999 spread  `json:"p999_ms"`
	// How Gatehouse compares with this contestant, round by round: above 1, Gatehouse uses less CPU
	// time, or answers more requests.
	CPURatio  *spread `json:"cpu_ratio,omitempty"`
	RateRatio *spread `json:"rate_ratio,omitempty"`
}

// A result is the outcome of a trial.
type result struct {
	Name        string     `json:"name"`
	Asked       string     `json:"asked"`
	Contestants []measured `json:"contestants"`
}

// A slice is what a contestant achieved in one round.
type slice struct {
	load
	cpu float64 // µs of the server per request, 0 if unknown
}

// runTrial runs a trial. In every round each contestant is loaded once, in every second round in
// reverse order, so that other work on the machine affects all of them alike.
func (b *bench) runTrial(ctx context.Context, t trial) (result, error) {
	r := result{Name: t.name, Asked: t.asked}
	slices := map[string][]slice{}
	var names []string
	for round := range b.rounds {
		contestants, err := t.prepare(ctx, b)
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
		r.Contestants = append(r.Contestants, summarize(name, slices[name], slices[gatehouseName]))
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
func (b *bench) measure(ctx context.Context, c contestant) (slice, error) {
	if _, err := c.run(ctx, b.slice/4); err != nil {
		return slice{}, err
	}
	for _, p := range c.processes {
		p.DiscardOutput()
	}
	if b.watch != nil {
		end, err := b.watch.during(ctx)
		if err != nil {
			return slice{}, err
		}
		defer end()
	}
	before, err := usageOfAll(c.processes)
	if err != nil {
		return slice{}, err
	}
	l, err := c.run(ctx, b.slice)
	if err != nil {
		return slice{}, err
	}
	after, err := usageOfAll(c.processes)
	return slice{l, float64((after.cpu - before.cpu).Microseconds()) / float64(l.requests)}, err
}

// summarize combines the rounds of a contestant, and compares each with Gatehouse's in the same
// round.
func summarize(name string, rounds, gatehouse []slice) measured {
	of := func(value func(slice) float64) spread {
		values := make([]float64, len(rounds))
		for i, s := range rounds {
			values[i] = value(s)
		}
		return spreadOf(values)
	}
	rate := func(s slice) float64 { return float64(s.requests) / s.elapsed.Seconds() }
	m := measured{
		Name: name, Rate: of(rate),
		P50:  of(func(s slice) float64 { return s.p50 }),
		P99:  of(func(s slice) float64 { return s.p99 }),
		P999: of(func(s slice) float64 { return s.p999 }),
	}
	cpu := of(func(s slice) float64 { return s.cpu })
	if cpu.Max > 0 {
		m.CPU = &cpu
	}
	if name == gatehouseName {
		return m
	}
	var cpus, rates []float64
	for i, s := range rounds {
		rates = append(rates, rate(gatehouse[i])/rate(s))
		if s.cpu > 0 && gatehouse[i].cpu > 0 {
			cpus = append(cpus, s.cpu/gatehouse[i].cpu)
		}
	}
	m.RateRatio = new(spreadOf(rates))
	if len(cpus) > 0 {
		m.CPURatio = new(spreadOf(cpus))
	}
	return m
}
