package replicas_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"gatehouse/store/storetest"
)

// TestKilledBetweenUpdateAndAnswer kills a replica, a hundred times, when a refresh has been written down and not been answered. The client still has
// the token that was replaced, and goes on with it at another replica.
func TestKilledBetweenUpdateAndAnswer(t *testing.T) {
	t.Parallel()
	dsn := storetest.DSN(t)
	db := database(t, dsn)
	other := deploy(t, dsn, 1)[0].connect(t)
	have := in(t)(other.register(t.Context(), "ada@example.com", password))
	n := rounds(100)
	begun, count := time.Now(), 0
	ready := spares(t.Context(), t, dsn, n)
	for round := range n {
		victim := <-ready
		if victim.err != nil {
			t.Fatal(victim.err)
		}
		c := victim.connect(t)
		victim.gate.shut.Store(true)
		answered := make(chan string, 1)
		go func() {
			_, code, err := c.refresh(t.Context(), have.Refresh)
			if err == nil {
				answered <- code
			}
			close(answered)
		}()
		await(t, "the refresh is written down", func() bool { return counter(t, db, have) == count+1 })
		victim.kill()
		if code, ok := <-answered; ok {
			t.Fatalf("round %d: the refresh was answered %q, so nothing was lost", round, code)
		}
		victim.gate.close()

		next := in(t)(other.refresh(t.Context(), have.Refresh))
		if got := counter(t, db, have); got != count+1 || next.Refresh == have.Refresh {
			t.Fatalf("round %d: the retry led the session from %d to %d", round, count, got)
		}
		have = in(t)(other.refresh(t.Context(), next.Refresh))
		done(t)(other.me(t.Context(), have.Access))
		count += 2
	}
	t.Logf("%d answers were lost, in %v", n, time.Since(begun))
}

// await waits for something that is seen from the side.
func await(t testing.TB, what string, there func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !there(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// through is a replica behind a gate of its own.
type through struct {
	*replica
	gate *gate
	err  error // why there is none
}

// spares starts replicas behind gates, each when the one before was taken, until ctx ends.
func spares(ctx context.Context, t testing.TB, dsn string, n int) <-chan through {
	all := make([]through, n)
	for i := range all {
		all[i].gate = newGate(t, dsn)
		all[i].replica = newReplica(t, "spare", all[i].gate.dsn)
	}
	ready := make(chan through)
	var starts sync.WaitGroup
	starts.Go(func() {
		for _, s := range all {
			s.err = s.start()
			select {
			case ready <- s:
			case <-ctx.Done():
				return
			}
		}
	})
	t.Cleanup(starts.Wait)
	return ready
}
