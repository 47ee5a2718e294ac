package server

import (
	"sync"
	"time"
)

// longestOutage bounds for how long an outage lets a refresh be repeated.
const longestOutage = 5 * time.Minute

// outages remembers when the database could not be written. A client whose answer was
// lost when an outage began can repeat its refresh only after it, so the replay window
// does not pass meanwhile. Times are the clock's Elapsed.
type outages struct {
	mu          sync.Mutex
	wrote       time.Duration // when it could last be written
	lasts       bool
	from, until time.Duration // of the outage that lasts, or of the last one
}

// checked notes whether the database can be written. An outage that begins within the
// replay window of the one before continues it.
func (o *outages) checked(now time.Duration, writable bool, window time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case writable && o.lasts:
		o.lasts, o.until = false, now
	case !writable && !o.lasts:
		if o.until == 0 || now-o.until > window {
			o.from = o.wrote
		}
		o.lasts = true
	}
	if writable {
		o.wrote = now
	}
}

// extra is by how much the replay window is longer now.
func (o *outages) extra(now, window time.Duration) time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.lasts:
		return min(now-o.from, longestOutage)
	case o.until > 0 && now-o.until <= window:
		return min(o.until-o.from, longestOutage)
	}
	return 0
}
