package load

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Open sends rate requests per second at even intervals, whether or not earlier ones were answered,
// and measures each from the time at which it was due. So waiting for a busy server counts in full
// (no "coordinated omission"). At most workers requests are in progress, one for each of the
// source's workers.
func Open(ctx context.Context, url string, from Source, workers, rate int, d time.Duration) (Load, error) {
	client := NewClient(workers)
	defer client.CloseIdleConnections()
	return paced(ctx, workers, rate, d, func(worker int) error { return ask(ctx, client, url, from, worker) })
}

// paced makes calls at even intervals, for open.
func paced(ctx context.Context, workers, rate int, d time.Duration, call func(worker int) error) (Load, error) {
	due := make(chan time.Time, int(d.Seconds()*float64(rate))+1) // never blocks, so that nothing delays the schedule
	var mu sync.Mutex
	var ms []float64
	var failed error
	var running sync.WaitGroup
	began := time.Now()
	for w := range workers {
		running.Go(func() {
			for moment := range due {
				err := call(w)
				mu.Lock()
				ms, failed = append(ms, Milliseconds(time.Since(moment))), errors.Join(failed, err)
				mu.Unlock()
			}
		})
	}
	every := time.Second / time.Duration(rate)
	for moment := began; moment.Before(began.Add(d)) && ctx.Err() == nil; moment = moment.Add(every) {
		time.Sleep(time.Until(moment))
		due <- moment
	}
	close(due)
	running.Wait()
	return Of(ms, max(d, time.Since(began))), errors.Join(failed, ctx.Err())
}
