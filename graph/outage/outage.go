// Package outage logs why requests are answered UNAVAILABLE.
package outage

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"gatehouse/auth"
)

// every is the shortest time between two warnings of the same cause.
const every = 10 * time.Second

// A Log logs why requests are answered UNAVAILABLE. There may be a flood of them, so each cause
// is logged now and then only.
type Log struct {
	log *slog.Logger
	now func() time.Time

	mu     sync.Mutex
	causes map[string]*outage // there are few: a cause is a kind of error
}

// New returns a Log that writes to log.
func New(log *slog.Logger, now func() time.Time) *Log {
	return &Log{log: log, now: now, causes: map[string]*outage{}}
}

// An outage is what is known of a cause.
type outage struct {
	logged  time.Time
	skipped int // errors since then
}

// Warn warns of an error that a request met.
func (o *Log) Warn(ctx context.Context, requestID string, err error) {
	cause := auth.TimedOut
	if known := new(auth.UnavailableError); errors.As(err, &known) {
		cause = known.Cause
	}
	if skipped, due := o.due(cause); due {
		o.log.WarnContext(ctx, "unavailable", slog.String("request_id", requestID), slog.String("cause", cause),
			slog.Int("not_logged", skipped))
	}
}

// due reports whether the cause may be logged, and how often it was not since then.
func (o *Log) due(cause string) (skipped int, due bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	last, now := o.causes[cause], o.now()
	if last != nil && now.Sub(last.logged) < every {
		last.skipped++
		return 0, false
	}
	if last != nil {
		skipped = last.skipped
	}
	o.causes[cause] = &outage{logged: now}
	return skipped, true
}
