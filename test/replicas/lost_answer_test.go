package replicas_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

// TestKilledBetweenUpdateAndAnswer kills a replica when it has stored a refresh
// and not answered it, a hundred times. The client still has the replaced token
// and continues with it at another replica.
func TestKilledBetweenUpdateAndAnswer(t *testing.T) {
	t.Parallel()
	dsn := storetest.DSN(t)
	db := database(t, dsn)
	other := deploy(t, dsn, 1)[0].connect(t)
	have := granted(t)(other.register(t.Context(), harness.AdaEmail, harness.AdaPassword))
	n := rounds(100)
	begun, count := time.Now(), 0
	ready := spares(t.Context(), t, dsn, n)
	for round := range n {
		victim := <-ready
		if victim.err != nil {
			t.Fatal(victim.err)
		}
		c := victim.connect(t)
		victim.proxy.shut.Store(true)
		answered := make(chan string, 1)
		go func() {
			_, code, err := c.refresh(t.Context(), have.Refresh)
			if err == nil {
				answered <- code
			}
			close(answered)
		}()
		harness.Eventually(t, "the refresh is stored", func() bool { return counter(t, db, have) == count+1 })
		victim.kill()
		if code, ok := <-answered; ok {
			t.Fatalf("round %d: the refresh was answered %q, so no answer was lost", round, code)
		}
		victim.proxy.close()

		next := granted(t)(other.refresh(t.Context(), have.Refresh))
		if got := counter(t, db, have); got != count+1 || next.Refresh == have.Refresh {
			t.Fatalf("round %d: the retry led the session from %d to %d", round, count, got)
		}
		have = granted(t)(other.refresh(t.Context(), next.Refresh))
		done(t)(other.me(t.Context(), have.Access))
		count += 2
	}
	t.Logf("%d answers were lost, in %v", n, time.Since(begun))
}

// A spare is a replica behind a proxy of its own.
type spare struct {
	*replica
	proxy *proxy
	err   error // of its start
}

// spares starts replicas behind proxies until ctx ends, each when the previous
// one was taken.
func spares(ctx context.Context, t testing.TB, dsn string, n int) <-chan spare {
	all := make([]spare, n)
	for i := range all {
		all[i].proxy = newProxy(t, dsn)
		all[i].replica = newReplica(t, "spare", all[i].proxy.dsn)
	}
	ready := make(chan spare)
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
