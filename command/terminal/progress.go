package terminal

import (
	"sync"
	"time"
)

// Progress reports every few seconds what takes so long, until done is called.
// Calling done again does nothing.
func (t *Terminal) Progress(doing string) (done func()) {
	stop := make(chan struct{})
	var reporting sync.WaitGroup
	reporting.Go(func() {
		tick := time.NewTicker(t.ProgressEvery)
		defer tick.Stop()
		for elapsed := t.ProgressEvery; ; elapsed += t.ProgressEvery {
			select {
			case <-stop:
				return
			case <-tick.C:
				t.Warnf("%s, for %s now", doing, elapsed.Round(time.Second))
			}
		}
	})
	return sync.OnceFunc(func() {
		close(stop)
		reporting.Wait()
	})
}
