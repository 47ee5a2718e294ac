// Package embedded runs a real PostgreSQL if no DATABASE_URL is set.
//
// DATA_DIR contains:
//
//	owner.lock    locked by the process that started the database; names it
//	guests.lock   locked, shared, by commands that use a database of another process
//	postgres.log  the server's log: starts, stops and failures, never a statement
//	pg/           the database, 0700 of the user it runs as (PGDATA, and its unix socket)
//	pg.location   instead of pg/ if that user can't enter DATA_DIR: the folder that has pg/
//	secrets/      0700 of the calling user, see [SecretsDir]
//
// The locks are taken with flock(2). They end with their process, so a kill -9 leaves nothing to
// clean up. The server itself holds one on pg/PG_VERSION, which all of its processes inherit. So we
// never guess from a process id, which may be reused or belong to a zombie, whether an earlier
// server is still running.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Config says where the database is.
type Config struct {
	// DataDir is DATA_DIR. It is created if it is missing.
	DataDir string
	// BinDir is PG_BINDIR, the folder with initdb and postgres. If it is empty, they are searched
	// for on the PATH and in the usual folders, in the major version of the existing database.
	BinDir string
	// Log receives one line for each noteworthy step. Nil discards them.
	Log *slog.Logger

	// machine replaces what this computer offers. Nil is the computer itself.
	machine *machine
}

// Postgres is a running database.
type Postgres struct {
	dsn     string
	gone    chan struct{}
	server  *server    // nil if another process started it
	locks   []*os.File // released in this order after the server has ended
	guests  string     // path of guests.lock, "" if no other process can use the database
	cleanup []string   // folders to remove at the end

	once    sync.Once
	stopErr error
}

// Serve starts the database in cfg.DataDir for a service, and creates it if it is missing. It first
// stops a server that a killed service left running, and PostgreSQL recovers from a crash.
//
// ctx limits the start only. Serve returns an [*InUseError] if another service uses DataDir. It
// waits up to 5 seconds for a command that does. Every error message names a way out.
func Serve(ctx context.Context, cfg Config) (*Postgres, error) {
	l, err := newLauncher(cfg)
	if err != nil {
		return nil, err
	}
	lock, err := l.own(ctx)
	if err != nil {
		return nil, err
	}
	return l.start(ctx, lock)
}

// Use connects to the database in cfg.DataDir if another process is running it, or else starts it
// until Stop. It is for commands; a service that starts meanwhile waits for them a few seconds.
func Use(ctx context.Context, cfg Config) (*Postgres, error) {
	l, err := newLauncher(cfg)
	if err != nil {
		return nil, err
	}
	lock, running, err := l.ownOrJoin(ctx)
	if err != nil || running != nil {
		return running, err
	}
	return l.start(ctx, lock)
}

// DSN returns the connection string for lib/pq, over a unix socket. It has no password: only the
// user that the database runs as, and root, can reach the socket.
func (p *Postgres) DSN() string { return p.dsn }

// Shared reports whether another process started the server.
func (p *Postgres) Shared() bool { return p.server == nil }

// Gone is closed if the server was started by this process and ended without Stop.
func (p *Postgres) Gone() <-chan struct{} { return p.gone }

// guestGrace is how long Stop waits for commands that use the database.
const guestGrace = 3 * time.Second

// Stop shuts the server down and waits for it. It ends sessions and writes everything to disk; if
// ctx ends first, it stops the server immediately, which then recovers at the next start. If
// another process started the server, Stop only releases it. A second call returns the same error.
func (p *Postgres) Stop(ctx context.Context) error {
	p.once.Do(func() {
		if p.server != nil {
			p.waitForGuests(ctx)
			p.stopErr = p.server.stop(ctx)
		}
		for _, dir := range p.cleanup {
			if err := os.RemoveAll(dir); err != nil && p.stopErr == nil {
				p.stopErr = fmt.Errorf("embedded database: %w", err)
			}
		}
		for _, f := range p.locks {
			unlock(f)
		}
	})
	return p.stopErr
}

// waitForGuests waits until no command uses the database, and locks out new ones.
func (p *Postgres) waitForGuests(ctx context.Context) {
	if p.guests == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, guestGrace)
	defer cancel()
	_ = poll(ctx, func() (bool, error) { // a command that takes longer loses the database
		f, err := tryLock(p.guests, exclusive)
		if err == nil {
			p.locks = append(p.locks, f)
		}
		return !errors.Is(err, errLocked), nil
	})
}

// A launcher is one call of Serve or Use.
type launcher struct {
	Config // DataDir is absolute, Log is set
	*machine
}

func newLauncher(cfg Config) (*launcher, error) {
	if !supported {
		return nil, errUnsupported
	}
	dir, err := filepath.Abs(cfg.DataDir)
	if err != nil || cfg.DataDir == "" {
		return nil, fmt.Errorf("%w: DATA_DIR is empty", errDataDir)
	}
	cfg.DataDir = dir
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.machine == nil {
		cfg.machine = thisMachine()
	}
	if err := makeDataDir(dir); err != nil {
		return nil, err
	}
	return &launcher{Config: cfg, machine: cfg.machine}, nil
}

// start starts the database while holding owner.lock, and releases the lock on failure.
func (l *launcher) start(ctx context.Context, lock *os.File) (*Postgres, error) {
	p, err := l.bringUp(ctx)
	if err != nil {
		unlock(lock)
		if ctx.Err() != nil { // the error is a consequence of it
			err = fmt.Errorf("the start of the database was cancelled: %w", context.Cause(ctx))
		}
		return nil, err
	}
	p.locks = append(p.locks, lock)
	p.guests = filepath.Join(l.DataDir, guestsLock)
	return p, nil
}
