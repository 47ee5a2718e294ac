package replicas_test

import (
	"context"
	"errors"
	"net/http/httptrace"
	"sync"
	"syscall"
	"testing"
	"time"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
	"gatehouse/test/harness/process"
)

// TestPaused stops replicas for two seconds, as a sleeping machine does. They
// refuse a token revoked meanwhile from their first answer on, even in a
// request that was sent before they woke up.
func TestPaused(t *testing.T) {
	t.Parallel()
	const pause = 2 * time.Second
	replicas := deploy(t, storetest.DSN(t), 4)
	here, paused := replicas[0].connect(t), replicas[1:]
	all := logins(t.Context(), t, harness.AdaEmail, 1+rounds(10), here)
	kept, revoked := all[0], all[1:]
	for len(revoked) > 0 {
		k := revoked[0]
		revoked = revoked[1:]
		var early, late []*connection
		for _, r := range paused {
			early, late = append(early, r.connect(t)), append(late, r.connect(t))
			done(t)(late[len(late)-1].viewer(t.Context(), k.Access))
		}
		asleep := time.Now()
		signal(t, paused, syscall.SIGSTOP)
		done(t)(here.logout(t.Context(), k.Access))
		answers := make([]harness.Reply, len(paused))
		errs := make([]error, len(paused))
		asked := sendAll(t.Context(), early, k.Access, answers, errs)
		time.Sleep(time.Until(asleep.Add(pause)))
		signal(t, paused, syscall.SIGCONT)
		for _, c := range late {
			ended(t)(c.viewer(t.Context(), k.Access))
		}
		asked.Wait()
		for i := range answers {
			ended(t)(answers[i], errs[i])
		}
		for _, c := range late {
			c.replica.awaitReady(t)
			done(t)(c.viewer(t.Context(), kept.Access))
		}
	}
}

// signal sends a signal to the replicas' processes.
func signal(t *testing.T, replicas []*replica, s syscall.Signal) {
	t.Helper()
	for _, r := range replicas {
		if err := r.now.Load().Signal(s); err != nil {
			t.Fatal(err)
		}
	}
}

// sendAll presents the token over each connection and returns once every
// request is written. The answers are complete when the group is done.
func sendAll(ctx context.Context, over []*connection, access string, answers []harness.Reply, errs []error) *sync.WaitGroup {
	var asked, written sync.WaitGroup
	for i, c := range over {
		written.Add(1)
		asked.Go(func() {
			once := sync.OnceFunc(written.Done)
			defer once()
			trace := &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { once() }}
			answers[i], errs[i] = c.viewer(httptrace.WithClientTrace(ctx, trace), access)
		})
	}
	written.Wait()
	return &asked
}

// TestRevokedWhileDown revokes a token while a replica is down: the next process
// refuses it from its first answer on.
func TestRevokedWhileDown(t *testing.T) {
	t.Parallel()
	replicas := deploy(t, storetest.DSN(t), 2)
	here := replicas[0].connect(t)
	all := logins(t.Context(), t, harness.AdaEmail, 1+rounds(10), here)
	for _, k := range all[1:] {
		done(t)(replicas[1].connect(t).viewer(t.Context(), k.Access))
		replicas[1].kill()
		done(t)(here.logout(t.Context(), k.Access))
		if err := replicas[1].begin(); err != nil {
			t.Fatal(err)
		}
		ended(t)(firstAnswer(t, replicas[1], k.Access))
		done(t)(replicas[1].connect(t).viewer(t.Context(), all[0].Access))
	}
}

// firstAnswer presents a token again and again until the replica, which has
// just begun, answers.
func firstAnswer(t *testing.T, r *replica, access string) (a harness.Reply, err error) {
	t.Helper()
	c := r.dial(t)
	for deadline := time.Now().Add(process.Patience); time.Now().Before(deadline); {
		select {
		case <-r.now.Load().Ended():
			err := r.now.Load().Failure()
			if !errors.Is(err, process.ErrAddressTaken) {
				return a, err
			}
			if err := r.begin(); err != nil {
				return a, err
			}
		case <-time.After(time.Millisecond):
		}
		if a, err = c.viewer(t.Context(), access); err == nil {
			return a, nil
		}
	}
	return a, err
}
