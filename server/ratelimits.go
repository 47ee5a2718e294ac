package main

import (
	"context"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/policy"
	"gatehouse/auth/token"
	"gatehouse/graph"
	"gatehouse/store/counts"
)

// limit puts together what counts uses of fields and failed logins, until ctx ends; both are nil where the settings want neither. Redis sees
// pseudonyms of addresses only.
func (d *deployment) limit(ctx context.Context, p *policy.Policy, secret token.Secret) (graph.Limiter, *auth.Attempts, error) {
	if d.settings.RateLimits == "off" {
		d.log.Warn("RATE_LIMITS=off: passwords may be guessed as fast as they are hashed")
		return nil, nil, nil
	}
	counted, err := counts.Open(counts.Options{URL: d.settings.RedisURL, Name: secret.Pseudonym, Log: d.log, Now: time.Now})
	if err != nil {
		return nil, nil, err
	}
	context.AfterFunc(ctx, func() { _ = counted.Close() })
	if _, _, err := counted.GetWithTime(ctx, "is Redis there?"); err != nil { // which logs it if not
		return nil, nil, err
	}
	limiter, err := counts.NewLimiter(counted, p.RateLimits())
	if err != nil {
		return nil, nil, err
	}
	failures, err := counted.Apart() // so that other uses can't make it forget who guesses
	if err != nil {
		return nil, nil, err
	}
	d.sharing = counted.Shared
	return limiter, &auth.Attempts{Counter: failures}, nil
}
