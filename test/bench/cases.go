package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gatehouse/test/bench/load"
	"gatehouse/test/bench/report"
	"gatehouse/test/harness/process"
)

// The paths of the servers.
const (
	graphqlPath = "/graphql"
	plainPath   = "/plain"
)

// A contestant is one of those that a trial compares.
type contestant struct {
	name      string
	processes []*process.Process // whose CPU time is measured; none if unknown
	run       func(ctx context.Context, d time.Duration) (load.Load, error)
}

// A trial sends the same requests to all of its contestants in turn.
type trial struct {
	name  string
	asked string
	// prepare returns the contestants for a round. Gatehouse is the first.
	prepare func(ctx context.Context, b *bench) ([]contestant, error)
}

// The operations.
const (
	viewerQuery  = `{ viewer { id roles scopes } }`
	keyedQuery   = `{ viewer { id } }`
	meQuery      = `{ me { id email roles } }`
	usersQuery   = `{ users(first: 50) { nodes { id email roles } } }`
	refusedQuery = `{ viewer { id } users(first: 50) { nodes { email } } }`

	tokenFields = `{ accessToken refreshToken expiresIn }`
)

// rowsQuery returns a query for a thousand rows. A page has at most a hundred, so it selects ten
// pages under ten aliases. That is within the limits on cost (5 fields per row, 25 per page) and on
// root fields.
func rowsQuery() string {
	var b strings.Builder
	b.WriteString("{")
	for i := range 10 {
		fmt.Fprintf(&b, " p%d: users(first: 100) { nodes { id email roles } }", i)
	}
	b.WriteString(" }")
	return b.String()
}

func trials() []trial {
	return []trial{
		{"viewer", viewerQuery, viewer},
		{"crowd", viewerQuery + " from many users in turn", crowd},
		{"key", keyedQuery + " by API key", byKey},
		{"me", meQuery, asAdmin(meQuery)},
		{"users", usersQuery, asAdmin(usersQuery)},
		{"rows", "10 pages of { users(first: 100) { nodes { id email roles } } }", asAdmin(rowsQuery())},
		{"refused", refusedQuery + " without the scope", refused},
		{"refresh", "mutation { refresh " + tokenFields + " }", refresh},
		{"login", "mutation { login " + tokenFields + " }, sequentially", login},
		{"flood", viewerQuery + ", 100/s, while 16 connections log in", flood},
		{"mix", "80 % me, 15 % users, 4 % refresh, 1 % login, at a fixed rate", mix},
	}
}

// A rival is a server that takes the requests of a trial.
type rival struct {
	name       string
	process    *process.Process
	credential func(*user) string
}

// rivals returns Gatehouse and the server written by hand, in this order.
func (b *bench) rivals() []rival {
	return []rival{
		{report.Gatehouse, b.gatehouse, func(u *user) string { return u.gatehouse }},
		{report.ByHand, b.yardstick, func(u *user) string { return u.yardstick }},
	}
}

// compare returns the rivals, with the same requests by the same users. It first compares their
// answers.
func compare(ctx context.Context, b *bench, query, wrong string, rivals []rival, people ...*user) ([]contestant, error) {
	contestants := make([]contestant, len(rivals))
	answers := make([][]byte, len(rivals))
	for i, rival := range rivals {
		requests := make([]load.Request, len(people))
		for n, p := range people {
			requests[n] = load.Operation(rival.credential(p), query, nil)
		}
		var err error
		if answers[i], err = answer(ctx, rival.process.URL+graphqlPath, requests[0]); err != nil {
			return nil, err
		}
		if err := sameAnswer(query, answers[0], answers[i], wrong); err != nil {
			return nil, fmt.Errorf("%s: %w", rival.name, err)
		}
		contestants[i] = b.closedLoop(rival.name, rival.process, graphqlPath, load.NewCycle(b.connections, wrong, requests...), b.connections)
	}
	return contestants, nil
}

// answer returns the answer to one request.
func answer(ctx context.Context, url string, r load.Request) ([]byte, error) {
	client := load.NewClient(1)
	defer client.CloseIdleConnections()
	return load.Send(ctx, client, url, r)
}

// sameAnswer returns an error unless two answers to a query are the same bytes. If errors are
// expected, their text may differ.
func sameAnswer(query string, our, their []byte, wrong string) error {
	our, their = bytes.TrimSpace(our), bytes.TrimSpace(their)
	if wrong == "" {
		if !bytes.Contains(our, []byte("FORBIDDEN")) || !bytes.Contains(their, []byte("FORBIDDEN")) {
			return fmt.Errorf("the answers are not refusals: %.300s and %.300s", our, their)
		}
		return nil
	}
	if !bytes.Equal(our, their) || bytes.Contains(our, []byte(wrong)) {
		return fmt.Errorf("the answers to %.100s differ or have errors: %.300s and %.300s", query, our, their)
	}
	return nil
}

// closedLoop returns a contestant whose connections each wait for an answer before sending the next
// request.
func (b *bench) closedLoop(name string, p *process.Process, path string, from load.Source, connections int) contestant {
	return contestant{name, []*process.Process{p}, func(ctx context.Context, d time.Duration) (load.Load, error) {
		return b.generate(ctx, p.URL+path, from, connections, d)
	}}
}

// asAdmin also has Gatehouse without authorization.
func asAdmin(query string) func(context.Context, *bench) ([]contestant, error) {
	return func(ctx context.Context, b *bench) ([]contestant, error) {
		admin, err := b.admin(ctx)
		if err != nil {
			return nil, err
		}
		unguarded := rival{report.Unguarded, b.unguarded, func(u *user) string { return u.gatehouse }}
		return compare(ctx, b, query, load.Errors, append(b.rivals(), unguarded), admin)
	}
}

// viewer also has net/http alone, because nothing in Go answers faster.
func viewer(ctx context.Context, b *bench) ([]contestant, error) {
	contestants, err := asAdmin(viewerQuery)(ctx, b)
	if err != nil {
		return nil, err
	}
	return append(contestants, b.closedLoop(report.NetHTTP, b.yardstick, plainPath, load.NewCycle(b.connections, "", load.Operation("", viewerQuery, nil)), b.connections)), nil
}

// crowd is viewer with a thousand tokens in turn.
func crowd(ctx context.Context, b *bench) ([]contestant, error) {
	people, err := b.users(ctx, b.sessions.crowd)
	if err != nil {
		return nil, err
	}
	return compare(ctx, b, viewerQuery, load.Errors, b.rivals(), people...)
}

func refused(ctx context.Context, b *bench) ([]contestant, error) {
	people, err := b.users(ctx, b.sessions.crowd[:1])
	if err != nil {
		return nil, err
	}
	return compare(ctx, b, refusedQuery, "", b.rivals(), people...)
}

// refresh keeps its chains of tokens for the next round, because each token works once.
func refresh(_ context.Context, b *bench) ([]contestant, error) {
	contestants := []contestant{
		b.closedLoop(report.Gatehouse, b.gatehouse, graphqlPath, b.ourChain(b.sessions.refresh, b.connections), b.connections),
		b.closedLoop(report.ByHand, b.yardstick, graphqlPath, b.theirChain(b.sessions.refresh, b.connections), b.connections),
	}
	if b.pgbench != "" {
		contestants = append(contestants, contestant{report.UpdateAlone, nil, b.updates})
	}
	return contestants, nil
}

// login logs different users in over one connection, so that the latency is that of one login. Next
// to it is the hash that it needs, also sequentially.
func login(_ context.Context, b *bench) ([]contestant, error) {
	return []contestant{
		b.closedLoop(report.Gatehouse, b.gatehouse, graphqlPath, b.logins(1), 1),
		{report.HashAlone, nil, b.hashes},
	}, nil
}

// floodRate is the number of requests per second that are measured while others log in.
const floodRate = 100

// flood measures no CPU time, because nearly all of it is that of the logins.
func flood(ctx context.Context, b *bench) ([]contestant, error) {
	admin, err := b.admin(ctx)
	if err != nil {
		return nil, err
	}
	return []contestant{{report.Gatehouse, nil, func(ctx context.Context, d time.Duration) (load.Load, error) {
		ended := make(chan error, 1)
		go func() {
			_, err := load.Own(ctx, b.gatehouse.URL+graphqlPath, b.logins(b.connections), b.connections, d)
			ended <- err
		}()
		from := load.NewCycle(b.connections, load.Errors, load.Operation(admin.gatehouse, viewerQuery, nil))
		l, err := load.Open(ctx, b.gatehouse.URL+graphqlPath, from, b.connections, floodRate, d)
		return l, errors.Join(err, <-ended)
	}}}, nil
}

// mixWorkers is how many requests of the mix may be in progress.
const mixWorkers = 64

func mix(ctx context.Context, b *bench) ([]contestant, error) {
	admin, err := b.admin(ctx)
	if err != nil {
		return nil, err
	}
	people, err := b.users(ctx, b.sessions.crowd)
	if err != nil {
		return nil, err
	}
	me := make([]load.Request, len(people))
	for i, p := range people {
		me[i] = load.Operation(p.gatehouse, meQuery, nil)
	}
	from := load.NewMixture(mixWorkers,
		load.Share{Of: load.NewCycle(mixWorkers, load.Errors, me...), Many: 80},
		load.Share{Of: load.NewCycle(mixWorkers, load.Errors, load.Operation(admin.gatehouse, usersQuery, nil)), Many: 15},
		load.Share{Of: b.ourChain(b.sessions.mix, mixWorkers), Many: 4},
		load.Share{Of: b.logins(mixWorkers), Many: 1})
	return []contestant{{report.Gatehouse, []*process.Process{b.gatehouse}, func(ctx context.Context, d time.Duration) (load.Load, error) {
		return load.Open(ctx, b.gatehouse.URL+graphqlPath, from, mixWorkers, b.rate, d)
	}}}, nil
}
