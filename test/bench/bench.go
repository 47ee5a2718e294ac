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
	cases       []string // the names of trials and sights, none is all
	rounds      int
	slice       time.Duration // how long a contestant is loaded in a round
	connections int
	rate        int    // requests of the mix a second
	people      int    // accounts there are
	load        string // wrk or own
	quick       bool
	sizes       []int // numbers of accounts to grow to, none for no growth
	replicas    []int // and of replicas
}

// A bench runs trials on a stand.
type bench struct {
	*stand
	options
	generate generator
	pgbench  string // the program, "" where there is none
	progress *progress
	hasher   *password.Hasher
	sessions sessions
	watch    *watch        // what the service sends to the database, nil where nobody wants to know
	ours     map[int]*link // sessions of the service by number, and
	theirs   map[int]*link // of the hand-written server
}

// sessions are the numbers of those that each trial has for itself, so that none meets another's tokens.
type sessions struct{ refresh, mix, crowd []int }

// deal gives out the sessions of the accounts from one number to before another. Not all are used where there are many, but some of everywhere.
func deal(from, to int) sessions {
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

// A measured is what a contestant came to in all rounds.
type measured struct {
	Name string  `json:"name"`
	CPU  *spread `json:"cpu_us_per_request,omitempty"` // of the server; nil where that can't be known
	Rate spread  `json:"requests_per_second"`
	P50  spread  `json:"p50_ms"`
	P99  spread  `json:"p99_ms"`
	P999 spread  `json:"p999_ms"`
	// How Gatehouse compares with this one, pair by pair: above 1 it needs less of the processor, or answers more.
	CPURatio  *spread `json:"cpu_ratio,omitempty"`
	RateRatio *spread `json:"rate_ratio,omitempty"`
}

// A result is what a trial came to.
type result struct {
	Name        string     `json:"name"`
	Asked       string     `json:"asked"`
	Contestants []measured `json:"contestants"`
}

// A slice is what a contestant came to in one round.
type slice struct {
	load
	cpu float64 // µs of the server for each request, 0 where that can't be known
}

// try runs a trial. In every round each contestant is loaded once, the first one last in every second round, so that what the machine does
// meanwhile meets all of them alike.
func (b *bench) try(ctx context.Context, t trial) (result, error) {
	r := result{Name: t.name, Asked: t.asked}
	slices := map[string][]slice{}
	var names []string
	for round := range b.rounds {
		contestants, err := t.enter(ctx, b)
		if err != nil {
			return r, fmt.Errorf("%s: %w", t.name, err)
		}
		if round == 0 {
			names = namesOf(contestants)
		}
		for _, c := range alternate(contestants, round) {
			b.progress.say(fmt.Sprintf("%s: %s", t.name, c.name))
			s, err := b.measure(ctx, c)
			if err != nil {
				return r, fmt.Errorf("%s, %s: %w", t.name, c.name, err)
			}
			slices[c.name] = append(slices[c.name], s)
		}
		b.progress.step(1)
	}
	for _, name := range names {
		r.Contestants = append(r.Contestants, sumUp(name, slices[name], slices[gatehouseName]))
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

// alternate is the contestants, in odd rounds the other way round.
func alternate(contestants []contestant, round int) []contestant {
	if round%2 == 1 {
		slices.Reverse(contestants)
	}
	return contestants
}

// measure warms the contestant up for a quarter of the time, and then counts.
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

// sumUp puts the rounds of a contestant together, and compares each with Gatehouse's in the same round.
func sumUp(name string, rounds, gatehouse []slice) measured {
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
