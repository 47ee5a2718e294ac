package password

import (
	"context"
	"fmt"
)

// queue limits how much work runs at once and how many callers wait for it.
type queue struct {
	places chan struct{} // one for each caller
	slots  chan struct{} // one for each caller that works
}

func newQueue(parallel, waiting int) (*queue, error) {
	if parallel < 1 || waiting < 0 {
		return nil, fmt.Errorf("invalid queue: %d parallel, %d waiting", parallel, waiting)
	}
	return &queue{
		places: make(chan struct{}, parallel+waiting),
		slots:  make(chan struct{}, parallel),
	}, nil
}

// load returns how many callers work and how many wait.
func (q *queue) load() (working, waiting int) {
	working = len(q.slots)
	return working, max(len(q.places)-working, 0)
}

// do runs work in its turn, first come, first served, and returns its error. It
// returns [ErrBusy] at once if all places are taken, and the error of a ctx
// that ends before the turn comes. It doesn't interrupt work.
func (q *queue) do(ctx context.Context, work func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case q.places <- struct{}{}:
		defer func() { <-q.places }()
	default:
		return ErrBusy
	}
	select {
	case q.slots <- struct{}{}:
		defer func() { <-q.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return work()
}
