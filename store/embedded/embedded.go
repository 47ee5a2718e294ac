// Package embedded starts and stops a real Postgres for those who have not set DATABASE_URL.
//
// DATA_DIR holds:
//
//	owner.lock    locked by the one process that has started the database; says which
//	guests.lock   locked, shared, by commands that use a database another process has started
//	postgres.log  what the server wrote: starts, stops and failures, never a statement
//	pg/           the database, 0700 of the user it runs as (PGDATA, and its unix socket)
//	pg.location   in place of pg/, where that user can't enter DATA_DIR: the folder that has pg/
//	secrets/      0700 of the calling user, see [SecretsDir]
//
// A lock is a flock(2) and ends with its process, so nothing is left to clear away after a kill -9. The server itself
// holds one on pg/PG_VERSION, inherited by all its processes: whether any of an earlier run is left is never guessed
// from a process id, which may be reused, or be that of a zombie.
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
	// DataDir is DATA_DIR; it is made if absent.
	DataDir string
	// BinDir is PG_BINDIR, the folder of initdb and postgres. Where it is empty they are looked for on the PATH and in
	// the usual folders; the major version of an existing database decides which are taken.
	BinDir string
	// Log gets one line for each noteworthy step. Nil discards them.
	Log *slog.Logger

	// machine stands in for what this computer offers; nil is the computer itself.
	machine *machine
}

// Postgres is a running database.
type Postgres struct {
	dsn    string
	gone   chan struct{}
	server *server    // nil where another process has started it
	locks  []*os.File // released once the server has ended, in this order
	guests string     // path of guests.lock, "" where nobody else can be using it
	litter []string   // folders to remove at the end

	once    sync.Once
	stopErr error
}

// Serve starts the database of cfg.DataDir for the lifetime of a service, and makes it first if there is none.
// A server that an earlier, killed run has left is stopped first, and what a crash has left is recovered.
//
// ctx bounds the start, not the life. The error is an [*InUseError] where another service has DataDir; a command that
// has it is waited for, up to 5 seconds. Any error is a message that names a way out.
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

// Use connects to the database of cfg.DataDir that another process is running, or starts it until Stop.
// It is for commands; a service that starts meanwhile waits for them a few seconds.
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

// DSN is what lib/pq connects with, over a unix socket. It has no password: the socket is only for the user that the
// database runs as, and for root.
func (p *Postgres) DSN() string { return p.dsn }

// Gone is closed when a server that this process has started ended without Stop.
func (p *Postgres) Gone() <-chan struct{} { return p.gone }

// guestGrace is how long Stop waits for commands that are using the database.
const guestGrace = 3 * time.Second

// Stop shuts the server down (fast: sessions are ended, all is written) and waits for it; when ctx ends first, at once
// (it recovers at the next start). It only lets go where another process has started it. A second call does nothing
// more and answers the same.
func (p *Postgres) Stop(ctx context.Context) error {
	p.once.Do(func() {
		if p.server != nil {
			p.awaitGuests(ctx)
			p.stopErr = p.server.stop(ctx)
		}
		for _, dir := range p.litter {
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

// awaitGuests waits until no command uses the database, and keeps new ones out.
func (p *Postgres) awaitGuests(ctx context.Context) {
	if p.guests == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, guestGrace)
	defer cancel()
	_ = until(ctx, func() (bool, error) { // who stays longer loses the database
		f, err := tryLock(p.guests, exclusive)
		if err == nil {
			p.locks = append(p.locks, f)
		}
		return !errors.Is(err, errTaken), nil
	})
}

// launcher is one call of Serve or Use.
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

// start brings the database up, holding owner.lock, which it gives up on failure.
func (l *launcher) start(ctx context.Context, lock *os.File) (*Postgres, error) {
	p, err := l.bringUp(ctx)
	if err != nil {
		unlock(lock)
		if ctx.Err() != nil { // whatever was interrupted by it
			err = fmt.Errorf("the start of the database was given up: %w", context.Cause(ctx))
		}
		return nil, err
	}
	p.locks = append(p.locks, lock)
	p.guests = filepath.Join(l.DataDir, guestsLock)
	return p, nil
}
