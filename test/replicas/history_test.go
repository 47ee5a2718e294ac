package replicas_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"gatehouse/store/storetest"
	"gatehouse/test/history"
)

// TestHistory records what twenty clients see of three replicas, which are
// killed one after the other, and checks the whole history.
func TestHistory(t *testing.T) {
	const browsers, tabs = 5, 4
	replicas := deploy(t, storetest.DSN(t), 3, "REFRESH_REPLAY_WINDOW=5m") // so that the model needs no clock
	r := &record{}
	clients := newTabs(t, replicas, r, browsers, tabs)
	r.begun = time.Now()
	kills, err := runAndKill(t.Context(), replicas, clients, rounds(200))
	if err != nil {
		t.Fatal(err)
	}
	if r.err != nil {
		t.Fatal(r.err)
	}
	t.Logf("%s, %d kills, in %v", history.Census(r.history), kills, time.Since(r.begun))

	begun := time.Now()
	if err := history.Linearizable(r.history); err != nil {
		t.Error(err)
	}
	t.Logf("checked in %v", time.Since(begun))
	worst, faults := history.CheckAccess(r.history)
	t.Logf("a token of an ended session was accepted for %v at most", worst)
	for _, fault := range faults {
		t.Error(fault)
	}
	if err := history.CheckMutants(r.history); err != nil {
		t.Error(err)
	}
}

// runAndKill has each client do n operations, and meanwhile kills replicas and
// starts them again.
func runAndKill(ctx context.Context, replicas []*replica, clients []*tab, n int) (kills int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	running := make(chan struct{})
	var all sync.WaitGroup
	for _, c := range clients {
		all.Go(func() { c.run(ctx, n) })
	}
	go func() {
		all.Wait()
		close(running)
	}()
	random := rand.New(rand.NewPCG(1, 1))
	for {
		select {
		case <-running:
			return kills, nil
		case <-time.After(time.Duration(random.IntN(200)) * time.Millisecond):
		}
		victim := replicas[random.IntN(len(replicas))]
		victim.kill()
		kills++
		if err := victim.start(); err != nil {
			cancel()
			<-running
			return kills, err
		}
	}
}
