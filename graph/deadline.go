package graph

import (
	"context"
	"sync"
	"time"
)

// A deadline is a context that ends after a while. Other than that of context.WithTimeout it has a timer, and its parent knows of it, only once
// somebody waits for its end, which is also when the while begins: many operations are done before anybody does.
type deadline struct {
	context.Context
	after time.Duration

	mu     sync.Mutex
	waited context.Context // set once, by whoever comes first: who waits or who ends it
	stop   context.CancelFunc
}

// withDeadline returns a context that ends after a while, or with its parent. end must be called.
func withDeadline(parent context.Context, after time.Duration) (ctx *deadline, end func()) {
	d := &deadline{Context: parent, after: after}
	return d, d.end
}

// over is a context that has ended.
var over = func() context.Context {
	ctx, end := context.WithCancel(context.Background())
	end()
	return ctx
}()

// wait is the context by which the end is told.
func (d *deadline) wait() context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waited == nil {
		d.waited, d.stop = context.WithTimeout(d.Context, d.after)
	}
	return d.waited
}

func (d *deadline) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waited == nil {
		d.waited = over
	} else if d.stop != nil {
		d.stop()
	}
}

// Deadline returns when the context ends.
func (d *deadline) Deadline() (time.Time, bool) { return d.wait().Deadline() }

// Done is closed when the context has ended.
func (d *deadline) Done() <-chan struct{} { return d.wait().Done() }

// Err says why the context has ended, nil while it has not.
func (d *deadline) Err() error { return d.wait().Err() }

// Value returns what the parent has. Where somebody waits, package context finds the context by which it is told, and needs no goroutine to pass
// the end on.
func (d *deadline) Value(key any) any {
	d.mu.Lock()
	told := d.waited
	d.mu.Unlock()
	if told != nil && told != over {
		return told.Value(key)
	}
	return d.Context.Value(key)
}
