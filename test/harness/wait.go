package harness

import (
	"sync"
	"testing"
	"time"
)

// Eventually waits for something that another replica or process brings about.
func Eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// Together makes n calls that begin at the same moment, and waits for all of
// them.
func Together(n int, call func(i int)) {
	var calls, ready sync.WaitGroup
	begin := make(chan struct{})
	ready.Add(n)
	for i := range n {
		calls.Go(func() {
			ready.Done()
			<-begin
			call(i)
		})
	}
	ready.Wait()
	close(begin)
	calls.Wait()
}
