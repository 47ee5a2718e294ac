package replicas_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"gatehouse/store/storetest"
	"gatehouse/test/harness/process"
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
	t.Logf("%s, %d kills, in %v", census(r.history), kills, time.Since(r.begun))

	begun := time.Now()
	if result := linearizable(r.history); result != porcupine.Ok {
		t.Errorf("the history is %s", result)
	}
	t.Logf("checked in %v", time.Since(begun))
	worst, faults := checkAccess(r.history)
	t.Logf("a token of an ended session was accepted for %v at most", worst)
	for _, fault := range faults {
		t.Error(fault)
	}
	mutate(t, r.history)
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

// census counts operations by their results.
func census(history []operation) string {
	counts := map[string]int{}
	for _, o := range history {
		result := o.code
		switch {
		case o.lost():
			result = "lost"
		case result == "":
			result = "done"
		}
		counts[string(o.act)+" "+result]++
	}
	var lines []string
	for what, n := range counts {
		lines = append(lines, fmt.Sprintf("%s %d", what, n))
	}
	slices.Sort(lines)
	return fmt.Sprintf("%d operations: %s", len(history), strings.Join(lines, ", "))
}

// An ending is what a history tells of a session's end.
type ending struct {
	tries []operation                        // that may have ended it
	known time.Duration                      // of the first answer that says so
	by    map[*process.Process]time.Duration // when which process answered that it ended it
}

// mayEnd reports whether the operation may have ended its session. Presenting
// an older token does; without an answer, the token may have been one.
func (o operation) mayEnd() bool {
	return o.act == actLogout || o.act == actRefresh && (o.lost() || o.code == "REFRESH_TOKEN_REUSED")
}

// ended reports whether this operation ended its session. Several may have
// tried; the answer to a logout does not tell which one did.
func (e *ending) ended(o operation) bool {
	sole := !slices.ContainsFunc(e.tries, func(other operation) bool { return other != o && other.call <= o.back })
	return o.code == "REFRESH_TOKEN_REUSED" || o.act == actLogout && sole
}

func endings(history []operation) map[int]*ending {
	all := map[int]*ending{}
	for _, o := range history {
		if all[o.session] == nil {
			all[o.session] = &ending{known: never, by: map[*process.Process]time.Duration{}}
		}
		if o.mayEnd() {
			all[o.session].tries = append(all[o.session].tries, o)
		}
	}
	for _, o := range history {
		e := all[o.session]
		if o.lost() || o.act != actLogout && (o.act != actRefresh || o.code == "") {
			continue
		}
		e.known = min(e.known, o.back)
		if e.ended(o) {
			e.by[o.process] = o.back
		}
	}
	return all
}

// possible reports whether an operation sent before then may have ended the
// session.
func (e *ending) possible(then time.Duration) bool {
	return slices.ContainsFunc(e.tries, func(o operation) bool { return o.call <= then })
}

// checkAccess finds access tokens that were accepted for too long, or at all by
// the replica that ended the session, and tokens refused before an operation
// could have ended their session.
func checkAccess(history []operation) (worst time.Duration, faults []string) {
	ends := endings(history)
	for _, o := range history {
		if o.act != actMe {
			continue
		}
		e := ends[o.session]
		if o.code != "" {
			if !e.possible(o.back) {
				faults = append(faults, fmt.Sprintf("refused too early: %v", o))
			}
			continue
		}
		if o.call > e.known {
			worst = max(worst, o.call-e.known)
		}
		if e.known != never && o.call > e.known+bound {
			faults = append(faults, fmt.Sprintf("accepted after %v: %v", o.call-e.known, o))
		}
		if at, here := e.by[o.process]; here && o.call > at {
			faults = append(faults, fmt.Sprintf("accepted by the replica that ended the session: %v", o))
		}
	}
	return worst, faults
}

// mutate makes impossible histories of this one. The check must find them.
func mutate(t *testing.T, history []operation) {
	t.Helper()
	mutations := map[string]func(o *operation, e *ending, seen map[string]string) bool{
		"a refresh with two successors": func(o *operation, _ *ending, seen map[string]string) bool {
			if o.act != actRefresh || o.code != "" || o.lost() || seen[o.sent] == "" {
				return false
			}
			o.got = "another"
			return true
		},
		"a refresh after the end": func(o *operation, e *ending, _ map[string]string) bool {
			if o.act != actRefresh || o.code != "REFRESH_TOKEN_INVALID" || o.call < e.known {
				return false
			}
			o.code, o.got = "", "another"
			return true
		},
	}
	ends := endings(history)
	for name, mutation := range mutations {
		mutant, done, seen := slices.Clone(history), false, map[string]string{}
		for i := range mutant {
			if done = mutation(&mutant[i], ends[mutant[i].session], seen); done {
				break
			}
			seen[mutant[i].sent] = mutant[i].got
		}
		if !done {
			t.Errorf("the history can't be given %s", name)
		} else if result := linearizable(mutant); result != porcupine.Illegal {
			t.Errorf("a history with %s is %s", name, result)
		}
	}
}

// TestCheckAccess checks access tokens whose verdict is obvious.
func TestCheckAccess(t *testing.T) {
	here, there := &process.Process{}, &process.Process{}
	logout := operation{act: actLogout, process: here, call: time.Second, back: 2 * time.Second}
	lost := operation{act: actLogout, process: here, call: time.Second, back: never}
	me := func(p *process.Process, call time.Duration, code string) operation {
		return operation{act: actMe, process: p, call: call, back: call + time.Millisecond, code: code}
	}
	const out = "UNAUTHENTICATED"
	tests := []struct {
		name   string
		end, o operation
		right  bool
	}{
		{"accepted before", logout, me(here, 0, ""), true},
		{"refused before", logout, me(here, 0, out), false},
		{"refused during", logout, me(there, time.Second, out), true},
		{"accepted for a while by another replica", logout, me(there, 2900*time.Millisecond, ""), true},
		{"accepted for a while by the same replica", logout, me(here, 2100*time.Millisecond, ""), false},
		{"accepted for too long", logout, me(there, 3100*time.Millisecond, ""), false},
		{"refused later", logout, me(there, 3100*time.Millisecond, out), true},
		{"accepted after a logout that did not happen", lost, me(there, time.Hour, ""), true},
		{"refused after a logout that happened", lost, me(there, time.Hour, out), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, faults := checkAccess([]operation{tt.end, tt.o}); (len(faults) == 0) != tt.right {
				t.Errorf("faults: %q", faults)
			}
		})
	}
}
