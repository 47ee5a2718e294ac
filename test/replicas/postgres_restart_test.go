package replicas_test

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"gatehouse/store/embedded"
)

// A server is a Postgres that one test has for itself, to stop it.
type server struct {
	dir string
	*embedded.Postgres
}

// newServer starts a server with an empty database.
func newServer(t *testing.T) *server {
	t.Helper()
	dir, err := os.MkdirTemp("", "gatehouse-replicas-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil { // so that the user Postgres runs as can enter
		t.Fatal(err)
	}
	s := &server{dir: dir}
	s.start(t)
	t.Cleanup(func() { s.stop(t, patience) })
	return s
}

func (s *server) start(t *testing.T) {
	t.Helper()
	var err error
	if s.Postgres, err = embedded.Serve(t.Context(), embedded.Config{DataDir: s.dir, BinDir: os.Getenv("PG_BINDIR")}); err != nil {
		t.Fatal(err)
	}
}

// stop shuts the server down, in an orderly manner if it has time for that; else it recovers at the next start.
func (s *server) stop(t *testing.T, within time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// TestPostgresRestarted stops Postgres and starts it again. Tokens are revoked right before and right after; the other replica must never let
// one through for longer than the bound. While Postgres is away nobody knows whether a token is still good, so nobody is let in.
func TestPostgresRestarted(t *testing.T) {
	t.Parallel()
	restarts := []struct {
		name   string
		within time.Duration
	}{{"orderly", patience}, {"at once", 0}, {"orderly again", patience}, {"at once again", 0}}
	postgres := newServer(t)
	replicas := deploy(t, postgres.DSN(), 2)
	here, there := replicas[0].connect(t), replicas[1].connect(t)
	sessions := logins(t.Context(), t, "ada@example.com", 1+2*len(restarts), here, there)
	kept, sessions := sessions[0], sessions[1:]
	var all []staleness
	for i, tt := range restarts {
		before, after := sessions[2*i], sessions[2*i+1]
		for _, k := range []tokens{before, after, kept} {
			done(t)(there.viewer(t.Context(), k.Access))
		}
		done(t)(here.logout(t.Context(), before.Access))
		earlier := watch(t, replicas[1], time.Now(), before.Access)
		postgres.stop(t, tt.within)
		await(t, "while Postgres is away nobody is let in", func() bool {
			a, err := there.viewer(t.Context(), kept.Access)
			return err == nil && a.code == "UNAVAILABLE"
		})
		if replicas[1].now.Load().ready() {
			t.Errorf("%s: a replica without its database wants requests", tt.name)
		}
		postgres.start(t)
		await(t, "a revocation after the restart", func() bool {
			a, err := here.logout(t.Context(), after.Access)
			return err == nil && a.code == ""
		})
		later := watch(t, replicas[1], time.Now(), after.Access)
		all = append(all, earlier(), later())
		if err := replicas[1].now.Load().awaitReady(); err != nil {
			t.Fatal(err)
		}
		done(t)(there.viewer(t.Context(), kept.Access))
	}
	t.Log(summary(all))
}

// watch presents a token from now on, and returns what gives the result once it is refused.
func watch(t *testing.T, r *replica, acknowledged time.Time, access string) (wait func() staleness) {
	t.Helper()
	c := r.connect(t)
	var s staleness
	var err error
	var watching sync.WaitGroup
	watching.Go(func() { s, err = c.since(t.Context(), acknowledged, access) })
	return func() staleness {
		t.Helper()
		watching.Wait()
		if err != nil {
			t.Fatal(err)
		}
		if s.through > bound {
			t.Errorf("%s let a token through %v after its revocation was acknowledged", r.name, s.through)
		}
		return s
	}
}
