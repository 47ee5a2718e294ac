package edge

import (
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"
)

// bodyPerPlace is how many bytes of body a request may have for each place it
// takes. Reading, parsing and queueing a body takes a few times its size.
const bodyPerPlace = 16 << 10

// An InFlight bounds how many requests are worked on at once, so that a flood
// is answered before it takes the memory. A request takes a place, and one more
// for each 16 KB of its body; a request that finds none is turned away.
//
// It is not a weighted semaphore because the limit depends on the request: large
// requests may fill half of the places only, however many small ones wait.
type InFlight struct {
	places int64 // in all
	body   int64 // bytes of the largest body, also assumed for one of unknown size or that is compressed
	warned sampler
	log    *slog.Logger

	taken atomic.Int64 // places
	shed  atomic.Int64 // requests
}

// NewInFlight returns a limiter with that many places. body is the size of the
// largest body that is read, in bytes.
func NewInFlight(places, body int, log *slog.Logger, now func() time.Time) *InFlight {
	return &InFlight{places: int64(places), body: int64(body), log: log, warned: sampler{now: now}}
}

// Taken returns how many places are taken.
func (f *InFlight) Taken() int64 { return f.taken.Load() }

// Shed returns how many requests were turned away.
func (f *InFlight) Shed() int64 { return f.shed.Load() }

// cost returns how many places a request takes.
func (f *InFlight) cost(r *http.Request) int64 {
	size := r.ContentLength
	if size < 0 || size > f.body || r.Header.Get("Content-Encoding") != "" && size > 0 {
		size = f.body // no more than that is read
	}
	return 1 + size/bodyPerPlace
}

// most returns up to how many taken places a request of that cost is let in.
// Large requests get half, so that they can't keep out the small ones. A single
// request is let in, however large it is.
func (f *InFlight) most(cost int64) int64 {
	if cost == 1 {
		return f.places
	}
	return max(f.places/2, cost)
}

// Limit passes requests on to next while there are places, and others to full.
func (f *InFlight) Limit(next, full http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cost := f.cost(r)
		if f.taken.Add(cost) > f.most(cost) {
			f.taken.Add(-cost) // at once: this client may be slow to read its answer
			f.shed.Add(1)
			if f.warned.due() {
				f.log.Warn("more requests at once than MAX_REQUESTS_IN_FLIGHT: some are answered UNAVAILABLE",
					slog.Int64("in_all", f.shed.Load()))
			}
			full.ServeHTTP(w, r)
			return
		}
		defer f.taken.Add(-cost)
		next.ServeHTTP(w, r)
	})
}

// sampleEvery is the shortest time between two warnings of a sampler.
const sampleEvery = 10 * time.Second

// A sampler keeps a flood from filling the log with warnings.
type sampler struct {
	now  func() time.Time
	last atomic.Int64 // when a warning was logged, in seconds since 1970
}

// due reports whether a warning may be logged again. Of concurrent callers one
// only is told so.
func (s *sampler) due() bool {
	now, last := s.now().Unix(), s.last.Load()
	return now-last >= int64(sampleEvery/time.Second) && s.last.CompareAndSwap(last, now)
}
