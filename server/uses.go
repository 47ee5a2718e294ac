package server

import (
	"context"
	"log/slog"
	"time"
)

// usesEvery is how often the last uses of API keys are written to the database, and
// usesTimeout how long that may take.
const (
	usesEvery   = time.Minute
	usesTimeout = 5 * time.Second
)

// noteUses writes the last uses of API keys now and then, until ctx ends.
func (srv *Server) noteUses(ctx context.Context) {
	tick := time.NewTicker(usesEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			srv.flushUses()
		}
	}
}

// flushUses writes the last uses of API keys. If that fails, they are written next time.
func (srv *Server) flushUses() {
	if srv.apiKeys == nil { // the start failed
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), usesTimeout)
	defer cancel()
	if err := srv.apiKeys.Flush(ctx); err != nil {
		srv.deployment.Log.Warn("the last uses of API keys", slog.String("error", err.Error()))
	}
}
