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
)

// TestHistory records what twenty clients see of three replicas, of which one after the other is killed, and judges all of it together.
func TestHistory(t *testing.T) {
	const browsers, tabs = 5, 4
	replicas := deploy(t, storetest.DSN(t), 3, "REFRESH_REPLAY_WINDOW=5m") // so that the model needs no clock
	d := &diary{}
	clients := newTabs(t, replicas, d, browsers, tabs)
	d.begun = time.Now()
	kills, err := record(t.Context(), replicas, clients, rounds(200))
	if err != nil {
		t.Fatal(err)
	}
	if d.err != nil {
		t.Fatal(d.err)
	}
	t.Logf("%s, %d kills, in %v", census(d.history), kills, time.Since(d.begun))

	begun := time.Now()
	if result := linearizable(d.history); result != porcupine.Ok {
		t.Errorf("the history is %s", result)
	}
	t.Logf("judged in %v", time.Since(begun))
	worst, faults := judgeAccess(d.history)
	t.Logf("an access token was let through for %v at most", worst)
	for _, fault := range faults {
		t.Error(fault)
	}
	mutate(t, d.history)
}

// record has all clients do n operations each, and kills and restarts replicas until they have.
func record(ctx context.Context, replicas []*replica, clients []*tab, n int) (kills int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	living := make(chan struct{})
	var all sync.WaitGroup
	for _, c := range clients {
		all.Go(func() { c.live(ctx, n) })
	}
	go func() {
		all.Wait()
		close(living)
	}()
	chance := rand.New(rand.NewPCG(1, 1))
	for {
		select {
		case <-living:
			return kills, nil
		case <-time.After(time.Duration(chance.IntN(200)) * time.Millisecond):
		}
		victim := replicas[chance.IntN(len(replicas))]
		victim.kill()
		kills++
		if err := victim.start(); err != nil {
			cancel()
			<-living
			return kills, err
		}
	}
}

// census counts operations by what became of them.
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

// An ending is what is known of a session's end.
type ending struct {
	tries []operation                // what may have ended it
	known time.Duration              // somebody had an answer that says so
	by    map[*process]time.Duration // who ended it, and when the answer was there that says so
}

// mayEnd reports whether the operation may have ended its session: an older token that is presented does, and without an answer nobody knows
// whether it was one.
func (o operation) mayEnd() bool {
	return o.act == actLogout || o.act == actRefresh && (o.lost() || o.code == "REFRESH_TOKEN_REUSED")
}

// ended reports whether it is the one that ended its session. Several may have tried; the answer to a logout doesn't tell which of them did it.
func (e *ending) ended(o operation) bool {
	sole := !slices.ContainsFunc(e.tries, func(other operation) bool { return other != o && other.call <= o.back })
	return o.code == "REFRESH_TOKEN_REUSED" || o.act == actLogout && sole
}

func endings(history []operation) map[int]*ending {
	all := map[int]*ending{}
	for _, o := range history {
		if all[o.session] == nil {
			all[o.session] = &ending{known: never, by: map[*process]time.Duration{}}
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

// possible reports whether something that was sent before then may have ended the session.
func (e *ending) possible(then time.Duration) bool {
	return slices.ContainsFunc(e.tries, func(o operation) bool { return o.call <= then })
}

// judgeAccess finds access tokens that were let through for too long, at the replica that ended the session at all, and those that were refused
// before anybody ended their session.
func judgeAccess(history []operation) (worst time.Duration, faults []string) {
	ends := endings(history)
	for _, o := range history {
		if o.act != actMe {
			continue
		}
		e := ends[o.session]
		if o.code != "" {
			if !e.possible(o.back) {
				faults = append(faults, fmt.Sprintf("refused for nothing: %v", o))
			}
			continue
		}
		if o.call > e.known {
			worst = max(worst, o.call-e.known)
		}
		if e.known != never && o.call > e.known+bound {
			faults = append(faults, fmt.Sprintf("let through after %v: %v", o.call-e.known, o))
		}
		if at, here := e.by[o.process]; here && o.call > at {
			faults = append(faults, fmt.Sprintf("let through by the replica that ended the session: %v", o))
		}
	}
	return worst, faults
}

// mutate makes histories of this one that must not be, and has them judged.
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
			t.Errorf("the history has no place for %s", name)
		} else if result := linearizable(mutant); result != porcupine.Illegal {
			t.Errorf("a history with %s is %s", name, result)
		}
	}
}

// TestJudgeAccess judges access tokens whose verdict is plain.
func TestJudgeAccess(t *testing.T) {
	here, there := &process{}, &process{}
	logout := operation{act: actLogout, process: here, call: time.Second, back: 2 * time.Second}
	lost := operation{act: actLogout, process: here, call: time.Second, back: never}
	me := func(p *process, call time.Duration, code string) operation {
		return operation{act: actMe, process: p, call: call, back: call + time.Millisecond, code: code}
	}
	const out = "UNAUTHENTICATED"
	tests := []struct {
		name   string
		end, o operation
		right  bool
	}{
		{"let in before", logout, me(here, 0, ""), true},
		{"refused before", logout, me(here, 0, out), false},
		{"refused beside", logout, me(there, time.Second, out), true},
		{"let through for a while elsewhere", logout, me(there, 2900*time.Millisecond, ""), true},
		{"let through for a while here", logout, me(here, 2100*time.Millisecond, ""), false},
		{"let through for too long", logout, me(there, 3100*time.Millisecond, ""), false},
		{"refused later", logout, me(there, 3100*time.Millisecond, out), true},
		{"let in after a logout that did not happen", lost, me(there, time.Hour, ""), true},
		{"refused after a logout that happened", lost, me(there, time.Hour, out), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, faults := judgeAccess([]operation{tt.end, tt.o}); (len(faults) == 0) != tt.right {
				t.Errorf("faults: %q", faults)
			}
		})
	}
}
