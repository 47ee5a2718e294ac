package server

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"gatehouse/auth"
)

// How often a replica checks whether the database can be written, and how long that
// may take.
const (
	writableEvery   = time.Second
	writableTimeout = 2 * time.Second
)

// watchWrites checks whether the database can be written, until ctx ends.
func (d *Deployment) watchWrites(ctx context.Context) {
	tick := time.NewTicker(writableEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			d.checkWritable(ctx)
		}
	}
}

// checkWritable notes why nothing can be written, and logs when that begins and ends.
func (d *Deployment) checkWritable(ctx context.Context) {
	check, cancel := context.WithTimeout(ctx, writableTimeout)
	defer cancel()
	err := d.Store.CheckWritable(check)
	if ctx.Err() != nil {
		return
	}
	var reason *notReadyError
	if err != nil {
		cause := "another error"
		if known := new(auth.UnavailableError); errors.As(err, &known) {
			cause = known.Cause
		}
		reason = &notReadyError{"the database can't be written: " + cause}
	}
	d.outages.checked(d.clock.Elapsed(), reason == nil, d.Settings.ReplayWindow)
	before := d.unwritable.Swap(reason)
	switch {
	case reason != nil && (before == nil || before.reason != reason.reason):
		d.Log.Warn("the database can't be written: requests that write are answered UNAVAILABLE", slog.String("error", err.Error()))
	case reason == nil && before != nil:
		d.Log.Info("the database can be written again")
	}
}
