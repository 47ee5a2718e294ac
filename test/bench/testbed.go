package main

import (
	"context"
	"os"

	"gatehouse/auth/token"
	"gatehouse/test/bench/peer"
	"gatehouse/test/harness/process"
)

// The administrator of the measured service.
const (
	adminEmail    = "root@example.com"
	adminPassword = "plenty-of-otters-17"
)

// publicURL is the issuer of the service's tokens.
const publicURL = "http://localhost:8080"

// A testbed has the programs, a database, and the servers running on it.
type testbed struct {
	dir       string
	programs  struct{ gatehouse, yardstick string }
	database  *database
	secrets   token.Secrets
	secret    string
	gatehouse *process.Process
	yardstick *process.Process
	unguarded *process.Process
	peers     []*peer.Server
	serving   []*process.Process // the replicas during a measurement of growth; the first is gatehouse
	known     map[int]*user      // the users so far, by number
}

// newTestbed builds the service and the server written by hand, and starts the database and both.
func newTestbed(ctx context.Context, service service) (_ *testbed, err error) {
	s := &testbed{known: map[int]*user{}}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.dir, err = process.OpenFolder(); err != nil {
		return nil, err
	}
	if s.programs.gatehouse, err = process.Build(ctx, s.dir, service.program, "-pgo="+service.optimized); err != nil {
		return nil, err
	}
	if s.programs.yardstick, err = process.Build(ctx, s.dir, "gatehouse/test/bench/yardstick"); err != nil {
		return nil, err
	}
	if s.database, err = newDatabase(ctx); err != nil {
		return nil, err
	}
	s.secrets.Current, s.secret = token.NewSecret()
	if s.gatehouse, err = s.replica(ctx); err != nil {
		return nil, err
	}
	s.yardstick, err = s.start(ctx, s.programs.yardstick, "DATABASE_URL="+s.database.dsn, "SECRET="+s.secret)
	return s, err
}

// startUnguarded builds and starts Gatehouse without authorization.
func (s *testbed) startUnguarded(ctx context.Context) error {
	program, err := process.Build(ctx, s.dir, "gatehouse/test/bench/unguarded")
	if err != nil {
		return err
	}
	s.unguarded, err = s.start(ctx, program, "DATABASE_URL="+s.database.dsn, "ISSUER="+publicURL, "KEYS="+s.gatehouse.URL+"/.well-known/jwks.json")
	return err
}

// replica starts the service on the database, with everything it does: metrics, and a log in JSON
// to a file. Only rate limits are off, because a benchmark sends everything from one address.
func (s *testbed) replica(ctx context.Context) (*process.Process, error) {
	return s.start(ctx, s.programs.gatehouse, "SHUTDOWN_DELAY=0s", "DATABASE_URL="+s.database.dsn+" application_name="+serviceName, "PUBLIC_URL="+publicURL, "SECRET_KEY="+s.secret,
		"ADMIN_EMAIL="+adminEmail, "ADMIN_PASSWORD="+adminPassword, "LOG_FORMAT=json", "METRICS_ADDR=127.0.0.1:0", "RATE_LIMITS=off", profileVariable+"="+s.profilePath())
}

// start runs a program with these settings and waits until it is ready.
func (s *testbed) start(ctx context.Context, program string, settings ...string) (*process.Process, error) {
	return process.Launch(ctx, process.Config{Program: program, Dir: s.dir, Environ: settings})
}

// close stops everything and deletes all files.
func (s *testbed) close() {
	for _, p := range s.peers {
		_ = p.Process.Stop()
	}
	for _, p := range append(s.serving, s.gatehouse, s.yardstick, s.unguarded) {
		if p != nil {
			_ = p.Stop()
		}
	}
	if s.database != nil {
		s.database.close()
	}
	if s.dir != "" {
		_ = os.RemoveAll(s.dir)
	}
}
