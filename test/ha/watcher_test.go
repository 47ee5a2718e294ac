//go:build linux

package ha_test

import (
	"context"
	"database/sql"
	"slices"
	"sync"
	"testing"
	"time"

	"gatehouse/test/harness"
	"gatehouse/test/harness/process"
	"gatehouse/test/patronitest"
)

// A watcher asks one replica who it is, ten times a second.
type watcher struct {
	process *process.Process
	begun   time.Time
	access  string

	mu       sync.Mutex
	answered int
	last     time.Duration // when it was answered last
	refused  []refusal
	faults   []string
}

// A refusal is an answer UNAVAILABLE.
type refusal struct{ sent, back time.Duration }

func (w *watcher) run(ctx context.Context) {
	client := &harness.Client{URL: w.process.URL, HTTP: requests}
	body := harness.Body(`{ viewer { id } }`, nil)
	for ctx.Err() == nil {
		sent := time.Since(w.begun)
		r, err := client.Do(context.Background(), harness.Bearer(w.access), body)
		back := time.Since(w.begun)
		w.mu.Lock()
		switch {
		case err != nil:
			w.faults = append(w.faults, err.Error())
		case r.Code() == "":
			w.answered++
			w.last = back
		case r.Code() == "UNAVAILABLE":
			w.refused = append(w.refused, refusal{sent, back})
		default:
			w.faults = append(w.faults, r.Body)
		}
		w.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (w *watcher) lastAnswer() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

// A dbWatcher writes to the database, without the service. So it shows how long the
// database itself can't be written.
type dbWatcher struct {
	begun time.Time
	db    *sql.DB

	mu      sync.Mutex
	written []time.Duration
}

func newDBWatcher(t testing.TB, c *patronitest.Cluster, begun time.Time) *dbWatcher {
	t.Helper()
	return &dbWatcher{begun: begun, db: c.OpenPrimary(t)}
}

func (w *dbWatcher) run(ctx context.Context) {
	for ctx.Err() == nil {
		once, cancel := context.WithTimeout(ctx, time.Second)
		_, err := w.db.ExecContext(once, `SELECT pg_notify('test', '')`)
		cancel()
		if err == nil {
			w.mu.Lock()
			w.written = append(w.written, time.Since(w.begun))
			w.mu.Unlock()
		}
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// gap is the longest time between two of these moments that overlaps the time from one
// moment until another.
func gap(moments []time.Duration, from, until time.Duration) (longest time.Duration) {
	slices.Sort(moments)
	for i := 1; i < len(moments); i++ {
		if moments[i] > from && moments[i-1] < until {
			longest = max(longest, moments[i]-moments[i-1])
		}
	}
	return longest
}
