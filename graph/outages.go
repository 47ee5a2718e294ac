package graph

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"gatehouse/auth"
)

// outageEvery is the shortest time between two warnings of the same cause.
const outageEvery = 10 * time.Second

// outages logs why requests are answered UNAVAILABLE. There may be a flood of them, so
// each cause is logged now and then only.
type outages struct {
	now func() time.Time

	mu     sync.Mutex
	causes map[string]*outage // there are few: a cause is a kind of error
}

// An outage is what is known of a cause.
type outage struct {
	logged  time.Time
	skipped int // errors since then
}

// log warns of an error.
func (o *outages) log(ctx context.Context, log *slog.Logger, err error) {
	cause := auth.TimedOut
	if known := new(auth.UnavailableError); errors.As(err, &known) {
		cause = known.Cause
	}
	if skipped, due := o.due(cause); due {
		log.WarnContext(ctx, "unavailable", slog.String("request_id", requestID(ctx)), slog.String("cause", cause),
			slog.Int("not_logged", skipped))
	}
}

// due reports whether the cause may be logged, and how often it was not since then.
func (o *outages) due(cause string) (skipped int, due bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	last, now := o.causes[cause], o.now()
	if last != nil && now.Sub(last.logged) < outageEvery {
		last.skipped++
		return 0, false
	}
	if last != nil {
		skipped = last.skipped
	}
	o.causes[cause] = &outage{logged: now}
	return skipped, true
}
