package server

import (
	"context"

	"gatehouse/store/counts"
)

// counts opens what counts uses of fields and failed logins, until background
// ends; nil: nothing is counted. Redis sees pseudonyms of addresses only.
func (d *Deployment) counts(ctx, background context.Context) (*counts.Counts, error) {
	if !d.Settings.RateLimits {
		d.Log.Warn("RATE_LIMITS=off: passwords may be guessed as fast as they are hashed")
		return nil, nil //nolint:nilnil // nothing is counted, as the settings ask
	}
	c, err := counts.Open(counts.Options{
		URL: d.Settings.RedisURL, Name: d.Secrets.Current.Pseudonym, Log: d.Log, Now: d.now,
	})
	if err != nil {
		return nil, err
	}
	context.AfterFunc(background, func() { _ = c.Close() })
	c.Ping(ctx)
	return c, nil
}
