package main

import (
	"context"
	"os"

	"gatehouse/auth/token"
	"gatehouse/test/harness/process"
)

// The administrator of the service that is measured.
const (
	adminEmail    = "root@example.com"
	adminPassword = "plenty-of-otters-17"
)

// A stand is where the contestants meet: their programs, a database, and both running on it.
type stand struct {
	dir       string
	programs  struct{ gatehouse, yardstick string }
	database  *database
	secrets   token.Secrets
	secret    string
	gatehouse *process.Process
	yardstick *process.Process
	serving   []*process.Process // the replicas of the service that a measurement of growth runs; the first is gatehouse
	crowd     map[int]*person    // by number, whoever has asked so far
}

// newStand builds the programs, and starts the database and both of them on it.
func newStand(ctx context.Context) (_ *stand, err error) {
	s := &stand{crowd: map[int]*person{}}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.dir, err = process.OpenFolder(); err != nil {
		return nil, err
	}
	if s.programs.gatehouse, err = process.Build(ctx, s.dir, "gatehouse"); err != nil {
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

// replica starts the service on the database, with everything it does: metrics, and a log in JSON that goes to a file. The one thing switched
// off is that a single address may not ask as often as a benchmark does.
func (s *stand) replica(ctx context.Context) (*process.Process, error) {
	return s.start(ctx, s.programs.gatehouse, "DATABASE_URL="+s.database.dsn+" application_name="+serviceName, "PUBLIC_URL=http://localhost:8080", "SECRET_KEY="+s.secret,
		"ADMIN_EMAIL="+adminEmail, "ADMIN_PASSWORD="+adminPassword, "LOG_FORMAT=json", "METRICS_ADDR=127.0.0.1:0", "RATE_LIMITS=off")
}

// start runs a program with these settings, and waits until it is ready.
func (s *stand) start(ctx context.Context, program string, settings ...string) (*process.Process, error) {
	return process.Launch(ctx, process.Config{Program: program, Dir: s.dir, Environ: settings})
}

// close ends everything and leaves nothing.
func (s *stand) close() {
	for _, p := range append(s.serving, s.gatehouse, s.yardstick) {
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
