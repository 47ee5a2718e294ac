package counts

import (
	"context"
	"fmt"
	"time"

	"github.com/throttled/throttled/v2"

	"gatehouse/auth/policy"
)

// swapsMost is how often a count is tried again because somebody else counted at the same moment.
const swapsMost = 1000

// A Limiter counts the uses of what a schema limits, by the generic cell rate algorithm (ITU-T I.371).
type Limiter struct {
	limits map[*policy.RateLimit]*throttled.GCRARateLimiterCtx
}

// NewLimiter returns a limiter for the limits of a schema.
func NewLimiter(c *Counts, limits []*policy.RateLimit) (*Limiter, error) {
	l := &Limiter{limits: map[*policy.RateLimit]*throttled.GCRARateLimiterCtx{}}
	for _, limit := range limits {
		quota := throttled.RateQuota{MaxRate: throttled.PerDuration(limit.Limit, limit.Per), MaxBurst: limit.Limit - 1}
		gcra, err := throttled.NewGCRARateLimiterCtx(c, quota)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", limit.Coordinate, err)
		}
		gcra.SetMaxCASAttemptsLimit(swapsMost)
		l.limits[limit] = gcra
	}
	return l, nil
}

// Allow counts one use, told apart from others by the key, and returns 0; if there were too many it counts nothing, and returns how long to
// wait. An error is a limit of another schema, or so many uses at once that this one could not be counted.
func (l *Limiter) Allow(ctx context.Context, limit *policy.RateLimit, key string) (time.Duration, error) {
	gcra := l.limits[limit]
	if gcra == nil {
		return 0, fmt.Errorf("%s: its limit is not one that is counted", limit.Coordinate)
	}
	limited, result, err := gcra.RateLimitCtx(ctx, limit.Coordinate+" "+limit.String()+" "+key, 1)
	if err != nil || !limited {
		return 0, err
	}
	return max(result.RetryAfter, time.Nanosecond), nil
}
