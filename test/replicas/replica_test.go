package replicas_test

import (
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/lib/pq"
)

// The administrator of every deployment under test.
const (
	adminEmail    = "root@example.com"
	adminPassword = "plenty-of-otters-17"
)

// A replica is one place of a deployment: a process, and after it was killed the next.
type replica struct {
	name     string // application_name of its connections to the database
	dir      string
	settings []string
	now      atomic.Pointer[process]
}

// newReplica makes a replica on the database, and does not start it. It is gone at the end of the test.
func newReplica(t testing.TB, name, dsn string, settings ...string) *replica {
	t.Helper()
	r := &replica{name: name, dir: t.TempDir(), settings: append([]string{
		"DATABASE_URL=" + dsn + " application_name=" + name, "PUBLIC_URL=http://localhost:8080", "LOG_LEVEL=warn",
		"SECRET_KEY=kY0Z2m4i8P3vXh1q7u9sT5wLrNbCdEfGaJoKxQyUzMw=", "ADMIN_EMAIL=" + adminEmail, "ADMIN_PASSWORD=" + adminPassword,
	}, settings...)}
	t.Cleanup(func() {
		r.kill()
		if t.Failed() && r.now.Load() != nil {
			text := r.now.Load().output.String()
			t.Logf("%s wrote at last: %s", name, text[max(0, len(text)-1000):])
		}
	})
	return r
}

// start runs a process and waits until it is ready.
func (r *replica) start() error {
	for {
		if err := r.launch(); err != nil {
			return err
		}
		if err := r.now.Load().awaitReady(); !errors.Is(err, errAddressTaken) {
			return err
		}
	}
}

// launch runs a process and does not wait until it is ready.
func (r *replica) launch() error {
	p, err := launch(r.dir, r.settings...)
	if err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	r.now.Store(p)
	return nil
}

// kill ends the process, if there is one, without giving it time for anything.
func (r *replica) kill() {
	if p := r.now.Load(); p != nil {
		p.kill()
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
	together(n, func(i int) { errs[i] = all[i].start() })
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return all
}

// together runs n calls that begin at the same moment, and waits for all of them.
func together(n int, call func(i int)) {
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

// database opens the database that replicas share, to look at it from the side.
func database(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
