package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A growthTrial is a trial whose cost may depend on how many accounts there are.
type growthTrial struct {
	trial
	replicated bool // it is asked of several replicas too
	// arguments are those of a statement that is planned for its very values; nil where all are planned for any.
	arguments func(b *bench) []string
}

// values are the arguments, if any.
func (t growthTrial) values(b *bench) []string {
	if t.arguments == nil {
		return nil
	}
	return t.arguments(b)
}

func growthTrials() []growthTrial {
	return []growthTrial{
		{trial: trial{"viewer", viewerQuery + " from many people in turn", manyAsk(viewerQuery)}, replicated: true},
		{trial: trial{"me", meQuery + " from many people in turn", manyAsk(meQuery)}, replicated: true},
		{trial: trial{"users", "{ users(first: 50, after: the middle) { nodes { id email roles } } }", middlePage}},
		{trial: trial{"search", `{ users(filter: { email: "..." }) { nodes { id email } } }`, search}, arguments: searchArguments},
		{trial: trial{"refresh", "mutation { refresh " + tokenFields + " }", refreshAll}, replicated: true},
		{trial: trial{"login", "mutation { login " + tokenFields + " }, one after the other", ourLogin}},
	}
}

// spreadOut loads all replicas that serve at once, each over its part of the connections: what a balancer does that counts connections, without
// what one would take of the machine. The latencies are those of the replica that was worst.
func (b *bench) spreadOut(from func(replica, connections int) source) contestant {
	each := max(1, b.connections/len(b.serving))
	sources := make([]source, len(b.serving))
	for i := range sources {
		sources[i] = from(i, each)
	}
	return contestant{gatehouseName, b.serving, func(ctx context.Context, d time.Duration) (load, error) {
		type outcome struct {
			load load
			err  error
		}
		outcomes := make(chan outcome, len(b.serving))
		for i, p := range b.serving {
			go func() {
				l, err := b.generate(ctx, p.URL+graphqlPath, sources[i], each, d)
				outcomes <- outcome{l, err}
			}()
		}
		var sum load
		var err error
		for range b.serving {
			o := <-outcomes
			sum, err = sum.and(o.load), errors.Join(err, o.err)
		}
		return sum, err
	}}
}

// and adds a load that another server bore at the same time.
func (l load) and(other load) load {
	return load{
		requests: l.requests + other.requests, elapsed: max(l.elapsed, other.elapsed),
		p50: max(l.p50, other.p50), p99: max(l.p99, other.p99), p999: max(l.p999, other.p999),
	}
}

func manyAsk(query string) func(context.Context, *bench) ([]contestant, error) {
	return func(ctx context.Context, b *bench) ([]contestant, error) {
		people, err := b.someone(ctx, b.sessions.crowd)
		if err != nil {
			return nil, err
		}
		requests := make([]request, len(people))
		for i, p := range people {
			requests[i] = operation(p.gatehouse, query, nil)
		}
		return []contestant{b.spreadOut(func(_, connections int) source { return newCycle(connections, errs, requests...) })}, nil
	}
}

// middlePage asks for a page in the middle of all accounts.
func middlePage(ctx context.Context, b *bench) ([]contestant, error) {
	query := fmt.Sprintf(`{ users(first: 50, after: %q) { nodes { id email roles } } }`, cursor(b.database.id(b.people/2)))
	return adminAsks(ctx, b, query)
}

// someoneSearched is the beginning of ten addresses in the middle.
func (b *bench) someoneSearched() string { return email(b.people / 2)[:len("person000000")] }

func search(ctx context.Context, b *bench) ([]contestant, error) {
	return adminAsks(ctx, b, fmt.Sprintf(`{ users(filter: { email: %q }) { nodes { id email } } }`, b.someoneSearched()))
}

// searchArguments are the pattern and how many accounts are read: one more than the page holds.
func searchArguments(b *bench) []string { return []string{b.someoneSearched() + "%", "21"} }

func adminAsks(ctx context.Context, b *bench, query string) ([]contestant, error) {
	admin, err := b.admin(ctx)
	if err != nil {
		return nil, err
	}
	r := operation(admin.gatehouse, query, nil)
	return []contestant{b.spreadOut(func(_, connections int) source { return newCycle(connections, errs, r) })}, nil
}

// refreshAll gives each replica sessions of its own.
func refreshAll(_ context.Context, b *bench) ([]contestant, error) {
	own := len(b.sessions.refresh) / len(b.serving)
	return []contestant{b.spreadOut(func(replica, connections int) source {
		return b.ourChain(b.sessions.refresh[replica*own:(replica+1)*own], connections)
	})}, nil
}

func ourLogin(ctx context.Context, b *bench) ([]contestant, error) {
	both, err := login(ctx, b)
	return both[:1], err
}
