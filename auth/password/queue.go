package password

import (
	"context"
	"fmt"
)

// queue bounds how much work runs at once and how many callers wait for it.
type queue struct {
	places chan struct{} // one for each caller, whether it works or waits
	slots  chan struct{} // one for each that works
}

func newQueue(parallel, waiting int) (*queue, error) {
	if parallel < 1 || waiting < 0 {
		return nil, fmt.Errorf("queue of %d at once and %d waiting", parallel, waiting)
	}
	return &queue{
		places: make(chan struct{}, parallel+waiting),
		slots:  make(chan struct{}, parallel),
	}, nil
}

// load returns how many callers there are that work, and that wait.
func (q *queue) load() (working, waiting int) {
	working = len(q.slots)
	return working, max(len(q.places)-working, 0)
}

// do runs work when its turn comes, the callers in their order, and returns its error. If all places are taken it is ErrBusy
// at once; if ctx ends before the turn comes, its error. Work is not interrupted.
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
