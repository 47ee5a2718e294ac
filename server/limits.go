package server

import (
	"context"

	"gatehouse/auth"
	"gatehouse/auth/policy"
	"gatehouse/graph"
	"gatehouse/store/counts"
)

// rateLimits are what counts uses of fields and failed logins.
type rateLimits struct {
	fields   graph.Limiter  // nil: uses of fields are not counted
	attempts *auth.Attempts // nil: failed logins are not counted
	shared   func() bool    // whether replicas count together
}

// limits puts together what counts, until background ends. Redis sees
// pseudonyms of addresses only.
func (d *Deployment) limits(ctx, background context.Context, p *policy.Policy) (*rateLimits, error) {
	if !d.Settings.RateLimits {
		d.Log.Warn("RATE_LIMITS=off: passwords may be guessed as fast as they are hashed")
		return &rateLimits{shared: func() bool { return false }}, nil
	}
	all, err := counts.Open(counts.Options{
		URL: d.Settings.RedisURL, Name: d.Secrets.Current.Pseudonym, Log: d.Log, Now: d.now,
	})
	if err != nil {
		return nil, err
	}
	context.AfterFunc(background, func() { _ = all.Close() })
	if _, _, err := all.GetWithTime(ctx, "is Redis there?"); err != nil { // which logs it if not
		return nil, err
	}
	fields, err := counts.NewLimiter(all, p.RateLimits())
	if err != nil {
		return nil, err
	}
	failures, err := all.Apart() // so that uses of fields can't push failed logins out of memory
	if err != nil {
		return nil, err
	}
	return &rateLimits{fields: fields, attempts: &auth.Attempts{Counter: failures}, shared: all.Shared}, nil
}
