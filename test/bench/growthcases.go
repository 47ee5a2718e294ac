package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"gatehouse/test/bench/load"
	"gatehouse/test/bench/report"
)

// A growthTrial is a trial whose cost may depend on the number of accounts.
type growthTrial struct {
	trial
	replicated bool // it is also run on several replicas
	// arguments returns the values for a statement that is planned for its values; nil if all
	// statements are planned for any values.
	arguments func(b *bench) []string
}

// values returns the arguments, if any.
func (t growthTrial) values(b *bench) []string {
	if t.arguments == nil {
		return nil
	}
	return t.arguments(b)
}

func growthTrials() []growthTrial {
	return []growthTrial{
		{trial: trial{"viewer", viewerQuery + " from many users in turn", fromManyUsers(viewerQuery)}, replicated: true},
		{trial: trial{"me", meQuery + " from many users in turn", fromManyUsers(meQuery)}, replicated: true},
		{trial: trial{"users", "{ users(first: 50, after: the middle) { nodes { id email roles } } }", middlePage}},
		{trial: trial{"search", `{ users(filter: { email: "..." }) { nodes { id email } } }`, search}, arguments: searchArguments},
		{trial: trial{"refresh", "mutation { refresh " + tokenFields + " }", refreshAll}, replicated: true},
		{trial: trial{"login", "mutation { login " + tokenFields + " }, sequentially", ourLogin}},
	}
}

// acrossReplicas loads all replicas at once, each over its part of the connections. That is what a
// load balancer that counts connections does, without its share of the machine. The latencies are
// those of the slowest replica.
func (b *bench) acrossReplicas(from func(replica, connections int) load.Source) contestant {
	each := max(1, b.connections/len(b.serving))
	sources := make([]load.Source, len(b.serving))
	for i := range sources {
		sources[i] = from(i, each)
	}
	return contestant{report.Gatehouse, b.serving, func(ctx context.Context, d time.Duration) (load.Load, error) {
		type outcome struct {
			load load.Load
			err  error
		}
		outcomes := make(chan outcome, len(b.serving))
		for i, p := range b.serving {
			go func() {
				l, err := b.generate(ctx, p.URL+graphqlPath, sources[i], each, d)
				outcomes <- outcome{l, err}
			}()
		}
		var sum load.Load
		var err error
		for range b.serving {
			o := <-outcomes
			sum, err = sum.And(o.load), errors.Join(err, o.err)
		}
		return sum, err
	}}
}

func fromManyUsers(query string) func(context.Context, *bench) ([]contestant, error) {
	return func(ctx context.Context, b *bench) ([]contestant, error) {
		people, err := b.users(ctx, b.sessions.crowd)
		if err != nil {
			return nil, err
		}
		requests := make([]load.Request, len(people))
		for i, p := range people {
			requests[i] = load.Operation(p.gatehouse, query, nil)
		}
		return []contestant{b.acrossReplicas(func(_, connections int) load.Source { return load.NewCycle(connections, load.Errors, requests...) })}, nil
	}
}

// middlePage requests a page in the middle of all accounts.
func middlePage(ctx context.Context, b *bench) ([]contestant, error) {
	query := fmt.Sprintf(`{ users(first: 50, after: %q) { nodes { id email roles } } }`, cursor(b.database.id(b.people/2)))
	return fromAdmin(ctx, b, query)
}

// searchPrefix is a prefix of ten email addresses in the middle.
func (b *bench) searchPrefix() string { return email(b.people / 2)[:len("user000000")] }

func search(ctx context.Context, b *bench) ([]contestant, error) {
	return fromAdmin(ctx, b, fmt.Sprintf(`{ users(filter: { email: %q }) { nodes { id email } } }`, b.searchPrefix()))
}

// searchArguments returns the pattern and the number of accounts to read, one more than the page
// has.
func searchArguments(b *bench) []string { return []string{b.searchPrefix() + "%", "21"} }

func fromAdmin(ctx context.Context, b *bench, query string) ([]contestant, error) {
	admin, err := b.admin(ctx)
	if err != nil {
		return nil, err
	}
	r := load.Operation(admin.gatehouse, query, nil)
	return []contestant{b.acrossReplicas(func(_, connections int) load.Source { return load.NewCycle(connections, load.Errors, r) })}, nil
}

// refreshAll gives each replica its own sessions.
func refreshAll(_ context.Context, b *bench) ([]contestant, error) {
	own := len(b.sessions.refresh) / len(b.serving)
	return []contestant{b.acrossReplicas(func(replica, connections int) load.Source {
		return b.ourChain(b.sessions.refresh[replica*own:(replica+1)*own], connections)
	})}, nil
}

func ourLogin(ctx context.Context, b *bench) ([]contestant, error) {
	both, err := login(ctx, b)
	return both[:1], err
}

// cursor returns the cursor of an account in the connection users: the bytes of its id.
func cursor(id string) string {
	raw := uuid.MustParse(id)
	return base64.RawURLEncoding.EncodeToString(raw[:])
}
