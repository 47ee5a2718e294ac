package replicas_test

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"gatehouse/store/embedded"
	"gatehouse/test/harness"
	"gatehouse/test/harness/process"
)

// A server is a Postgres of one test, which stops it.
type server struct {
	dir string
	*embedded.Postgres
}

// newServer starts a server with an empty database.
func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{dir: harness.Folder(t)}
	s.start(t)
	t.Cleanup(func() { s.stop(t, process.Patience) })
	return s
}

func (s *server) start(t *testing.T) {
	t.Helper()
	var err error
	if s.Postgres, err = embedded.Serve(t.Context(), embedded.Config{DataDir: s.dir, BinDir: os.Getenv("PG_BINDIR")}); err != nil {
		t.Fatal(err)
	}
}

// stop shuts the server down: in good order if it has the time, else it
// recovers at the next start.
func (s *server) stop(t *testing.T, within time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// TestPostgresRestarted stops Postgres and starts it again. Tokens are revoked
// right before and right after; the other replica must not accept one for
// longer than the bound. While Postgres is down a replica can't know whether a
// token is still good, so it accepts none.
func TestPostgresRestarted(t *testing.T) {
	t.Parallel()
	restarts := []struct {
		name   string
		within time.Duration
	}{{"orderly", process.Patience}, {"at once", 0}, {"orderly again", process.Patience}, {"at once again", 0}}
	postgres := newServer(t)
	replicas := deploy(t, postgres.DSN(), 2)
	here, there := replicas[0].connect(t), replicas[1].connect(t)
	sessions := logins(t.Context(), t, harness.AdaEmail, 1+2*len(restarts), here, there)
	kept, sessions := sessions[0], sessions[1:]
	var all []staleness
	for i, tt := range restarts {
		before, after := sessions[2*i], sessions[2*i+1]
		for _, k := range []harness.Session{before, after, kept} {
			done(t)(there.viewer(t.Context(), k.Access))
		}
		done(t)(here.logout(t.Context(), before.Access))
		earlier := watch(t, replicas[1], time.Now(), before.Access)
		postgres.stop(t, tt.within)
		harness.Eventually(t, "without Postgres no token is accepted", func() bool {
			a, err := there.viewer(t.Context(), kept.Access)
			return err == nil && a.Code() == "UNAVAILABLE"
		})
		if replicas[1].now.Load().Ready(t.Context()) {
			t.Errorf("%s: a replica without its database is ready", tt.name)
		}
		postgres.start(t)
		harness.Eventually(t, "a revocation after the restart", func() bool {
			a, err := here.logout(t.Context(), after.Access)
			return err == nil && a.Code() == ""
		})
		later := watch(t, replicas[1], time.Now(), after.Access)
		all = append(all, earlier(), later())
		replicas[1].awaitReady(t)
		done(t)(there.viewer(t.Context(), kept.Access))
	}
	t.Log(summary(all))
}

// watch presents a token from now on. The returned function waits until it is
// refused and returns the result.
func watch(t *testing.T, r *replica, acknowledged time.Time, access string) (wait func() staleness) {
	t.Helper()
	c := r.connect(t)
	var s staleness
	var err error
	var watching sync.WaitGroup
	watching.Go(func() { s, err = c.untilRefused(t.Context(), acknowledged, access) })
	return func() staleness {
		t.Helper()
		watching.Wait()
		if err != nil {
			t.Fatal(err)
		}
		if s.accepted > bound {
			t.Errorf("%s accepted a token %v after its revocation was acknowledged", r.name, s.accepted)
		}
		return s
	}
}
