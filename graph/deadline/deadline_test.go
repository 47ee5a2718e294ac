package deadline

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"
)

type keyOfTest struct{}

// A Context ends as any context does: in time, with its parent, or when it is
// cancelled, and so do the contexts below it.
func TestDeadline(t *testing.T) {
	ends := map[string]struct {
		end   func(ctx *Context, parent, end func())
		after time.Duration
		want  error
	}{
		"after a while":   {func(*Context, func(), func()) {}, 20 * time.Millisecond, context.DeadlineExceeded},
		"at once":         {func(*Context, func(), func()) {}, -time.Hour, context.DeadlineExceeded},
		"with its parent": {func(_ *Context, parent, _ func()) { parent() }, time.Hour, context.Canceled},
		"by itself":       {func(_ *Context, _, end func()) { end() }, time.Hour, context.Canceled},
	}
	for name, tt := range ends {
		for _, waiting := range []bool{true, false} { // before it ends, or only afterwards
			parent, cancel := context.WithCancel(context.WithValue(t.Context(), keyOfTest{}, "x"))
			ctx, end := With(parent, tt.after)
			below := context.Context(ctx)
			if waiting {
				goroutines := runtime.NumGoroutine()
				var stop context.CancelFunc
				below, stop = context.WithCancel(ctx)
				defer stop()
				if n := runtime.NumGoroutine(); n > goroutines && name != "at once" {
					t.Errorf("%s: %d goroutines were started", name, n-goroutines)
				}
			}
			tt.end(ctx, cancel, end)
			select {
			case <-below.Done():
			case <-time.After(30 * time.Second):
				t.Fatalf("%s: it does not end", name)
			}
			if !errors.Is(below.Err(), tt.want) || !errors.Is(ctx.Err(), tt.want) {
				t.Errorf("%s, waiting %t: %v above %v, want %v", name, waiting, ctx.Err(), below.Err(), tt.want)
			}
			if _, ok := ctx.Deadline(); ok != (waiting || name != "by itself") || ctx.Value(keyOfTest{}) != "x" || below.Value(keyOfTest{}) != "x" {
				t.Errorf("%s: has a deadline: %t, and %v", name, ok, ctx.Value(keyOfTest{}))
			}
			end()
			end()
			cancel()
		}
	}
	parent, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	soon, _ := parent.Deadline()
	ctx, end := With(parent, 2*time.Hour)
	defer end()
	if at, _ := ctx.Deadline(); !at.Equal(soon) || ctx.Err() != nil {
		t.Errorf("until %v, when the parent ends at %v", at, soon)
	}
}

// A deadline that is not waited for has no timer.
func TestDeadlineWithoutTimer(t *testing.T) {
	parent, cancel := context.WithCancel(t.Context())
	defer cancel()
	if n := testing.AllocsPerRun(100, func() {
		ctx, end := With(parent, time.Hour)
		_ = ctx.Value(keyOfTest{})
		end()
	}); n > 2 {
		t.Errorf("%v allocations", n)
	}
}
