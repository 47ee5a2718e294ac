package auth

import (
	"context"
	"slices"
)

// A guess is a login on its way.
type guess struct {
	attempts *Attempts
	tallies  []tally
}

// begin lets an attempt on the account with the canonical address begin, or returns a *LimitError.
func (p *Passwords) begin(ctx context.Context, key string) (*guess, error) {
	if p.Attempts == nil {
		return &guess{}, nil
	}
	network := exchange(ctx).Network()
	g := &guess{attempts: p.Attempts, tallies: []tally{onAccount(key), fromAddress(network)}}
	wait, err := p.Attempts.try(ctx, g.tallies...)
	if wait == 0 || err != nil {
		return g, err
	}
	home, err := p.home(ctx, key, network)
	if err != nil {
		return nil, err
	}
	if home {
		g.tallies = []tally{atHome(key, network)}
		wait, err = p.Attempts.try(ctx, g.tallies...)
	}
	if wait > 0 {
		return nil, &LimitError{After: wait}
	}
	return g, err
}

// home reports whether the account was logged in to from there before.
func (p *Passwords) home(ctx context.Context, key, network string) (bool, error) {
	addresses, err := p.Store.LoginAddresses(ctx, key)
	return slices.ContainsFunc(addresses, func(ip string) bool { return Sender{IP: ip}.Network() == network }), err
}

// end notes how it went: only a wrong password counts.
func (g *guess) end(ctx context.Context, wrong bool) error {
	ctx = context.WithoutCancel(ctx) // who hangs up has guessed all the same
	switch {
	case g.attempts == nil:
		return nil
	case wrong:
		return g.attempts.failed(ctx, g.tallies...)
	default:
		return g.attempts.passed(ctx, g.tallies...)
	}
}
