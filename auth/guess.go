package auth

import (
	"context"
	"slices"
	"time"
)

// A guess is an attempt on its way.
type guess struct {
	attempts *Attempts
	tallies  []tally // that it counts in
	later    []tally // that it counts in, once it failed
}

// login lets a login to the account with the canonical address begin, or returns a *LimitError.
func (p *Passwords) login(ctx context.Context, key string) (*guess, error) {
	if p.Attempts == nil {
		return &guess{}, nil
	}
	site := exchange(ctx).Site()
	place := inPlace(key, site)
	unsuspected, err := p.Attempts.few(ctx, place)
	if err != nil {
		return nil, err
	}
	tallies := []tally{place, onAccount(key), ofPlace(site)}
	if unsuspected {
		tallies[1] = fromNew(key)
	}
	g, wait, err := p.Attempts.begin(ctx, tallies...)
	if unsuspected {
		g.later = []tally{onAccount(key)}
	}
	if wait == 0 || err != nil {
		return g, err
	}
	home, err := p.home(ctx, key, site)
	if err == nil && home {
		g, wait, err = p.Attempts.begin(ctx, place)
	}
	if err == nil && wait > 0 {
		err = &LimitError{After: wait}
	}
	return g, err
}

// confirmation lets the caller's confirmation by a password begin, or returns a *LimitError.
func (p *Passwords) confirmation(ctx context.Context, userID string) (*guess, error) {
	if p.Attempts == nil {
		return &guess{}, nil
	}
	session := ""
	if c := Caller(ctx); c != nil && c.SessionID != nil {
		session = *c.SessionID
	}
	g, wait, err := p.Attempts.begin(ctx, ofSession(userID, session))
	if err == nil && wait > 0 {
		err = &LimitError{After: wait}
	}
	return g, err
}

// begin is try, for a guess.
func (a *Attempts) begin(ctx context.Context, tallies ...tally) (*guess, time.Duration, error) {
	wait, err := a.try(ctx, tallies...)
	return &guess{attempts: a, tallies: tallies}, wait, err
}

// home reports whether the account was used from there before.
func (p *Passwords) home(ctx context.Context, key, site string) (bool, error) {
	addresses, err := p.Store.LoginAddresses(ctx, key)
	return slices.ContainsFunc(addresses, func(ip string) bool { return Sender{IP: ip}.Site() == site }), err
}

// end notes how it went: only a wrong password counts.
func (g *guess) end(ctx context.Context, wrong bool) error {
	ctx = context.WithoutCancel(ctx) // who hangs up has guessed all the same
	switch {
	case g.attempts == nil:
		return nil
	case wrong:
		return g.attempts.failed(ctx, g.later...)
	default:
		return g.attempts.passed(ctx, g.tallies...)
	}
}
