package server

import (
	"context"

	"gatehouse/auth/attempts"
	"gatehouse/graph"
	"gatehouse/store/counts"
)

// rateLimits count uses of fields and failed logins.
type rateLimits struct {
	fields   graph.Limiter    // nil: uses of fields are not counted
	attempts attempts.Counter // nil: failed logins are not counted
	shared   func() bool      // whether replicas count together
}

// limits opens the counts, which are closed when background ends. Redis sees
// pseudonyms of email and IP addresses only.
func (d *Deployment) limits(ctx, background context.Context) (*rateLimits, error) {
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
	all.Ping(ctx)
	return &rateLimits{fields: all, attempts: all, shared: all.Shared}, nil
}
