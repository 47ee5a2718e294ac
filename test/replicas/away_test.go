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
)

// TestStopped stops replicas for two seconds, as a machine that is put to sleep does. A token that was revoked meanwhile is refused from the
// first answer on, to whoever had sent it before they woke up as well.
func TestStopped(t *testing.T) {
	t.Parallel()
	const pause = 2 * time.Second
	replicas := deploy(t, storetest.DSN(t), 4)
	here, sleepers := replicas[0].connect(t), replicas[1:]
	all := logins(t.Context(), t, "ada@example.com", 1+rounds(10), here)
	kept, revoked := all[0], all[1:]
	for len(revoked) > 0 {
		k := revoked[0]
		revoked = revoked[1:]
		var early, late []*connection
		for _, r := range sleepers {
			early, late = append(early, r.connect(t)), append(late, r.connect(t))
			done(t)(late[len(late)-1].viewer(t.Context(), k.Access))
		}
		asleep := time.Now()
		signal(t, sleepers, syscall.SIGSTOP)
		done(t)(here.logout(t.Context(), k.Access))
		answers := make([]answer, len(sleepers))
		errs := make([]error, len(sleepers))
		asked := sendAll(t.Context(), early, k.Access, answers, errs)
		time.Sleep(time.Until(asleep.Add(pause)))
		signal(t, sleepers, syscall.SIGCONT)
		for _, c := range late {
			isOut(t)(c.viewer(t.Context(), k.Access))
		}
		asked.Wait()
		for i := range answers {
			isOut(t)(answers[i], errs[i])
		}
		for _, c := range late {
			if err := c.replica.now.Load().awaitReady(); err != nil {
				t.Fatal(err)
			}
			done(t)(c.viewer(t.Context(), kept.Access))
		}
	}
}

// signal sends a signal to the replicas' processes.
func signal(t *testing.T, replicas []*replica, s syscall.Signal) {
	t.Helper()
	for _, r := range replicas {
		if err := r.now.Load().cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
}

// sendAll presents the token over each connection, and returns once every request is written. Wait for the answers.
func sendAll(ctx context.Context, over []*connection, access string, answers []answer, errs []error) *sync.WaitGroup {
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

// TestKilledMeanwhile revokes a token while a replica is dead: the next process refuses it from its first answer on.
func TestKilledMeanwhile(t *testing.T) {
	t.Parallel()
	replicas := deploy(t, storetest.DSN(t), 2)
	here := replicas[0].connect(t)
	all := logins(t.Context(), t, "ada@example.com", 1+rounds(10), here)
	for _, k := range all[1:] {
		done(t)(replicas[1].connect(t).viewer(t.Context(), k.Access))
		replicas[1].kill()
		done(t)(here.logout(t.Context(), k.Access))
		if err := replicas[1].launch(); err != nil {
			t.Fatal(err)
		}
		isOut(t)(firstAnswer(t, replicas[1], k.Access))
		done(t)(replicas[1].connect(t).viewer(t.Context(), all[0].Access))
	}
}

// firstAnswer presents a token from when the replica was launched until it answers.
func firstAnswer(t *testing.T, r *replica, access string) (a answer, err error) {
	t.Helper()
	c := r.dial(t)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		select {
		case <-r.now.Load().ended:
			err := r.now.Load().failure()
			if !errors.Is(err, errAddressTaken) {
				return a, err
			}
			if err := r.launch(); err != nil {
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
