package replicas_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	_ "github.com/lib/pq"

	"gatehouse/test/harness"
	"gatehouse/test/harness/process"
)

// A replica is one place in a deployment: a process, and after that was killed
// the next one.
type replica struct {
	name   string // application_name of its connections to the database
	config process.Config
	now    atomic.Pointer[process.Process]
}

// newReplica makes a replica on the database and does not start it. It is
// killed at the end of the test.
func newReplica(t testing.TB, name, dsn string, settings ...string) *replica {
	t.Helper()
	environ := harness.Environ(dsn+" application_name="+name, append([]string{"LOG_LEVEL=warn"}, settings...)...)
	r := &replica{name: name, config: harness.Config(t, t.TempDir(), environ)}
	t.Cleanup(func() {
		r.kill()
		if t.Failed() && r.now.Load() != nil {
			t.Logf("%s wrote last: %s", name, r.now.Load().Tail())
		}
	})
	return r
}

// start runs a process and waits until it is ready. Clients may find it
// before.
func (r *replica) start() error {
	for {
		if err := r.begin(); err != nil {
			return err
		}
		if err := r.now.Load().AwaitReady(context.Background()); !errors.Is(err, process.ErrAddressTaken) {
			return err
		}
	}
}

// begin runs a process and does not wait until it is ready.
func (r *replica) begin() error {
	p, err := process.Begin(r.config)
	if err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	r.now.Store(p)
	return nil
}

// kill ends the process, if there is one, as kill -9 does.
func (r *replica) kill() {
	if p := r.now.Load(); p != nil {
		p.Kill()
	}
}

// awaitReady waits until the process is ready, again or for the first time.
func (r *replica) awaitReady(t testing.TB) {
	t.Helper()
	if err := r.now.Load().AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// deploy starts replicas a, b, ... on one database, all at once.
func deploy(t testing.TB, dsn string, n int, settings ...string) []*replica {
	t.Helper()
	all := make([]*replica, n)
	for i := range all {
		all[i] = newReplica(t, string(rune('a'+i)), dsn, settings...)
	}
	errs := make([]error, n)
	harness.Together(n, func(i int) { errs[i] = all[i].start() })
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return all
}

// database opens the database of the replicas, to look at it directly.
func database(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
