package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	ownerLock  = "owner.lock"
	guestsLock = "guests.lock"
)

// serveWait is how long a service waits for a command that uses the database.
const serveWait = 5 * time.Second

// useWait is how long a command waits for a database that another process is starting.
const useWait = 30 * time.Second

// A role says what the process with owner.lock does.
type role string

const (
	serving    role = "serve"
	commanding role = "command"
)

// An owner is the content of owner.lock. It is empty for an instant after the lock was taken, and
// may then still name a process that was killed.
type owner struct {
	role role
	pid  int
}

var (
	errLocked   = errors.New("another process holds the lock")
	errNotReady = errors.New("the database does not answer yet")
)

// own takes owner.lock for a service.
func (l *launcher) own(ctx context.Context) (*os.File, error) {
	ctx, cancel := context.WithTimeout(ctx, serveWait)
	defer cancel()
	var lock *os.File
	var by owner
	err := poll(ctx, func() (done bool, err error) {
		lock, by, err = l.tryOwn(serving)
		if !errors.Is(err, errLocked) {
			return true, err
		}
		return by.role == serving && alive(by.pid), nil
	})
	if lock == nil && (err == nil || errors.Is(err, context.DeadlineExceeded)) {
		return nil, &InUseError{DataDir: l.DataDir, PID: by.pid}
	}
	return lock, err
}

// ownOrJoin takes owner.lock for a command, or connects to the database of the process that holds
// it.
func (l *launcher) ownOrJoin(ctx context.Context) (lock *os.File, running *Postgres, err error) {
	ctx, cancel := context.WithTimeout(ctx, useWait)
	defer cancel()
	var by owner
	err = poll(ctx, func() (done bool, err error) {
		if lock, by, err = l.tryOwn(commanding); !errors.Is(err, errLocked) {
			return true, err
		}
		if running, err = l.join(ctx); errors.Is(err, errNotReady) {
			return false, nil
		}
		return true, err
	})
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("%w: process %d uses %s, but its database does not answer", errStart, by.pid, l.DataDir)
	}
	return lock, running, err
}

// join connects to the database that another process is running, or returns errNotReady.
func (l *launcher) join(ctx context.Context) (*Postgres, error) {
	pg, err := l.locate()
	if err != nil {
		return nil, err
	}
	guest, err := tryLock(filepath.Join(l.DataDir, guestsLock), shared)
	if errors.Is(err, errLocked) { // the database is being stopped
		return nil, errNotReady
	}
	if err != nil {
		return nil, l.notWritable(err)
	}
	server := readPIDFile(pg)
	address := dsn(server.socketDir)
	if !server.ready || ping(ctx, address) != nil {
		unlock(guest)
		return nil, errNotReady
	}
	return &Postgres{dsn: address, gone: make(chan struct{}), locks: []*os.File{guest}}, nil
}

// tryOwn takes owner.lock and writes the owner into it. With errLocked it returns the current
// owner.
func (l *launcher) tryOwn(as role) (*os.File, owner, error) {
	path := filepath.Join(l.DataDir, ownerLock)
	f, err := tryLock(path, exclusive)
	if errors.Is(err, errLocked) {
		return nil, readOwner(path), err
	}
	if err != nil {
		return nil, owner{}, l.notWritable(err)
	}
	if err := writeOwner(f, owner{as, os.Getpid()}); err != nil {
		unlock(f)
		return nil, owner{}, failure(errDataDir, l.DataDir, err.Error())
	}
	return f, owner{}, nil
}

func (l *launcher) notWritable(err error) error {
	return fmt.Errorf("%w: user %[3]d can't write to %[2]s: run as its owner, or choose another DATA_DIR: %[4]w",
		errDataDir, l.DataDir, os.Geteuid(), err)
}

func readOwner(path string) (o owner) {
	b, err := os.ReadFile(path)
	if err == nil {
		_, _ = fmt.Sscan(string(b), &o.role, &o.pid) // missing values stay zero: no owner
	}
	return o
}

func writeOwner(f *os.File, o owner) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt(fmt.Appendf(nil, "%s %d\n", o.role, o.pid), 0)
	return err
}

// tryLock opens path, creates it if it is missing, and locks it without waiting. It returns
// errLocked if another process holds the lock.
func tryLock(path string, how lockKind) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|noFollow, 0o600)
	if err != nil {
		return nil, err
	}
	if err := flock(f, how); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// unlock releases a lock file. It empties owner.lock first, because the lock then has no owner.
func unlock(f *os.File) {
	if strings.HasSuffix(f.Name(), ownerLock) {
		_ = f.Truncate(0) // it only matters for messages
	}
	f.Close()
}

// pollEvery is the interval at which poll checks a condition.
const pollEvery = 5 * time.Millisecond

// poll calls check until it returns true or an error, or until ctx ends.
func poll(ctx context.Context, check func() (bool, error)) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if done, err := check(); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
