package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gatehouse/test/harness/process"
)

// The paths of the servers.
const (
	graphqlPath = "/graphql"
	plainPath   = "/plain"
)

// A contestant is one of those that a case compares.
type contestant struct {
	name      string
	processes []*process.Process // whose time is counted; none where that can't be known
	run       func(ctx context.Context, d time.Duration) (load, error)
}

// Who the contestants are.
const (
	gatehouseName = "Gatehouse"
	byHand        = "by hand"
	netHTTP       = "net/http alone"
	hashAlone     = "the hash alone"
	updateAlone   = "pgbench: the UPDATE alone"
)

// A trial is something that is asked of all its contestants in turn.
type trial struct {
	name  string
	asked string
	// enter readies the contestants for a round; Gatehouse is the first.
	enter func(ctx context.Context, b *bench) ([]contestant, error)
}

// The operations that are asked for.
const (
	viewerQuery  = `{ viewer { id roles scopes } }`
	meQuery      = `{ me { id email roles } }`
	usersQuery   = `{ users(first: 50) { nodes { id email roles } } }`
	refusedQuery = `{ viewer { id } users(first: 50) { nodes { email } } }`

	tokenFields = `{ accessToken refreshToken expiresIn }`
)

// rowsQuery asks for a thousand rows: a page has a hundred at most, so it has ten pages under ten names. That is within the limits of cost
// (5 fields for each row, 25 for each page) and of root fields.
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
		{"crowd", viewerQuery + " from many people in turn", crowd},
		{"me", meQuery, asAdmin(meQuery)},
		{"users", usersQuery, asAdmin(usersQuery)},
		{"rows", "10 pages of { users(first: 100) { nodes { id email roles } } }", asAdmin(rowsQuery())},
		{"refused", refusedQuery + " without the scope", refused},
		{"refresh", "mutation { refresh " + tokenFields + " }", refresh},
		{"login", "mutation { login " + tokenFields + " }, one after the other", login},
		{"flood", viewerQuery + ", 100 a second, while 16 connections log in", flood},
		{"mix", "80 % me, 15 % users, 4 % refresh, 1 % login, at a fixed rate", mix},
	}
}

// both are the two servers, asked the same by the same people; what they answer is compared before anything is measured.
func both(ctx context.Context, b *bench, query, wrong string, people ...*person) ([]contestant, error) {
	ours, theirs := make([]request, len(people)), make([]request, len(people))
	for i, p := range people {
		ours[i], theirs[i] = operation(p.gatehouse, query, nil), operation(p.yardstick, query, nil)
	}
	if err := b.sameAnswer(ctx, ours[0], theirs[0], wrong); err != nil {
		return nil, err
	}
	return []contestant{
		b.closed(gatehouseName, b.gatehouse, graphqlPath, newCycle(b.connections, wrong, ours...)),
		b.closed(byHand, b.yardstick, graphqlPath, newCycle(b.connections, wrong, theirs...)),
	}, nil
}

// errs is what stands in an answer that has errors.
const errs = `"errors"`

// sameAnswer is nil if both servers answer the same bytes. Where errors are asked for, they may say more or less about them.
func (b *bench) sameAnswer(ctx context.Context, ours, theirs request, wrong string) error {
	client := newClient(1)
	defer client.CloseIdleConnections()
	our, err := post(ctx, client, b.gatehouse.URL+graphqlPath, ours)
	if err != nil {
		return err
	}
	their, err := post(ctx, client, b.yardstick.URL+graphqlPath, theirs)
	if err != nil {
		return err
	}
	our, their = bytes.TrimSpace(our), bytes.TrimSpace(their)
	if wrong == "" {
		if !bytes.Contains(our, []byte("FORBIDDEN")) || !bytes.Contains(their, []byte("FORBIDDEN")) {
			return fmt.Errorf("refused is not what is answered: %.300s and %.300s", our, their)
		}
		return nil
	}
	if !bytes.Equal(our, their) || bytes.Contains(our, []byte(wrong)) {
		return fmt.Errorf("to %.100s the answers differ, or are none: %.300s and %.300s", ours.body, our, their)
	}
	return nil
}

// closed has every connection wait for its answer before it sends the next.
func (b *bench) closed(name string, p *process.Process, path string, from source) contestant {
	return contestant{name, []*process.Process{p}, func(ctx context.Context, d time.Duration) (load, error) {
		return b.generate(ctx, p.URL+path, from, b.connections, d)
	}}
}

func asAdmin(query string) func(context.Context, *bench) ([]contestant, error) {
	return func(ctx context.Context, b *bench) ([]contestant, error) {
		admin, err := b.admin(ctx)
		if err != nil {
			return nil, err
		}
		return both(ctx, b, query, errs, admin)
	}
}

// viewer has net/http by itself as well: nothing in Go answers faster.
func viewer(ctx context.Context, b *bench) ([]contestant, error) {
	pair, err := asAdmin(viewerQuery)(ctx, b)
	if err != nil {
		return nil, err
	}
	return append(pair, b.closed(netHTTP, b.yardstick, plainPath, newCycle(b.connections, "", operation("", viewerQuery, nil)))), nil
}

// crowd is viewer with a thousand tokens in turn.
func crowd(ctx context.Context, b *bench) ([]contestant, error) {
	people, err := b.someone(ctx, b.sessions.crowd)
	if err != nil {
		return nil, err
	}
	return both(ctx, b, viewerQuery, errs, people...)
}

func refused(ctx context.Context, b *bench) ([]contestant, error) {
	people, err := b.someone(ctx, b.sessions.crowd[:1])
	if err != nil {
		return nil, err
	}
	return both(ctx, b, refusedQuery, "", people...)
}

// refresh keeps its chains of tokens for the next round: each token works once.
func refresh(_ context.Context, b *bench) ([]contestant, error) {
	contestants := []contestant{
		b.closed(gatehouseName, b.gatehouse, graphqlPath, b.ourChain(b.sessions.refresh, b.connections)),
		b.closed(byHand, b.yardstick, graphqlPath, b.theirChain(b.sessions.refresh, b.connections)),
	}
	if b.pgbench != "" {
		contestants = append(contestants, contestant{updateAlone, nil, b.updates})
	}
	return contestants, nil
}

// login logs different people in over one connection, so that the latency is that of one login. Beside it stands the hash that it can't do
// without, one after the other too.
func login(_ context.Context, b *bench) ([]contestant, error) {
	from := b.logins(1)
	return []contestant{
		{gatehouseName, []*process.Process{b.gatehouse}, func(ctx context.Context, d time.Duration) (load, error) {
			return b.generate(ctx, b.gatehouse.URL+graphqlPath, from, 1, d)
		}},
		{hashAlone, nil, b.hashes},
	}, nil
}

// floodRate is how many requests a second are looked at while others log in.
const floodRate = 100

// flood counts no processor time, for nearly all of it is that of the logins.
func flood(ctx context.Context, b *bench) ([]contestant, error) {
	admin, err := b.admin(ctx)
	if err != nil {
		return nil, err
	}
	return []contestant{{gatehouseName, nil, func(ctx context.Context, d time.Duration) (load, error) {
		ended := make(chan error, 1)
		go func() {
			_, err := own(ctx, b.gatehouse.URL+graphqlPath, b.logins(b.connections), b.connections, d)
			ended <- err
		}()
		from := newCycle(b.connections, errs, operation(admin.gatehouse, viewerQuery, nil))
		l, err := open(ctx, b.gatehouse.URL+graphqlPath, from, b.connections, floodRate, d)
		return l, errors.Join(err, <-ended)
	}}}, nil
}

// mixWorkers is how many requests of the mix may be under way at once.
const mixWorkers = 64

func mix(ctx context.Context, b *bench) ([]contestant, error) {
	admin, err := b.admin(ctx)
	if err != nil {
		return nil, err
	}
	people, err := b.someone(ctx, b.sessions.crowd)
	if err != nil {
		return nil, err
	}
	me := make([]request, len(people))
	for i, p := range people {
		me[i] = operation(p.gatehouse, meQuery, nil)
	}
	from := newMixture(mixWorkers,
		share{newCycle(mixWorkers, errs, me...), 80},
		share{newCycle(mixWorkers, errs, operation(admin.gatehouse, usersQuery, nil)), 15},
		share{b.ourChain(b.sessions.mix, mixWorkers), 4},
		share{b.logins(mixWorkers), 1})
	return []contestant{{gatehouseName, []*process.Process{b.gatehouse}, func(ctx context.Context, d time.Duration) (load, error) {
		return open(ctx, b.gatehouse.URL+graphqlPath, from, mixWorkers, b.rate, d)
	}}}, nil
}
