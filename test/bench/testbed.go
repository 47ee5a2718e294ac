package main

import (
	"context"
	"os"

	"gatehouse/auth/token"
)

// The administrator of the measured service.
const (
	adminEmail    = "root@example.com"
	adminPassword = "plenty-of-otters-17"
)

// A testbed has the programs, a database, and both servers running on it.
type testbed struct {
	dir       string
	programs  struct{ gatehouse, yardstick string }
	database  *database
	secrets   token.Secrets
	secret    string
	gatehouse *process
	yardstick *process
	serving   []*process    // the replicas during a measurement of growth; the first is gatehouse
	known     map[int]*user // the users so far, by number
}

// newTestbed builds the programs, and starts the database and both servers.
func newTestbed(ctx context.Context) (_ *testbed, err error) {
	s := &testbed{known: map[int]*user{}}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.dir, err = os.MkdirTemp("", "gatehouse-bench-"); err != nil {
		return nil, err
	}
	if err := os.Chmod(s.dir, 0o711); err != nil { // PostgreSQL's user must be able to enter it
		return nil, err
	}
	if s.programs.gatehouse, err = build(ctx, s.dir, "gatehouse"); err != nil {
		return nil, err
	}
	if s.programs.yardstick, err = build(ctx, s.dir, "gatehouse/test/bench/yardstick"); err != nil {
		return nil, err
	}
	if s.database, err = newDatabase(ctx); err != nil {
		return nil, err
	}
	s.secrets.Current, s.secret = token.NewSecret()
	if s.gatehouse, err = s.replica(ctx); err != nil {
		return nil, err
	}
	s.yardstick, err = start(ctx, s.programs.yardstick, s.dir, "DATABASE_URL="+s.database.dsn, "SECRET="+s.secret)
	return s, err
}

// replica starts the service on the database, with everything it does: metrics, and a log in JSON
// to a file. Only rate limits are off, because a benchmark sends everything from one address.
func (s *testbed) replica(ctx context.Context) (*process, error) {
	return start(ctx, s.programs.gatehouse, s.dir, "DATABASE_URL="+s.database.dsn+" application_name="+serviceName, "PUBLIC_URL=http://localhost:8080", "SECRET_KEY="+s.secret,
		"ADMIN_EMAIL="+adminEmail, "ADMIN_PASSWORD="+adminPassword, "LOG_FORMAT=json", "METRICS_ADDR=127.0.0.1:0", "RATE_LIMITS=off")
}

// close stops everything and deletes all files.
func (s *testbed) close() {
	for _, p := range append(s.serving, s.gatehouse, s.yardstick) {
		if p != nil {
			p.stop()
		}
	}
	if s.database != nil {
		s.database.close()
	}
	if s.dir != "" {
		_ = os.RemoveAll(s.dir)
	}
}
