package main

import (
	"context"
	"errors"
	"sync"
	"time"
)

// open sends so many requests a second at even intervals, whether the answers to those before have come or not, and measures each from the
// moment at which it should have been sent: what waits because the server was busy counts in full (no "coordinated omission"). At most
// workers requests are under way; each of the source's workers has one.
func open(ctx context.Context, url string, from source, workers, rate int, d time.Duration) (load, error) {
	client := newClient(workers)
	defer client.CloseIdleConnections()
	return paced(ctx, workers, rate, d, func(worker int) error { return ask(ctx, client, url, from, worker) })
}

// paced calls at even intervals as open sends.
func paced(ctx context.Context, workers, rate int, d time.Duration, call func(worker int) error) (load, error) {
	due := make(chan time.Time, int(d.Seconds()*float64(rate))+1) // never blocks, so that nothing shifts the moments
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
				ms, failed = append(ms, milliseconds(time.Since(moment))), errors.Join(failed, err)
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
	return loadOf(ms, max(d, time.Since(began))), errors.Join(failed, ctx.Err())
}
