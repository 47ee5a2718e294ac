package main

import (
	"sync"
	"time"
)

// busy says every few seconds what takes so long, until the function it returns is called; a second call does nothing.
func (t *session) busy(doing string) (done func()) {
	stop := make(chan struct{})
	var saying sync.WaitGroup
	start := t.now()
	saying.Go(func() {
		tick := time.NewTicker(t.patience)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				t.note("%s, for %s now", doing, t.now().Sub(start).Round(time.Second))
			}
		}
	})
	return sync.OnceFunc(func() {
		close(stop)
		saying.Wait()
	})
}
