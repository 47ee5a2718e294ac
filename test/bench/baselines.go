package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"gatehouse/test/bench/load"
)

// ourChain refreshes these sessions of the service, each from its current token.
func (b *bench) ourChain(sessions []int, workers int) *load.Chain {
	return refreshChain(workers, linked(b.ours, sessions, func(i int) string {
		token, err := b.secrets.IssueRefresh(b.database.id(i), 0, seed(i))
		if err != nil {
			panic(err) // the ids and seeds are valid
		}
		return token
	}))
}

// theirChain does the same for the hand-written server.
func (b *bench) theirChain(sessions []int, workers int) *load.Chain {
	return refreshChain(workers, linked(b.theirs, sessions, func(i int) string { return b.database.id(i) + "." + yardstickSecret(i) }))
}

// refreshChain refreshes sessions of either server.
func refreshChain(workers int, sessions []*load.Link) *load.Chain {
	return load.NewChain(workers, sessions, func(token string) load.Request { return refreshOperation(token, tokenFields) }, "refreshToken")
}

// linked returns the known links of the sessions, and creates missing ones with the session's first
// token.
func linked(known map[int]*load.Link, sessions []int, first func(int) string) []*load.Link {
	links := make([]*load.Link, len(sessions))
	for n, i := range sessions {
		if known[i] == nil {
			known[i] = &load.Link{Token: first(i)}
		}
		links[n] = known[i]
	}
	return links
}

// logins logs different users in, so that no login waits for another's row, and no account has too
// many sessions soon.
func (b *bench) logins(workers int) load.Source {
	const most = 1000
	var requests []load.Request
	step := max(1, b.people/most)
	for i := 0; i < b.people; i += step {
		requests = append(requests, loginOperation(email(i), userPassword, tokenFields))
	}
	return load.NewCycle(workers, load.Errors, requests...)
}

// hashes verifies a password repeatedly, in this process.
func (b *bench) hashes(ctx context.Context, d time.Duration) (load.Load, error) {
	var ms []float64
	began := time.Now()
	for len(ms) == 0 || time.Since(began) < d && ctx.Err() == nil {
		at := time.Now()
		match, _, err := b.hasher.Verify(ctx, userPassword, b.database.hash)
		if err != nil || !match {
			return load.Load{}, errors.Join(err, errors.New("the hash does not match"))
		}
		ms = append(ms, load.Milliseconds(time.Since(at)))
	}
	return load.Of(ms, time.Since(began)), ctx.Err()
}

// updates has pgbench update one row of a session repeatedly, with a prepared statement, over the
// same number of connections.
func (b *bench) updates(ctx context.Context, d time.Duration) (load.Load, error) {
	path := filepath.Join(b.dir, "refresh.sql")
	text := fmt.Sprintf(`\set i random(0, %d)
UPDATE yardstick_sessions SET refreshed_at = now() WHERE id = ('%s' || lpad(to_hex(:i::bigint), 12, '0'))::uuid;
`, b.database.people-1, b.database.prefix)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return load.Load{}, err
	}
	return load.Pgbench(ctx, b.pgbench, path, b.database.dsn, b.connections, d)
}
